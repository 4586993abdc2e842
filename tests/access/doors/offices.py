"""Doors of rosters for the hours off, and of later editions of the list of places."""

import pytest
from django.urls import reverse

from cases import channels, duty, editions, proposals, simulation
from cases.models import Channel, DutySubstitute, PolicyProposal
from cases.rules.channels import ChannelKind
from grids.errors import BadInput, NotAllowed, NotVisible
from grids.models import AreaEdition, EditionChange, User
from grids.roles import Level, Role, UnitKindCode
from tests.access.doors import guards
from tests.cases.desk import at_desk
from tests.cases.matters import event, in_days
from tests.cases.nights import on_roster
from tests.cases.proposing import limit, proposed, wish
from tests.world import World


# --- rosters ------------------------------------------------------------------------------
@guards("cases/models/conflict.py grant governs")
def rosters_of_other_units(world: World) -> None:
    on_roster(world.qingshi_centre, person=world.tan)
    assert DutySubstitute.objects.visible_to(world.ouyang).exists()
    assert not DutySubstitute.objects.visible_to(world.han).exists()


@guards("cases/duty.py names_for governs")
def naming_for_another_unit(world: World) -> None:
    assert duty.names_for(world.ouyang.posts[0], world.land_office)
    assert not duty.names_for(world.han.posts[0], world.qingshi_centre)


@guards("cases/duty.py naming_posts governs")
def naming_for_any_unit(world: World) -> None:
    assert duty.naming_posts(world.ouyang)
    assert duty.naming_posts(world.han) == []


@guards("cases/duty.py stand_ins")
def bodies_that_stand_in(world: World) -> None:
    offered = duty.stand_ins(world.ouyang)
    assert world.qingshi_police in offered and world.nanshan_centre not in offered


@guards("cases/duty.py people")
def people_who_stand_in(world: World) -> None:
    offered = duty.people(world.ouyang)
    assert world.tan in offered and world.bao not in offered


@guards("cases/duty.py rows_for")
def rosters_read(world: World) -> None:
    on_roster(world.qingshi_centre, person=world.tan)
    assert duty.rows_for(world.ouyang).exists()
    assert not duty.rows_for(world.bao).exists()


@guards("cases/duty.py end")
def a_roster_ended_from_elsewhere(world: World) -> None:
    row = on_roster(world.qingshi_centre, person=world.tan)
    with pytest.raises(NotVisible):
        duty.end(world.bao, row.pk, duty.today())


@guards("cases/pages/duty.py end", "cases/duty_api.py post")
def a_roster_elsewhere_on_the_page_and_by_api(world: World) -> None:
    """404 before anything is said about the day."""
    row = on_roster(world.qingshi_centre, person=world.tan)
    client = at_desk(User.objects.get(pk=world.bao.pk))
    page = client.post(reverse("cases:duty_end", args=[row.pk]), {"on": "x"})
    by_api = client.post(reverse("api:duty_end", args=[row.pk]), {"on": "x"}, "application/json")
    assert (page.status_code, by_api.status_code) == (404, 404)


# --- policies ------------------------------------------------------------------------------
def proposal_of(world: World) -> tuple[PolicyProposal, User]:
    """A proposal for 湖滨区 with its simulation; the administrator of 南山区."""
    event(world)
    far = world.person("xu", Role.SYS_ADMIN, world.unit(world.nanshan, UnitKindCode.GOVERNMENT))
    return proposed(world, wish("limit.event_general", limit(2))), far


@guards("cases/proposals.py proposal_for")
def a_proposal_of_another_customer(world: World) -> None:
    row, far = proposal_of(world)
    assert proposals.proposal_for(world.dou, row.pk) == row
    with pytest.raises(NotVisible):
        proposals.proposal_for(far, row.pk)


@guards("cases/proposals.py proposals_at")
def proposals_listed_elsewhere(world: World) -> None:
    row, far = proposal_of(world)
    assert list(proposals.proposals_at(world.dou, world.hubin)) == [row]
    assert not proposals.proposals_at(far, world.hubin).exists()


