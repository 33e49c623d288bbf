"""The classifier against others on the same rows; its training and its gallery at 90,000 rows; and
how many photographs a second the default blocks look at.

A third of every film is asked about, with the neighbouring frames learnt from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from benchmarks.measure import Timing, side_by_side
from benchmarks.options import Options
from benchmarks.quality.album import Album
from benchmarks.quality.engine.blocks import Block, Extraction
from benchmarks.quality.engine.learner import Known
from benchmarks.report import Bar, Row
from verger.catalogue.labels import names_of
from verger.classification.classifier import Classifier
from verger.classification.gallery import Gallery
from verger.classification.gallery import Known as Shown
from verger.classification.training import Course, Examples, train
from verger.classification.tree import Tree
from verger.config.heads import COLOUR, HEADS, ORB, STATISTICS
from verger.config.settings import FRUITS
from verger.features.rows import UNIT, Rows
from verger.imaging.looking import look, numbers, patches
from verger.imaging.orb import Extractor
from verger.imaging.statistics import WIDTH
from verger.spark.session import spark_session

VERGER, MLLIB = "verger", "MLlib LogisticRegression"
LARGE, LABELS = 90_000, 100
TRAINING_SECONDS, SEARCH_MILLISECONDS, PER_SECOND = 120.0, 20.0, 150.0
Floats = npt.NDArray[np.float64]


def measure(options: Options) -> Iterator[Row]:
    """The others learn from all blocks side by side, each column of the same variance."""
    yield _extraction(options)
    yield _others(options)
    yield _large(options)


def _extraction(options: Options) -> Row:
    contents = [path.read_bytes() for path in options.paths(options.photographs)]
    extractor = Extractor(FRUITS.extractor)

    def all_blocks() -> float:
        started = time.process_time()
        for content in contents:
            extractor.describe(content)
            looked = look(content, FRUITS)
            patches(looked, FRUITS)
            numbers(looked, FRUITS)
        return len(contents) / (time.process_time() - started)

    timings = side_by_side({"all blocks, one core": all_blocks}, options.repeats)
    (timing,) = timings.values()
    return Row(
        "blocks of preset fruits",
        f"{len(contents):,} photographs: ORB, colour patches, statistics",
        timings,
        [Bar("150 photographs a second of processor", 1.0, timing.result / PER_SECOND)],
        {"photographs a second of processor": f"{timing.result:,.0f}"},
    )


def _others(options: Options) -> Row:
    known = _known(options)
    asked = known.folds == 0
    learnt, test = known.part(~asked), known.part(asked)
    scaler = StandardScaler().fit(_side_by_side(learnt))
    x, truth = scaler.transform(_side_by_side(test)), test.labels
    points = scaler.transform(_side_by_side(learnt))
    tree = Tree.of([str(label) for label in learnt.labels], known.names)
    fits: dict[str, Callable[[], Any]] = {
        VERGER: lambda: _verger(learnt, tree),
        "sklearn LinearSVC": lambda: LinearSVC(random_state=0).fit(points, learnt.labels),
        "sklearn LogisticRegression": lambda: LogisticRegression(max_iter=200).fit(
            points, learnt.labels
        ),
    }
    timings = side_by_side(fits, options.repeats, warm_up=False)
    ours = timings[VERGER].result.score(test.rows).probabilities.argmax(axis=1)
    right = {VERGER: float((np.array(tree.labels)[ours] == truth).mean())}
    right |= {
        name: float((timing.result.predict(x) == truth).mean())
        for name, timing in timings.items()
        if name != VERGER
    }
    mllib, right[MLLIB] = _mllib(points, tree.positions(learnt.labels.tolist()), x,
                                 tree.positions(truth.tolist()))  # fmt: skip
    timings |= mllib
    best = max(share for name, share in right.items() if name != VERGER)
    return Row(
        "classifier",
        f"{len(learnt.labels):,} photographs of {len(tree.labels)} labels, {points.shape[1]:,} "
        "numbers of each",
        timings,
        [
            Bar("the best share right of the others", 1.0, right[VERGER] / best),
            *(
                Bar(name, 1.0, timing.median / timings[VERGER].median)
                for name, timing in timings.items()
                if name != VERGER
            ),
        ],
        {
            f"right of {len(truth):,} left out in thirds of films": ", ".join(
                f"{name} {100 * share:.2f} %" for name, share in right.items()
            ),
            "counted for verger alone": "choosing strengths, weights and temperatures by what is "
            "left out: six fits of every head",
        },
    )


def _known(options: Options) -> Known:
    paths = tuple(options.paths(options.photographs))
    labels = np.array([path.parent.name for path in paths])
    album = Album(options.images, paths, labels, labels)
    blocks = (
        Block(ORB, FRUITS.extractor, options.words),
        Block(COLOUR, FRUITS.colour, options.words),
        Block(STATISTICS, FRUITS.statistics),
    )
    rows = {
        block.name: Extraction(block, album, options.work / "rows", None).rows(album)
        for block in blocks
    }
    return Known.of(album, names_of(sorted(set(labels.tolist())), {}), rows)


def _side_by_side(known: Known) -> Floats:
    return np.hstack([known.rows[block] for block in (ORB, COLOUR, STATISTICS)]) / UNIT


def _verger(learnt: Known, tree: Tree) -> Classifier:
    examples = Examples(learnt.rows, tree.positions(learnt.labels.tolist()), learnt.folds)
    return train(Course(HEADS, tree), examples)[0]


def _mllib(
    points: Floats, labels: npt.NDArray[Any], asked: Floats, truth: npt.NDArray[Any]
) -> tuple[dict[str, Timing], float]:
    from pyspark.ml.classification import LogisticRegression as MllibRegression
    from pyspark.ml.functions import array_to_vector
    from pyspark.sql import functions as fn

    spark = spark_session("benchmark: classifier")
    schema = "label double, numbers array<double>"

    def table(x: Floats, y: npt.NDArray[Any]) -> Any:
        rows = [(float(label), row.tolist()) for label, row in zip(y, x, strict=True)]
        vector = array_to_vector(fn.col("numbers")).alias("features")
        return spark.createDataFrame(rows, schema).select("label", vector).repartition(8).cache()

    try:
        learnt, test = table(points, labels), table(asked, truth)
        learnt.count()
        regression = MllibRegression(maxIter=100, regParam=0.01)
        timings = side_by_side({MLLIB: partial(regression.fit, learnt)}, 1, warm_up=False)
        given = timings[MLLIB].result.transform(test)
        return timings, float(given.where("prediction = label").count() / len(truth))
    finally:
        spark.stop()


def _large(options: Options) -> Row:
    """Rows as dense as real ones, made from a seed: how fast is asked, not how right."""
    rows, labels = _made(options.words)
    tree = Tree.of([f"Fruit {i:03d}" for i in range(LABELS)], {})
    examples = Examples(rows, labels, np.arange(LARGE) % 3)
    shown = [Shown(f"{i:08x}", tree.labels[0], str(i)) for i in range(LARGE)]
    packed = np.rint(rows[ORB] * (255 / UNIT)).astype(np.uint8)
    gallery = Gallery(tuple(shown), {ORB: packed})
    question = {ORB: rows[ORB][:1]}
    training = side_by_side({"train": lambda: train(Course(HEADS, tree), examples)}, 1, False)
    search = side_by_side({"search": lambda: gallery.similar(question, 3)}, options.repeats)
    timings = training | search
    return Row(
        "classifier and gallery at 90,000 photographs",
        f"{LARGE:,} made rows of {2 * options.words + WIDTH:,} numbers, {LABELS} labels",
        timings,
        [
            Bar("two minutes to train", 1.0, TRAINING_SECONDS / timings["train"].median),
            Bar("20 ms to search", 1.0, SEARCH_MILLISECONDS / 1000 / timings["search"].median),
        ],
        {"search": f"{1000 * timings['search'].median:.1f} ms, exact, one block"},
    )


def _made(words: int) -> tuple[dict[str, Rows], npt.NDArray[np.int64]]:
    random = np.random.default_rng(0)
    labels = np.arange(LARGE) % LABELS
    counts = random.dirichlet(np.full(words, 0.1), LABELS).astype(np.float32)
    rows: dict[str, Rows] = {}
    for block in (ORB, COLOUR):
        noise = random.random((LARGE, words), np.float32)
        shares = counts[labels] + noise * (noise > 0.7) / words
        shares /= shares.sum(axis=1, keepdims=True)
        rows[block] = np.rint(UNIT * np.sqrt(shares)).astype(np.int32)
    rows[STATISTICS] = random.normal(0, UNIT, (LARGE, WIDTH)).astype(np.int32)
    return rows, labels
