"""``manage.py rewrap_sealed``: wrap the keys of sealed matters under the newest key of the ring."""

from typing import Any

from cases.sealed_work import rewrap_all
from grids.commanding import SpeakingCommand


class Command(SpeakingCommand):
    help = "Wrap the keys of sealed matters under the highest number of SEAL_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rewrap_all()} keys wrapped")
