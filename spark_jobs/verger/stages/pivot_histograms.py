"""pivot_histograms: words counted per photograph, and the pivot per label derived from that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from verger.catalogue.collection import Segment
from verger.config.heads import COLOUR
from verger.lake.checkpoint import Checkpoint, read_each
from verger.lake.draft import Draft, Metrics
from verger.planning.recipe import VOCABULARY
from verger.spark import label_sums
from verger.spark.frames import spark_schema
from verger.spark.sums import Sum
from verger.spark.workers import map_batches
from verger.stages.colour_words import count_colours
from verger.stages.fisher_vectors import tell_photographs
from verger.stages.result import StageResult
from verger.stages.segment_rows import SegmentRows, left_over
from verger.stages.stage_run import StageRun
from verger.tables import schemas
from verger.tables.columns import Batches, about, from_lists, to_lists
from verger.vocabulary import words as vocabulary
from verger.vocabulary.encoding import histograms
from verger.vocabulary.words import Vocabulary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SUMS, OCCURRENCES = "sums", "occurrences"


def pivot_histograms(run: StageRun) -> StageResult:
    """`histograms` of every segment, `bovw` (the pivot) and `labels` of the collection; words of
    colour, counted per photograph; and Fisher vectors.
    """
    used = run.need(VOCABULARY, run.recipe.vocabulary)
    words = vocabulary.from_table(used.read("vocabulary"))
    counted = StageResult.of(
        found or _count(run, segment, words)
        for segment, found in run.find_segments(run.recipe.histograms)
    )
    pivot = run.find(run.recipe.bovw) or _pivot(run, counted.checkpoints, words.k)
    colours = [count_colours(run)] if COLOUR in run.recipe.blocks else []
    vectors = [tell_photographs(run, block) for block in run.recipe.fisher_blocks]
    return StageResult.of([counted, pivot, *colours, *vectors])


def _count(run: StageRun, segment: Segment, words: Vocabulary) -> StageResult:
    """The checkpoint `histograms` of one segment."""
    draft = run.begin(run.recipe.histograms(segment.id))
    work = left_over(run, segment, run.recipe.histograms, "histograms") or SegmentRows(
        _counted(run, segment, words), segment.photographs
    )
    draft.save("histograms", work.rows)
    metrics = _sum_labels(run.saved(draft, "histograms"), words.k, draft)
    return StageResult.made(draft.commit(metrics), work.photographs_done)


def _counted(run: StageRun, segment: Segment, words: Vocabulary) -> DataFrame:
    extracted = run.need(*run.recipe.descriptors(segment.id).id)
    descriptors = run.rows([extracted], "descriptors").drop("keypoints")
    return map_batches(descriptors, count_words(words), spark_schema(schemas.HISTOGRAMS))


def count_words(words: Vocabulary) -> Callable[[Batches], Batches]:
    """Descriptors -> histograms, batch by batch; descriptors never become rows."""

    def run(batches: Batches) -> Batches:
        for batch in batches:
            counts, distances = histograms(batch.column("descriptors"), words)
            yield about(batch, counts=to_lists(counts), distance=pa.array(distances))

    return run


def _sum_labels(rows: DataFrame, k: int, draft: Draft) -> Metrics:
    """Write `sums` and `occurrences`: how often each word occurs in each label of the segment, and
    in how many of its photographs.
    """

    def counts_and_distance(batch: pa.RecordBatch) -> npt.NDArray[np.integer]:
        counts = from_lists(batch.column("counts"), k)
        return np.column_stack([counts, counts > 0, batch.column("distance").to_numpy()])

    sums = label_sums.sum_by_label(rows, ("counts", "distance"), counts_and_distance)
    for table, columns in ((SUMS, slice(k)), (OCCURRENCES, slice(k, 2 * k))):
        of_words = {label: Sum(part.n, part.total[columns]) for label, part in sums.items()}
        draft.write(table, label_sums.to_table(of_words))
    labels = {
        label: {
            "images": part.n,
            "descriptors": int(part.total[:k].sum()),
            "distance": int(part.total[2 * k]),
        }
        for label, part in sums.items()
    }
    return Metrics({}, labels)


def _pivot(run: StageRun, counted: Sequence[Checkpoint], k: int) -> StageResult:
    """The checkpoint `bovw`: the pivot, and how many photographs each label has."""
    draft = run.begin(run.recipe.bovw)
    sums = label_sums.add_tables(read_each(counted, SUMS))
    draft.write("bovw", as_pivot(sums, k))
    draft.write("labels", _labels(sums))
    occurring = sum(part.total for part in sums.values()) > 0
    metrics = Metrics({"words_that_occur": int(np.count_nonzero(occurring))})
    return StageResult.made(draft.commit(metrics))


def as_pivot(sums: Mapping[str, Sum], k: int) -> pa.Table:
    """A row a label and a column a word, whether it occurs or not."""
    counts = np.array([part.total for part in sums.values()], np.int64)
    return pa.table([list(sums), *counts.T], schema=schemas.bovw(k))


def _labels(sums: Mapping[str, Sum]) -> pa.Table:
    return pa.table([list(sums), [part.n for part in sums.values()]], schema=schemas.LABELS)
