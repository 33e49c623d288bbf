"""What determines each checkpoint of a run: known before anything is computed, on both sides.

A checkpoint stands for photographs (one segment, or the whole collection), the settings that matter
to it, and the models it was made with. Airflow's plan asks the recipe what a run will need; the
Spark stages ask the same recipe where to put it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from verger.catalogue.labels import Names
from verger.config.blocks import FisherSettings
from verger.config.heads import COLOUR, NETWORK_VIEWS, ORB, STATISTICS, HeadSettings
from verger.config.settings import Preset
from verger.lake.address import Address
from verger.lake.registry import Model

IMAGES, DESCRIPTORS, VOCABULARY = "images", "descriptors", "vocabulary"
HISTOGRAMS, BOVW = "histograms", "bovw"
PCA, PROJECTIONS, FEATURES = "pca", "projections", "features"
PATCHES, COLOUR_VOCABULARY, COLOUR_HISTOGRAMS = "patches", "colour_vocabulary", "colour_histograms"
FISHER_SAMPLES, MIXTURE, FISHER_VECTORS = "fisher_samples", "mixture", "fisher_vectors"
NETWORK_FEATURES = "network_features"
CLASSIFIER, FIRST_ANSWERS = "classifier", "first_answers"
FIRST_ANSWERS_FILE = "first_answers.json"
# One for the whole collection, small, and taken as they are by people and by later runs.
WHOLE = frozenset({VOCABULARY, COLOUR_VOCABULARY, MIXTURE, BOVW, PCA, FEATURES, CLASSIFIER})


@dataclass(frozen=True)
class Recipe:
    """The settings of a run, the release of OpenCV that extracts, and what the models are from.

    ``collection`` is the digest of all photographs: a vocabulary and components that this run fits
    are fitted to them. With a published ``model`` no words and no components are fitted: the
    classifier alone learns. ``names`` are the team's own, by label.
    """

    preset: Preset
    opencv: str
    collection: str
    model: Model | None = None
    names: Names = field(default_factory=dict)

    def images(self, digest: str) -> Address:
        """Photographs, packed out of small files."""
        limits = asdict(self.preset.photographs)
        return Address(IMAGES, 2, {**limits, "photographs": digest}, {})

    def descriptors(self, digest: str) -> Address:
        """ORB descriptors of photographs."""
        return Address(DESCRIPTORS, 1, self.extractor, {IMAGES: self.images(digest).fingerprint})

    @property
    def extractor(self) -> dict[str, Any]:
        """The extractor's settings; another release of OpenCV counts as another extractor."""
        settings = asdict(self.preset.extractor)
        thresholds = list(settings["fast_thresholds"])  # as JSON gives it back
        return {**settings, "fast_thresholds": thresholds, "opencv": self.opencv}

    @property
    def fitted_vocabulary(self) -> Address:
        """The words that would be fitted to the collection."""
        described = self.descriptors(self.collection).fingerprint
        return Address(VOCABULARY, 2, asdict(self.preset.words), {DESCRIPTORS: described})

    @property
    def vocabulary(self) -> str:
        """Fingerprint of the words in use."""
        return self.model.vocabulary if self.model else self.fitted_vocabulary.fingerprint

    def histograms(self, digest: str) -> Address:
        """Words counted per photograph."""
        return Address(HISTOGRAMS, 3, {}, self._counted(digest))

    @property
    def bovw(self) -> Address:
        """Words counted per label, over the collection."""
        return Address(BOVW, 1, {}, self._counted(self.collection))

    @property
    def fitted_pca(self) -> Address:
        """The components that would be fitted to the collection."""
        counted = self.histograms(self.collection).fingerprint
        return Address(PCA, 1, asdict(self.preset.pca), {HISTOGRAMS: counted})

    @property
    def pca(self) -> str:
        """Fingerprint of the components in use."""
        return self.model.pca if self.model else self.fitted_pca.fingerprint

    def projections(self, digest: str) -> Address:
        """Photographs on the components."""
        counted = self.histograms(digest).fingerprint
        return Address(PROJECTIONS, 2, {}, {HISTOGRAMS: counted, PCA: self.pca})

    @property
    def features(self) -> Address:
        """Labels on the components, over the collection."""
        return Address(FEATURES, 1, {}, {BOVW: self.bovw.fingerprint, PCA: self.pca})

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks that the classifier sees: a published model may lack words that later ones
        have.
        """
        if self.model is None:
            return self.preset.blocks
        lacking = {block for block in self.preset.fisher if block not in self.model.mixtures}
        if not self.model.colour_vocabulary:
            lacking.add(COLOUR)
        return tuple(block for block in self.preset.blocks if block not in lacking)

    @property
    def fisher_blocks(self) -> tuple[str, ...]:
        """Those of them that are Fisher vectors."""
        return tuple(block for block in self.preset.fisher_blocks if block in self.blocks)

    @property
    def heads(self) -> tuple[HeadSettings, ...]:
        """The linear heads of the classifier."""
        return self.preset.heads(self.blocks)

    def statistics(self, digest: str) -> Address:
        """The numbers of whole fruits."""
        return self._looked_at(STATISTICS, asdict(self.preset.statistics), digest)

    def patches(self, digest: str) -> Address:
        """Colour patches of photographs."""
        settings = asdict(self.preset.colour)
        return self._looked_at(PATCHES, {**settings, "sizes": list(settings["sizes"])}, digest)

    @property
    def fitted_colour_vocabulary(self) -> Address:
        """The words of colour that would be fitted to the collection."""
        patched = self.patches(self.collection).fingerprint
        return Address(COLOUR_VOCABULARY, 1, asdict(self.preset.colour_words), {PATCHES: patched})

    @property
    def colour_vocabulary(self) -> str:
        """Fingerprint of the words of colour in use."""
        if self.model:
            return self.model.colour_vocabulary
        return self.fitted_colour_vocabulary.fingerprint

    def colour_histograms(self, digest: str) -> Address:
        """Words of colour counted per photograph."""
        patched = self.patches(digest).fingerprint
        inputs = {PATCHES: patched, COLOUR_VOCABULARY: self.colour_vocabulary}
        return Address(COLOUR_HISTOGRAMS, 1, {}, inputs)

    def fisher_samples(self, block: str, digest: str) -> Address:
        """Some of each photograph's patches, for a mixture to be fitted to."""
        of = self.preset.fisher[block]
        return self._looked_at(FISHER_SAMPLES, {**_patches(of), "kept": of.kept}, digest)

    def fitted_mixture(self, block: str) -> Address:
        """The mixture that would be fitted to the collection."""
        sampled = self.fisher_samples(block, self.collection).fingerprint
        words = self.preset.mixture_words(block)
        return Address(MIXTURE, 1, asdict(words), {FISHER_SAMPLES: sampled})

    def mixture(self, block: str) -> str:
        """Fingerprint of the mixture in use."""
        return self.model.mixtures[block] if self.model else self.fitted_mixture(block).fingerprint

    def fisher_vectors(self, block: str, digest: str) -> Address:
        """Fisher vectors of photographs."""
        patches = self._looked_at(FISHER_VECTORS, _patches(self.preset.fisher[block]), digest)
        return replace(patches, inputs={**patches.inputs, MIXTURE: self.mixture(block)})

    def network_features(self, block: str, digest: str) -> Address:
        """Features of photographs by the network, wherever its file is."""
        settings = asdict(self.preset.network_of(block))
        del settings["address"]
        return self._looked_at(NETWORK_FEATURES, settings, digest)

    def block(self, name: str, digest: str) -> Address:
        """Where a block's rows of photographs are."""
        if name in self.preset.fisher:
            return self.fisher_vectors(name, digest)
        if name in NETWORK_VIEWS:
            return self.network_features(name, digest)
        address = {
            ORB: self.histograms,
            COLOUR: self.colour_histograms,
            STATISTICS: self.statistics,
        }[name]
        return address(digest)

    @property
    def classifier(self) -> Address:
        """What is learnt from the collection's blocks, and the names of its labels."""
        learnt = {
            "heads": [{**asdict(of), "blocks": list(of.blocks)} for of in self.heads],
            "names": {label: asdict(name) for label, name in sorted(self.names.items())},
        }
        inputs = {block: self.block(block, self.collection).fingerprint for block in self.blocks}
        return Address(CLASSIFIER, 3, learnt, inputs)

    def first_answers(self, unlearnt: Sequence[str]) -> Address | None:
        """What the published classifier says of segments that it has not learnt from."""
        if not (self.model and self.model.classifier and unlearnt):
            return None
        rows = {
            f"{block} of {of}": self.block(block, of).fingerprint
            for block in self.blocks
            for of in unlearnt
        }
        return Address(FIRST_ANSWERS, 1, {}, {CLASSIFIER: self.model.classifier, **rows})

    def _looked_at(self, kind: str, settings: dict[str, Any], digest: str) -> Address:
        parameters = {**settings, "mask": asdict(self.preset.mask), "opencv": self.opencv}
        return Address(kind, 1, parameters, {IMAGES: self.images(digest).fingerprint})

    def _counted(self, digest: str) -> dict[str, str]:
        return {
            DESCRIPTORS: self.descriptors(digest).fingerprint,
            VOCABULARY: self.vocabulary,
        }


def _patches(of: FisherSettings) -> dict[str, Any]:
    """What the patches of a Fisher vector are, as JSON gives it back."""
    settings = asdict(of.patches)
    kind = "colour" if of.colour else "edges"
    return {**settings, "sizes": list(settings["sizes"]), "kind": kind, "fisher": of.version}
