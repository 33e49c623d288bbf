"""A photograph as the blocks of colour and statistics look at it, and what they see."""

from __future__ import annotations

import numpy as np

from verger.config.settings import Preset
from verger.imaging import colour, statistics
from verger.imaging.decoding import decode
from verger.imaging.mask import View, find_fruit
from verger.kernels.bits import DESCRIPTOR_BYTES, Descriptors


def look(content: bytes, preset: Preset) -> View:
    """The fruit of an encoded photograph. Raises ValueError if the bytes are no image."""
    return find_fruit(decode(content, preset.mask.longest), preset.mask)


def patches(view: View, preset: Preset) -> Descriptors:
    """Its colour patches as descriptors (n x 32 bytes): the bytes that are left are zero."""
    found = colour.describe(view, preset.colour)
    return np.pad(found, ((0, 0), (0, DESCRIPTOR_BYTES - found.shape[1])))


def numbers(view: View, preset: Preset) -> statistics.Row:
    """Its statistics."""
    return statistics.describe(view, preset.statistics)
