"""Kernels on 256-bit descriptors, against plain numpy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from verger.kernels.bits import as_bits, as_bytes
from verger.kernels.hamming import count_bits, majority, nearest


def descriptors(most: int):
    rows = st.integers(1, most)
    # Few byte values: equal descriptors and equal distances come up.
    return rows.flatmap(lambda n: arrays(np.uint8, (n, 32), elements=st.sampled_from([0, 1, 255])))


def unpacked(rows: np.ndarray) -> np.ndarray:
    return np.unpackbits(rows, axis=1).astype(np.int64)


@settings(deadline=None)
@given(descriptors(12), descriptors(6))
def test_the_nearest_centre_is_the_lowest_of_the_closest(points, centres):
    distances = (unpacked(points)[:, None, :] != unpacked(centres)[None, :, :]).sum(axis=2)
    words, nearest_distances = nearest(as_bits(points), as_bits(centres))
    assert np.array_equal(words, distances.argmin(axis=1))
    assert np.array_equal(nearest_distances, distances.min(axis=1))


@given(descriptors(12))
def test_bits_and_bytes_are_the_same_thing(points):
    assert np.array_equal(as_bytes(as_bits(points)), points)


@settings(deadline=None)
@given(descriptors(12))
def test_the_centre_is_the_bitwise_majority_and_a_tie_gives_zero(points):
    counts = np.zeros((1, 256), np.int64)
    count_bits(as_bits(points), np.zeros(len(points), np.int32), counts)
    centre = as_bytes(majority(counts, np.array([len(points)])))
    expected = 2 * unpacked(points).sum(axis=0) > len(points)
    assert np.array_equal(unpacked(centre)[0], expected)


def test_more_centres_than_an_index_can_name_are_refused():
    with pytest.raises(ValueError, match="65536"):
        nearest(np.zeros((1, 4), np.uint64), np.zeros((65_537, 4), np.uint64))


def test_a_complement_is_256_away_and_a_copy_is_at_0_wherever_they_lie():
    point = np.arange(32, dtype=np.uint8)[None]
    only_complement = np.repeat(~point, 3, axis=0)
    words, distances = nearest(as_bits(point), as_bits(only_complement))
    assert (words[0], distances[0]) == (0, 256)
    with_copy = np.concatenate([np.repeat(~point, 140, axis=0), point])
    words, distances = nearest(as_bits(point), as_bits(with_copy))
    assert (words[0], distances[0]) == (140, 0)


NEAREST_OF_MANY = """
import numpy as np
from verger.kernels import lookup
from verger.kernels.bits import as_bits
from verger.kernels.hamming import nearest

random = np.random.default_rng(0)
points, centres = (as_bits(random.integers(0, 256, (n, 32), np.uint8)) for n in (1001, 300))
print(lookup.is_fastest(), *(found.tobytes().hex() for found in nearest(points, centres)))
"""


def test_a_processor_without_vector_instructions_finds_the_same_words():
    found = []
    for environment in ({}, {"NUMBA_CPU_NAME": "generic"}):
        command = [sys.executable, "-c", NEAREST_OF_MANY]
        paths = {"PYTHONPATH": "spark_jobs", **os.environ, **environment}
        done = subprocess.run(command, env=paths, capture_output=True, text=True, check=True)
        found.append(done.stdout.split())
    assert found[1][0] == "False"  # looked up only where the processor has the instructions
    assert found[0][1:] == found[1][1:]


def test_kernels_run_from_an_archive_where_the_user_has_no_cache(tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "code"), "zip", "spark_jobs", "verger")
    program = (
        "import numpy as np; from verger.kernels.hamming import nearest; "
        "bits = np.eye(4, dtype=np.uint64); print(*nearest(bits, bits[1:])[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": archive, "XDG_CACHE_HOME": "/dev/null"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout.split(), done.stderr) == (["0", "0", "1", "2"], "")
