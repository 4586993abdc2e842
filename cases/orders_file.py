"""The supervision list taken out as CSV: no word of any matter, logged with its purpose."""

import io
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from cases import looks
from cases.export import BOM, HOUR, MOST, PER_HOUR, when
from cases.lamps import lamp_words
from cases.orders import Asked, Line, page
from grids import csvfile, throttle
from grids.errors import BadInput
from grids.models import User

FIELDS = "order,number,category,cause,issuer,addressee,state,listed,due,provisional,days"


def csv_of(user: User, asked: Asked, why: str, now: datetime, address: str | None) -> str:
    """The list as CSV with a byte-order mark; logged with its number of lines.

    Raises ``BadInput`` when it is longer than ``MOST``, ``TooMany`` beyond so many files an
    hour, which count together with the other lists.
    """
    throttle.spend("export", str(user.pk), limit=PER_HOUR, seconds=HOUR)
    found, more = page(user, asked, now, None, MOST)
    if more:
        raise BadInput("More than %(most)s matters. Narrow the list first.", most=MOST)
    log(user, asked, found, why, address)
    out = io.StringIO()
    out.write(BOM)
    csvfile.write(out, header(), (row(line) for line in found))
    return out.getvalue()


def log(user: User, asked: Asked, found: Sequence[Line], why: str, address: str | None) -> None:
    """One row for the file, one for each matter in it, by customer."""
    numbers: dict[int | None, list[str]] = {}
    for line in found:
        numbers.setdefault(line.row.tenant_id, []).append(line.row.case.number)
    post = user.posts[-1]
    for customer, listed in (numbers or {post.tenant_id: []}).items():
        looks.exported(
            user, f"list:supervision:{asked.show.value}", sorted(set(listed)),
            tenant_id=customer, fields=FIELDS, reason=why, address=address, post=post,
        )  # fmt: skip


def header() -> list[str]:
    return [
        _("Order"), _("Number"), _("Category"), _("Cause"), _("Issued by"), _("Must answer"),
        _("State"), _("Listed"), _("Answer due"), _("Provisional"), _("Days listed"),
    ]  # fmt: skip


def row(line: Line) -> list[str]:
    order = line.row
    state = _(line.state.label)
    if order.due_at and order.replied_at is None and order.delisted_at is None:
        state = f"{state} · {lamp_words(line.lamp)}"
    return [
        line.number, order.case.number, line.category, line.cause,
        order.issuer.name if order.issuer else "", order.unit.name, state,
        when(order.listed_at), when(order.due_at),
        _("provisional") if order.provisional else "", str(line.days),
    ]  # fmt: skip
