"""The outline of a fruit: how long, how round, how bumpy."""

from __future__ import annotations

import cv2
import numpy as np

from verger.imaging.statistics.subject import Numbers, Subject

_RADII = 64  # points of the outline
_WAVES = 8  # of its Fourier series
_TINY = 1e-6
WIDTH = 6 + _WAVES


def describe(subject: Subject) -> Numbers:
    """Elongation (box and ellipse), share of the box and of the hull, roundness, share of stalk;
    amplitudes of the outline's first waves around the fruit's centre.
    """
    outlines, _ = cv2.findContours(subject.body, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)
    area = cv2.countNonZero(subject.body)
    _, _, width, height = cv2.boundingRect(subject.body)
    hull = cv2.contourArea(cv2.convexHull(outline))
    around = cv2.arcLength(outline, True)
    stalk = cv2.countNonZero(subject.mask) - area
    return np.array(
        [
            np.log(width / height),
            np.sqrt(_flatness(subject)),
            area / (width * height),
            area / max(hull, 1.0),
            4 * np.pi * area / max(around, 1.0) ** 2,
            5 * stalk / area,
            *_waves(outline.reshape(-1, 2)[:, ::-1], subject),
        ]
    )


def _flatness(subject: Subject) -> float:
    """The ratio of the smaller to the larger variance of the body along its principal axes."""
    inside, _, _ = subject.places
    rows, columns = np.divmod(inside, subject.body.shape[1])
    n = len(inside)
    # n^2 times the variances: integers, whatever adds them up.
    yy = n * int(rows @ rows) - int(rows.sum()) ** 2
    xx = n * int(columns @ columns) - int(columns.sum()) ** 2
    xy = n * int(rows @ columns) - int(rows.sum()) * int(columns.sum())
    spread = np.hypot(float(xx - yy), 2.0 * xy)
    return float(max(xx + yy - spread, 0.0) / max(xx + yy + spread, 1.0))


def _waves(outline: np.ndarray, subject: Subject) -> Numbers:
    """Amplitudes of waves 1 to 8 of the distance from the centre, in shares of its mean."""
    inside, _, _ = subject.places
    rows, columns = np.divmod(inside, subject.body.shape[1])
    y = outline[:, 0] - rows.sum() / len(rows)
    x = outline[:, 1] - columns.sum() / len(columns)
    radius = np.sqrt(x * x + y * y)
    at = np.linspace(0, len(radius), _RADII, endpoint=False)
    radii = np.interp(at, np.arange(len(radius)), radius)
    waves = np.abs(np.fft.rfft(radii / max(radii.mean(), _TINY)))
    return np.asarray(waves[1 : _WAVES + 1] / 6.4)
