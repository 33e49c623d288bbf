"""Metrics that a user may choose, checked with a message that names the flag."""

from __future__ import annotations

from verger.errors import SettingsError


def positive(flag: str, value: float) -> None:
    """Raise SettingsError unless the value is above 0."""
    if not value > 0:
        raise SettingsError(f"{flag} {value}: use a number above 0")


def share(flag: str, value: float) -> None:
    """Raise SettingsError unless the value is between 0 and 1."""
    if not 0 <= value <= 1:
        raise SettingsError(f"{flag} {value}: use a share from 0 to 1")


def within(flag: str, value: int, low: int, high: int) -> None:
    """Raise SettingsError unless the value is between low and high."""
    if not low <= value <= high:
        raise SettingsError(f"{flag} {value}: use a number from {low} to {high}")
