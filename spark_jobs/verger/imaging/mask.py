"""Where the fruit is: on white by its outline, elsewhere the middle of the frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from verger.config.blocks import MaskSettings, ViewName
from verger.imaging.decoding import Pixels, rescale

Mask = npt.NDArray[np.uint8]  # height x width: 1 where the fruit is, else 0

_OPENING = np.ones((3, 3), np.uint8)  # removes hairs and single pixels that JPEG leaves
_MARGIN = 2  # pixels that are kept around a fruit


@dataclass(frozen=True)
class View:
    """What a block looks at: pixels (height x width x 3, BGR) and the fruit's mask on them."""

    pixels: Pixels
    mask: Mask

    def scaled(self, side: int) -> View:
        """The same with a longer side of `side` pixels."""
        if max(self.mask.shape) == side:
            return self
        pixels = rescale(self.pixels, side)
        height, width = pixels.shape[:2]
        mask = cv2.resize(self.mask, (width, height), interpolation=cv2.INTER_NEAREST)
        return View(pixels, mask.astype(np.uint8, copy=False))


def look(pixels: Pixels, name: ViewName, settings: MaskSettings) -> View:
    """The view of that name."""
    if name == "fruit":
        return find_fruit(pixels, settings)
    return whole(pixels) if name == "whole" else centre(pixels, settings.centre)


def find_fruit(pixels: Pixels, settings: MaskSettings) -> View:
    """The fruit cut out by its outline on white; without white, the middle of the frame."""
    mask = fruit_mask(pixels, settings)
    return centre(pixels, settings.centre) if mask is None else cut_out(pixels, mask)


def whole(pixels: Pixels) -> View:
    """The whole frame, all of it taken for fruit."""
    return View(pixels, np.ones(pixels.shape[:2], np.uint8))


def centre(pixels: Pixels, share: float) -> View:
    """The middle of the frame, that share of its width and height, all of it taken for fruit."""
    height, width = pixels.shape[:2]
    tall, wide = max(1, round(height * share)), max(1, round(width * share))
    top, left = (height - tall) // 2, (width - wide) // 2
    return whole(np.ascontiguousarray(pixels[top : top + tall, left : left + wide]))


def cut_out(pixels: Pixels, mask: Mask) -> View:
    """The mask's bounding box with a small margin."""
    left, top, wide, tall = cv2.boundingRect(mask)
    rows = slice(max(top - _MARGIN, 0), top + tall + _MARGIN)
    columns = slice(max(left - _MARGIN, 0), left + wide + _MARGIN)
    return View(
        np.ascontiguousarray(pixels[rows, columns]), np.ascontiguousarray(mask[rows, columns])
    )


def fruit_mask(pixels: Pixels, settings: MaskSettings) -> Mask | None:
    """The fruit's mask (height x width), or None where the background is not white."""
    bright = cv2.inRange(pixels, (settings.white,) * 3, (255, 255, 255))
    # A frame of background all around: one flood from its corner reaches every border pixel.
    framed = cv2.copyMakeBorder(bright, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=255)
    cv2.floodFill(framed, None, (0, 0), 1)
    fruit = (framed[1:-1, 1:-1] != 1).astype(np.uint8)
    least = settings.least * fruit.size
    if fruit.size - cv2.countNonZero(fruit) < least:
        return None
    fruit = cv2.morphologyEx(fruit, cv2.MORPH_OPEN, _OPENING).astype(np.uint8, copy=False)
    return fruit if cv2.countNonZero(fruit) >= least else None
