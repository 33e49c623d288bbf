"""Highlights: how many, how large, where, and how colourless they are."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from verger.imaging.statistics.subject import Numbers, Subject, mean

_CONTRASTS = (20, 40, 70)  # how much brighter than the fruit a highlight is
_AROUND = (15, 15)  # pixels of the surroundings it is compared with
_AREA = cv2.CC_STAT_AREA
WIDTH = 8 * len(_CONTRASTS)


def describe(subject: Subject) -> Numbers:
    """For three contrasts: share of the fruit, number of spots, sizes of the two largest; place and
    shape of the largest, and its chroma against the fruit's.
    """
    light = subject.lab[:, :, 0]
    brighter = light.astype(np.int16) - cv2.blur(light, _AROUND)
    return np.concatenate(
        [
            _spots(
                subject,
                (brighter > 0.6 * contrast) & (light > subject.middle[0] + 0.5 * contrast),
            )
            for contrast in _CONTRASTS
        ]
    )


def _spots(subject: Subject, bright: npt.NDArray[np.bool_]) -> Numbers:
    inside = subject.core[bright.reshape(-1)[subject.core]]
    if not len(inside):
        return np.zeros(8)
    spots = np.zeros(bright.shape, np.uint8)
    spots.reshape(-1)[inside] = 1
    count, _, boxes, centres = cv2.connectedComponentsWithStats(spots)
    boxes, centres = boxes[1:], centres[1:]  # the first is the background
    largest = int(np.argmax(boxes[:, _AREA]))
    areas = np.sort(boxes[:, _AREA])[::-1]
    height, width = bright.shape
    return np.array(
        [
            np.sqrt(len(inside) / max(len(subject.core), 1)) * 5,
            np.log(count) / 2,
            np.sqrt(areas[0]) / 10,
            np.sqrt(areas[1] if len(areas) > 1 else 0) / 10,
            centres[largest][1] / height - 0.5,
            abs(centres[largest][0] / width - 0.5),
            np.log(boxes[largest][cv2.CC_STAT_WIDTH] / boxes[largest][cv2.CC_STAT_HEIGHT]),
            (_colourfulness(subject.lab.reshape(-1, 3)[inside]) - _colourfulness(subject.colours))
            / 32,
        ]
    )


def _colourfulness(colours: npt.NDArray[np.uint8]) -> float:
    return float(mean(np.abs(colours[:, 1:].astype(np.int16) - 128)).mean())
