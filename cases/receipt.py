"""The receipt: what the writer hands to the resident. Number, query code, what comes next.

Nothing on it tells the matter or a name, so it may lie on a table. The code is rebuilt from the
case, so a reprint shows the same one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from cases import codes
from cases.holders import units_of
from cases.lamps import civil
from cases.models import Case
from cases.rules.limits import LimitCode
from cases.rules.workflow import ClockCode, Kind, Path, Status
from grids import qr
from grids.roles import Level

LATE = timedelta(days=1)  # from so long between telling and recording it is shown

# What a resident waits for in a petition matter, by its status: the clocks of that answer.
TO_ACCEPT = frozenset(
    {
        LimitCode.TRANSFER, LimitCode.NOTICE_DIRECT, LimitCode.NOTICE_FORWARDED,
        LimitCode.LOCAL_ACCEPT, LimitCode.SIMPLE_ACCEPT,
    }
)  # fmt: skip
ANSWER = frozenset({LimitCode.HANDLE, LimitCode.HANDLE_OTHER, LimitCode.SIMPLE})
WAITED_FOR = {
    Status.LODGED: TO_ACCEPT, Status.FORWARDED: TO_ACCEPT, Status.ENTRUSTED: TO_ACCEPT,
    Status.ACCEPTED: ANSWER, Status.CONCILIATING: ANSWER,
    Status.REVIEW: frozenset({LimitCode.REVIEW}),
    Status.REREVIEW: frozenset({LimitCode.REREVIEW}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slip:
    """Everything a printed receipt says."""

    case: Case
    place: str
    code: str  # in groups of four
    spoken: str
    pin: str
    page: str  # address of the progress page
    qr: str  # inline SVG of the same address with the code behind "#"
    next_step: str
    unit: str
    phone: str
    delay_days: int  # between being told and recording it; 0 when less than a day


def slip(case: Case, progress_address: str) -> Slip:
    """The receipt of ``case``; ``progress_address`` is absolute and without a fragment."""
    code = codes.tracking_code(case.public_id, case.code_key)
    return Slip(
        case=case,
        place=place_name(case),
        code=codes.grouped(code),
        spoken=codes.grouped(code[: codes.SPOKEN_LENGTH]),
        pin=codes.pin(case.public_id, case.code_key),
        page=progress_address,
        qr=qr_svg(f"{progress_address}#{code}"),
        next_step=next_step(case),
        unit=office_name(case),
        phone=office_phone(case),
        delay_days=delay_days(case),
    )


def qr_svg(text: str) -> str:
    """``text`` as the QR code of a receipt."""
    return qr.svg(text, _("QR code of the progress page"))


def next_step(case: Case) -> str:
    """What happens next and by when, in one or two sentences for a resident."""
    if case.closed_at is not None:
        return _("This matter is closed.")
    if case.kind == Kind.PETITION:
        return petition_step(case)
    values = {"unit": office_name(case), "due": civil(*main_due(case))}
    if case.path == Path.URGENT:
        return _("Passed on at once to %(unit)s. It takes the matter up by %(due)s.") % values
    if case.status == Status.DONE:
        return _("It is done. Somebody else checks the result by %(due)s.") % values
    if case.status == Status.SUSPENDED:
        return _("The work rests and is looked at again by %(due)s.") % values
    if case.path == Path.LADDER:
        return (
            _(
                "%(unit)s works on it. If it is not settled by %(due)s, it goes up to the next "
                "level by itself."
            )
            % values
        )
    return _("%(unit)s works on it and answers by %(due)s.") % values


def petition_step(case: Case) -> str:
    """The next answer a petition matter brings and its day; no sentence where none is due."""
    waited = WAITED_FOR.get(Status(case.status))
    if waited is None:
        return ""
    running = case.clocks.filter(stopped_at=None, code__in=[code.value for code in waited])
    clock = running.order_by("due_at").first()
    if clock is None:
        return ""
    values = {"unit": office_name(case), "due": civil(clock.due_at, clock.provisional)}
    if case.status == Status.LODGED:
        return (
            _(
                "%(unit)s tells you by %(due)s whether it is accepted, or passes it on to the "
                "office responsible."
            )
            % values
        )
    if waited is TO_ACCEPT:
        return _("%(unit)s tells you by %(due)s whether it is accepted.") % values
    return _("%(unit)s works on it and answers by %(due)s.") % values


def main_due(case: Case) -> tuple[datetime | None, bool]:
    """The moment a resident waits for, that of the matter and not of the office's sign-for; and
    whether a holiday notice to come may move it."""
    if case.path == Path.LADDER or case.status in (Status.DONE, Status.SUSPENDED):
        return case.due_at, case.provisional
    limit = (
        case.clocks.filter(stopped_at=None)
        .exclude(code__in=[LimitCode.SIGN.value, ClockCode.LADDER.value])
        .order_by("due_at")
        .first()
    )
    if limit is None:
        return case.due_at, case.provisional
    return limit.due_at, limit.provisional


def delay_days(case: Case) -> int:
    late = case.registered_at - case.received_at
    return late.days if late >= LATE else 0


def office_name(case: Case) -> str:
    """The unit responsible, as people outside know it: a grid's number says nothing alone."""
    unit = case.holder_unit
    if unit is None:
        return ""
    in_village = case.village is not None and unit.area_id in (case.grid_id, case.microgrid_id)
    return f"{case.village}{unit.name}" if in_village else unit.name


def place_name(case: Case) -> str:
    """The place of the case, a grid with its village."""
    if case.village is None or case.village_id == case.area_id:
        return case.area.name
    return f"{case.village}{case.area}"


def office_phone(case: Case) -> str:
    """The phone of the unit responsible, else of the closest coordinating unit with one."""
    if case.holder_unit and case.holder_unit.phone:
        return case.holder_unit.phone
    units = units_of(case.area)
    for level in sorted(Level, reverse=True):
        unit = units.coordinating(level) if level > Level.PROVINCE else None
        if unit and unit.phone:
            return unit.phone
    return ""
