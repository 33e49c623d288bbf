"""EfficientNet-Lite0 up to its 1280 pooled features, as an ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE = 224  # pixels of a side
FEATURES = 1280
_NORM_FLOOR = 1e-3  # added to the variances of batch normalisation, as in training


@dataclass(frozen=True)
class Stage:
    """So many blocks; the first has the stride and changes the number of channels."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels_in: int
    channels_out: int


STAGES = (
    Stage(1, 3, 1, 1, 32, 16),
    Stage(2, 3, 2, 6, 16, 24),
    Stage(2, 5, 2, 6, 24, 40),
    Stage(3, 3, 2, 6, 40, 80),
    Stage(3, 5, 1, 6, 80, 112),
    Stage(4, 5, 2, 6, 112, 192),
    Stage(1, 3, 1, 6, 192, 320),
)


@dataclass(frozen=True)
class Value:
    """What flows through the graph: its name, and the pixels of its side."""

    name: str
    side: int


@dataclass
class Graph:
    """Nodes and constants, as they are added."""

    weights: Mapping[str, npt.NDArray[Any]]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, values: npt.NDArray[Any]) -> str:
        """Add an array; its name."""
        self.constants.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        """Add a node with one output of its own name."""
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def convolution(
        self, value: Value, layer: str, norm: str, stride: int = 1, groups: int = 1,
        *, active: bool = True,
    ) -> Value:  # fmt: skip
        """A convolution with its batch normalisation folded in, then ReLU6 if active."""
        kernel = self.weights[f"{layer}.weight"].astype(np.float64)
        spread = np.sqrt(self.weights[f"{norm}.running_var"].astype(np.float64) + _NORM_FLOOR)
        gain = self.weights[f"{norm}.weight"] / spread
        shift = self.weights[f"{norm}.bias"] - self.weights[f"{norm}.running_mean"] * gain
        side = -(-value.side // stride)
        around = max((side - 1) * stride + kernel.shape[2] - value.side, 0)
        before, after = around // 2, around - around // 2  # as TensorFlow pads: more at the end
        name = self.node(
            "Conv",
            [
                value.name,
                self.constant(f"{layer}.kernel", kernel * gain[:, None, None, None]),
                self.constant(f"{layer}.shift", shift),
            ],
            layer,
            kernel_shape=kernel.shape[2:],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=groups,
        )
        if active:
            name = self.node("Clip", [name, "zero", "six"], f"{layer}.relu6")
        return Value(name, side)


def build(weights: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The ONNX file: image (1 x 3 x 224 x 224) in, features (1 x 1280) out."""
    graph = Graph(weights)
    graph.constant("zero", np.float32(0) * np.ones(()))
    graph.constant("six", np.float32(6) * np.ones(()))
    value = graph.convolution(Value("image", SIZE), "_conv_stem", "_bn0", stride=2)
    number = 0
    for stage in STAGES:
        for repeat in range(stage.repeats):
            value = _block(graph, value, f"_blocks.{number}", stage, first=repeat == 0)
            number += 1
    value = graph.convolution(value, "_conv_head", "_bn1")
    graph.node("Flatten", [graph.node("GlobalAveragePool", [value.name], "pooled")], "features")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet-lite0",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIZE, SIZE])],
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, FEATURES])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _block(graph: Graph, value: Value, name: str, stage: Stage, *, first: bool) -> Value:
    """An inverted residual: widen, filter each channel, narrow; added to what came in if alike."""
    channels = stage.channels_in if first else stage.channels_out
    stride = stage.stride if first else 1
    wide = value
    if stage.expansion > 1:
        wide = graph.convolution(value, f"{name}._expand_conv", f"{name}._bn0")
    filtered = graph.convolution(
        wide, f"{name}._depthwise_conv", f"{name}._bn1", stride, channels * stage.expansion
    )
    narrow = graph.convolution(filtered, f"{name}._project_conv", f"{name}._bn2", active=False)
    if stride != 1 or channels != stage.channels_out:
        return narrow
    return Value(graph.node("Add", [narrow.name, value.name], f"{name}.sum"), narrow.side)
