"""Checkpoints and their manifests, what runs record, the published models.

Control. May use `objects`. Parquet is imported where a table is read or written.
"""
