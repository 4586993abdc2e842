"""Two villages with 10,000 open and 50,000 closed matters are merged while four people work.

How long it may take is measured by ``./run bench merge``.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from cases import escalation, figures, outbox, past
from cases.clocks import ZONE
from cases.models import Case, Notice
from cases.reorganising import Done, reorganise
from cases.rules.workflow import Verb
from cases.transitions import database_now
from cases.verification import verify_case
from grids import asof
from grids.errors import BrokenRule
from grids.models import Area, User
from grids.restructuring import Order
from grids.roles import AreaChangeKind, Role
from tests.cases.bulk import broken_links, clone, counted, end
from tests.cases.matters import dispute, do
from tests.cases.test_two_people import Thread
from tests.world import World

OPEN, CLOSED = 10_000, 50_000
LOCK_NOT_AVAILABLE = "55P03"
CHECKS = {
    "held by a closed unit": "SELECT count(*) FROM cases_case AS c JOIN grids_unit AS u"
    " ON u.id = c.holder_unit_id WHERE c.closed_at IS NULL AND u.valid_to IS NOT NULL",
    "without a holder": "SELECT count(*) FROM cases_case WHERE closed_at IS NULL"
    " AND holder_unit_id IS NULL",
    "at a place that is gone, or not stamped as its place": "SELECT count(*) FROM cases_case AS c"
    " JOIN grids_area AS a ON a.id = c.area_id"
    " WHERE c.closed_at IS NULL AND (a.valid_to IS NOT NULL"
    " OR (a.city_id, a.district_id, a.township_id, a.village_id, a.grid_id, a.microgrid_id)"
    " IS DISTINCT FROM"
    " (c.city_id, c.district_id, c.township_id, c.village_id, c.grid_id, c.microgrid_id))",
    "to climb to a closed unit": "SELECT count(*) FROM cases_clock AS k WHERE k.stopped_at IS NULL"
    " AND EXISTS (SELECT FROM grids_unit AS u WHERE u.id = ANY(k.holders)"
    "             AND u.valid_to IS NOT NULL)",
    "with two events of one merger": "SELECT count(*) FROM (SELECT case_id FROM cases_caseevent"
    " WHERE verb = 'reorganise' GROUP BY case_id HAVING count(*) > 1) AS doubled",
}  # fmt: skip
FINGERPRINT = """
SELECT count(*), md5(string_agg(md5(c::text), '' ORDER BY c.id)) FROM cases_case AS c
WHERE c.closed_at < now() - interval '1 day'
"""


def row(statement: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: tuple[object, ...] = cursor.fetchone()
    return found


class Working:
    """Somebody who works through the doors until told to stop."""

    def __init__(self, stop: threading.Event, job: Callable[[int], object]) -> None:
        self.done = self.refused = self.busy = 0
        self.longest = 0.0  # seconds one act took
        self.ended = False
        self.stop, self.job = stop, job
        self.thread = Thread(self.work)

    def work(self) -> None:
        turn = 0
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                self.job(turn)
                self.done += 1
            except BrokenRule:  # told that the place or the case has moved on
                self.refused += 1
            except OperationalError as error:  # the page answers: somebody else is at it, wait
                assert getattr(error.__cause__, "pgcode", "") == LOCK_NOT_AVAILABLE
                self.busy += 1
            self.longest = max(self.longest, time.monotonic() - began)
            turn += 1
        self.ended = True


def people(world: World, stop: threading.Event) -> list[Working]:
    """The grid worker registers, a cadre and the town act on cases, the next town goes on."""

    def fresh(user: User) -> User:
        return User.objects.get(pk=user.pk)

    def signs(turn: int) -> None:
        number = f"BULK{turn * 7 % OPEN + 1:08d}"
        do(Case.objects.get(number=number), Verb.SIGN, fresh(world.gao))

    def town(turn: int) -> None:
        number = f"BULK{turn * 11 % OPEN + 1:08d}"
        do(Case.objects.get(number=number), Verb.NUDGE, fresh(world.ouyang), note="请抓紧")

    return [
        Working(stop, lambda turn: dispute(world, fresh(world.gao))),
        Working(stop, signs),
        Working(stop, town),
        Working(stop, lambda turn: dispute(world, fresh(world.shui), area_id=world.dukou1.pk)),
    ]


def merged_at_work(world: World, xi: User) -> tuple[Done, float, list[Working]]:
    stop = threading.Event()
    working = people(world, stop)
    time.sleep(1)
    order = Order(AreaChangeKind.MERGE, (world.donghe.pk, world.shiqiao.pk), name="东桥村")
    began = time.monotonic()
    try:
        done = reorganise(xi, order)
        took = time.monotonic() - began
        time.sleep(1)
    finally:
        stop.set()
    for one in working:
        one.thread.end()
        assert one.ended, "somebody's work broke off"
        assert one.done > 3, "nobody could work"
    return done, took, working


@pytest.mark.slow
def test_a_merger_at_work_loses_and_doubles_nothing(committed_world: World) -> None:
    world = committed_world
    xi = world.person("xi", Role.SYS_ADMIN, world.hubin_government)
    cadre = world.person("qiao", Role.VILLAGE_STAFF, world.shiqiao_committee)
    week = timedelta(days=7)
    clone(dispute(world), OPEN // 2, age=week)
    clone(dispute(world, cadre, area_id=world.shiqiao.pk), OPEN // 2, first=OPEN // 2, age=week)
    clone(dispute(world), CLOSED, first=OPEN, age=week)
    end(OPEN + 1, OPEN + CLOSED, age=timedelta(days=5))
    counted()
    yesterday = database_now().astimezone(ZONE).date() - timedelta(days=1)
    report = past.open_then([world.lb.pk], yesterday), asof.children([world.qingshi.pk], yesterday)
    assert report[0][world.qingshi.pk] == OPEN
    closed = row(FINGERPRINT)
    assert closed[0] == CLOSED

    done, took, working = merged_at_work(world, xi)
    print(f"\nmerged {done.cases:,} open cases in {took:.1f} s beside", end=" ")
    print([(one.done, one.refused, one.busy, round(one.longest, 1)) for one in working])
    assert done.cases >= OPEN
    for what, statement in CHECKS.items():
        assert row(statement) == (0,), f"an open case is {what}"
    assert row("SELECT count(*) FROM cases_caseevent WHERE verb = 'reorganise'") == (done.cases,)
    assert broken_links() == 0
    assert row(FINGERPRINT) == closed
    figures.fold()
    assert figures.differences() == []
    names = [(one.id, one.name) for one in report[1]]
    assert past.open_then([world.lb.pk], yesterday) == report[0]
    then = asof.children([world.qingshi.pk], yesterday)
    assert [(one.id, one.name) for one in then] == names
    outbox.deliver()
    cun = User.objects.get(pk=world.cun.pk)
    assert 1 <= Notice.objects.filter(user=cun, verb="reorganise").count() <= 8
    assert not Case.objects.open().filter(village=world.donghe).exists()
    new = Area.objects.get(name="东桥村")
    assert Case.objects.open().filter(village=new).count() >= OPEN
    escalation.sweep("test")  # ladders go on to the successors
    assert broken_links() == 0
    for what, statement in CHECKS.items():
        assert row(statement) == (0,), f"an open case is {what} after the sweep"
    for case in Case.objects.filter(number__startswith="BULK").order_by("?")[:25]:
        assert verify_case(case) == []
