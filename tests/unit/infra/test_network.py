"""Weights are read without PyTorch and without running anything that the file names."""

import collections
import hashlib
import os
import pickle
import struct
import sys
import types

import cv2
import numpy as np
import pytest

from infra.network import efficientnet, weights

LAYERS = {"first": np.arange(6, dtype=np.float32).reshape(2, 3), "second": np.float32([7, 8])}


def rebuild(*arguments):
    raise AssertionError("only named, never called here")


class Stored:
    """Values that lie elsewhere in the file."""

    def __init__(self, key, values):
        self.key, self.values = key, values


class Tensor:
    """Pickled as a tensor is: a call of PyTorch's own function on a storage."""

    def __init__(self, key, values):
        self.stored = Stored(key, values)

    def __reduce__(self):
        values = self.stored.values
        strides = tuple(step // values.itemsize for step in values.strides)
        function = sys.modules["torch._utils"]._rebuild_tensor_v2
        return function, (self.stored, 0, values.shape, strides, False, collections.OrderedDict())


@pytest.fixture
def torch(monkeypatch):
    """Modules of PyTorch's names, so that a file can name what they hold."""
    module, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    module.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    rebuild_v2 = types.FunctionType(rebuild.__code__, globals(), "_rebuild_tensor_v2")
    rebuild_v2.__module__, rebuild_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = rebuild_v2
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return module


def written(path, torch, layers, cut=0):
    """A file as PyTorch wrote it before 1.6."""

    class Writer(pickle.Pickler):
        def persistent_id(self, value):
            if isinstance(value, Stored):
                return ("storage", torch.FloatStorage, value.key, "cpu", value.values.size, None)
            return None

    tensors = collections.OrderedDict(
        (name, Tensor(name, values)) for name, values in layers.items()
    )
    with path.open("wb") as file:
        for header in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(header, file, protocol=2)
        Writer(file, protocol=2).dump(tensors)
        pickle.dump(list(layers), file, protocol=2)
        for values in layers.values():
            file.write(struct.pack("<q", values.size) + values.tobytes())
        file.truncate(file.tell() - cut)
    return path


def test_names_and_values_are_read(tmp_path, torch):
    read = weights.read(written(tmp_path / "w.pth", torch, LAYERS))
    assert list(read) == list(LAYERS)
    for name, values in LAYERS.items():
        assert np.array_equal(read[name], values)


def test_a_file_that_names_anything_else_runs_nothing(tmp_path):
    path = tmp_path / "evil.pth"
    mark = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(mark),)

    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(pickle.UnpicklingError, match=r"weights need no posix\.mkdir"):
        weights.read(path)
    assert not mark.exists()


def test_a_file_that_ends_early_is_refused(tmp_path, torch):
    with pytest.raises(ValueError, match="ends early"):
        weights.read(written(tmp_path / "w.pth", torch, LAYERS, cut=4))


def test_another_kind_of_file_is_refused(tmp_path):
    path = tmp_path / "w.pth"
    path.write_bytes(pickle.dumps(5))
    with pytest.raises(ValueError, match=r"w\.pth is no file of PyTorch weights"):
        weights.read(path)


def drawn_weights():
    """Weights of the right shapes: 1 x 1 and depthwise kernels, norms that change little."""
    random = np.random.default_rng(0)
    drawn = {}

    def layer(name, norm, out, into, kernel):
        scale = np.sqrt(2 / (into * kernel * kernel))
        drawn[f"{name}.weight"] = random.normal(0, scale, (out, into, kernel, kernel))
        drawn[f"{norm}.weight"], drawn[f"{norm}.bias"] = np.full(out, 1.1), np.full(out, 0.1)
        drawn[f"{norm}.running_mean"] = np.full(out, 0.05)
        drawn[f"{norm}.running_var"] = np.full(out, 0.9)

    layer("_conv_stem", "_bn0", 32, 3, 3)
    number = 0
    for stage in efficientnet.STAGES:
        for repeat in range(stage.repeats):
            channels = stage.channels_out if repeat else stage.channels_in
            wide, name = channels * stage.expansion, f"_blocks.{number}"
            if stage.expansion > 1:
                layer(f"{name}._expand_conv", f"{name}._bn0", wide, channels, 1)
            layer(f"{name}._depthwise_conv", f"{name}._bn1", wide, 1, stage.kernel)
            layer(f"{name}._project_conv", f"{name}._bn2", stage.channels_out, wide, 1)
            number += 1
    layer("_conv_head", "_bn1", 1280, 320, 1)
    return drawn


def test_opencv_runs_the_graph_and_the_same_weights_make_the_same_file():
    content = efficientnet.build(drawn_weights())
    again = efficientnet.build(drawn_weights())
    assert hashlib.sha256(content).digest() == hashlib.sha256(again).digest()
    net = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
    net.setInput(np.random.default_rng(1).normal(size=(1, 3, 224, 224)).astype(np.float32))
    features = net.forward()
    assert features.shape == (1, 1280)
    assert 0 <= features.min() < features.max() <= 6


def test_a_folded_convolution_is_convolution_then_normalisation():
    drawn = drawn_weights()
    graph = efficientnet.Graph(drawn)
    value = graph.convolution(efficientnet.Value("image", 224), "_conv_stem", "_bn0", stride=2)
    assert value.side == 112
    (kernel, shift) = (np.frombuffer(of.raw_data, np.float32) for of in graph.constants)
    gain = 1.1 / np.sqrt(0.9 + 1e-3)
    assert kernel == pytest.approx(drawn["_conv_stem.weight"].reshape(-1) * gain, rel=1e-5)
    assert shift == pytest.approx(0.1 - 0.05 * gain, rel=1e-5)
