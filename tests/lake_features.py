"""Words, components and projections of lakes that tests make; drawn from a seed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from verger.gates.vocabulary import EXEMPLARS, REPORT, Health
from verger.imaging.cutout import SIDE, as_png
from verger.lake.draft import Metrics
from verger.lake.store import Lake
from verger.planning.plan import Plan
from verger.planning.recipe import VOCABULARY
from verger.tables import schemas
from verger.tables.columns import to_lists

K, COMPONENTS = 40, 6


def save_words(lake: Lake, plan: Plan, who: pa.Table, rng: np.random.Generator) -> None:
    """Words with their health and patches, and how often each label has them."""
    labels = sorted(set(who.column("label").to_pylist()))
    for address, table in (
        (plan.recipe.fitted_vocabulary, VOCABULARY),
        (plan.recipe.fitted_colour_vocabulary, "colour_vocabulary"),
    ):
        centres = [rng.bytes(32) for _ in range(K)]
        sizes = [0, *rng.integers(1, 1000, K - 1).tolist()]  # the first word is dead
        words = {"word": range(K), "centre": centres, "size": sizes}
        draft = lake.draft(address)
        draft.write(table, pa.table(words, schema=schemas.HAMMING_VOCABULARY))
        if table == VOCABULARY:  # words of colour come without a report
            costs = [[9000 - 1000 * i for i in range(5)]]
            health = Health("k-majority", K, K, 9000, 50.0, 1, 0, 0, 999, costs, {})
            draft.write_file(REPORT, health.to_json())
            draft.write(EXEMPLARS, _exemplars(who, rng))
        draft.commit(Metrics({"k": K}))
    draft = lake.draft(plan.recipe.bovw)
    counts = {schemas.word_column(w): rng.integers(0, 50, len(labels)) for w in range(1, K)}
    counts[schemas.word_column(0)] = [0] * len(labels)
    draft.write("bovw", pa.table({"label": labels, **counts}).select(schemas.bovw(K).names))
    draft.write("labels", pa.table({"label": labels, "photographs": [10] * len(labels)}))
    draft.commit(Metrics({}))


def _exemplars(who: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Two patches of each word but the first, of the first photographs."""
    rows = [
        {
            "word": word,
            "distance": 30 + rank,
            "photo": who.column("photo")[(word + rank) % len(who)].as_py(),
            "label": who.column("label")[(word + rank) % len(who)].as_py(),
            "picture": as_png(rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)),
        }
        for word in range(1, K)
        for rank in range(2)
    ]
    return pa.Table.from_pylist(rows, schema=schemas.EXEMPLARS)


def save_components(lake: Lake, plan: Plan, who: pa.Table, rng: np.random.Generator) -> None:
    """Components, and photographs on them."""
    draft = lake.draft(plan.recipe.fitted_pca)
    ratios = [0.5**i / 2 for i in range(COMPONENTS)]
    components = {
        "component": range(COMPONENTS),
        "explained_variance": [100 * ratio for ratio in ratios],
        "explained_variance_ratio": ratios,
        "loadings": [[0.0] * K] * COMPONENTS,
    }
    draft.write("components", pa.table(components, schema=schemas.COMPONENTS))
    mean = {"word": range(K), "mean": [0.0] * K, "weight": rng.integers(64, 400, K)}
    draft.write("mean", pa.table(mean, schema=schemas.MEAN))
    draft.commit(Metrics({"pca_k": COMPONENTS}))
    (segment,) = plan.segments
    draft = lake.draft(plan.recipe.projections(segment.id))
    features = to_lists(rng.normal(size=(len(who), COMPONENTS)))
    draft.write("projections", who.append_column("features", features))
    draft.commit(Metrics({}))
