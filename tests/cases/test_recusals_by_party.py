"""A party asks that somebody stays away, with the tracking code alone."""

import pytest
from django.test import Client

from cases import intake, resident, transitions
from cases.models import Case, RecusalRequest
from cases.recusals import of_parties
from cases.rules.workflow import Verb
from grids.errors import BadInput
from tests.cases.desk import at_desk, text_of
from tests.cases.matters import do
from tests.cases.test_recusals import YES, sees, township
from tests.world import World


def by_code(case: Case, **data: str) -> object:
    code = intake.Receipt(case, created=False).code
    return Client(headers={"accept-language": "en"}).post("/t/", {"code": code, **data})


def test_a_party_asks_with_the_code_and_reads_the_decision_with_its_reasons(
    world: World,
) -> None:
    case = township(world)
    page = by_code(case, answer="recusal", whom="综治中心欧阳", why="是对方亲戚")
    assert page.status_code == 200  # type: ignore[attr-defined]
    request = RecusalRequest.objects.get(case=case)
    assert (request.sort, request.user, request.decider_unit) == ("party", None, world.hubin_centre)
    assert "综治中心欧阳" in text_of(page)
    case.refresh_from_db()
    with pytest.raises(BadInput) as refused:
        do(case, Verb.RECUSE, world.su, **YES)
    assert refused.value.field == "user"
    case = do(case, Verb.RECUSE, world.su, user_id=world.ouyang.pk, **YES)
    assert not sees(world.ouyang, case)
    shown = text_of(by_code(case))
    assert YES["note"] in shown and "stays away" in shown
    assert [one.granted for one in of_parties(case)] == [True]


def test_a_party_keeps_what_was_typed_when_something_is_missing(world: World) -> None:
    case = township(world)
    page = by_code(case, answer="recusal", whom="综治中心欧阳", why=" ")
    assert page.status_code == 422  # type: ignore[attr-defined]
    assert "综治中心欧阳" in page.content.decode()  # type: ignore[attr-defined]
    assert not RecusalRequest.objects.exists()


def test_a_party_cannot_flood_who_decides(world: World) -> None:
    case = township(world)
    for _ in range(3):
        by_code(case, answer="recusal", whom="欧阳", why="亲戚")
    assert by_code(case, answer="recusal", whom="欧阳", why="亲戚").status_code == 409  # type: ignore[attr-defined]
    assert RecusalRequest.objects.count() == 3


def test_a_partys_words_stay_out_of_the_timeline(world: World) -> None:
    case = township(world)
    resident.apply(case, "欧阳主任", "他们是亲戚", transitions.database_now())
    for person in (world.ouyang, world.tan):
        shown = text_of(at_desk(person).get(f"/case/{case.number}/"))
        assert "他们是亲戚" not in shown and "欧阳主任" not in shown
