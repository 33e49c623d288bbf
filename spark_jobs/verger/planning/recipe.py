"""What determines each checkpoint of a run: known before anything is computed, on both sides.

A checkpoint stands for photographs (one segment, or the whole collection), the settings that matter
to it, and the models it was made with. Airflow's plan asks the recipe what a run will need; the
Spark stages ask the same recipe where to put it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from verger.config.settings import Preset
from verger.lake.checkpoint import Address
from verger.lake.registry import Model

IMAGES, DESCRIPTORS, VOCABULARY = "images", "descriptors", "vocabulary"
HISTOGRAMS, BOVW = "histograms", "bovw"
PCA, PROJECTIONS, FEATURES = "pca", "projections", "features"
# One for the whole collection, small, and taken as they are by people and by later runs.
WHOLE = frozenset({VOCABULARY, BOVW, PCA, FEATURES})


@dataclass(frozen=True)
class Recipe:
    """The settings of a run, the release of OpenCV that extracts, and what the models are from.

    ``collection`` is the digest of all photographs: a vocabulary and components that this run fits
    are fitted to them. With a published ``model`` nothing is fitted.
    """

    preset: Preset
    opencv: str
    collection: str
    model: Model | None = None

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

    def _counted(self, digest: str) -> dict[str, str]:
        return {
            DESCRIPTORS: self.descriptors(digest).fingerprint,
            VOCABULARY: self.vocabulary,
        }
