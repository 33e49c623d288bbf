"""The tables, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.quality.engine.cost import Cost
from benchmarks.quality.engine.figures import Figure
from benchmarks.quality.engine.protocols import Table

Found = Mapping[str, Table]  # by protocol

SETUP = """\
Shares in per cent with their standard error over groups: labels in A, varieties in B and C, fine
classes in D, E and F. AUROC in E: how often something that is no fruit lies farther from what was
trained than a fruit of other visits does.

- A: the label of frames that lie between those that were learnt from. It saturates.
- B: the species of varieties that were never seen; five together: of five photographs of one fruit.
  Varieties are held out in seeded thirds; the mean is over varieties.
- C: learnt from the studio's release of 2018, asked about another release's varieties of the same
  species; all species are allowed.
- D: shop photographs of other visits, fine and coarse classes.
- E: learnt from fruit alone, asked about cartons and vegetables.
- F: learnt from studio photographs alone, asked about the same species in shops.

Words and mixtures are fitted to the photographs that are learnt from in A, C and F, to those of the
2018 release in B, to the shops' training photographs in D and E, always without labels. Strengths
and weights are chosen by what is left out inside the photographs that are learnt from:
whole varieties where a species has several, else neighbouring frames. Nothing is chosen by what is
judged. `all` is what the preset of the photographs looks at; scores of blocks are added.
"""


@dataclass(frozen=True)
class Context:
    """When, how and on what it was measured."""

    measured: str
    command: str
    repetitions: int
    fewer: int
    machine: Mapping[str, Any]


@dataclass(frozen=True)
class Bar:
    """What a figure shall reach, without and with the network; in per cent."""

    protocol: str
    key: str
    without: float | None = None
    with_network: float | None = None


BARS = (
    Bar("A", "label", 99.86, 99.86),
    Bar("B", "one photograph", 78, 81),
    Bar("B", "five together", 83, 83),
    Bar("C", "all"),
    Bar("D", "fine", 73, 80),
    Bar("D", "coarse", 84, 88),
    Bar("F", "all"),
    Bar("E", "Packages", 92, 98),
    Bar("E", "Vegetables", 75, 90),
)
# What E's bars are asked of; the table below them has the others.
NOVELTY = {"all": "fisher_centre, distance", "all + network": "network_centre, distance"}


def to_markdown(found: Found, costs: Sequence[Cost], context: Context) -> str:
    """All tables."""
    facts = context.machine
    told = ", ".join(f"{name} {facts[name]}" for name in ("processor", "cores", "system"))
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    return "\n".join(
        [
            "# How good the engine is\n",
            f"- measured: {context.measured}",
            f"- command: {context.command}",
            f"- draws of varieties: {3 * context.repetitions}; for each point of the learning "
            f"curve {context.fewer}; seed 0",
            f"- machine: {told}; {packages}\n",
            SETUP,
            "## The bars\n",
            _bars(found),
            "\n## What each block adds\n",
            _blocks(found, ("A", "B")),
            "",
            _blocks(found, ("D",)),
            "\n## What is no fruit (AUROC)\n",
            _blocks(found, ("E",)),
            "\n## Learning curve: varieties that are learnt from, species of two others each\n",
            _blocks(found, ("curve",)),
            "\n## Another camera, and from studio to shop, species by species\n",
            _blocks(found, ("C",)),
            "",
            _blocks(found, ("F",)),
            "\n## What a block costs\n",
            _costs(costs),
            "",
        ]
    )


def to_dict(found: Found, costs: Sequence[Cost], context: Context) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "context": asdict(context),
        "figures": {
            protocol: {
                name: {key: figure.to_dict() for key, figure in figures.items()}
                for name, figures in table.items()
            }
            for protocol, table in found.items()
        },
        "costs": [asdict(cost) for cost in costs],
    }


def _bars(found: Found) -> str:
    rows = []
    for bar in BARS:
        cells = [f"{bar.protocol} {bar.key}"]
        counted = None
        for blocks, least in (("all", bar.without), ("all + network", bar.with_network)):
            named = NOVELTY[blocks] if bar.protocol == "E" else blocks
            figure = _find(found, bar.protocol, named, bar.key)
            counted = counted or figure
            cells += [str(figure) if figure else "-", _judged(figure, least)]
        cells.append(f"{counted.photographs:,} of {counted.groups}" if counted else "-")
        rows.append(cells)
    head = ["protocol", "without network", "bar", "with network", "bar", "photographs of groups"]
    return _table(head, rows)


def _judged(figure: Figure | None, least: float | None) -> str:
    if figure is None or least is None:
        return "reported"
    met = 100 * figure.value >= least - 0.005
    return f"{least:g} {'met' if met else 'missed'}"


def _blocks(found: Found, protocols: Sequence[str]) -> str:
    """A line for each set of blocks, a column for each figure of the protocols."""
    tables = {protocol: found[protocol] for protocol in protocols if protocol in found}
    columns = list(
        dict.fromkeys(
            (protocol, key) for protocol, table in tables.items() for of in table.values()
            for key in of
        )
    )  # fmt: skip
    rows = []
    for blocks in dict.fromkeys(name for table in tables.values() for name in table):
        figures = [_find(found, protocol, blocks, key) for protocol, key in columns]
        rows.append([blocks, *(str(figure) if figure else "-" for figure in figures)])
    return _table(["blocks", *(f"{protocol}: {key}" for protocol, key in columns)], rows)


def _costs(costs: Sequence[Cost]) -> str:
    rows = [[of.block, str(of.side), f"{of.milliseconds:.2f}", f"{of.size:,}"] for of in costs]
    return _table(["block", "pixels", "ms on one core", "bytes of a photograph"], rows)


def _find(found: Found, protocol: str, blocks: str, key: str) -> Figure | None:
    return found.get(protocol, {}).get(blocks, {}).get(key)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
