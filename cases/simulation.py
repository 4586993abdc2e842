# ruff: noqa: E501 - one line of SQL per table reads better than many
"""What a proposed policy would do to the clocks that run now: counted, named, kept.

The named clocks are rows with their moments before and after, bound by a digest: what is carried
out later moves exactly these, and only those that still stand as they stood here. Few clocks are
counted at once, many by a worker; nothing but the simulation's own rows is locked.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from time import monotonic

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from cases.clocks import ZONE
from cases.courses import COUNTED, COURSES, concerned, courses_for
from cases.doorbell import BELL
from cases.escalation import database_clock
from cases.models import PolicyMove, PolicyProposal, PolicySimulation
from cases.models.proposal import ProposalState
from cases.rules.numbers import NUMBERS
from grids.errors import WrongState
from grids.models import Area, Unit, User

AT_ONCE = 2_000  # clocks that a page counts itself
NAME = f"""
WITH {COURSES}, taken AS ({{taken}}), counted AS ({COUNTED}), named AS (
    INSERT INTO cases_policymove (simulation_id, clock_id, number, unit_id, rung, held, step_from, step_to,
        due_from, due_to, shift, at_once, kept, left_because)
    SELECT %(simulation)s, clock_id, CASE WHEN restricted THEN '' ELSE number END, holder_unit_id, rung,
           held_at IS NOT NULL, step_from, step_to, due_from, due_to,
           CASE WHEN step_to <> step_from THEN sign(extract(epoch FROM step_to - step_from))
                ELSE sign(extract(epoch FROM due_to - due_from)) END,
           kept = '' AND held_at IS NULL AND cardinality(ladder) > 0 AND step_to <= %(on)s AND step_from > %(on)s,
           kept, ''
    FROM (SELECT counted.*, due_at AS due_from FROM counted) AS w
    RETURNING shift, at_once, kept, step_from <= %(on)s AND NOT held AS before
)
SELECT count(*), count(*) FILTER (WHERE kept = '' AND shift < 0), count(*) FILTER (WHERE kept = '' AND shift > 0),
       count(*) FILTER (WHERE kept = '' AND shift = 0), count(*) FILTER (WHERE at_once),
       count(*) FILTER (WHERE kept = '' AND before), count(*) FILTER (WHERE kept <> '')
FROM named
"""
DIGEST = """
SELECT encode(sha256(convert_to(coalesce(string_agg(concat_ws(' ', clock_id, rung, held, kept,
    (extract(epoch FROM step_to) * 1000000)::bigint, (extract(epoch FROM due_to) * 1000000)::bigint,
    (extract(epoch FROM due_from) * 1000000)::bigint), ';' ORDER BY clock_id), ''), 'UTF8')), 'hex')
FROM cases_policymove WHERE simulation_id = %s
"""
# Named clocks that no longer stand as they stood; nothing is counted anew.
STALE = """
SELECT count(*) FROM cases_policymove AS m JOIN cases_clock AS k ON k.id = m.clock_id
WHERE m.simulation_id = %s AND m.kept = '' AND (k.stopped_at IS NOT NULL OR k.rung <> m.rung
    OR k.due_at <> m.due_from OR (k.held_at IS NOT NULL) <> m.held)
