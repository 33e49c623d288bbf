"""Rows of numbers: histograms weighted in integers, principal components.

Compute, without Spark. May use `vocabulary` and what it uses.
"""
