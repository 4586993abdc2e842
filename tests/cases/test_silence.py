"""Silence ends a small matter only after everybody named was told, and is counted apart."""

from datetime import UTC, datetime, timedelta

import pytest

from cases import silence
from cases.intake import PartyDraft
from cases.models import Case, Party, Revisit, Telling
from cases.rules.workflow import Outcome, Status, Verb
from cases.transitions import database_now
from cases.verification import verify_case
from grids.errors import WrongState
from tests.cases.matters import dispute, do, event, in_days
from tests.cases.stages import by_resident
from tests.world import World

SPOT = {"on_the_spot": True, "result": "当场修好"}
TWO = (PartyDraft("张三", "13800005678"), PartyDraft("李四", side="respondent"))
# Told on a Wednesday; the seventh day is Wednesday 30 September 2026, before the days off of
# National Day (1-7 October); a day later it falls into them and rolls on to Thursday 8 October.
WEDNESDAY = datetime(2026, 9, 23, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def settled(world: World, **values: object) -> Case:
    return event(world, **{"parties": TWO} | SPOT | values)


def told(case: Case, world: World, moment: datetime, party: Party | None = None) -> None:
    """Everybody (or ``party``) was told at ``moment``; the case was done an hour before."""
    do(case, Verb.TELL, world.gao, channel="call", party_id=party.pk if party else None)
    Telling.objects.filter(case=case, **({"party": party} if party else {})).update(told_at=moment)
    Case.objects.filter(pk=case.pk).update(
        done_at=moment - timedelta(hours=1), registered_at=moment - timedelta(hours=2)
    )


def silent(case: Case, moment: datetime) -> bool:
    silence.strike_silent(moment)
    case.refresh_from_db()
    return case.status == Status.STRUCK


def test_seven_days_after_the_telling_and_not_a_second_before(world: World) -> None:
    case = settled(world)
    told(case, world, WEDNESDAY)
    last = datetime(2026, 9, 30, 15, 59, 59, tzinfo=UTC)  # the end of that day in Shanghai
    assert not silent(case, last)
    assert silent(case, last + SECOND)
    assert (case.outcome, case.verified_by, case.due_at) == (Outcome.SILENCE, None, None)
    event_ = case.events.last()
    assert (event_.verb, event_.actor_id) == (Verb.STRIKE_SILENT, None)
    assert verify_case(case) == []
    assert not case.clocks.filter(stopped_at=None).exists()


def test_the_last_day_rolls_over_days_off(world: World) -> None:
    case = settled(world)
    told(case, world, WEDNESDAY + timedelta(days=1))
    assert not silent(case, datetime(2026, 10, 8, 15, 59, 59, tzinfo=UTC))
    assert silent(case, datetime(2026, 10, 8, 16, 0, tzinfo=UTC))


def test_without_a_recorded_telling_silence_says_nothing(world: World) -> None:
    assert not silent(settled(world), in_days(400))


def test_everybody_named_must_have_been_told_and_the_last_one_counts(world: World) -> None:
    case = settled(world)
    first, second = case.parties.all()
    told(case, world, WEDNESDAY, first)
    assert not silent(case, in_days(400))
    told(case, world, WEDNESDAY + timedelta(days=12), second)
    Case.objects.filter(pk=case.pk).update(done_at=WEDNESDAY - SECOND)
    # Seven days from Monday 5 October.
    assert not silent(case, datetime(2026, 10, 12, 15, 59, 59, tzinfo=UTC))
    assert silent(case, datetime(2026, 10, 12, 16, 0, 0, tzinfo=UTC))


def test_nobody_named_means_never(world: World) -> None:
    case = settled(world, parties=())
    assert not silent(case, in_days(400))
    assert do(case, Verb.VERIFY, world.cun, note="现场看过").status == Status.VERIFIED


def test_a_telling_before_the_result_does_not_count(world: World) -> None:
    case = settled(world)
    told(case, world, WEDNESDAY)
    Case.objects.filter(pk=case.pk).update(done_at=WEDNESDAY + SECOND)
    assert not silent(case, in_days(400))


def test_who_objects_is_not_silent(world: World) -> None:
    case = settled(world)
    told(case, world, database_now())
    by_resident(case, Verb.OBJECT)
    case.refresh_from_db()
    assert (case.status, case.on_the_spot) == (Status.HANDLING, False)
    # Done again by the usual way, it needs a second person.
    case = do(case, Verb.FINISH, world.gao, note="这次修好了")
    do(case, Verb.TELL, world.gao, channel="sms")
    assert not silent(case, in_days(400))
    assert case.status == Status.DONE


def test_only_small_matters_settled_on_the_spot(world: World) -> None:
    case = do(do(dispute(world), Verb.SIGN, world.gao), Verb.FINISH, world.gao, note="谈好了")
    do(case, Verb.TELL, world.gao, channel="visit")
    assert not silent(case, in_days(400))
    with pytest.raises(WrongState):
        by_resident(case, Verb.CONFIRM)


def test_the_residents_own_yes_is_enough_for_a_small_matter(world: World) -> None:
    case = by_resident(settled(world), Verb.CONFIRM)
    assert (case.status, case.outcome) == (Status.STRUCK, Outcome.SPOT)


def test_an_erased_party_is_nobody_to_wait_for_and_alone_nobody_at_all(world: World) -> None:
    case = settled(world)
    told(case, world, WEDNESDAY)
    case.parties.update(erased_at=WEDNESDAY)
    assert not silent(case, in_days(400))


def test_twice_is_once(world: World) -> None:
    case = settled(world)
    told(case, world, WEDNESDAY)
    assert silence.strike_silent(in_days(400)) == 1
    assert silence.strike_silent(in_days(400)) == 0
    assert not silence.strike_one(case.pk, in_days(400))


def test_one_that_cannot_be_struck_off_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = settled(world), settled(world)
    for case in (bad, good):
        told(case, world, WEDNESDAY)
    usual = silence.perform

    def perform(act):
        if act.case.pk == bad.pk:
            raise WrongState("broken")
        usual(act)

    monkeypatch.setattr(silence, "perform", perform)
    assert silence.strike_silent(in_days(400)) == 1
    assert not Revisit.objects.filter(case=bad).exists()
    bad.refresh_from_db()
    assert bad.status == Status.DONE
