"""Which photographs a collection holds: what a key says, segments, states and where they lie.

Control. May use `objects`.
"""
