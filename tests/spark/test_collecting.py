"""Tables that come to the driver: whole, and in a heap that could not hold them."""

import pyarrow as pa

from tests.spark.programs import said
from verger.spark.collecting import collected

WIDE = """
from pyspark.sql import functions as fn
from verger.spark.collecting import collected
from verger.spark.session import spark_session

spark = spark_session("wide")
row = fn.array_repeat(fn.col("id").cast("int"), 30_000)
table = collected(spark.range(0, 5_000, 1, 12).select("id", row.alias("row")))
print(table.num_rows, table.nbytes >> 20, sum(table.column("id").to_pylist()))
"""


def test_a_table_comes_whole_from_all_partitions(spark):
    rows = spark.createDataFrame(
        [(i, [i] * i, f"fruit {i}") for i in range(50)],
        "n int not null, row array<int>, name string",
    )
    table = collected(rows.repartition(5)).sort_by("n")
    assert table.column("n").to_pylist() == list(range(50))
    assert table.column("row").to_pylist() == [[i] * i for i in range(50)]
    assert table.column("name")[7].as_py() == "fruit 7"


def test_an_empty_table_has_its_columns(spark):
    table = collected(spark.createDataFrame([], "photo string, row array<int>"))
    assert table.num_rows == 0
    assert table.schema.names == ["photo", "row"]
    assert table.schema.field("row").type == pa.list_(pa.int32())


def test_a_heap_that_is_smaller_than_the_table_lets_it_through():
    assert said(WIDE, submit="--driver-memory 500m") == ["5000", "572", str(sum(range(5000)))]
