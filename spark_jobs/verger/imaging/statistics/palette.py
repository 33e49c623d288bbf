"""How the colours of a fruit spread: quantiles, moments, correlations."""

from __future__ import annotations

import numpy as np

from verger.imaging.statistics.subject import Numbers, Subject, mean, quantiles

_SHARES = np.array([0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.995])
_MEDIAN = 5
_PAIRS = ([0, 0, 1], [1, 2, 2])
WIDTH = 3 * len(_SHARES) + 3 * 4 + 2


def describe(subject: Subject) -> Numbers:
    """Of L, a, b: eleven quantiles about the median, spread, skewness, kurtosis, correlations;
    mean and spread of the chroma.
    """
    return np.concatenate([_quantiles(subject), _moments(subject), _chroma(subject)])


def _quantiles(subject: Subject) -> Numbers:
    found = np.array([quantiles(values, _SHARES) for values in subject.colours.T])
    about = (found - found[:, [_MEDIAN]]) / 32
    about[:, _MEDIAN] = found[:, _MEDIAN] / 64 - 2
    return np.asarray(about.reshape(-1))


def medians(numbers: Numbers) -> Numbers:
    """The median L, a and b (n x 3, as bytes) that rows of these numbers tell (n x WIDTH)."""
    places = np.arange(3) * len(_SHARES) + _MEDIAN
    return np.asarray((numbers[:, places] + 2) * 64)


def _moments(subject: Subject) -> Numbers:
    # Distances from the rounded mean are integers; what the rounding leaves is put right below.
    colours = subject.colours.astype(np.float64)
    colours -= np.rint(mean(colours))
    n = len(colours)
    off = mean(colours)
    second = colours.T @ colours / n - np.outer(off, off)
    spread = np.sqrt(np.diag(second) + 1)
    squares = colours * colours
    third = mean(squares * colours) - 3 * off * mean(squares) + 2 * off**3
    fourth = (
        mean(squares * squares) - 4 * off * mean(squares * colours)
        + 6 * off**2 * mean(squares) - 3 * off**4
    )  # fmt: skip
    correlations = second[_PAIRS] / spread[_PAIRS[0]] / spread[_PAIRS[1]]
    return np.concatenate(
        [np.log(spread), correlations, third / spread**3 / 3, fourth / spread**4 / 6 - 0.5]
    )


def _chroma(subject: Subject) -> Numbers:
    # In steps of 1/16, so that sums are of integers.
    a, b = (subject.colours[:, channel].astype(np.float64) - 128 for channel in (1, 2))
    chroma = np.rint(16 * np.sqrt(a * a + b * b))[:, None]
    middle = mean(chroma)
    spread = np.sqrt(np.maximum(mean(chroma * chroma) - middle**2, 0))
    return np.concatenate([middle / 16 / 48, spread / 16 / 16])
