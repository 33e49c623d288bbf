"""What a user may choose, range-checked at this one door, before any work starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from verger.config.blocks import (
    ColourSettings,
    FisherSettings,
    MaskSettings,
    NetworkSettings,
    StatisticsSettings,
)
from verger.config.heads import (
    COLOUR,
    HEADS,
    NETWORK_VIEWS,
    ORB,
    STATISTICS,
    HeadSettings,
    heads_for,
)
from verger.config.ranges import positive, share, within
from verger.contract import K_RANGE, PCA_K_RANGE
from verger.documents import Document
from verger.errors import SettingsError

Algorithm = Literal["k-majority", "mllib"]
Basis = Literal["photographs", "labels"]
Normalise = Literal["none", "l2", "hellinger"]
NORMALISE: tuple[Normalise, ...] = get_args(Normalise)
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
# The classifier's sums grow by the square of words and colours together; more were not measured.
MOST_COLOURS = 1000


@dataclass(frozen=True)
class ImageLimits:
    """How large a photograph may be: pixels once decoded, bytes as a file."""

    max_pixels: int
    max_bytes: int


@dataclass(frozen=True)
class ImportSettings:
    """Which files are too large to be photographs."""

    max_megapixels: float = 100.0  # decoded RGB takes 3 bytes a pixel of a worker's memory
    max_megabytes: float = 64.0

    def __post_init__(self) -> None:
        positive("--max-megapixels", self.max_megapixels)
        positive("--max-megabytes", self.max_megabytes)

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
    algorithm: Algorithm = "k-majority"
    seed: int = 0
    sample_per_word: int | None = 300  # training descriptors per word; None: all of them
    max_iterations: int = 20
    tolerance: float = 1e-4  # stop when an iteration lowers the cost by no larger share
    restarts: int = 1  # so many fits from other seedings; the cheapest is kept

    def __post_init__(self) -> None:
        within("k (visual words)", self.k, *K_RANGE)
        if self.algorithm not in ALGORITHMS:
            raise SettingsError(f"--algorithm {self.algorithm}: choose {' or '.join(ALGORITHMS)}")
        within("--seed", self.seed, 0, 2**31 - 1)
        within("--max-iterations", self.max_iterations, 1, 1000)
        within("--restarts", self.restarts, 1, 100)
        share("--tolerance", self.tolerance)
        if self.sample_per_word is not None:
            within("--sample-per-word", self.sample_per_word, 1, 100_000)
        if self.algorithm == "mllib" and self.restarts > 1:
            raise SettingsError("--restarts: MLlib fits once; use --algorithm k-majority")


@dataclass(frozen=True)
class HealthLimits:
    """When a vocabulary is unfit: shares from 0 to 1, distances in bits. Nothing exceeds 1 or 256,
    so the defaults let everything pass.
    """

    dead_words: float = 1.0  # share of the words that no training descriptor is nearest to
    duplicate_words: float = 1.0  # share of the words that equal another one
    missing_words: float = 1.0  # share of the words asked for that were not found
    giant_words: float = 1.0  # share of the words that take many times their part
    bare_photographs: float = 1.0  # share of the photographs without any descriptor
    mean_distance: float = 256.0  # between a training descriptor and its word
    # A classifier that is right about so much smaller a share of the same photographs than the one
    # in use is not published.
    lost_accuracy: float = 1.0

    def __post_init__(self) -> None:
        for name in ("dead_words", "duplicate_words", "missing_words", "giant_words"):
            share(f"--limit-{name.replace('_', '-')}", getattr(self, name))
        share("--limit-bare-photographs", self.bare_photographs)
        positive("--limit-mean-distance", self.mean_distance)
        share("--limit-lost-accuracy", self.lost_accuracy)


@dataclass(frozen=True)
class Weighting:
    """How much a word counts.

    ``normalise``: "none" leaves the counts, "l2" makes every row of length 1, "hellinger" takes the
    square root of each word's share, so that a row has length 1 and the inner product of two rows
    is the Bhattacharyya coefficient (Arandjelovic and Zisserman, "Three things everyone should know
    to improve object retrieval", 2012). ``idf``: words that occur in few photographs weigh more.
    """

    normalise: Normalise = "none"
    idf: bool = False

    def __post_init__(self) -> None:
        if self.normalise not in NORMALISE:
            raise SettingsError(f"--normalise {self.normalise}: choose {' or '.join(NORMALISE)}")


@dataclass(frozen=True)
class PcaSettings:
    """How many components, of rows weighted how, fitted on photographs or on labels."""

    k: int = 100
    basis: Basis = "photographs"
    weighting: Weighting = field(default_factory=Weighting)

    def __post_init__(self) -> None:
        within("pca (components)", self.k, *PCA_K_RANGE)
        if self.basis == "labels" and self.weighting != Weighting():
            raise SettingsError(
                "--normalise and --idf weigh photographs: use --preset fruits for them"
            )


@dataclass(frozen=True)
class Preset(Document):
    """A way of doing the whole.

    ``fisher`` are the settings of the blocks of that kind, by name. ``network`` is what the lake
    has: a preset with blocks of a network lacks it until a run is planned.
    """

    name: str
    extractor: ExtractorSettings
    words: VocabularySettings
    limits: HealthLimits
    pca: PcaSettings
    photographs: ImportSettings = field(default_factory=ImportSettings)
    blocks: tuple[str, ...] = (ORB,)  # kinds of features that the classifier sees
    mask: MaskSettings = field(default_factory=MaskSettings)
    colour: ColourSettings = field(default_factory=ColourSettings)
    statistics: StatisticsSettings = field(default_factory=StatisticsSettings)
    fisher: Mapping[str, FisherSettings] = field(default_factory=dict)
    network: NetworkSettings | None = None
    every_head: tuple[HeadSettings, ...] = HEADS

    def __post_init__(self) -> None:
        if self.pca.k > self.words.k:
            raise SettingsError(
                f"{self.pca.k} components cannot come from {self.words.k} visual words: "
                f"use {self.words.k} components or fewer"
            )

    def sized(self, k: int, pca_k: int) -> Preset:
        """The same with k visual words and pca_k components. Raises SettingsError where that
        cannot be.
        """
        words, pca = replace(self.words, k=k), replace(self.pca, k=pca_k)
        return replace(self, words=words, pca=pca)

    @property
    def colour_words(self) -> VocabularySettings:
        """How the words of colour patches are fitted: as those of descriptors, in integers."""
        return replace(self.words, k=min(self.words.k, MOST_COLOURS), algorithm="k-majority")

    def mixture_words(self, block: str) -> VocabularySettings:
        """How the components of a block's Fisher vectors are fitted."""
        of = self.fisher[block]
        return replace(self.colour_words, k=of.components, sample_per_word=of.sample_per_component)

    @property
    def fisher_blocks(self) -> tuple[str, ...]:
        """The blocks of Fisher vectors that the classifier sees."""
        return tuple(block for block in self.blocks if block in self.fisher)

    @property
    def network_blocks(self) -> tuple[str, ...]:
        """The blocks of the network that the classifier sees."""
        return tuple(block for block in self.blocks if block in NETWORK_VIEWS)

    def network_of(self, block: str) -> NetworkSettings:
        """The network as a block looks through it. Raises SettingsError if there is none yet."""
        if self.network is None:
            raise SettingsError(
                f"--preset {self.name} needs a network: bring one with `verger network`"
            )
        return replace(self.network, view=NETWORK_VIEWS[block])

    def heads(self, blocks: tuple[str, ...]) -> tuple[HeadSettings, ...]:
        """The linear heads of the classifier, where these of its blocks are there."""
        there = tuple(block for block in self.blocks if block in blocks)
        return heads_for(there, self.every_head)

    @property
    def uses_mllib(self) -> bool:
        """Whether anything is fitted by Spark's own library, whose loops run in the JVM."""
        return self.words.algorithm == "mllib" or self.pca.basis == "labels"


# Extractor and weighting were chosen by benchmarks/quality (its results.md has the rule). On
# Fruits-360 threshold 8 leaves no photograph without descriptors (an end-to-end test holds that);
# the lower thresholds are for smoother fruits than those.
FRUITS = Preset(
    name="fruits",
    extractor=ExtractorSettings(
        side=300, n_features=1000, edge_threshold=8, fast_thresholds=(8, 4, 2, 1), enough=50
    ),
    words=VocabularySettings(),
    # Two random descriptors are 128 bits apart: words at 96 describe next to nothing.
    limits=HealthLimits(
        dead_words=0.0,
        duplicate_words=0.0,
        missing_words=0.0,
        giant_words=0.01,
        bare_photographs=0.2,
        mean_distance=96.0,
        lost_accuracy=0.01,
    ),
    pca=PcaSettings(basis="photographs", weighting=Weighting("hellinger")),
    blocks=(ORB, COLOUR, STATISTICS),
)

# What the notebook did: ORB as it comes, bytes as floats, all descriptors, PCA of the label pivot.
# Its words are as they are: the health report tells, nothing stops.
SEED = Preset(
    name="seed",
    extractor=ExtractorSettings(zero_placeholder=True),
    words=VocabularySettings(algorithm="mllib", sample_per_word=None),
    limits=HealthLimits(),
    pca=PcaSettings(basis="labels"),
)
