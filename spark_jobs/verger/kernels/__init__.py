"""Compiled arithmetic on integers: Hamming distances, hashes, lowest indices.

Compute: numpy and numba. May use nothing but the root.
"""
