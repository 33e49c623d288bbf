"""Spark's way to the local S3: the S3A connector, its few jars, its settings."""
