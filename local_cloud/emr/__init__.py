"""EMR on this machine: moto's API, whose steps are really executed by a local spark-submit.

A moto service package: `models`, `responses` and `urls` are the names that moto looks for.
"""
