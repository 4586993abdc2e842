"""A few supervision orders at every stage, by the demonstration's people through the doors."""

from collections.abc import Iterator

from cases import lookback, supervision_rounds, transitions
from cases.acting import Inputs
from cases.models import Case, SupervisionOrder
from cases.rules.workflow import CLIMBING, Verb
from grids.errors import BrokenRule
from grids.models import User

MOST_LISTED = 40  # of what the ladders listed, how many get their order while loading
DEMANDS = (
    ("shirking", "群众反映两次未答复，请查清原因，五个工作日内书面报告办理情况。"),
    ("by_hand", "请说明已采取的措施和下一步安排，附现场照片。"),
    ("breach", "未按规定告知办理途径，请纠正并报告。"),
)
ANSWER = "已到现场核实，组织双方勘界并签字确认，后续由村委会每周回访一次。"
MISSING = "缺少双方签字和现场照片，请补充后再报。"


def supervise() -> int:
    """Issue orders as the district to its townships and as the township to its villages; some
    are answered, judged and taken off. How many there are."""
    done = 0
    for name, below in (("district", "township"), ("township", "village")):
        issuer, unit = User.objects.get(username=name), User.objects.get(username=below)
        for place, case in enumerate(held_by(unit)):
            reason, note = DEMANDS[place % len(DEMANDS)]
            if said(case, Verb.ORDER, issuer, reason=reason, note=note):
                done += 1
                go_on(case, place, issuer, unit)
    now = transitions.database_now()
    supervision_rounds.issue_listed(now, MOST_LISTED)
    lookback.draw_due(now)
    return done


def held_by(below: User) -> Iterator[Case]:
    """Four open matters that the unit of ``below`` has."""
    units = [post.unit_id for post in below.posts]
    rows = Case.objects.open().filter(holder_unit__in=units, restricted=False)
    rows = rows.filter(status__in=[status.value for status in CLIMBING])
    yield from rows.order_by("-registered_at", "pk")[:4]


def go_on(case: Case, place: int, issuer: User, unit: User) -> None:
    """The first waits; the second is answered; the third sent back; the fourth is over."""
    units = [post.unit_id for post in issuer.posts]
    rows = SupervisionOrder.objects.filter(case=case, issuer__in=units, delisted_at=None)
    row = rows.last()
    if row is None or place == 0:
        return
    said(case, Verb.REPLY_ORDER, unit, order_id=row.pk, note=ANSWER)
    if place == 2:
        said(case, Verb.REJECT_REPLY, issuer, order_id=row.pk, days=3, note=MISSING)
    if place == 3:
        said(case, Verb.ACCEPT_REPLY, issuer, order_id=row.pk)
        said(case, Verb.DELIST, issuer, order_id=row.pk, reason="order_solved", note="问题已解决。")


def said(case: Case, verb: Verb, user: User, **inputs: object) -> bool:
    """One act by the door; False where the matter has gone another way."""
    try:
        transitions.act(case.number, verb, actor=user, inputs=Inputs(**inputs))  # type: ignore[arg-type]
    except BrokenRule:
        return False
    return True
