"""Errors of the local stack that a person can act on."""

from verger.errors import VergerError


class LocalCloudError(VergerError):
    """Something on this machine is in the way; the message says what to do."""
