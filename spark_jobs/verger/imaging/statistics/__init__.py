"""About two hundred numbers of a whole fruit, each around 1 in size, in fixed steps.

They tell species apart whose varieties were never seen, where words of small patches do not:
how colours spread, how light falls off towards the outline, how highlights lie, how strong each
scale of texture is, what outline the fruit has.

Pixels are integers, and so is everything that is summed over them: the numbers are the same on
every machine up to one rounding at the end.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from verger.config.blocks import StatisticsSettings
from verger.imaging.mask import View
from verger.imaging.statistics import bands, gloss, palette, shading, shape
from verger.imaging.statistics.subject import Subject

Row = npt.NDArray[np.int32]

UNIT = 1 << 12  # a number of 1 has this value
MOST = 8  # larger numbers are cut: squares of all rows then add up exactly for 8 million rows
PARTS = (palette, shading, gloss, bands, shape)
WIDTH = sum(part.WIDTH for part in PARTS)


def describe(view: View, settings: StatisticsSettings) -> Row:
    """The numbers of one fruit (WIDTH integers), in steps of 1 / UNIT."""
    subject = Subject.of(view.scaled(settings.side))
    numbers = np.concatenate([part.describe(subject) for part in PARTS])
    return np.asarray(np.rint(UNIT * np.clip(numbers, -MOST, MOST)), np.int32)
