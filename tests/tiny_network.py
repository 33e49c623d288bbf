"""A network as small as one can be: nothing large is needed to test what runs networks."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SIZE = 16


def averaging(cells: int = 1) -> bytes:
    """A network whose features are means of what it is given: of each channel, in cells x cells
    pieces. It takes SIZE x SIZE pixels and no others.
    """
    piece = SIZE // cells
    channel, y, x = np.mgrid[:3, :SIZE, :SIZE].reshape(3, -1)
    feature = channel * cells * cells + y // piece * cells + x // piece
    features = 3 * cells * cells
    weights = np.eye(features, dtype=np.float32)[feature] / np.float32(piece * piece)
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["features"]),
    ]
    graph = helper.make_graph(
        nodes,
        "averaging",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, features])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())
