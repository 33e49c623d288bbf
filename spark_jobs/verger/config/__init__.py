"""What a user may choose: presets and their settings, range-checked where they are made.

Control: standard library alone. May use nothing but the root's errors and contract.
"""
