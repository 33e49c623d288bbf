"""Why objects below the photographs' address are no photographs: nothing is left out unsaid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from posixpath import splitext

from verger.catalogue.keys import is_feedback, is_photograph
from verger.objects.storage import StoredObject


def why_ignored(item: StoredObject) -> str | None:
    """The reason; None for what is taken for a photograph."""
    if item.problem:
        return item.problem
    if is_photograph(item.key):
        return None
    if is_feedback(item.key):
        return "feedback of users (move it into a category's folder to accept it)"
    return f"no photograph ({splitext(item.key)[1].lower() or 'no extension'})"


def count_ignored(listing: Iterable[StoredObject]) -> dict[str, int]:
    """How many objects are ignored for each reason, the most frequent first."""
    return dict(Counter(filter(None, map(why_ignored, listing))).most_common())


def out_of_sight(keys: Iterable[str], listing: Iterable[StoredObject]) -> set[str]:
    """Those of the keys that may be there all the same, but cannot be read now."""
    problems = [item.key for item in listing if item.problem]
    folders = tuple(key for key in problems if key.endswith("/"))
    files: Collection[str] = set(problems)
    return {key for key in keys if key in files or key.startswith(folders)}
