"""Photographs of fruits that this project draws itself, for users who have none at hand."""

from sample.album import draw_sample

__all__ = ["draw_sample"]
