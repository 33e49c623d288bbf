"""A photograph as the blocks beside ORB look at it, and what they see."""

from __future__ import annotations

import numpy as np

from verger.config.blocks import ColourSettings, FisherSettings, MaskSettings, ViewName
from verger.config.settings import Preset
from verger.imaging import colour, gradients, mask, statistics
from verger.imaging.decoding import Pixels, decode
from verger.imaging.mask import View
from verger.kernels.bits import DESCRIPTOR_BYTES, Descriptors


class Looked:
    """A decoded photograph; each view of it is made once, when a block asks for it."""

    def __init__(self, pixels: Pixels, masks: MaskSettings) -> None:
        self._pixels = pixels
        self._masks = masks
        self._views: dict[ViewName, View] = {}

    def view(self, name: ViewName) -> View:
        """The fruit, the whole frame, or its middle."""
        if name not in self._views:
            self._views[name] = mask.look(self._pixels, name, self._masks)
        return self._views[name]


def look(content: bytes, preset: Preset) -> Looked:
    """An encoded photograph, decoded. Raises ValueError if the bytes are no image."""
    return Looked(decode(content, preset.mask.longest), preset.mask)


def patches(looked: Looked, preset: Preset) -> Descriptors:
    """Its colour patches as descriptors (n x 32 bytes): the bytes that are left are zero."""
    found = colour.describe(looked.view(preset.colour.view), preset.colour)
    return np.pad(found, ((0, 0), (0, DESCRIPTOR_BYTES - found.shape[1])))


def numbers(looked: Looked, preset: Preset) -> statistics.Row:
    """Its statistics."""
    return statistics.describe(looked.view(preset.statistics.view), preset.statistics)


def fisher_patches(looked: Looked, settings: FisherSettings) -> Descriptors:
    """The patches (n x 32 bytes) that a Fisher vector is made of."""
    of = settings.patches
    if isinstance(of, ColourSettings):
        return colour.describe(looked.view(of.view), of)
    return gradients.describe(looked.view(of.view), of)
