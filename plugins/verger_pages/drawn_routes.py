"""The addresses of what is drawn: the map, the words, photographs' files, our own scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import HTTPException, Request, Response

from verger_pages.answering import FOREVER, answer, unchanged
from verger_pages.asking import Component, Model, Name, Number, asked_for
from verger_pages.asking import router as for_those_who_may

STATIC = Path(__file__).with_name("static")
MEDIA = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
BYTES = "application/octet-stream"

router = for_those_who_may()


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
    found = made(asked_for(model), photo, sides[size])
    return answer(request, found.content, found.media, etag=etag, cache=FOREVER)


@router.get("/set-aside/{file}")
def set_aside(request: Request, file: str, model: Model = "") -> Response:
    """A file that was set aside, drawn anew where that is safe."""
    from verger_pages.set_aside import picture as made

    found = made(asked_for(model), file)
    return answer(request, found.content, found.media)


@router.get("/map")
def map_page(request: Request, model: Model = "", photo: Name = "") -> Response:
    """All photographs on the principal components."""
    from verger_pages.map import page

    return answer(request, page(asked_for(model), photo))


@router.get("/map/{part}")
def map_part(
    request: Request, part: str, model: Model = "", x: Component = 0, y: Component = 1
) -> Response:
    """What the map draws: about, who, points."""
    from verger_pages import map as drawn

    shown = asked_for(model)
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


@router.get("/words")
def words(
    request: Request,
    model: Model = "",
    kind: Name = "orb",
    order: Name = "usage",
    page: Number = 1,
) -> Response:
    """A wall of words."""
    from verger_pages.words import page as made

    return answer(request, made(asked_for(model), kind, order, page))


@router.get("/word/{number}")
def word(request: Request, number: int, model: Model = "") -> Response:
    """A word and the labels that it speaks for."""
    from verger_pages.words import word_page

    return answer(request, word_page(asked_for(model), number))


@router.get("/static/{name}")
def static(request: Request, name: str) -> Response:
    """Our own scripts and styles."""
    files = {path.name: path for path in STATIC.iterdir() if path.suffix in MEDIA}
    if name not in files:
        raise HTTPException(404, "no such file")
    return answer(request, files[name].read_bytes(), MEDIA[files[name].suffix])
