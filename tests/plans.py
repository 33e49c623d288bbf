"""Plans for tests that need one and no photographs."""

from __future__ import annotations

from dataclasses import replace

from verger.catalogue.collection import Change, Segment
from verger.config.settings import FRUITS
from verger.lake.registry import Model
from verger.planning.plan import Plan


def published_model() -> Model:
    """A model that was published before there was a classifier."""
    return Model("m", "fruits", {}, "0" * 16, "1" * 16, 8, 4, 50.0, {}, 10, "r", "2026")


def planned(run_id: str = "r", k: int = 8, new: int = 40, model: Model | None = None) -> Plan:
    """A plan over one segment of that many new photographs."""
    return Plan(
        run_id=run_id,
        images="s3://in/spring",
        preset=replace(FRUITS, words=replace(FRUITS.words, k=k), pca=replace(FRUITS.pca, k=4)),
        opencv="5.0",
        catalogue="catalogues/c/s.json",
        collection="c0ffee",
        segments=(Segment("c0ffee", new),),
        changes={"Apple": Change(new=new, size=1000 * new)},
        model=model,
    )


# A run's plan with its estimate, as the run's page reads it.
ESTIMATED = {
    "photographs": 40,
    "images": "s3://in/spring",
    "changes": {"Apple": {"new": 40, "changed": 0, "deleted": 0, "size": 1}},
    "to_do": [],
    "model": None,
    "unused": [],
    "seconds": {"import_images": 50.0},
    "node_hours": 0.0,
    "dollars": 0.0,
    "prices_as_of": "2026-11",
    "measured_runs": 0,
    "dollars_an_hour": 0.72,
}
