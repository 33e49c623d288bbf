"""What the Airflow side and the Spark side agree on: stages, records of runs, the summary.

Everybody may import this module, so it needs next to nothing.
A run's records lie in the lake as ``runs/<run_id>/<stage>.json``: one per finished stage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verger.documents import Document

IMPORT_IMAGES = "import_images"
EXTRACT_DESCRIPTORS = "extract_descriptors"
BUILD_VOCABULARY = "build_vocabulary"
PIVOT_HISTOGRAMS = "pivot_histograms"
REDUCE_PCA = "reduce_pca"
TRAIN_CLASSIFIER = "train_classifier"
STAGES = (
    IMPORT_IMAGES,
    EXTRACT_DESCRIPTORS,
    BUILD_VOCABULARY,
    PIVOT_HISTOGRAMS,
    REDUCE_PCA,
    TRAIN_CLASSIFIER,
)

PRESETS = ("fruits", "shop", "fruits+network", "shop+network", "seed")
# Up to here whole runs were seen to end; with 8192 words the classifier has sums of 2 GB.
K_RANGE = (2, 4096)
PCA_K_RANGE = (1, 1024)

# The package whose release is a part of what descriptors are.
OPENCV = "opencv-python-headless"

MAIN_TABLE = {
    IMPORT_IMAGES: "images",
    EXTRACT_DESCRIPTORS: "descriptors",
    BUILD_VOCABULARY: "vocabulary",
    PIVOT_HISTOGRAMS: "histograms",
    REDUCE_PCA: "projections",
    TRAIN_CLASSIFIER: "answers",
}
FEATURES_CSV = "features_pca.csv"

# Airflow's own rule for run ids; it also keeps them safe as one folder name.
_RUN_ID = re.compile(r"[A-Za-z0-9_.~:+-]+")


def run_folder(run_id: str) -> str:
    """Folder of a run's records, relative to the lake. Raises ValueError on an unsafe run id."""
    if not _RUN_ID.fullmatch(run_id) or set(run_id) == {"."}:
        raise ValueError(f"run id {run_id!r}: use letters, digits and _ . ~ : + - only")
    return f"runs/{run_id}"


def record_key(run_id: str, stage: str) -> str:
    """Where a run's record of one stage lies, relative to the lake."""
    return f"{run_folder(run_id)}/{stage}.json"


def plan_key(run_id: str) -> str:
    """Where a run's plan lies, relative to the lake."""
    return f"{run_folder(run_id)}/plan.json"


def summary_key(run_id: str) -> str:
    """Where a run's summary lies, relative to the lake."""
    return f"{run_folder(run_id)}/summary.json"


def publication_key(run_id: str) -> str:
    """Where it is kept whether a run's model was published, relative to the lake."""
    return f"{run_folder(run_id)}/publication.json"


def failure_line(stage: str, reason: object) -> str:
    """How a stage says why it cannot go on, where a person must mend something."""
    return f"{stage} failed: {reason}"


def find_failure(stage: str, said: str) -> str | None:
    """The reason in what a stage said, or None where it broke without giving one."""
    reasons = re.findall(rf"^.*\b{stage} failed: (.+)$", said, flags=re.MULTILINE)
    return reasons[-1] if reasons else None


@dataclass(frozen=True)
class Release(Document):
    """A published version of the Spark code: where `spark-submit` and new clusters find it.

    ``package`` is a zip, ``script`` the entry point of every stage. ``wheels`` is the folder of the
    locked Python packages that a cluster installs, with the package, by its ``bootstrap`` script;
    ``archive`` holds the same packages for serverless jobs. All three are None where Spark's Python
    has the packages already. The package goes with each job, and with each step without wheels.
    """

    package: str
    script: str
    wheels: str | None
    bootstrap: str | None
    opencv: str  # the release that extracts descriptors there: part of what they are
    archive: str | None = None


# The release that new runs use, below the address of the code.
CURRENT_RELEASE = "current.json"


@dataclass(frozen=True)
class StageRecord(Document):
    """What one stage of one run did and where its products lie.

    ``tables`` maps each product's name to its addresses: one for each segment of the collection, or
    a single one. ``metrics`` are plain numbers, with the names that the summary uses.
    ``photographs_done`` are those that the stage worked on in this run: none where all was reused.
    """

    stage: str
    reused: bool
    seconds: float
    tables: Mapping[str, Sequence[str]]
    metrics: Mapping[str, int | float]
    photographs_done: int = 0

    @property
    def checkpoints(self) -> Sequence[str]:
        """Addresses of the stage's main table: folders of Parquet."""
        return self.tables.get(MAIN_TABLE[self.stage], ())
