"""Errors of the local stack that a person can act on."""


class LocalCloudError(Exception):
    """Something on this machine is in the way; the message says what to do."""
