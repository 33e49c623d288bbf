"""What a keypoint looks at, cut out of a photograph and turned upright: a small picture."""

from __future__ import annotations

import math

import cv2
import numpy as np

from verger.imaging.decoding import Pixels

SIDE = 24  # pixels of a picture


def cut_out(pixels: Pixels, square: tuple[float, float, float], angle: float) -> Pixels:
    """The square (middle x, y and side, in pixels) that is turned by so many degrees clockwise,
    upright and 24 x 24 pixels large: as ORB turns its pattern (Rublee et al., 2011, section 4.2).
    Beyond the photograph's edge its last pixels go on.
    """
    x, y, side = square
    n = max(SIDE, math.ceil(side))
    step = side / n
    across, down = step * math.cos(math.radians(angle)), step * math.sin(math.radians(angle))
    middle = (n - 1) / 2
    turn = np.array(
        [
            [across, -down, x - middle * (across - down)],
            [down, across, y - middle * (down + across)],
        ]
    )
    upright = cv2.warpAffine(
        pixels,
        turn,
        (n, n),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    small = cv2.resize(upright, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def as_png(pixels: Pixels) -> bytes:
    """Pixels (BGR) as a file that every browser shows."""
    return cv2.imencode(".png", pixels, (cv2.IMWRITE_PNG_COMPRESSION, 1))[1].tobytes()
