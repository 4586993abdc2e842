"""What goes in and out of the endpoints of staff and posts, for the OpenAPI description only."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from grids.roles import Role

ROLES = Role.values()


class PostingOut(serializers.Serializer[Any]):
    """A post on days in [started_on, ended_on)."""

    id = serializers.IntegerField()
    role = serializers.CharField()
    unit = serializers.IntegerField()
    unit_name = serializers.CharField()
    area = serializers.IntegerField()
    area_name = serializers.CharField()
    started_on = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True)
    substitute = serializers.BooleanField(help_text="Stands in for somebody else.")


class StaffOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField()
    active = serializers.BooleanField()
    posts = PostingOut(many=True)


class StaffChange(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    what = serializers.CharField()
    by = serializers.CharField()
    reason = serializers.CharField()


class StaffWhole(StaffOut):
    manages = serializers.BooleanField(help_text="Whether the caller may change the account.")
    changes = StaffChange(many=True)


class StaffPage(serializers.Serializer[Any]):
    results = StaffOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="Value of ``after`` of the next page.")


class PostIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(ROLES)
    unit = serializers.IntegerField()
    started_on = serializers.DateField(required=False, help_text="Today when absent.")
    ended_on = serializers.DateField(required=False, help_text="The first day without it.")


class StaffIn(PostIn):
    username = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=40)


class NameIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=40)


class ReasonIn(serializers.Serializer[Any]):
    words = serializers.CharField(
        max_length=200, help_text="Why, and how you made sure who asks; kept."
    )


class SwitchIn(serializers.Serializer[Any]):
    active = serializers.BooleanField()


class Slip(serializers.Serializer[Any]):
    """Printed and handed over; the password is shown this once."""

    username = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()
    role = serializers.CharField()
    until = serializers.DateTimeField()
    password = serializers.CharField()


class SlipOut(serializers.Serializer[Any]):
    staff = StaffWhole()
    slip = Slip(allow_null=True, help_text="null when the key came before.")


class MatterOut(serializers.Serializer[Any]):
    number = serializers.CharField()
    category = serializers.CharField()
    status = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)
    provisional = serializers.BooleanField(
        help_text="A holiday notice to come may move the deadline."
    )


class PostWhole(PostingOut):
    staff = serializers.UUIDField(help_text="Whose post it is.")
    matters = MatterOut(many=True, help_text="What would move with its end, as far as visible.")
    more = serializers.BooleanField(help_text="More moves than is listed here.")
    last = serializers.BooleanField(help_text="Nobody else works in the unit.")


class PostEndIn(serializers.Serializer[Any]):
    ended_on = serializers.DateField(help_text="The first day without it.")
    successor = serializers.UUIDField(
        required=False, help_text="Who follows; without one the matters go back to the unit."
    )


class SubstituteIn(serializers.Serializer[Any]):
    colleague = serializers.UUIDField()
    started_on = serializers.DateField()
    ended_on = serializers.DateField(help_text="The first day without it.")


AT = "2026-03-02T09:00:00+08:00"
WHO = "7f0c2f8e-0000-4000-8000-000000000000"
POST = {
    "id": 31, "role": "mediator", "unit": 7, "unit_name": "东河村人民调解委员会", "area": 12,
    "area_name": "东河村", "started_on": "2024-01-01", "ended_on": None, "substitute": False,
}  # fmt: skip
STAFF = {"id": WHO, "username": "mei.lan", "name": "梅兰", "active": True, "posts": [POST]}
WHOLE = STAFF | {
    "manages": True, "changes": [{"at": AT, "what": "post", "by": "陈一", "reason": ""}],
}  # fmt: skip
PAGE_OUT = OpenApiExample(
    "Accounts", value={"results": [STAFF], "next": None}, response_only=True, status_codes=["200"]
)
WHOLE_OUT = OpenApiExample(
    "An account", value=WHOLE, response_only=True, status_codes=["200", "201"]
)
SLIP_OUT = OpenApiExample(
    "Account and slip",
    value={
        "staff": WHOLE,
        "slip": {
            "username": "mei.lan", "name": "梅兰", "unit": "东河村人民调解委员会",
            "role": "调解员", "until": "2026-03-16T09:00:00+08:00", "password": "…",
        },
    },
    response_only=True,
    status_codes=["200", "201"],
)  # fmt: skip
STAFF_IN = OpenApiExample(
    "A mediator",
    value={
        "username": "mei.lan", "name": "梅兰", "role": "mediator", "unit": 7,
        "started_on": "2026-03-02",
    },
    request_only=True,
)  # fmt: skip
POST_IN = OpenApiExample(
    "One more post",
    value={"role": "mediator", "unit": 7, "started_on": "2026-03-02"},
    request_only=True,
)
NAME_IN = OpenApiExample("A corrected name", value={"name": "梅澜"}, request_only=True)
REASON_IN = OpenApiExample("Came in person", value={"words": "本人到场"}, request_only=True)
SWITCH_IN = OpenApiExample("Disable", value={"active": False}, request_only=True)
POST_OUT = OpenApiExample(
    "A post and what hangs on it",
    value=POST | {
        "staff": WHO,
        "matters": [
            {"number": "LB2026-000001", "category": "D03", "status": "signed",
             "due_at": "2026-03-05T23:59:59+08:00", "provisional": False}
        ],
        "more": False, "last": False,
    },
    response_only=True,
    status_codes=["200", "201"],
)  # fmt: skip
END_IN = OpenApiExample(
    "Ends today with a successor",
    value={"ended_on": "2026-03-02", "successor": WHO},
    request_only=True,
)
SUBSTITUTE_IN = OpenApiExample(
    "A week's substitute",
    value={"colleague": WHO, "started_on": "2026-03-02", "ended_on": "2026-03-09"},
    request_only=True,
)
