"""The addresses of the pages about models. Pages are imported when they are asked for: Airflow's
other components load these addresses too, and need nothing behind them.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from verger_pages.answering import answer
from verger_pages.asking import Model, Name, Number, asked_for
from verger_pages.asking import router as for_those_who_may

router = for_those_who_may()


@router.get("/orchard")
def orchard(request: Request, model: Model = "") -> Response:
    """The model in use, the categories, what was set aside."""
    from verger_pages.orchard import page

    return answer(request, page(asked_for(model)))


@router.get("/news")
def news(request: Request, model: Model = "") -> Response:
    """A part of the orchard: what no model has learnt from yet."""
    from verger_pages.news import news as made

    return answer(request, made(asked_for(model)))


@router.get("/quarantine")
def quarantine(request: Request, model: Model = "", page: Number = 1) -> Response:
    """The files that were set aside, with reasons."""
    from verger_pages.set_aside import page as made

    return answer(request, made(asked_for(model), page))


@router.get("/quality")
def quality(request: Request, model: Model = "", level: Name = "label") -> Response:
    """Confusions, recall and precision, calibration."""
    from verger_pages.quality import page

    return answer(request, page(asked_for(model), level))


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
    return answer(request, photographs_page(asked_for(model), choice, page, part=part))


@router.get("/suspects")
def suspects(request: Request, model: Model = "", page: Number = 1) -> Response:
    """Photographs whose label looks wrong."""
    from verger_pages.grids import suspects_page

    return answer(request, suspects_page(asked_for(model), page))


@router.get("/photo/{photo}")
def photo_page(request: Request, photo: str, model: Model = "") -> Response:
    """One photograph and what is known of it."""
    from verger_pages.grids import photo_page as made

    return answer(request, made(asked_for(model), photo))


@router.get("/card")
def card(request: Request, model: Model = "") -> Response:
    """The model card."""
    from verger_pages.models import card_page

    return answer(request, card_page(asked_for(model)))


@router.get("/card.md")
def card_text(request: Request, model: Model = "") -> Response:
    """The model card as Markdown."""
    from verger_pages.models import card_text as made

    return answer(request, made(asked_for(model)), "text/markdown; charset=utf-8")


@router.get("/models")
def models(request: Request, model: Model = "") -> Response:
    """All published models, over time."""
    from verger_pages.models import models_page

    return answer(request, models_page(asked_for(model)))


@router.get("/compare")
def compare(request: Request, other: Model, model: Model = "", page: Number = 1) -> Response:
    """The photographs that two models answer differently."""
    from verger_pages.models import compare_page

    return answer(request, compare_page(asked_for(model), asked_for(other), page))
