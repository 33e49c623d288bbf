"""What a user may choose, range-checked at this one door, before any work starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from verger.contract import K_RANGE, PCA_K_RANGE
from verger.errors import SettingsError
from verger.photograph import ImageLimits

Geometry = Literal["hamming", "euclidean"]
Basis = Literal["photographs", "labels"]


@dataclass(frozen=True)
class ImportSettings:
    """Which files are too large to be photographs."""

    max_megapixels: float = 100.0  # decoded RGB takes 3 bytes a pixel of a worker's memory
    max_megabytes: float = 64.0

    def __post_init__(self) -> None:
        _positive("--max-megapixels", self.max_megapixels)
        _positive("--max-megabytes", self.max_megabytes)

    @property
    def limits(self) -> ImageLimits:
        """The limits in pixels and bytes."""
        return ImageLimits(int(self.max_megapixels * 1e6), int(self.max_megabytes * 1e6))


@dataclass(frozen=True)
class ExtractorSettings:
    """ORB's settings (names as in OpenCV's ``ORB_create``) and the scale it works at."""

    side: int | None = None  # longer side in pixels after rescaling; None: as photographed
    n_features: int = 100
    scale_factor: float = 1.2
    n_levels: int = 8
    edge_threshold: int = 31
    patch_size: int = 31
    # FAST thresholds tried in turn until a photograph has `enough` descriptors.
    fast_thresholds: tuple[int, ...] = (20,)
    enough: int = 1
    # The notebook gave a photograph without descriptors one of 32 zero bytes.
    zero_placeholder: bool = False


@dataclass(frozen=True)
class VocabularySettings:
    """How the k visual words are fitted."""

    k: int = 1000
    geometry: Geometry = "hamming"
    seed: int = 0
    sample_per_word: int | None = 300  # training descriptors per word; None: all of them
    max_iterations: int = 20

    def __post_init__(self) -> None:
        _within("--k", self.k, *K_RANGE)
        _within("--seed", self.seed, 0, 2**31 - 1)
        _within("--max-iterations", self.max_iterations, 1, 1000)
        if self.sample_per_word is not None:
            _within("--sample-per-word", self.sample_per_word, 1, 100_000)


@dataclass(frozen=True)
class PcaSettings:
    """How many components, fitted on photographs or on labels."""

    k: int = 100
    basis: Basis = "photographs"

    def __post_init__(self) -> None:
        _within("--pca", self.k, *PCA_K_RANGE)


@dataclass(frozen=True)
class Preset:
    """A way of doing the whole: extractor, geometry of the vocabulary, basis of the PCA."""

    extractor: ExtractorSettings
    geometry: Geometry
    basis: Basis
    sample_per_word: int | None
    max_iterations: int


# On Fruits-360, 200 pixels and threshold 8 leave no photograph without descriptors (an end-to-end
# test holds that); the lower thresholds are for smoother fruits than those.
FRUITS = Preset(
    extractor=ExtractorSettings(
        side=200, n_features=500, edge_threshold=8, fast_thresholds=(8, 4, 2, 1), enough=50
    ),
    geometry="hamming",
    basis="photographs",
    sample_per_word=300,
    max_iterations=20,
)

# What the notebook did: ORB as it comes, bytes as floats, all descriptors, PCA of the label pivot.
SEED = Preset(
    extractor=ExtractorSettings(zero_placeholder=True),
    geometry="euclidean",
    basis="labels",
    sample_per_word=None,
    max_iterations=20,  # MLlib's own default
)


def preset(name: str) -> Preset:
    """The preset of that name. Raises SettingsError for any other."""
    presets = {"fruits": FRUITS, "seed": SEED}
    if name not in presets:
        raise SettingsError(f"preset {name!r} does not exist; choose fruits or seed")
    return presets[name]


def check_pair(k: int, pca_k: int) -> None:
    """Raise SettingsError if more components are asked for than there are words."""
    if pca_k > k:
        raise SettingsError(
            f"--pca {pca_k} asks for more components than --k {k} words; use --pca {k} or fewer"
        )


def _positive(flag: str, value: float) -> None:
    if not value > 0:
        raise SettingsError(f"{flag} {value}: use a number above 0")


def _within(flag: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise SettingsError(f"{flag} {value}: use a number from {low} to {high}")
