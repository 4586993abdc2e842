"""Half hours and quiet hours: when lines are put together, and when nothing is sent. Pure.

Whatever is told to one person, or to one group, within the same half hour becomes one digest;
quiet hours are one long half hour that ends when they end. What is urgent waits for nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

HALF_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Every day from ``begins`` up to but not including ``ends``; no quiet hours when equal."""

    begins: time
    ends: time

    def until(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet hours around ``now`` end; None outside them."""
        here = now.astimezone(zone)
        at = here.time()
        over_night = self.begins > self.ends
        if self.begins == self.ends:
            return None
        if over_night and at >= self.begins:
            return on(here.date() + DAY, self.ends, zone)
        if over_night and at < self.ends or self.begins <= at < self.ends:
            return on(here.date(), self.ends, zone)
        return None

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"

    @classmethod
    def read(cls, text: str) -> "Quiet":
        """``20:00-08:00``; raises ``ValueError`` for anything else."""
        begins, dash, ends = text.partition("-")
        if not dash or len(begins) != 5 or len(ends) != 5:
            raise ValueError(f"{text!r} are no quiet hours; write 20:00-08:00.")
        return cls(time.fromisoformat(begins), time.fromisoformat(ends))


def on(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone)


def half_hour(now: datetime, zone: tzinfo) -> datetime:
    """The beginning of the half hour in which ``now`` lies."""
    here = now.astimezone(zone)
    return here.replace(minute=here.minute // 30 * 30, second=0, microsecond=0)


def digest_of(now: datetime, quiet: Quiet, zone: tzinfo) -> datetime:
    """Which digest a line of ``now`` belongs to, by the moment that names it: the beginning of
    its half hour, or the end of the quiet hours it fell into."""
    return quiet.until(now, zone) or half_hour(now, zone)


def sent_at(now: datetime, quiet: Quiet, zone: tzinfo) -> datetime:
    """When the digest of a line of ``now`` is sent: when its half hour is over, and never in
    quiet hours."""
    end = half_hour(now, zone) + HALF_HOUR
    return quiet.until(now, zone) or quiet.until(end, zone) or end
