"""What is done with runs once they are over: summary, promotion of models, vacuum.

Control. May use `planning` and what it uses.
"""
