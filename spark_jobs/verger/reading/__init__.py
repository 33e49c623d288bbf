"""A lake for notebooks: its published model and all products behind it, without Spark.

Arrow in, Arrow out. May use inference and what lies below it.
"""
