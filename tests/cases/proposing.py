"""Administrators, wishes and proposals as tests need them."""

from datetime import date, timedelta
from typing import Any

from cases import proposals
from cases.models import PolicyProposal
from cases.rules.ladder import PRODUCT_DEFAULT
from cases.wishes import Wish, today
from grids.models import User
from grids.roles import Role
from tests.world import World

SPANS = (2, 3, 5, 5)  # working days, longer than the product's own 1, 2, 3, 3


def proposer(world: World) -> User:
    """System administrator of 湖滨区."""
    return world.people.get("xi") or world.person("xi", Role.SYS_ADMIN, world.hubin_government)


def decider(world: World) -> User:
    """Security administrator of 湖滨区."""
    return world.people.get("an") or world.person("an", Role.SEC_ADMIN, world.hubin_government)


def ladder(
    *amounts: int, unit: str = "working_day", leave_out: int | None = None
) -> dict[str, Any]:
    """The product's ladder with other spans, perhaps without one rung."""
    body = PRODUCT_DEFAULT.to_json() | {"code": "district", "source": "湖滨区调解办法"}
    rungs: Any = body["rungs"]
    for rung, amount in zip(rungs, amounts or SPANS, strict=True):
        rung["span"] = {"amount": amount, "unit": unit}
    if leave_out is not None:
        del rungs[leave_out]
    return dict(body)


def limit(amount: int, unit: str = "working_day") -> dict[str, Any]:
    return {"span": {"amount": amount, "unit": unit}, "source": "湖滨区办理规程第8条"}


def wish(code: str = "ladder.dispute", body: Any = None, **values: Any) -> Wish:
    given: dict[str, Any] = {
        "code": code, "body": body or ladder(), "valid_from": today(),
        "restart": True, "reason": "按区规程调整",
    }  # fmt: skip
    return Wish(**given | values)


def proposed(world: World, asked: Wish | None = None) -> PolicyProposal:
    """A proposal that waits for approval."""
    row = proposals.propose(proposer(world), world.hubin, asked or wish())
    return proposals.simulate(proposer(world), row.pk)


def approved(world: World, asked: Wish | None = None) -> PolicyProposal:
    row = proposed(world, asked)
    return proposals.approve(decider(world), row.pk, row.rev)


def tomorrow() -> date:
    return today() + timedelta(days=1)
