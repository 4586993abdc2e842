"""The doorbell: ask a worker to look at once instead of at the next beat.

Only a shortcut, never the work itself: what is to be done is rows, and beat, the system timer and
the deep check find them (docs/adr/0028). So nothing here knows the broker or its library. Who
runs with one hangs the bell (``governance/celery.py``, loaded by web and worker); a command of
``manage.py`` starts without it, and the next beat does what it would have asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction


@dataclass(slots=True)
class Doorbell:
    """``send`` takes the name of a job; None where no broker is used."""

    send: Callable[[str], object] | None = None

    def ring(self, job: str) -> None:
        """Ask for ``job`` of ``cases/tasks.py`` now."""
        if self.send is not None:
            self.send(f"cases.tasks.{job}")

    def after_commit(self, job: str) -> None:
        """Ask for it once the transaction stands. A broker that is down is logged (``robust``)
        and undoes nothing."""
        transaction.on_commit(lambda: self.ring(job), robust=True)


BELL = Doorbell()
