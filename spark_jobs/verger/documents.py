"""Stored JSON documents: how a class is written as one and read back from one.

Documents outlive the code that wrote them. Fields that a class does not know are passed over, and
fields that a document lacks take their defaults, so documents of earlier and later versions are
read alike. Content that is no JSON is damaged; JSON that does not fit the class belongs to another
version. The two are told apart, because what is damaged can be replaced.

The last member of a document, ``sealed``, is the SHA-256 of the document without it: one digit that
has changed leaves JSON that can be read, and would be believed. Documents of before 2027 have none.
"""

from __future__ import annotations

import hashlib
import re
from typing import ClassVar, Self

import msgspec

from verger.errors import SettingsError, VergerError

_SEAL = re.compile(rb',\n "sealed": "([^"\n]*)"(?=\n}\Z)')


class DocumentError(VergerError):
    """A stored document cannot be read; the message names it and says what to do."""


class DamagedDocumentError(DocumentError):
    """The content is no JSON, or only a part of it, or not what its seal says."""


class UnknownDocumentError(DocumentError):
    """The content is JSON, but not what this version of the code knows under that name."""


class Document:
    """A dataclass that is stored as one JSON object.

    ``by_hand``: people write it, too, so it has no seal.
    """

    by_hand: ClassVar[bool] = False

    def to_json(self) -> bytes:
        """The document as it is stored."""
        content = msgspec.json.format(msgspec.json.encode(self), indent=1)
        return content if self.by_hand else _sealed(content)

    @classmethod
    def from_json(cls, content: bytes, name: str = "", remedy: str = "make it again") -> Self:
        """The document that `to_json` wrote, by this version of the class or another one.

        ``name`` and ``remedy`` are for people: which document it is, and what to do about it where
        it cannot be read. Raises DamagedDocumentError or UnknownDocumentError.
        """
        name = name or f"a stored {cls.__name__}"
        if not _is_whole(content):
            raise DamagedDocumentError(
                f"{name} is damaged (its content is not what was written; who has changed it by "
                f'hand removes its line "sealed"): {remedy}'
            )
        try:
            return msgspec.json.decode(content, type=cls)
        except (msgspec.ValidationError, SettingsError) as error:  # a kind of DecodeError: first
            raise UnknownDocumentError(
                f"{name} was written by another version of Verger ({error}): {remedy}"
            ) from error
        except msgspec.DecodeError as error:
            raise DamagedDocumentError(f"{name} is damaged ({error}): {remedy}") from error


def _sealed(content: bytes) -> bytes:
    if not content.endswith(b"\n}"):  # an empty object says nothing that could be wrong
        return content
    seal = hashlib.sha256(content).hexdigest().encode()
    return content[:-2] + b',\n "sealed": "' + seal + b'"\n}'


def _is_whole(content: bytes) -> bool:
    seal = _SEAL.search(content)
    if seal is None:
        return True
    return hashlib.sha256(content[: seal.start()] + b"\n}").hexdigest().encode() == seal[1]
