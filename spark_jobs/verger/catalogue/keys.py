"""What a photograph's key says: its label, its split, its name, its identity."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from posixpath import splitext

from verger.objects.storage import StoredObject

EXTENSIONS = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff"),
        *(".heic", ".heif", ".avif", ".jp2"),
    }
)
# What users of the service leave there waits below this folder until somebody has looked at it.
FEEDBACK = "feedback"
SPLITS = {"training": "Training", "test": "Test"}


@dataclass(frozen=True)
class Identity:
    """Who a photograph is.

    ``photo`` (32 hex digits) stands for key and content together: a replaced photograph is another
    one. ``label`` is None where no folder names it; ``split`` is None where the path has none.
    """

    photo: str
    label: str | None
    split: str | None
    img_name: str


def is_photograph(key: str) -> bool:
    """Whether the key ends like an image file, in any case of letters, and is nobody's feedback."""
    return splitext(key)[1].lower() in EXTENSIONS and not is_feedback(key)


def is_feedback(key: str) -> bool:
    """Whether it lies in the first folder's `feedback`, which is no category."""
    return key.startswith(f"{FEEDBACK}/")


def identity_of(item: StoredObject) -> Identity:
    """Read the path: the label is the last folder, unless that is the split itself.

    Accents are composed (NFC), so that the same label typed on two systems is one label.
    ``img_name`` is label_file, as ``Apricot_0_100.jpg``.
    """
    *folders, name = _parts(item.key)
    split = next((SPLITS[f.lower()] for f in folders if f.lower() in SPLITS), None)
    label = label_of(item.key)
    digest = hashlib.sha256(f"{item.key}\0{item.etag}".encode()).hexdigest()
    return Identity(digest[:32], label, split, f"{label}_{name}" if label else name)


def label_of(key: str) -> str | None:
    """The label alone; None where the last folder has no name, as in ``a//b.jpg``."""
    *folders, _ = _parts(key)
    label = folders[-1] if folders else ""
    return label if label and label.lower() not in SPLITS else None


def _parts(key: str) -> list[str]:
    return unicodedata.normalize("NFC", key).split("/")
