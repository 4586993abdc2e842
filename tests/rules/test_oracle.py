"""The engine against the minute-by-minute counter of ``tests/oracle``, and the counter itself.

A few thousand examples here, ``python -m tests.oracle`` counts 100,000 (``.ci/nightly``).
"""

import os
from secrets import randbelow

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from tests.oracle.comparing import Drawn, disagreements, drawn
from tests.oracle.counter import DATES, MINUTES, NUMBER, Story, count
from tests.oracle.tables import tables

EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", "3000"))
SEED = int(os.environ.get("ORACLE_SEED", "0")) or randbelow(10**9)


def test_engine_and_counter_agree() -> None:
    print(f"ORACLE_SEED={SEED}")  # shown when it fails

    @seeded(SEED)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None,
        phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(drawn())
    def agree(example: Drawn) -> None:
        assert disagreements(example) == [], f"ORACLE_SEED={SEED}: {example}"

    agree()


def minute(text: str) -> int:
    day, _t, clock = text.partition("T")
    hour, minutes = clock.split(":")
    return NUMBER[type(DATES[0]).fromisoformat(day)] * MINUTES + int(hour) * 60 + int(minutes)


@pytest.mark.parametrize(
    ("amount", "unit", "stood", "end"),
    [
        (5, "working_day", (), "2026-02-27T0:00"),
        (7, "calendar_day", (), "2026-02-20T0:00"),
        (24, "hour", (), "2026-02-13T10:00"),
        (10, "working_hour", (), "2026-02-13T11:00"),
        (1, "month", (), "2026-03-13T0:00"),
        (2, "working_day", (("2026-02-13T9:00", "2026-02-14T0:00"),), "2026-02-25T0:00"),
    ],
)
def test_the_counter_itself_counts_by_hand(
    amount: int, unit: str, stood: tuple[tuple[str, str], ...], end: str
) -> None:
    """From Thursday 12 February 2026, 10:00, on the real calendar; ends as the next minute."""
    pauses = tuple((minute(first), minute(last)) for first, last in stood)
    story = Story(tables()[0], minute("2026-02-12T10:00"), ((amount, unit),), pauses)
    assert count(story).ends == [minute(end)]
