"""Stored JSON documents: how a class is written as one and read back from one.

Documents outlive the code that wrote them. Fields that a class does not know are passed over, and
fields that a document lacks take their defaults, so documents of earlier and later versions are
read alike. Content that is no JSON is damaged; JSON that does not fit the class belongs to another
version. The two are told apart, because what is damaged can be replaced.
"""

from __future__ import annotations

from typing import Self

import msgspec

from verger.errors import SettingsError, VergerError


class DocumentError(VergerError):
    """A stored document cannot be read; the message names it and says what to do."""


class DamagedDocumentError(DocumentError):
    """The content is no JSON, or only a part of it."""


class UnknownDocumentError(DocumentError):
    """The content is JSON, but not what this version of the code knows under that name."""


class Document:
    """A dataclass that is stored as one JSON object."""

    def to_json(self) -> bytes:
        """The document as it is stored."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    @classmethod
    def from_json(cls, content: bytes, name: str = "", remedy: str = "make it again") -> Self:
        """The document that `to_json` wrote, by this version of the class or another one.

        ``name`` and ``remedy`` are for people: which document it is, and what to do about it where
        it cannot be read. Raises DamagedDocumentError or UnknownDocumentError.
        """
        name = name or f"a stored {cls.__name__}"
        try:
            return msgspec.json.decode(content, type=cls)
        except (msgspec.ValidationError, SettingsError) as error:  # a kind of DecodeError: first
            raise UnknownDocumentError(
                f"{name} was written by another version of Verger ({error}): {remedy}"
            ) from error
        except msgspec.DecodeError as error:
            raise DamagedDocumentError(f"{name} is damaged ({error}): {remedy}") from error
