"""What IAM would say: identity policies against one request, for tests.

The part of IAM's evaluation that the project's policies use; anything else is an error here, so
that a policy that is not understood passes no test.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

KNOWN = {"Sid", "Effect", "Action", "Resource", "Condition"}


def is_allowed(
    statements: Iterable[Mapping[str, Any]],
    action: str,
    resource: str,
    context: Mapping[str, str] | None = None,
) -> bool:
    """Whether a statement allows an action on a resource; the project's policies deny nothing."""
    return any(_applies(statement, action, resource, context or {}) for statement in statements)


def _applies(
    statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]
) -> bool:
    assert statement["Effect"] == "Allow", statement
    assert set(statement) <= KNOWN, f"not understood: {set(statement) - KNOWN}"
    return (
        any(_matches(pattern.lower(), action.lower()) for pattern in _listed(statement["Action"]))
        and any(_matches(pattern, resource) for pattern in _listed(statement["Resource"]))
        and all(
            _holds(operator, context.get(key), _listed(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _holds(operator: str, found: str | None, wanted: list[str]) -> bool:
    """A condition on a key that the request does not have is false."""
    if found is None:
        return False
    if operator in ("StringEquals", "Bool"):
        return found in wanted
    assert operator == "StringLike", f"not understood: {operator}"
    return any(_matches(pattern, found) for pattern in wanted)


def _matches(pattern: str, value: str) -> bool:
    """`*` and `?` are any characters; `${*}` is the asterisk itself."""
    words = {"${*}": r"\*", "*": ".*", "?": "."}
    parts = re.split(r"(\$\{\*\}|\*|\?)", pattern)
    return (
        re.fullmatch("".join(words.get(part, re.escape(part)) for part in parts), value) is not None
    )


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
