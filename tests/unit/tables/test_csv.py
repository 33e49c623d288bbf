"""The csv is safe in a spreadsheet, and as it always was for labels that are names."""

import io

import pandas as pd
import pyarrow as pa
import pytest

from verger.tables.csv import as_csv, misread


def table(*labels):
    numbers = [-0.5 + place for place in range(len(labels))]
    return pa.table({"label": list(labels), "pca_000": pa.array(numbers, pa.float64())})


@pytest.mark.parametrize("label", ['=HYPERLINK("http://x")', "+1", "-2+3", "@SUM(1)", "\t=1"])
def test_a_label_that_would_be_a_formula_is_a_text(label):
    read = pd.read_csv(io.BytesIO(as_csv(table(label))))
    assert list(read["label"]) == [f"'{label}"]
    assert list(read["pca_000"]) == [-0.5]


def test_ordinary_labels_are_written_as_pandas_writes_them():
    ordinary = table("Apple Red 1", "Açaí", 'l\'orange "x", y', "50% = half", "a-b", "Kiwi + Fig")
    assert as_csv(ordinary) == ordinary.to_pandas().to_csv(index=False).encode()


def test_labels_that_readers_take_for_something_else_are_named():
    labels = ["Apple", "NULL", "nan", "=1", "None", "Nanking"]
    assert misread(labels) == ["NULL", "nan", "=1", "None"]


@pytest.mark.parametrize("label", ["NULL", "nan", "None", "NA", "n/a"])
def test_a_label_named_like_a_missing_value_is_there_for_readers_who_keep_it(label):
    content = as_csv(table(label))
    assert pd.isna(pd.read_csv(io.BytesIO(content))["label"][0])
    assert pd.read_csv(io.BytesIO(content), keep_default_na=False)["label"][0] == label
