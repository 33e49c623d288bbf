"""The bundle: everything that a photograph is answered with, in one file.

    <lake>/models/<preset>/bundles/<first 16 digits of its SHA-256>.zip

A zip without compression: the settings, the words, the mixtures, the network, the classifier, known
photographs to compare with, facts about the species, the metrics and the model card. The published
model names its SHA-256, so that whoever loads it knows that it is whole.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from verger.config.settings import Preset
from verger.documents import Document
from verger.errors import ObjectGoneError, VergerError
from verger.lake.registry import Model
from verger.objects.storage import Storage

SETTINGS, CARD, CARD_TEXT = "bundle.json", "model-card.json", "model-card.md"
CLASSIFIER_FILE, WORDS_FILE, GALLERY_FILE = "classifier.npz", "words.npz", "gallery.npz"
METRICS_FILE = "metrics.json"
NETWORK_FILE, FACTS_FILE = "network.onnx", "facts.json"
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Settings(Document):
    """What a photograph is looked at with, before any weights: which model it is, how its features
    are extracted, by which release of OpenCV, and which blocks there are.
    """

    model: str
    preset: Preset
    opencv: str
    blocks: tuple[str, ...]


def mixture_file(block: str) -> str:
    """The file of a block's mixture of patches."""
    return f"mixture-{block}.npz"


def pack(files: Files) -> bytes:
    """The files as one; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name])  # dated 1980, as all of them
    return packed.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """The files that `pack` packed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def digest(content: bytes) -> str:
    """What a bundle is known by."""
    return hashlib.sha256(content).hexdigest()


def key_of(preset: str, bundle: str) -> str:
    """Where a bundle lies, relative to the lake."""
    return f"models/{preset}/bundles/{bundle[:16]}.zip"


def load(lake: Storage, model: Model) -> dict[str, bytes]:
    """The files of a published model's bundle.

    Raises VergerError if the model has none, or if it is not whole.
    """
    if not model.bundle:
        raise VergerError(
            f"model {model.id} was published before models could answer: run and publish again"
        )
    key = key_of(model.preset, model.bundle)
    try:
        content = lake.read(key)
    except ObjectGoneError as error:
        raise VergerError(
            f"model {model.id} has lost its bundle {key}: publish it again"
        ) from error
    if digest(content) != model.bundle:
        raise VergerError(f"bundle {key} is damaged: publish model {model.id} again")
    return unpack(content)
