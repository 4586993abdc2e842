"""The log of looks: one row per look, the database's moment, never changed."""

import pytest
from django.db import DatabaseError, connection, transaction

from grids.access import looked
from grids.errors import BadInput
from grids.models import AccessLog


def test_a_look_is_logged_with_the_moment_of_the_database(world):
    looked(
        world.ouyang,
        "unmask",
        "LB2026000001",
        tenant_id=world.lb.pk,
        fields="phone",
        reason="电话约调解时间",
        address="2001:db8::1",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT now(), clock_timestamp()")
        began, after = cursor.fetchone()
    row = AccessLog.objects.with_words().get()
    assert (row.actor, row.action, row.subject) == (world.ouyang, "unmask", "LB2026000001")
    assert (row.fields, row.reason, row.address) == ("phone", "", "2001:db8::1")
    assert row.words == "电话约调解时间"
    assert began <= row.at <= after


def test_a_look_without_customer_or_reason(world):
    looked(world.dou, "export", "access log", tenant_id=None)
    assert AccessLog.objects.get().tenant is None


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("action", {"action": "peek"}),
        ("subject", {"subject": ""}),
        ("subject", {"subject": "x" * 41}),
        ("fields", {"fields": "x" * 201}),
        ("reason", {"reason": "x" * 201}),
        ("reason", {"reason": "a\x00"}),
    ],
)
def test_looks_that_make_no_sense(world, field, values):
    usual = {"user": world.su, "action": "view", "subject": "LB1", "tenant_id": world.lb.pk}
    with pytest.raises(BadInput) as caught:
        looked(**usual | values)
    assert caught.value.field == field
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grids_accesslog SET reason = ''",
        "DELETE FROM grids_accesslog",
        "TRUNCATE grids_accesslog",
    ],
)
def test_the_application_cannot_change_the_log(world, statement):
    looked(world.su, "view", "LB1", tenant_id=world.lb.pk)
    with (
        pytest.raises(DatabaseError, match="permission denied|append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_not_even_the_owner_changes_the_log(committed_world, owned_database):
    looked(committed_world.su, "view", "LB1", tenant_id=committed_world.lb.pk)
    with owned_database.desk.cursor() as cursor:
        for statement in ("UPDATE grids_accesslog SET reason = ''", "DELETE FROM grids_accesslog"):
            with pytest.raises(Exception, match="append-only"):
                cursor.execute(statement)