@guards("cases/simulation.py moves_for")
def clocks_named_for_another_customer(world: World) -> None:
    row, far = proposal_of(world)
    seen = simulation.latest(row)
    assert seen is not None and simulation.moves_for(world.dou, seen).count() == 1
    assert not simulation.moves_for(far, seen).exists()


# --- editions -----------------------------------------------------------------------------
def edition_of(world: World) -> tuple[EditionChange, User, User]:
    """An edition of 湖滨区 by which 石桥村 is gone; the administrators of 青石镇 and 南山区."""
    edition = AreaEdition.objects.create(
        root=world.hubin, system="NBS", year=2024, file="2024.csv", read_at=in_days(0),
        compared_at=in_days(0), state="compared",
    )  # fmt: skip
    change = EditionChange.objects.create(
        edition=edition, kind="gone", level=Level.VILLAGE.value, step=1, place=world.shiqiao,
        old_name="石桥村",
    )  # fmt: skip
    town = world.person("zhen", Role.SYS_ADMIN, world.qingshi_government)
    far = world.unit(world.nanshan, UnitKindCode.GOVERNMENT)
    return change, town, world.person("xu", Role.SYS_ADMIN, far)


@guards("cases/editions.py edition_for")
def an_edition_of_another_customer(world: World) -> None:
    change, town, far = edition_of(world)
    assert editions.edition_for(town, change.edition_id) == change.edition
    with pytest.raises(NotVisible):
        editions.edition_for(far, change.edition_id)
    with pytest.raises(NotAllowed):
        editions.edition_for(world.su, change.edition_id)


@guards("cases/editions.py changes_for")
def changes_of_another_place(world: World) -> None:
    change, town, far = edition_of(world)
    assert list(editions.changes_for(town, change.edition)) == [change]
    assert not editions.changes_for(far, change.edition).exists()


@guards("cases/editions.py heir_for")
def an_heir_out_of_sight(world: World) -> None:
    change, town, _far = edition_of(world)
    assert editions.heir_for(town, change, world.donghe.pk) == world.donghe
    with pytest.raises(BadInput):
        editions.heir_for(town, change, world.dukou.pk)


@guards("cases/pages/editions.py listing", "cases/pages/edition_api.py get")
def editions_listed_elsewhere(world: World) -> None:
    """On the page, and by the API."""
    change, town, far = edition_of(world)
    page, by_api = reverse("cases:editions"), reverse("api:editions")
    assert at_desk(town).get(page).context["lines"][0][0] == change.edition
    assert at_desk(far).get(page).context["lines"] == []
    assert at_desk(far).get(by_api).json() == {"results": []}


@guards("cases/pages/editions.py listing visible_to 2")
def changes_counted_elsewhere(world: World) -> None:
    """An edition of the district, read in a town: the changes of the other town do not count."""
    change, town, _far = edition_of(world)
    EditionChange.objects.filter(pk=change.pk).update(place=world.dukou)
    assert at_desk(town).get(reverse("cases:editions")).context["lines"][0][1] == {}


# --- channels -----------------------------------------------------------------------------
def channels_elsewhere(world: World) -> tuple[Channel, User]:
    """A channel of 青石镇, and an administrator of 柳林镇."""
    mine = world.person("xiguan", Role.SYS_ADMIN, world.hubin_government)
    other = world.person("liuguan", Role.SYS_ADMIN, world.liulin_centre)
    wanted = channels.Wanted(ChannelKind.CONSOLE, "值班群")
    row = channels.open_channel(mine, world.qingshi_centre, wanted)
    assert Channel.objects.visible_to(mine).exists()
    return row, other


@guards("cases/channels.py locked")
def a_channel_switched_from_elsewhere(world: World) -> None:
    row, other = channels_elsewhere(world)
    with pytest.raises(NotVisible):
        channels.switch(other, row.pk, on=True)


@guards("cases/pages/channels.py listing", "cases/pages/channels.py edit")
def channels_of_another_place_on_the_pages(world: World) -> None:
    row, other = channels_elsewhere(world)
    client = at_desk(other)
    assert row.name not in client.get(reverse("cases:channels")).content.decode()
    assert client.get(reverse("cases:channel", args=[row.pk])).status_code == 404
