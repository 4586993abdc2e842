"""Collect figures, print a table for people on stderr and a JSON line each on stdout."""

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field


def spread(values: Sequence[float]) -> str:
    """Median with least and most, for the table."""
    return f"{statistics.median(values):.4g} ({min(values):.4g}–{max(values):.4g})"


def p95(values: Sequence[float]) -> float:
    """The 95th percentile of ``values``."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


@dataclass
class Figures:
    """The figures of one bench."""

    bench: str
    rows: int
    lines: list[tuple[str, str]] = field(default_factory=list)

    def note(self, what: str, value: str) -> None:
        """A line for people only."""
        self.lines.append((what, value))
        print(f"  {what:<44} {value}", file=sys.stderr, flush=True)

    def metric(self, name: str, value: float, runs: int, **more: object) -> None:
        """A figure for people and programs."""
        self.note(f"{self.bench}.{name}", f"{value:.4g}  [{runs} runs]")
        record = {
            "bench": self.bench, "metric": name, "value": round(value, 4), "rows": self.rows,
            "runs": runs, **more,
        }  # fmt: skip
        print(json.dumps(record), flush=True)
