"""Photographs of fruits that this project draws itself, for users who have none at hand."""

from local_cloud.sample.album import draw_sample

__all__ = ["draw_sample"]
