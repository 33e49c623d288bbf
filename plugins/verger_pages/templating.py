"""HTML out of the templates beside this file. Every value is escaped: names are people's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).with_name("templates")


def render(template: str, **values: Any) -> str:
    """A template's HTML. Raises jinja2.UndefinedError for a value that the template misses.

    ``up`` leads from the page to the folder of all pages: links are relative, so that they work
    below any path; ``asked`` is the model that was asked for, empty for the one in use.
    """
    known = {"up": "", "asked": "", "here": ""}
    return _environment().get_template(template).render(known | values)


def query(values: Mapping[str, Any]) -> str:
    """The end of an address that asks for these values; empty ones are left out."""
    told = {name: value for name, value in values.items() if value not in ("", None, False)}
    return f"?{urlencode(told)}" if told else ""


def percent(share: float | None) -> str:
    """A share for people: 99.86 %."""
    return "-" if share is None else f"{100 * share:.2f} %"


def count(number: float) -> str:
    """A count for people: 90,483."""
    return f"{number:,}"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"query": query, "percent": percent, "count": count}
    return made
