"""Errors that a person can act on."""


class VergerError(Exception):
    """Something the user can mend; the message says what to do. Shown without a traceback."""


class NoPhotographsError(VergerError):
    """There is nothing to work on."""


class SettingsError(VergerError):
    """A setting is out of range or two settings do not fit together."""


class ConflictError(Exception):
    """The object is not the one that was read: somebody else has written it since."""


class ObjectUnreadableError(VergerError):
    """The object is there and cannot be read, and trying again would not help."""


class WorseModelError(VergerError):
    """A model that is worse than the one in use, which stays."""


class ObjectGoneError(Exception):
    """The object was deleted, or replaced by another content, since it was listed."""
