"""What was read once and cannot change: checkpoints and states are immutable, so their fingerprint
is all that has to be compared.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

KEPT = 48  # tables of one model are about ten
Thing = TypeVar("Thing")

_things: OrderedDict[tuple[str, ...], Any] = OrderedDict()
_turns: dict[tuple[str, ...], threading.Lock] = {}
_guard = threading.Lock()


def remembered(key: tuple[str, ...], make: Callable[[], Thing]) -> Thing:
    """What ``make`` made of that key before, or makes now: once, however many ask at a time. What
    nobody has asked for the longest is forgotten first.
    """
    with _guard:
        turn = _turns.setdefault(key, threading.Lock())
    with turn:
        with _guard:
            if key in _things:
                _things.move_to_end(key)
                thing: Thing = _things[key]
                return thing
        made = make()
        with _guard:
            _things[key] = made
            while len(_things) > KEPT:
                forgotten, _ = _things.popitem(last=False)
                _turns.pop(forgotten, None)
        return made
