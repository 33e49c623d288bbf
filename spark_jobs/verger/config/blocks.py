"""What a block of features is made of: one frozen set of settings for each kind of block.

A block's version is part of its settings: whoever changes what the code computes raises it, and
what was computed before keeps its own address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from verger.errors import SettingsError

# What a block looks at: the fruit cut out of its white background (without one, the middle of the
# frame), the whole frame, or its middle.
ViewName = Literal["fruit", "whole", "centre"]


@dataclass(frozen=True)
class MaskSettings:
    """How a fruit is found on a white background.

    The background is what is at least `white` in all three colours and hangs together with the
    frame's border. A fruit smaller than `least` of the frame, or a background smaller than that,
    is none: then the middle of the frame is looked at, `centre` of its width and height.
    """

    longest: int = 400  # longer side in pixels at which the fruit is looked for
    white: int = 238
    least: float = 0.02
    centre: float = 0.7


@dataclass(frozen=True)
class ColourSettings:
    """Dense patches of Lab colour: square, of three sizes in pixels, each cut in cells x cells."""

    version: int = 1
    view: ViewName = "fruit"
    side: int = 100  # longer side of the view in pixels, after rescaling
    sizes: tuple[int, ...] = (8, 16, 32)
    cells: int = 3
    step: int = 6  # pixels between two patches; a third of the patch where that is more

    @property
    def width(self) -> int:
        """Bytes of a patch: three colours of each cell."""
        return 3 * self.cells * self.cells


@dataclass(frozen=True)
class GradientSettings:
    """Dense patches of edges: square, of several sizes in pixels, each cut in 2 x 2 cells."""

    version: int = 1
    view: ViewName = "whole"
    side: int = 200  # longer side of the view in pixels, after rescaling
    sizes: tuple[int, ...] = (8, 12, 20, 32)
    step: int = 6  # pixels between two patches; a third of the patch where that is more

    @property
    def width(self) -> int:
        """Bytes of a patch: eight directions of each cell."""
        return 32


@dataclass(frozen=True)
class StatisticsSettings:
    """About two hundred numbers of a whole fruit."""

    version: int = 1
    view: ViewName = "fruit"
    side: int = 100  # longer side of the view in pixels, after rescaling


@dataclass(frozen=True)
class FisherSettings:
    """Fisher vectors of patches of one kind, for frames that hold more than one fruit on white.

    At most about ``kept`` patches of each photograph, chosen by their hashes, are there to fit the
    mixture to: ``sample_per_component`` for each of its components.
    """

    version: int = 1
    colour: ColourSettings | None = None
    edges: GradientSettings | None = None
    components: int = 64
    kept: int = 256
    sample_per_component: int = 2000

    @property
    def patches(self) -> ColourSettings | GradientSettings:
        """What its patches are. Raises SettingsError where there are none, or of two kinds."""
        if self.colour and not self.edges:
            return self.colour
        if self.edges and not self.colour:
            return self.edges
        raise SettingsError("a Fisher vector is of patches of colour or of edges: name one of both")


@dataclass(frozen=True)
class NetworkSettings:
    """A network that the team brings: any ONNX file that OpenCV runs, with one output.

    It is given the view squashed to `size` x `size` pixels, red green blue, (x - mean) / scale.
    """

    address: str  # where the file is
    sha256: str  # of its bytes: another file is another block
    size: int = 224
    mean: float = 127.0
    scale: float = 128.0
    version: int = 1
    view: ViewName = "whole"
