"""What must hold before a stage goes on or a model is published.

Control. May use `lake` and `config`: a gate reads the report that lies beside a checkpoint.
"""
