"""The map: every photograph on the principal components, as bytes that a browser draws.

Nothing is sampled: a photograph is 29 bytes, so 90,000 of them are 2.6 MB, which a browser keeps.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from verger.planning.recipe import PCA, PROJECTIONS
from verger_pages.memory import remembered
from verger_pages.photographs import answers
from verger_pages.shown import NothingToShowError, Shown
from verger_pages.templating import render

if TYPE_CHECKING:
    import pyarrow as pa

MOST_COMPONENTS = 10  # kept to be looked at
UNKNOWN, RIGHT, WRONG = 0, 1, 2
COLOURS = ("label", "species", "maturity", "right or wrong", "segment")


def page(shown: Shown, photo: str) -> str:
    """The page as HTML; the browser fetches the points once it stands."""
    ratios = explained(shown)
    return render(
        "map.html",
        here="map",
        asked=shown.asked,
        shown=shown,
        photo=photo,
        ratios=ratios,
        components=range(min(len(ratios), MOST_COMPONENTS)),
        colours=COLOURS,
    )


def about(shown: Shown) -> bytes:
    """What the numbers of `who` stand for, as JSON."""
    labels = sorted(set(_projected(shown).column("label").to_pylist()))
    names = [shown.name(label) for label in labels]
    return json.dumps(
        {
            "photographs": len(_projected(shown)),
            "labels": labels,
            "species": [name.species for name in names],
            "maturity": [name.maturity or "not told" for name in names],
            "segments": [segment.id for segment in shown.plan.segments],
        }
    ).encode()


def who(shown: Shown) -> bytes:
    """For n photographs, one after another: n labels (uint16), n segments (uint16), n times whether
    the answer was right (uint8: unknown, right, wrong), n ids (16 bytes each).
    """
    import pyarrow as pa

    table = _projected(shown)
    labels = table.column("label").combine_chunks()
    known = pa.array(sorted(set(labels.to_pylist())))
    return b"".join(
        [
            _bytes(pa.compute.index_in(labels, value_set=known).cast(pa.uint16())),
            _bytes(table.column("segment").combine_chunks()),
            _bytes(_right(shown, table)),
            bytes.fromhex("".join(table.column("photo").to_pylist())),
        ]
    )


def points(shown: Shown, components: Sequence[int]) -> bytes:
    """For n photographs their places on each of these components: n float32 each, little-endian.

    Raises NothingToShowError if there is no such component.
    """
    table = _projected(shown)
    for component in components:
        if f"c{component}" not in table.column_names:
            raise NothingToShowError(f"no component {component} to look at")
    return b"".join(_bytes(table.column(f"c{of}").combine_chunks()) for of in components)


def version(shown: Shown) -> str:
    """Stands for all that the map shows."""
    return f"{shown.model.id}-{shown.plan.collection}"


def explained(shown: Shown) -> list[float]:
    """The share of the variance that each component explains."""
    found = shown.lake.find(PCA, shown.model.pca)
    if found is None:
        raise NothingToShowError(
            f"the components of model {shown.model.id} are gone: trigger fruit_features"
        )
    ratios: list[float] = found.read("components").column("explained_variance_ratio").to_pylist()
    return ratios


def _projected(shown: Shown) -> pa.Table:
    """A row a photograph: photo, label, its places on the first components, its segment."""
    key = (shown.lake.storage.root, shown.plan.run_id, shown.model.pca, PROJECTIONS)
    return remembered(key, lambda: _project(shown))


def _project(shown: Shown) -> pa.Table:
    import pyarrow as pa

    recipe = shown.plan.recipe
    needed = [(PROJECTIONS, recipe.projections(of.id).fingerprint) for of in shown.plan.segments]
    tables = []
    for number, found in enumerate(shown.lake.find_each(needed)):
        if found is None:
            raise NothingToShowError("projections are missing: trigger fruit_features again")
        rows = found.read_parts("projections", ["photo", "label", "features"])
        tables.append(_unfolded(rows, number))
    return pa.concat_tables(tables).combine_chunks()


def _unfolded(rows: pa.Table, number: int) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    features = rows.column("features")
    width = len(features[0]) if len(rows) else 0
    columns: dict[str, Any] = {"photo": rows.column("photo"), "label": rows.column("label")}
    for component in range(min(width, MOST_COMPONENTS)):
        columns[f"c{component}"] = pc.list_element(features, component).cast(pa.float32())
    columns["segment"] = pa.array([number] * len(rows), pa.uint16())
    return pa.table(columns)


def _right(shown: Shown, table: pa.Table) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = answers(shown)
    at = pc.index_in(table.column("photo"), value_set=asked.column("photo").combine_chunks())
    right = pc.equal(asked.column("label"), asked.column("answer")).combine_chunks()
    known = right.take(at.combine_chunks())
    return pc.fill_null(pc.if_else(known, RIGHT, WRONG), UNKNOWN).cast(pa.uint8())


def _bytes(array: pa.Array) -> bytes:
    """The numbers of an array without nulls, as they lie in memory."""
    import pyarrow as pa

    whole = pa.concat_arrays([array]) if isinstance(array, pa.Array) else array.combine_chunks()
    width = whole.type.bit_width // 8
    start = whole.offset * width
    return memoryview(whole.buffers()[1])[start : start + len(whole) * width].tobytes()
