"""What a row found: timings, bars, facts; as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.measure import Timing

# The bar where nothing may grow: what two runs of the same work differ by on a shared machine.
NOISE = 0.9


@dataclass(frozen=True)
class Bar:
    """A ratio that should be reached, and what was."""

    what: str
    wanted: float
    reached: float

    @property
    def met(self) -> bool:
        """Whether it was."""
        return self.reached >= self.wanted

    def __str__(self) -> str:
        verdict = "met" if self.met else "NOT met"
        return f"{self.reached:.3g}x {self.what} (bar {self.wanted:g}x: {verdict})"


@dataclass(frozen=True)
class Row:
    """One row: contenders on the same work, measured in the same run."""

    name: str
    work: str
    timings: Mapping[str, Timing]
    bars: Sequence[Bar]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Row:
        """The row whose `to_dict` that is, without what its contenders returned."""
        return cls(
            told["row"],
            told["work"],
            {
                name: Timing(tuple(one["seconds"]), one["peak_megabytes"], None)
                for name, one in told["contenders"].items()
            },
            [Bar(bar["ratio_to"], bar["wanted"], bar["reached"]) for bar in told["bars"]],
            told["facts"],
        )

    def to_dict(self) -> dict[str, Any]:
        """The row as plain JSON values."""
        return {
            "row": self.name,
            "work": self.work,
            "contenders": {
                name: {
                    "median_seconds": round(timing.median, 4),
                    "seconds": [round(seconds, 4) for seconds in timing.seconds],
                    "peak_megabytes": timing.peak_megabytes,
                }
                for name, timing in self.timings.items()
            },
            "bars": [
                {
                    "ratio_to": bar.what,
                    "wanted": bar.wanted,
                    "reached": round(bar.reached, 3),
                    "met": bar.met,
                }
                for bar in self.bars
            ],
            "facts": dict(self.facts),
        }

    def to_markdown(self) -> str:
        """The row as a section with a table."""
        lines = [
            f"### {self.name}",
            "",
            self.work,
            "",
            "| contender | median s | runs | peak MB |",
            "|---|---|---|---|",
            *(
                f"| {name} | {timing.median:.3f} | "
                f"{' '.join(f'{seconds:.3f}' for seconds in timing.seconds)} | "
                f"{timing.peak_megabytes:,} |"
                for name, timing in self.timings.items()
            ),
            "",
            *(f"- {bar}" for bar in self.bars),
            *(f"- {name}: {value}" for name, value in self.facts.items()),
        ]
        return "\n".join(lines)


def to_markdown(machine: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """All tables, below the machine they were measured on."""
    packages = ", ".join(f"{name} {release}" for name, release in machine["packages"].items())
    lines = [
        "# Results of `make bench`",
        "",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gigabytes']} GB, "
        f"AVX-512 vpopcntdq: {machine['avx512_vpopcntdq']}; "
        f"Python {machine['python']}, {packages}.",
    ]
    summary = ["| row | against | ratio | bar | |", "|---|---|---|---|---|"]
    summary += [
        f"| {row.name} | {bar.what} | {bar.reached:.3g} | {bar.wanted:g} | "
        f"{'met' if bar.met else '**not met**'} |"
        for row in rows
        for bar in row.bars
    ]
    parts = ["\n".join(lines), "\n".join(summary), *(row.to_markdown() for row in rows)]
    return "\n\n".join(parts) + "\n"
