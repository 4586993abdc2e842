"""``python -m tests.oracle [N] [SEED]``: N random examples (100,000), engine against counter.

Prints the seed; the same seed draws the same examples. Needs no database and no settings.
"""

import sys
import time
from secrets import randbelow

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.oracle.comparing import Drawn, disagreements, drawn

EXAMPLES = 100_000
BATCH = 5_000  # hypothesis remembers what it drew; a batch of its own each


def run(examples: int, first_seed: int) -> None:
    """Raise ``AssertionError`` with the smallest example on which the two disagree."""
    for number, begin in enumerate(range(0, examples, BATCH)):
        share = min(BATCH, examples - begin)

        @seed(first_seed + number)
        @settings(
            max_examples=share, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(drawn())
        def agree(example: Drawn) -> None:
            assert disagreements(example) == [], example

        agree()


def main(arguments: list[str]) -> int:
    examples = int(arguments[0]) if arguments else EXAMPLES
    first_seed = int(arguments[1]) if len(arguments) > 1 else randbelow(10**9)
    print(f"oracle: {examples} examples, seed {first_seed}", flush=True)
    began = time.monotonic()
    run(examples, first_seed)
    print(f"oracle: all agree, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
