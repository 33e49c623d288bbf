"""Verger: from fruit photographs to visual-word features, on Spark."""