"""


def ask(proposal: PolicyProposal) -> PolicySimulation:
    """Have the proposal as it stands simulated; the caller holds its lock and may write it.

    Few clocks are counted before this returns, many by a worker.
    """
    row = PolicySimulation.objects.create(proposal=proposal, rev=proposal.rev, asked_at=Now())
    if few(proposal):
        run(row.pk)
    else:
        BELL.after_commit("change_policies")
    row.refresh_from_db()
    return row


def few(proposal: PolicyProposal) -> bool:
    """Whether so few clocks are concerned that a page may count them."""
    if proposal.code in NUMBERS:
        return True
    taken, values = concerned(proposal)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT FROM ({taken} LIMIT {AT_ONCE + 1}) AS t) AS n", values
        )
        found: int = cursor.fetchone()[0]
    return found <= AT_ONCE


def newest(proposal: PolicyProposal) -> PolicySimulation | None:
    """The newest simulation of the proposal as it stands."""
    return proposal.simulations.filter(rev=proposal.rev).first()


def latest(proposal: PolicyProposal) -> PolicySimulation | None:
    """The newest simulation that was carried through; its rows are kept."""
    return proposal.simulations.filter(digest__gt="").first()


def run_waiting() -> int:
    """Run what was asked for and nobody has run yet; how many. Two at once take different ones."""
    count = 0
    while (pk := next_waiting()) is not None:
        run(pk)
        count += 1
    return count


def next_waiting() -> int | None:
    """The next simulation nobody works on."""
    with transaction.atomic():
        waiting = PolicySimulation.objects.filter(at=None).order_by("id")
        row = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        return row.pk if row else None


@transaction.atomic
def run(pk: int) -> bool:
    """Count and name; False when it was done already or somebody else is at it.

    A simulation of what was changed meanwhile is closed empty.
    """
    held = PolicySimulation.objects.select_for_update(skip_locked=True, of=("self",))
    row = held.select_related("proposal__area").filter(pk=pk, at=None).first()
    if row is None:
        return False
    began, now = monotonic(), database_clock()
    proposal = row.proposal
    row.at = now
    if row.rev != proposal.rev or proposal.state != ProposalState.DRAFT.value:
        row.save(update_fields=["at"])
        return True
    row.on = takes_effect(proposal.valid_from, now)
    PolicyMove.objects.filter(simulation__proposal=proposal).delete()
    name(row)
    row.seconds = monotonic() - began
    row.save()
    waiting = PolicyProposal.objects.filter(
        pk=proposal.pk, rev=row.rev, state=ProposalState.DRAFT.value
    )
    waiting.update(state=ProposalState.WAITING.value)
    return True


def name(row: PolicySimulation) -> None:
    """Write the rows of a simulation and its sums; by a plain number no clock runs."""
    if row.proposal.code in NUMBERS:
        row.digest = digest(row.pk)
        return
    courses = courses_for(row.proposal)
    taken, values = concerned(row.proposal)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '600s'; SET LOCAL work_mem = '128MB'")
        keys = courses.prepare(taken, values)
        told = values | courses.values(keys)
        told |= {"simulation": row.pk, "now": row.at, "on": row.on}
        cursor.execute(NAME.format(taken=taken), told)
        (
            row.clocks, row.earlier, row.later, row.same, row.at_once, row.before, row.kept,
        ) = cursor.fetchone()  # fmt: skip
    row.digest = digest(row.pk)


def digest(pk: int) -> str:
    """The digest of the clocks a simulation names, with their moments."""
    with connection.cursor() as cursor:
        cursor.execute(DIGEST, [pk])
        found: str = cursor.fetchone()[0]
    return found


def takes_effect(valid_from: date, now: datetime) -> datetime:
    """The moment a change dated ``valid_from`` takes effect: its midnight, or at once."""
    return max(now, datetime.combine(valid_from, time(), tzinfo=ZONE))


def changed_since(row: PolicySimulation) -> int:
    """How many of the named clocks no longer stand as they stood; they would not be moved."""
    with connection.cursor() as cursor:
        cursor.execute(STALE, [row.pk])
        found: int = cursor.fetchone()[0]
    return found


def checked(proposal: PolicyProposal) -> PolicySimulation:
    """The finished simulation of the proposal as it stands; raises ``WrongState`` without."""
    row = newest(proposal)
    if row is None or row.at is None or not row.digest:
        raise WrongState("Simulate it on the running clocks first.")
    if digest(row.pk) != row.digest:
        raise WrongState("The simulation's list was altered. Simulate it again.")
    return row


# --- looking at it ------------------------------------------------------------------------
VIEWS = {
    "": Q(),
    "earlier": Q(kept="", shift=-1),
    "later": Q(kept="", shift=1),
    "same": Q(kept="", shift=0),
    "at_once": Q(at_once=True),
    "kept": ~Q(kept=""),
    "left": ~Q(left_because=""),
}


def moves_for(
    user: User, row: PolicySimulation, view: str = "", unit: int | None = None
) -> QuerySet[PolicyMove]:
    """The named clocks ``user`` may see, of one kind and unit."""
    rows = PolicyMove.objects.visible_to(user).filter(VIEWS[view], simulation=row)
    return rows if unit is None else rows.filter(unit_id=unit)


def unit_names(area: Area) -> dict[int, str]:
    """The names of the units that may hold cases of a place: its own and those above."""
    above = [int(part) for part in area.path.split(".") if part]
    rows = Unit.objects.filter(Q(area__path__startswith=area.path) | Q(area__in=above))
    return dict(rows.values_list("pk", "name"))


def names_of(rows: Iterable[PolicyMove]) -> dict[int, str]:
    """The names of the units that hold these clocks' cases."""
    ids = {row.unit_id for row in rows}
    return dict(Unit.objects.filter(pk__in=ids).values_list("pk", "name"))


def by_unit(user: User, row: PolicySimulation) -> list[tuple[str, int, dict[str, int]]]:
    """Per unit that holds the cases: name, id, and how many clocks of each kind."""
    counts = {name: Count("pk", filter=VIEWS[name]) for name in VIEWS if name}
    grouped = moves_for(user, row).order_by().values_list("unit_id").annotate(**counts)
    found = list(grouped.values("unit_id", *counts))
    names = dict(
        Unit.objects.filter(pk__in=[one["unit_id"] for one in found]).values_list("pk", "name")
    )
    lines = [
        (names.get(one["unit_id"], ""), one["unit_id"], {name: one[name] for name in counts})
        for one in found
    ]
    return sorted(lines, key=lambda line: (-line[2]["at_once"], line[0]))
