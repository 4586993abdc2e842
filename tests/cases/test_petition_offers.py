"""What is offered on a petition matter is never refused for its state; what would be is hidden."""

import pytest
from django.utils.translation import override

from cases.idling import idle_acts
from cases.models import Case, Clock
from cases.receipt import civil, next_step
from cases.rules.terms import Kind, Stand, Status, Verb
from cases.rules.workflow import find
from cases.transitions import possible_verbs
from grids.errors import WrongState
from tests.cases.desk import at_desk
from tests.cases.matters import do, in_days
from tests.cases.petitions import accepted, at, filled, forwarded, person, replied
from tests.cases.stages import undone
from tests.world import World

# Acts that the state of a matter may refuse although the table allows them.
DOUBTFUL = (
    Verb.SERVE, Verb.EXECUTE, Verb.REPORT_BACK, Verb.CONTEST, Verb.TO_ORDINARY, Verb.HEAR,
    Verb.END_HEARING, Verb.EXTEND, Verb.CONCILIATE,
)  # fmt: skip
TOLD_OF = {
    Status.LODGED: "passes it on", Status.FORWARDED: "whether it is accepted",
    Status.ENTRUSTED: "whether it is accepted", Status.ACCEPTED: "answers by",
    Status.CONCILIATING: "answers by", Status.REVIEW: "answers by", Status.REREVIEW: "answers by",
}  # fmt: skip

WAITED = {
    Status.LODGED: "transfer", Status.FORWARDED: "notice_forwarded",
    Status.ENTRUSTED: "notice_forwarded", Status.ACCEPTED: "handle",
    Status.CONCILIATING: "handle", Status.REVIEW: "review", Status.REREVIEW: "rereview",
}  # fmt: skip


def agree(world: World, case: Case) -> None:
    """Each doubtful act is offered exactly when it is not refused for the state."""
    for verb in DOUBTFUL:
        step = find(Kind.PETITION, Status(case.status), verb)
        if step is None:
            continue
        actor = person(world, case, step, min(step.stands - {Stand.CO_HANDLER}))
        offered = verb in {one.verb for one in possible_verbs(case, actor)}
        with undone():
            try:
                do(Case.objects.get(pk=case.pk), verb, actor, **filled(world, case, verb))
                refused = False
            except WrongState:
                refused = True
        assert offered is not refused, (case.status, verb)


@pytest.mark.parametrize(
    "status",
    [Status.FORWARDED, Status.ENTRUSTED, Status.ACCEPTED, Status.CONCILIATING, Status.REPLIED,
     Status.REVIEW, Status.REVIEWED],
)  # fmt: skip
def test_offered_exactly_when_not_refused(world: World, status: Status) -> None:
    agree(world, at(world, status))


def test_after_the_act_it_is_offered_no_more(world: World) -> None:
    case = do(accepted(world), Verb.HEAR, world.han, until=in_days(5))
    agree(world, case)
    case = do(case, Verb.EXTEND, world.people["lin"], days=5, note="鉴定", method="post")
    agree(world, case)
    page = at_desk(world.people["lin"]).get(f"/case/{case.number}/").content.decode()
    assert "/act/extend/" not in page
    simple = do(forwarded(world, simple=True), Verb.ACCEPT, world.han, route="petition",
                method="post")  # fmt: skip
    agree(world, simple)
    late = accepted(world)
    Clock.objects.filter(case=late, code="handle").update(
        started_at=in_days(-61), due_at=in_days(-1)
    )
    assert Verb.EXTEND in idle_acts(late)
    suggestion = do(forwarded(world), Verb.ACCEPT, world.han, route="suggestion", method="post")
    agree(world, suggestion)
    agree(world, replied(world, conclusion="explain"))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_receipt_names_the_next_answer_and_its_day(world: World, language: str) -> None:
    for status, words in TOLD_OF.items():
        case = at(world, status)
        with override(language):
            said = next_step(case)
            waited = case.clocks.get(stopped_at=None, code=WAITED[status])
            assert civil(waited.due_at, waited.provisional) in said, status
            assert case.holder_unit is not None and case.holder_unit.name in said
            assert language != "en" or words in said, status
    for status in (Status.OBJECTED, Status.REPLIED, Status.REVIEWED):
        assert next_step(at(world, status)) == ""
