"""How fit a vocabulary is: the report on it, and where it must stop.

Airflow's plan asks too, so this needs nothing but what control needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from verger.config.settings import HealthLimits
from verger.documents import Document
from verger.errors import VergerError
from verger.lake.checkpoint import Checkpoint

REPORT = "health.json"
EXEMPLARS = "exemplars"  # its pictures; checkpoints of 0.1 and early ones of 0.2 have none
# A giant word takes more than so many times its part of the descriptors.
GIANT_TIMES = 20


@dataclass(frozen=True)
class LabelHealth:
    """One label: photographs, those without descriptors, descriptors that the vocabulary was
    fitted to, and their mean distance in bits (None where there are none).
    """

    photographs: int
    bare_photographs: int
    trained_on: int
    mean_distance: float | None


@dataclass(frozen=True)
class Health(Document):
    """The report that lies beside a vocabulary.

    ``costs`` has a row for each restart: the sum of all distances before each iteration and after
    the last. It is empty where the algorithm does not tell. ``mean_distance`` is the quantisation
    error: the mean Hamming distance, in bits, between a training descriptor and its word.
    """

    algorithm: str
    asked_k: int
    k: int
    trained_on: int
    mean_distance: float
    dead_words: int
    giant_words: int
    duplicate_words: int
    largest_word: int
    costs: Sequence[Sequence[int]]
    labels: Mapping[str, LabelHealth]

    @property
    def photographs(self) -> int:
        """Photographs of all labels."""
        return sum(label.photographs for label in self.labels.values())

    @property
    def bare_photographs(self) -> int:
        """Photographs without any descriptor."""
        return sum(label.bare_photographs for label in self.labels.values())


def report_on(vocabulary: Checkpoint) -> Health:
    """The report that lies in a vocabulary's checkpoint."""
    return Health.from_json(
        vocabulary.read_file(REPORT), vocabulary.address(REPORT), "fit a new vocabulary"
    )


def approve(vocabulary: Checkpoint, limits: HealthLimits) -> None:
    """Raise VergerError, with what to do, if a vocabulary is not fit for the stages that follow."""
    check(report_on(vocabulary), limits, vocabulary.address(REPORT))


def check(health: Health, limits: HealthLimits, report: str) -> None:
    """Raise VergerError, with what is wrong and what to do, if the vocabulary is unfit.

    ``report`` is the address of the whole report.
    """
    if wrong := list(_wrong(health, limits)):
        raise VergerError(f"the vocabulary is unfit: {'; '.join(wrong)}. The report is {report}")


def _wrong(health: Health, limits: HealthLimits) -> Iterator[str]:
    missing = health.asked_k - health.k
    if missing > limits.missing_words * health.asked_k:
        yield (
            f"{health.k} words were found, not {health.asked_k} "
            f"(use --k {health.k} or raise --limit-missing-words)"
        )
    if health.dead_words > limits.dead_words * health.k:
        yield (
            f"{health.dead_words} of {health.k} words are dead, nothing is nearest to them "
            "(use a smaller --k or raise --limit-dead-words)"
        )
    if health.duplicate_words > limits.duplicate_words * health.k:
        yield (
            f"{health.duplicate_words} of {health.k} words equal another "
            "(use a smaller --k or raise --limit-duplicate-words)"
        )
    if health.giant_words > limits.giant_words * health.k:
        yield (
            f"{health.giant_words} of {health.k} words take more than {GIANT_TIMES} times their "
            "part of the descriptors (look for many copies of one photograph, or raise "
            "--limit-giant-words)"
        )
    if health.bare_photographs > limits.bare_photographs * health.photographs:
        yield (
            f"{health.bare_photographs} of {health.photographs} photographs have no descriptor "
            f"({_barest(health)}; use another extractor or raise --limit-bare-photographs)"
        )
    if health.mean_distance > limits.mean_distance:
        yield (
            f"descriptors lie {health.mean_distance} bits from their words on average, more than "
            f"{limits.mean_distance:g} (use a larger --k or raise --limit-mean-distance)"
        )


def _barest(health: Health) -> str:
    label = max(health.labels, key=lambda name: health.labels[name].bare_photographs)
    return f"most of them {label}: {health.labels[label].bare_photographs}"
