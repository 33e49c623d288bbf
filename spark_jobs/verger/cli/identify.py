"""verger identify: photographs go in, fruits come out.

Nothing of Spark or Airflow is imported, and what is heavy only where it is used: from a cold start
an answer takes less than a second.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from verger.objects.addresses import open_storage

if TYPE_CHECKING:
    from verger.inference.answer import Answer
    from verger.inference.engine import Engine, Seen


def identify(options: argparse.Namespace) -> int:
    """Answer every photograph in the order asked, or all as views of one fruit; returns the exit
    status: 0 all could be read, 1 some could not. Raises VergerError if there is no model.
    """
    from verger.inference.engine import Engine

    engine = Engine.published(open_storage(options.lake), options.preset)
    show = as_json if options.json else as_text
    unreadable = False
    for paths, answer, readable in _answers(engine, options.photographs, options.together):
        print(show(paths, answer), flush=True)  # noqa: T201  the product
        unreadable |= not readable
    return int(unreadable)


def _answers(
    engine: Engine, paths: Sequence[str], together: bool
) -> Iterator[tuple[list[str], Answer, bool]]:
    """Paths, their answer, and whether they could be read."""
    from verger.inference.answer import Answer, answer

    if not together:
        for path in paths:
            seen = _see(engine, path)
            if isinstance(seen, str):
                yield [path], Answer.rejected(engine.model, seen), False
            else:
                yield [path], answer(engine, [seen]), True
        return
    views = [_see(engine, path) for path in paths]
    read = [view for view in views if not isinstance(view, str)]
    for view in views:
        if isinstance(view, str):
            sys.stderr.write(f"{view}\n")
    if read:
        yield list(paths), answer(engine, read), len(read) == len(views)
    else:
        yield list(paths), Answer.rejected(engine.model, "no photograph could be read"), False


def _see(engine: Engine, path: str) -> Seen | str:
    """What is seen in a photograph, or why it cannot be read."""
    from verger.imaging.photograph import UnusableError

    try:
        return engine.see(Path(path).read_bytes())
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    except UnusableError as error:
        return f"{path} cannot be read: {error}"


def as_json(paths: Sequence[str], answer: Answer) -> str:
    """One JSON object a line."""
    path = paths[0] if len(paths) == 1 else list(paths)
    # Output that is no UTF-8 gets the same JSON in ASCII.
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps({"path": path, **asdict(answer)}, ensure_ascii=not utf8)


def as_text(paths: Sequence[str], answer: Answer) -> str:
    """Lines for people."""
    lines = [", ".join(paths)]
    if answer.best_match:
        lines[0] += f": {answer.best_match} ({_percent(answer.best_probability or 0)})"
    else:
        lines[0] += f": {answer.reason}"
    if answer.names:
        lines.append(f"  {', '.join(dict.fromkeys(answer.names.values()))}")
    lines += [f"  {_percent(result.probability)}  {result.label}" for result in answer.results]
    if answer.explanation and answer.explanation.against:
        spoke = ", ".join(f"{of.block} {of.weight:+.2f}" for of in answer.explanation.blocks)
        lines.append(f"  rather than {answer.explanation.against}: {spoke}")
    if answer.similar_images:
        like = answer.similar_images[0]
        lines.append(f"  most similar: {like.img_name} ({like.similarity:.2f} by {like.block})")
    told = [f"{name} {of.value} {of.unit}" for name, of in answer.facts.items() if of.unit]
    if told:
        lines.append(f"  {'; '.join(told)}")
    return "\n".join(lines)


def _percent(share: float) -> str:
    return f"{100 * share:5.1f} %"
