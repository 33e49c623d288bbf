"""Photographs to descriptors, batch by batch, without Spark."""

import pyarrow as pa

from tests.photographs import jpeg
from verger.config.settings import FRUITS
from verger.stages.extract_descriptors import describe
from verger.tables import schemas


def batch(contents):
    who = {name: [name] * len(contents) for name in schemas.WHO}
    return pa.RecordBatch.from_pydict({**who, "content": pa.array(contents, pa.binary())})


def test_a_photograph_that_cannot_be_described_does_not_stop_the_others():
    (found,) = describe(FRUITS.extractor)([batch([jpeg(1), b"no picture", b"", jpeg(2)])])
    first, second, third, fourth = found.column("keypoints").to_pylist()
    assert (second, third) == (0, 0)
    assert min(first, fourth) > 0
    assert len(found.column("descriptors")[3].as_py()) == 32 * fourth
