"""The workflow table itself: complete, sourced, and without a way around a second person."""

import pytest

from cases.acts import EFFECTS
from cases.rules.workflow import (
    CLIMBING,
    CLOSED,
    RESIDENT_VERBS,
    STEPS,
    SYSTEM_VERBS,
    WORKING,
    Kind,
    Need,
    Outcome,
    Stand,
    Status,
    Step,
    Verb,
    find,
    open_to,
)
from cases.transitions import STAND_ORDER

ALL = [(kind, step) for kind in Kind for step in STEPS[kind]]
# Petition matters have a procedure of their own (tests/cases/test_petition_table.py).
COMMON = (Kind.DISPUTE, Kind.EVENT, Kind.REQUEST)
OF_PETITIONS = {status for step in STEPS[Kind.PETITION] for status in step.sources}
PETITION_VERBS = {step.verb for step in STEPS[Kind.PETITION]} - {
    step.verb for step in STEPS[Kind.DISPUTE]
}
PEOPLE = frozenset(Stand) - {Stand.SYSTEM, Stand.RESIDENT}


def ids(value: object) -> str:
    return str(value.verb) if isinstance(value, Step) else str(value)


@pytest.mark.parametrize("kind", Kind)
def test_a_verb_leads_from_a_status_to_one_place_only(kind: Kind) -> None:
    seen = [(step.verb, status) for step in STEPS[kind] for status in step.sources]
    assert len(seen) == len(set(seen))
    assert len({step.verb for step in STEPS[kind]}) == len(STEPS[kind])


@pytest.mark.parametrize(("kind", "step"), ALL, ids=ids)
def test_every_arrow_is_found_from_each_of_its_sources_and_from_no_other(
    kind: Kind, step: Step
) -> None:
    for status in Status:
        assert (find(kind, status, step.verb) is step) == (status in step.sources)


@pytest.mark.parametrize(("kind", "step"), ALL, ids=ids)
def test_every_arrow_names_who_may_take_it(kind: Kind, step: Step) -> None:
    assert step.stands
    assert (step.verb in SYSTEM_VERBS) == (step.stands == {Stand.SYSTEM})
    assert (step.verb in RESIDENT_VERBS) == (step.stands == {Stand.RESIDENT})
    if step.stands <= PEOPLE:
        assert step.stands <= set(STAND_ORDER), "for which unit the actor acts must be known"


def test_registering_is_the_only_verb_without_an_arrow() -> None:
    for kind in (Kind.EVENT, Kind.REQUEST):
        missing = set(Verb) - PETITION_VERBS - {step.verb for step in STEPS[kind]}
        mediation = {
            Verb.MEDIATE, Verb.SESSION, Verb.AGREE_WRITTEN, Verb.AGREE_ORAL, Verb.REFUSE, Verb.FAIL,
        }  # fmt: skip
        assert missing == {Verb.REGISTER} | mediation
    known = PETITION_VERBS | {step.verb for step in STEPS[Kind.DISPUTE]}
    assert set(Verb) - known == {Verb.REGISTER}


def test_every_effect_belongs_to_an_arrow_and_every_need_has_an_effect_that_asks() -> None:
    verbs = {step.verb for _, step in ALL}
    assert set(EFFECTS) <= verbs
    asking = {step.verb for _, step in ALL if set(step.needs) - {Need.OPTIONAL_NOTE}}
    assert asking - {Verb.STRIKE} <= set(EFFECTS)


@pytest.mark.parametrize("kind", COMMON)
def test_from_registration_every_end_is_reached_and_only_two_ends_are_reopened(kind: Kind) -> None:
    reached, edge = set(), {Status.REGISTERED}
    while edge:
        reached |= edge
        edge = {
            target
            for step in STEPS[kind]
            for target in (step.target, step.also)
            if target and step.sources & reached and target not in reached
        }
    own = {Status.SIGNED, Status.MEDIATING, Status.ENDED}
    unused = {Status.HANDLING} if kind is Kind.DISPUTE else own
    assert reached == set(Status) - unused - OF_PETITIONS
    leaving = {
        status
        for step in STEPS[kind]
        if step.target and step.target not in CLOSED
        for status in step.sources & CLOSED
    }
    assert leaving == {Status.STRUCK, Status.ENDED}


@pytest.mark.parametrize("kind", COMMON)
def test_nothing_is_struck_off_but_verified_by_the_resident_or_in_silence(kind: Kind) -> None:
    ways = {(step.verb, step.sources) for step in STEPS[kind] if step.target is Status.STRUCK}
    assert ways == {
        (Verb.STRIKE, frozenset({Status.VERIFIED})),
        (Verb.CONFIRM, frozenset({Status.DONE})),
        (Verb.STRIKE_SILENT, frozenset({Status.DONE})),
    }
    verify = find(kind, Status.DONE, Verb.VERIFY)
    assert verify is not None and verify.stands == {Stand.VERIFIER}


def test_refusing_is_open_wherever_a_dispute_is_worked_on() -> None:
    for status in (Status.REGISTERED, Status.SIGNED, Status.MEDIATING):
        step = find(Kind.DISPUTE, status, Verb.REFUSE)
        assert step is not None and step.target is Status.ENDED
        assert Status.ENDED in CLOSED - CLIMBING


def test_mediation_names_its_law() -> None:
    for verb in (Verb.MEDIATE, Verb.AGREE_WRITTEN, Verb.AGREE_ORAL, Verb.REFUSE, Verb.FAIL):
        step = next(one for one in STEPS[Kind.DISPUTE] if one.verb == verb)
        assert "People's Mediation Law" in step.source


def test_void_only_before_anybody_signed_and_never_a_petition_matter() -> None:
    assert Verb.VOID not in {step.verb for step in STEPS[Kind.PETITION]}
    for kind in COMMON:
        step = next(one for one in STEPS[kind] if one.verb == Verb.VOID)
        assert step.sources == {Status.REGISTERED} and Need.REASON in step.needs


def test_the_sets_of_statuses_fit_together() -> None:
    assert not CLOSED & CLIMBING
    assert WORKING < CLIMBING and not OF_PETITIONS & CLIMBING
    for kind in COMMON:
        climb = next(step for step in STEPS[kind] if step.verb == Verb.CLIMB)
        assert climb.sources <= CLIMBING and climb.target is Status.REGISTERED


def test_the_page_offers_what_the_stands_allow_and_nothing_without_a_stand() -> None:
    for kind in Kind:
        for status in Status:
            assert open_to(kind, status, frozenset()) == []
            offered = {step.verb for step in open_to(kind, status, PEOPLE)}
            assert not offered & (SYSTEM_VERBS | RESIDENT_VERBS)
    holder = open_to(Kind.DISPUTE, Status.REGISTERED, frozenset({Stand.HOLDER}))
    assert holder[0].verb == Verb.SIGN and holder[0].main


def test_each_open_status_has_a_main_act() -> None:
    for kind in Kind:
        for status in {status for step in STEPS[kind] for status in step.sources} - CLOSED:
            mains = [step for step in STEPS[kind] if step.main and status in step.sources]
            # What the resident has withdrawn is nobody else's to do.
            assert mains or status is Status.WITHDRAWN, (kind, status)


@pytest.mark.parametrize("words", [Kind, Status, Verb, Stand, Need, Outcome])
def test_every_word_has_a_code_that_fits_and_a_label(words: type[Status]) -> None:
    for word in words:
        assert word.label != word.value and len(word.value) <= 20
    if words is Status:
        assert all(len(word.value) <= 12 for word in words)
