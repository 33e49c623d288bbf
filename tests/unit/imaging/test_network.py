"""A network that a team brings: run as its settings say, refused where it is another."""

import hashlib

import numpy as np
import pytest

from tests.tiny_network import SIZE, averaging
from verger.config.blocks import NetworkSettings
from verger.errors import VergerError
from verger.imaging.mask import whole
from verger.imaging.network import UNIT, Network

CONTENT = averaging()
SETTINGS = NetworkSettings(
    "averaging.onnx", hashlib.sha256(CONTENT).hexdigest(), size=SIZE, mean=100.0, scale=50.0
)


def test_a_network_sees_red_green_blue_less_the_mean_over_the_scale():
    blue, green, red = 110, 150, 50
    pixels = np.full((40, 30, 3), (blue, green, red), np.uint8)
    row = Network(CONTENT, SETTINGS).describe(whole(pixels))
    features = (np.array([red, green, blue]) - 100) / 50
    shares = np.sqrt(np.abs(features) / np.abs(features).sum())
    assert row.dtype == np.int32
    assert row / UNIT == pytest.approx(np.sign(features) * shares, abs=2 / UNIT)


def test_a_row_has_length_one_and_none_where_nothing_speaks():
    random = np.random.default_rng(0)
    row = Network(CONTENT, SETTINGS).describe(whole(random.integers(0, 256, (9, 99, 3), np.uint8)))
    assert np.linalg.norm(row) == pytest.approx(UNIT, rel=0.01)
    mean = whole(np.full((20, 20, 3), 100, np.uint8))
    assert not Network(CONTENT, SETTINGS).describe(mean).any()


def test_the_same_photograph_gives_the_same_row_whatever_came_before():
    network = Network(CONTENT, SETTINGS)
    one, other = (whole(np.full((20, 20, 3), value, np.uint8)) for value in (30, 200))
    first = network.describe(one)
    network.describe(other)
    assert np.array_equal(network.describe(one), first)


def test_another_file_than_the_one_that_was_named_is_refused():
    other = NetworkSettings("averaging.onnx", "0" * 64)
    with pytest.raises(VergerError, match=r"averaging\.onnx has the SHA-256 .*bring the file"):
        Network(CONTENT, other)


def test_a_file_that_opencv_cannot_run_is_refused():
    content = b"this is no network"
    broken = NetworkSettings("broken.onnx", hashlib.sha256(content).hexdigest())
    with pytest.raises(VergerError, match=r"OpenCV cannot run broken\.onnx"):
        Network(content, broken)
