"""The addresses of the pages. Pages are imported when they are asked for: Airflow's other
components load these addresses too, and need nothing behind them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from verger_emr.cluster import CREATED_BY
from verger_pages.answering import FOREVER, answer, unchanged

if TYPE_CHECKING:
    from verger_pages.shown import Shown

STATIC = Path(__file__).with_name("static")
MEDIA = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
BYTES = "application/octet-stream"
Model = Annotated[str, Query(max_length=64)]
Name = Annotated[str, Query(max_length=512)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]
Component = Annotated[int, Query(ge=0, le=1024)]

# What a model has learnt is for those who may see the DAG that made it.
router = APIRouter(
    dependencies=[Depends(requires_access_dag(method="GET", param_dag_id=CREATED_BY))]
)


@router.get("/orchard")
def orchard(request: Request, model: Model = "") -> Response:
    """The model in use, the categories, what was set aside."""
    from verger_pages.orchard import page

    return answer(request, page(_shown(model)))


@router.get("/news")
def news(request: Request, model: Model = "") -> Response:
    """A part of the orchard: what no model has learnt from yet."""
    from verger_pages.news import news as made

    return answer(request, made(_shown(model)))


@router.get("/quarantine")
def quarantine(request: Request, model: Model = "", page: Number = 1) -> Response:
    """The files that were set aside, with reasons."""
    from verger_pages.orchard import quarantine_page

    return answer(request, quarantine_page(_shown(model), page))


@router.get("/quality")
def quality(request: Request, model: Model = "", level: Name = "label") -> Response:
    """Confusions, recall and precision, calibration."""
    from verger_pages.quality import page

    return answer(request, page(_shown(model), level))


@router.get("/photographs")
def photographs(
    request: Request,
    model: Model = "",
    level: Name = "label",
    label: Name = "",
    answered: Annotated[str, Query(alias="answer", max_length=512)] = "",
    judged: Name = "",
    wrong: bool = False,
    page: Number = 1,
    part: bool = False,
) -> Response:
    """The photographs of a class, of a cell of the matrix, or all."""
    from verger_pages.grids import photographs_page
    from verger_pages.photographs import Choice

    choice = Choice(level, label, answered, judged != "no", wrong)
    return answer(request, photographs_page(_shown(model), choice, page, part=part))


@router.get("/suspects")
def suspects(request: Request, model: Model = "", page: Number = 1) -> Response:
    """Photographs whose label looks wrong."""
    from verger_pages.grids import suspects_page

    return answer(request, suspects_page(_shown(model), page))


@router.get("/photo/{photo}")
def photo_page(request: Request, photo: str, model: Model = "") -> Response:
    """One photograph and what is known of it."""
    from verger_pages.grids import photo_page as made

    return answer(request, made(_shown(model), photo))


@router.get("/picture/{photo}/{size}")
def picture(request: Request, photo: str, size: str, model: Model = "") -> Response:
    """A photograph's file, as a thumbnail or large; it never changes."""
    from verger_pages.pictures import LARGEST, THUMBNAIL
    from verger_pages.pictures import picture as made

    sides = {"small": THUMBNAIL, "large": LARGEST}
    if size not in sides:
        raise HTTPException(404, "a picture is small or large")
    etag = f'"{photo}-{size}"'  # a photograph's id stands for its content
    if known := unchanged(request, etag, FOREVER):
        return known
    found = made(_shown(model), photo, sides[size])
    return answer(request, found.content, found.media, etag=etag, cache=FOREVER)


@router.get("/map")
def map_page(request: Request, model: Model = "", photo: Name = "") -> Response:
    """All photographs on the principal components."""
    from verger_pages.map import page

    return answer(request, page(_shown(model), photo))


@router.get("/map/{part}")
def map_part(
    request: Request, part: str, model: Model = "", x: Component = 0, y: Component = 1
) -> Response:
    """What the map draws: about, who, points."""
    from verger_pages import map as drawn

    shown = _shown(model)
    parts: dict[str, tuple[Callable[[], bytes], str]] = {
        "about": (lambda: drawn.about(shown), "application/json"),
        "who": (lambda: drawn.who(shown), BYTES),
        "points": (lambda: drawn.points(shown, (x, y)), BYTES),
    }
    if part not in parts:
        raise HTTPException(404, f"the map has {', '.join(parts)}")
    etag = f'"{drawn.version(shown)}-{part}-{x}-{y}"'
    if known := unchanged(request, etag):
        return known
    make, media = parts[part]
    return answer(request, make(), media, etag=etag)


@router.get("/card")
def card(request: Request, model: Model = "") -> Response:
    """The model card."""
    from verger_pages.models import card_page

    return answer(request, card_page(_shown(model)))


@router.get("/card.md")
def card_text(request: Request, model: Model = "") -> Response:
    """The model card as Markdown."""
    from verger_pages.models import card_text as made

    return answer(request, made(_shown(model)), "text/markdown; charset=utf-8")


@router.get("/models")
def models(request: Request, model: Model = "") -> Response:
    """All published models, over time."""
    from verger_pages.models import models_page

    return answer(request, models_page(_shown(model)))


@router.get("/compare")
def compare(request: Request, other: Model, model: Model = "", page: Number = 1) -> Response:
    """The photographs that two models answer differently."""
    from verger_pages.models import compare_page

    return answer(request, compare_page(_shown(model), _shown(other), page))


@router.get("/static/{name}")
def static(request: Request, name: str) -> Response:
    """Our own scripts and styles."""
    files = {path.name: path for path in STATIC.iterdir() if path.suffix in MEDIA}
    if name not in files:
        raise HTTPException(404, "no such file")
    return answer(request, files[name].read_bytes(), MEDIA[files[name].suffix])


def _shown(model: str) -> Shown:
    from verger_pages.places import lake
    from verger_pages.shown import shown

    return shown(lake(), model)
