"""What groups outside are to be told: messages of numbers, lamps and counts, put together.

Runs where the outbox is delivered, in the same transaction. What is red, supervised or urgent
goes at once, more than a handful of it as one message; everything else waits for the digest of
its half hour. A unit without a channel costs one statement.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cases import quiet
from cases.clocks import ZONE
from cases.hearing import OF_THE_HOLDER
from cases.models import Case, Channel, Outbox, Outgoing
from cases.rules.audience import AT_ONCE, topic
from cases.rules.lamp import Lamp, lamp
from cases.rules.quiet import sent_at
from cases.rules.workflow import Status

HANDFUL = 5  # messages at once about one kind of event before they become one


@dataclass(frozen=True, slots=True)
class News:
    """One message of the outbox about a case that may be named outside."""

    row: Outbox
    number: str
    lamp: Lamp
    due_at: datetime | None

    @property
    def at_once(self) -> bool:
        return self.row.urgent or topic(self.row.verb) in AT_ONCE


def hand_out(rows: list[Outbox], now: datetime) -> None:
    """Write the messages that ``rows`` lead to; under the lock of each channel's row."""
    units = {row.unit_id for row in rows if row.unit_id}
    channels = list(
        Channel.objects.select_for_update(of=("self",), no_key=True)
        .filter(unit_id__in=units, enabled=True)
        .select_related("unit__area")
        .order_by("pk")
    )
    if not channels:
        return
    by_unit: dict[int, list[News]] = defaultdict(list)
    for one in news([row for row in rows if row.unit_id and not row.user_id], now):
        by_unit[one.row.unit_id or 0].append(one)
    for channel in channels:
        wanted = [one for one in by_unit[channel.unit_id] if topic(one.row.verb) not in channel.off]
        at_once(channel, [one for one in wanted if one.at_once], now)
        for_digest(channel, [one for one in wanted if not one.at_once], now)


def news(rows: Iterable[Outbox], now: datetime) -> list[News]:
    """The rows whose case may be named outside: neither sealed nor restricted, and still with
    the unit."""
    found = list(rows)
    cases = Case.objects.filter(pk__in={row.case_id for row in found}, restricted=False)
    known = {case.pk: case for case in cases.exclude(status=Status.SEALED.value)}
    return [
        News(row, case.number, light(case, now), case.due_at)
        for row in found
        if (case := known.get(row.case_id))
        and (row.verb not in OF_THE_HOLDER or case.holder_unit_id == row.unit_id)
    ]


def light(case: Case, now: datetime) -> Lamp:
    closed = case.closed_at is not None
    return lamp(case.due_at, now, closed=closed, paused=case.paused, amber_at=case.amber_at)


def at_once(channel: Channel, found: list[News], now: datetime) -> None:
    """One message per case, or one for many."""
    by_code: dict[str, list[News]] = defaultdict(list)
    for one in found:
        by_code[one.row.verb].append(one)
    made = []
    for code, together in by_code.items():
        cases = {one.row.case_id for one in together}
        if len(cases) > HANDFUL:
            key = f"now:{together[0].row.pk}"
            made.append(message(channel, key, {"counts": {code: len(cases)}}, now))
            continue
        for one in together:
            about = {
                "code": code, "no": one.number, "lamp": one.lamp.code.value,
                "due": one.due_at.astimezone(ZONE).isoformat() if one.due_at else "",
            }  # fmt: skip
            made.append(message(channel, one.row.dedupe_key, about, now))
    Outgoing.objects.bulk_create(made, ignore_conflicts=True)


def message(channel: Channel, key: str, lines: Mapping[str, object], now: datetime) -> Outgoing:
    return Outgoing(
        tenant_id=channel.tenant_id, channel=channel, dedupe_key=key, at=now, lines=lines,
        urgent=True, next_at=now,
    )  # fmt: skip


def for_digest(channel: Channel, found: Collection[News], now: datetime) -> None:
    """Add to the digest of this half hour; the lock of the channel keeps two workers apart."""
    if not found:
        return
    send = sent_at(now, quiet.of_unit(channel.unit.area, now), ZONE)
    key = f"digest:{send:%Y%m%d%H%M}"
    digest = Outgoing.objects.select_for_update().filter(channel=channel, dedupe_key=key).first()
    if digest and digest.state != "pending":  # on its way already: what is late goes by itself
        key = f"{key}:{min(one.row.pk for one in found)}"
        digest = None
    if digest is None:
        digest = Outgoing(
            tenant_id=channel.tenant_id, channel=channel, dedupe_key=key, at=now, next_at=send,
            lines={"counts": {}},
        )  # fmt: skip
    counts = digest.lines["counts"]
    cases: dict[str, set[int]] = defaultdict(set)
    for one in found:
        cases[one.row.verb].add(one.row.case_id)
    for code, ids in cases.items():
        counts[code] = counts.get(code, 0) + len(ids)
    digest.save()
