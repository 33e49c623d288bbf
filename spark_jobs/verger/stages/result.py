"""What a stage gives back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from verger.lake.checkpoint import Checkpoint


@dataclass(frozen=True)
class StageResult:
    """The checkpoints of a stage, in order; ``reused`` if all of them were there already.

    ``photographs_done`` counts the photographs that were worked on to make them.
    """

    checkpoints: tuple[Checkpoint, ...]
    reused: bool
    photographs_done: int = 0

    @classmethod
    def found(cls, checkpoint: Checkpoint) -> StageResult:
        """A checkpoint that was there."""
        return cls((checkpoint,), reused=True)

    @classmethod
    def made(cls, checkpoint: Checkpoint, photographs_done: int = 0) -> StageResult:
        """A checkpoint that was not."""
        return cls((checkpoint,), reused=False, photographs_done=photographs_done)

    @classmethod
    def of(cls, parts: Iterable[StageResult]) -> StageResult:
        """Several results as one."""
        each = list(parts)
        return cls(
            tuple(checkpoint for part in each for checkpoint in part.checkpoints),
            all(part.reused for part in each),
            sum(part.photographs_done for part in each),
        )

    def __add__(self, other: StageResult) -> StageResult:
        return StageResult.of((self, other))
