"""The columns of every product, and matrices as Arrow columns.

Compute: Arrow and numpy. May use nothing but the root.
"""
