"""Visual words: the training sample, the fit, the nearest word, histograms.

Compute, without Spark. May use `kernels`, `tables` and the control rooms.
"""
