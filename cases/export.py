"""A list taken out as CSV: the lines of a queue, personal data masked, logged with its purpose.

The whole file is made before it is sent: its log row says how many lines it holds and stands in
the same transaction, and a file cut off after the row was written would make the row a lie.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cases import headlines, looks
from cases.filters import Terms
from cases.lamps import moment
from cases.looks import Why
from cases.models import Case, Party
from cases.names import Names, names_of
from cases.queues import Filters, Line, Tab, page
from cases.revealing import LONGEST_REASON, masked_phone
from cases.rules import masking
from cases.rules.workflow import Kind, Status
from grids import csvfile, plaintext, throttle
from grids.errors import BadInput
from grids.models import User
from grids.roles import Level
from grids.staffing import Post

MOST = 2000  # lines of one file
PER_HOUR, HOUR = 60, 3600  # files of one account, in seconds
FIELDS = (  # the only columns a list may carry out; kept with the look
    "number,kind,category,status,level,holder,place,summary masked,name masked,phone masked,"
    "registered,due,whose due,provisional"
)
BOM = "\ufeff"  # without it spreadsheets take UTF-8 for something else


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list is asked for, by whom, from where."""

    user: User
    posts: Sequence[Post]
    tab: Tab
    filters: Filters
    address: str | None


def purpose(code: str, words: object) -> str:
    """Why a list is taken out, as it is kept; raises ``BadInput`` at ``why`` or ``reason``."""
    if code not in looks.TO_EXPORT:
        raise BadInput("Say what the list is for.", field="why")
    needed = code == Why.OTHER.value
    written = plaintext.line(words, "reason", longest=LONGEST_REASON, required=needed)
    return looks.reason_kept(code, written)


def csv_of(asked: Asked, why: str, known: Terms) -> str:
    """The list as CSV with a byte-order mark; logged with its number of lines.

    Restricted matters are never in it. Raises ``BadInput`` when the list is longer than
    ``MOST``, ``TooMany`` beyond so many files an hour.
    """
    throttle.spend("export", str(asked.user.pk), limit=PER_HOUR, seconds=HOUR)
    found = page(asked.user, asked.posts, asked.tab, filters=asked.filters, size=MOST)
    if found.next:
        raise BadInput("More than %(most)s matters. Narrow the list first.", most=MOST)
    lines = [line for line in found.lines if not line.restricted]
    log(asked, lines, why)
    out = io.StringIO()
    out.write(BOM)
    csvfile.write(out, header(), table(lines, known, names_of(lines)))
    return out.getvalue()


def log(asked: Asked, lines: Sequence[Line], why: str) -> None:
    """One row for the file, one for each matter in it, by customer."""
    ids = [line.id for line in lines]
    numbers: dict[int, list[str]] = {}
    for tenant_id, number in Case.objects.filter(pk__in=ids).values_list("tenant_id", "number"):
        numbers.setdefault(tenant_id, []).append(number)
    post = asked.posts[-1]
    groups: list[tuple[int | None, list[str]]] = [*numbers.items()] or [(post.tenant_id, [])]
    for customer, listed in groups:
        looks.exported(
            asked.user, f"list:{asked.tab.value}", listed, tenant_id=customer, fields=FIELDS,
            reason=why, address=asked.address, post=post,
        )  # fmt: skip


def header() -> list[str]:
    return [
        _("Number"), _("Kind"), _("Category"), _("Status"), _("Level"), _("Responsible"),
        _("Place"), _("Matter"), _("Applicant"), _("Phone"), _("Registered"), _("Deadline"),
        _("Whose deadline"), _("Provisional"),
    ]  # fmt: skip


def table(lines: Sequence[Line], known: Terms, names: Names) -> Iterable[list[str]]:
    """The rows of the file; two statements for the parties, however many lines."""
    parties: dict[int, list[Party]] = {}
    for party in Party.objects.filter(case__in=[line.id for line in lines], erased_at=None):
        parties.setdefault(party.case_id, []).append(party)
    for line in lines:
        yield row(line, parties.get(line.id, []), known, names)


def row(line: Line, parties: Sequence[Party], known: Terms, names: Names) -> list[str]:
    """One line; of a minor nothing is taken out, neither name nor initials nor phone."""
    told = [party for party in parties if party.side == "applicant"][:1]
    told = [party for party in told if not party.minor]
    minors = headlines.names(parties)[1]
    return [
        line.number, _(Kind(line.kind).label), known.category_names.get(line.category_id, ""),
        _(Status(line.status).label), _(Level(line.level).label),
        names.units.get(line.holder_unit_id or 0, ""), village(line, names),
        _("Concerns a minor") if minors else line.summary or "",
        "".join(masking.name(party.name) for party in told),
        "".join(masked_phone(party) for party in told), when(line.registered_at),
        when(line.due_at), _(line.whose.label) if line.due_at else "",
        _("provisional") if line.provisional else "",
    ]  # fmt: skip


def village(line: Line, names: Names) -> str:
    """Where the matter lies, down to the village and no further."""
    ids = [pk for pk in (line.township_id, line.village_id) if pk]
    return " ".join(names.areas.get(pk, "") for pk in ids) or names.areas.get(line.area_id, "")


def when(value: datetime | None) -> str:
    return moment(value) if value else ""
