"""An installation for real cases: made once, and never together with the demonstration."""

import io
from datetime import date

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cases.models import Policy
from governance import installation
from governance.demo import cast, ladders, loading
from governance.installation import Wanted, install
from grids.errors import BadInput, WrongState
from grids.importing import SEED, Edition
from grids.models import Area, Posting, Tenant, User
from grids.roles import Level, Role

PLACES = SEED / "areas_seed.csv"
WANTED = Wanted(PLACES, Edition(), "350203000000", "SM", "anquan", "安全员")


@pytest.fixture
def empty(world, monkeypatch):
    """The cast stands for nobody: as if the database had just been migrated."""
    monkeypatch.setattr(Tenant.objects, "exists", lambda: False)
    monkeypatch.setattr(installation.Case.objects, "exists", lambda: False)


@pytest.fixture
def slip(empty):
    return install(WANTED)


def test_it_has_its_places_and_one_account(slip):
    root = Area.objects.get(code="350203000000")
    customer = Tenant.objects.get(prefix="SM")
    assert root.tenant == customer
    below = Area.objects.within(root)
    assert below.filter(level=Level.VILLAGE).count() > 50
    assert not below.exclude(tenant=customer).exists()
    [posting] = Posting.objects.filter(unit__tenant=customer)
    assert (posting.role, posting.user.username) == (Role.SEC_ADMIN.value, "anquan")
    assert posting.unit.name == "思明区人民政府"


def test_the_first_sign_in_asks_for_an_own_password(slip, client):
    form = {"username": slip.username, "password": slip.password}
    assert client.post("/login/", form).url == "/password/"
    assert client.get("/home/").url == "/password/"
    words = "四匹马拉不动的一句话 2026"
    own = {"old": slip.password, "new": words, "again": words}
    assert client.post("/password/", own).status_code == 302
    assert client.get("/office/staff/").status_code == 200
    assert Client().post("/login/", form).status_code == 422  # used up


def test_the_password_is_stored_nowhere(slip):
    user = User.objects.get(username="anquan")
    assert slip.password not in user.password
    assert slip.password not in repr(slip)


def test_a_second_one_is_refused(slip):
    with pytest.raises(WrongState, match="in use already"):
        install(WANTED)


def test_a_database_with_other_customers_is_refused(world):
    with pytest.raises(WrongState, match="in use already"):
        install(WANTED)


def test_the_demonstration_is_refused(empty):
    ladders.put_mark(date(2026, 1, 1))
    with pytest.raises(WrongState, match="demonstration"):
        install(WANTED)


@pytest.mark.parametrize("username", ["grid", "secadmin", "leader"])
def test_demo_logins_can_never_exist_there(empty, username):
    with pytest.raises(BadInput, match="demonstration"):
        install(Wanted(PLACES, Edition(), "350203000000", "SM", username, "安全员"))


def test_demo_data_is_refused_there(slip, settings):
    settings.DEMO = True
    with pytest.raises(WrongState, match="real cases"):
        loading.load(10, lambda words: None)
    assert not ladders.is_loaded()


def test_the_demo_door_stays_shut_there(slip, settings):
    settings.DEMO = True
    user = User.objects.get(username="anquan")
    user.username = cast.entries()[0][0]  # whatever an account is called
    user.save(update_fields=["username"])
    answer = Client().post("/demo/enter/", {"username": user.username})
    assert answer.status_code == 404


def test_demo_mode_is_an_error_there(slip, settings):
    settings.DEMO = True
    found = run_checks(tags=[Tags.database], databases=["default"])
    assert "governance.E006" in {message.id for message in found}
    settings.DEMO = False
    found = run_checks(tags=[Tags.database], databases=["default"])
    assert "governance.E006" not in {message.id for message in found}


def test_places_of_the_whole_country_are_taken_as_they_are(empty):
    call_command("import_areas", PLACES, stdout=io.StringIO())
    places = Area.objects.count()
    install(WANTED)
    assert Area.objects.count() == places
    assert Area.objects.get(code="350203001001").tenant.prefix == "SM"


# --- the command --------------------------------------------------------------------------
def command(**more):
    out = io.StringIO()
    options = {"district": "350203000000", "prefix": "SM", "username": "anquan",
               "display_name": "安全员"}  # fmt: skip
    call_command("install", stdout=out, stderr=out, **{**options, **more})
    return out.getvalue()


def test_the_command_prints_the_slip_once(empty):
    said = command()
    assert "one-time password" in said and "anquan" in said
    with pytest.raises(CommandError, match="in use already"):
        command()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"district": "999999000000"}, "bad lines"),
        ({"prefix": "s"}, "bad lines"),
        ({"username": "AN QUAN"}, "username: Use small letters"),
        ({"display_name": ""}, "display_name: This is required"),
    ],
)
def test_wrong_answers_change_nothing(empty, wrong, sentence):
    before = Area.objects.count(), Tenant.objects.count(), User.objects.count()
    with pytest.raises(CommandError, match=sentence):
        command(**wrong)
    assert (Area.objects.count(), Tenant.objects.count(), User.objects.count()) == before
    assert not Policy.objects.filter(code=ladders.REAL).exists()


def test_demo_mode_makes_no_installation(empty, settings):
    settings.DEMO = True
    with pytest.raises(CommandError, match="exclude one another"):
        command()


# --- three administrators -----------------------------------------------------------------
@pytest.mark.parametrize("role", ["sys_admin", "auditor", "handler"])
def test_the_database_keeps_the_administrators_apart(slip, role):
    first = Posting.objects.get(user__username="anquan")
    another = {"user": first.user, "unit": first.unit, "area": first.area}
    day = date(first.started_on.year + 1, 1, 1)
    with pytest.raises(IntegrityError, match="posting_administrators_apart"), transaction.atomic():
        Posting.objects.create(role=role, started_on=day, **another)
    first.ended_on = day
    first.save(update_fields=["ended_on"])
    Posting.objects.create(role=role, started_on=day, **another)  # one after the other is fine


def test_work_in_two_units_is_no_matter_of_administrators(slip):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM grids_posting AS a JOIN grids_posting AS b"
            " ON a.user_id = b.user_id AND a.id < b.id"
        )
        assert cursor.fetchone()[0] > 0  # the cast has such people
