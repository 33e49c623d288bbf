"""The network that a team has brought, kept in the lake by its hash.

<lake>/networks/<SHA-256>.onnx     its bytes
<lake>/networks/current.json       which one new runs use, and how it is to be shown photographs
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from verger.config.blocks import NetworkSettings
from verger.config.ranges import positive, within
from verger.config.settings import Preset
from verger.documents import Document
from verger.errors import ObjectGoneError, VergerError
from verger.objects.storage import Storage

FOLDER = "networks"
CURRENT = f"{FOLDER}/current.json"


@dataclass(frozen=True)
class InUse(Document):
    """The network that new runs use."""

    network: NetworkSettings


def key_of(sha256: str) -> str:
    """Where a network's bytes lie, relative to the lake."""
    return f"{FOLDER}/{sha256}.onnx"


def prepared(name: str, content: bytes, size: int, mean: float, scale: float) -> NetworkSettings:
    """The settings of a network; ``name`` is for people. Raises SettingsError for what no network
    can be shown.
    """
    within("--size", size, 1, 4096)
    positive("--scale", scale)
    return NetworkSettings(name, hashlib.sha256(content).hexdigest(), size, mean, scale)


def bring(lake: Storage, content: bytes, settings: NetworkSettings) -> None:
    """Keep a network in the lake, and make it the one that new runs use."""
    lake.write(key_of(settings.sha256), content)
    lake.write(CURRENT, InUse(settings).to_json())


def read(lake: Storage, settings: NetworkSettings) -> bytes:
    """The bytes of a network. Raises VergerError if the lake has lost them, or has others."""
    try:
        content = lake.read(key_of(settings.sha256))
    except ObjectGoneError as error:
        raise VergerError(
            f"network {settings.address} is no longer in {lake.root}: bring it again "
            "(`verger network`)"
        ) from error
    if hashlib.sha256(content).hexdigest() != settings.sha256:
        raise VergerError(
            f"network {settings.address} is damaged in {lake.root}: bring it again "
            "(`verger network`)"
        )
    return content


def equipped(preset: Preset, lake: Storage) -> Preset:
    """The preset with the lake's network, where it has blocks of one.

    Raises VergerError if none has been brought.
    """
    if not preset.network_blocks or preset.network:
        return preset
    try:
        in_use = InUse.from_json(lake.read(CURRENT), CURRENT, "bring the network again")
    except ObjectGoneError as error:
        raise VergerError(
            f"preset {preset.name} needs a network, and none is in {lake.root}: bring an ONNX file "
            f"there with `verger network --lake {lake.root} FILE`"
        ) from error
    return replace(preset, network=in_use.network)
