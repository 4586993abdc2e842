"""What goes in and out of the case endpoints, for the OpenAPI description only.

Bodies are read by ``cases/drafts.py`` and answers are plain dictionaries; the test of the
schema holds both to what stands here.
"""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from cases.intake import MAX_PARTIES, MAX_TEXT
from cases.models.party import SIDES
from cases.queues import Tab
from cases.rules.lamp import LampCode
from cases.rules.supervision import MOST_DAYS
from cases.rules.terms import Kind, Sender, Status, Verb
from cases.rules.whose import DueOf
from cases.sealed_route import LONGEST_ABOUT
from grids.roles import Level

PROVISIONAL = "A holiday notice to come may move the deadline."
LEVELS = [level.name.lower() for level in Level]


class PartyIn(serializers.Serializer[Any]):
    """A party; a name or a phone must be given."""

    name = serializers.CharField(max_length=40, required=False)
    phone = serializers.CharField(max_length=40, required=False)
    address = serializers.CharField(max_length=120, required=False)
    side = serializers.ChoiceField(SIDES, default="applicant")
    minor = serializers.BooleanField(required=False, help_text="Under 18: shown by initials.")


class AboutIn(serializers.Serializer[Any]):
    """The official or unit complained about: one of the customer's units, or in words."""

    unit = serializers.IntegerField(required=False)
    written = serializers.CharField(max_length=LONGEST_ABOUT, required=False)


class CaseIn(serializers.Serializer[Any]):
    """A matter as told."""

    kind = serializers.ChoiceField(Kind.values())
    text = serializers.CharField(max_length=MAX_TEXT)
    category = serializers.CharField(required=False, help_text="Code; the kind's own by default.")
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, help_text="Code, e.g. grid, grid_proxy, window, hotline."
    )
    area = serializers.IntegerField(required=False, help_text="The closest post's by default.")
    place = serializers.CharField(max_length=120, required=False)
    parties = PartyIn(many=True, required=False, help_text=f"At most {MAX_PARTIES}.")
    people = serializers.IntegerField(required=False, min_value=1)
    urgent = serializers.BooleanField(required=False)
    violence = serializers.BooleanField(required=False, help_text="Takes the urgent path at once.")
    cadre = serializers.BooleanField(
        required=False, help_text="A party is a cadre of the village: it starts at the township."
    )
    on_the_spot = serializers.BooleanField(required=False)
    result = serializers.CharField(required=False, help_text="How it was settled on the spot.")
    occurred_at = serializers.DateTimeField(required=False)
    captured_at = serializers.DateTimeField(required=False)
    received_at = serializers.DateTimeField(required=False)
    simple = serializers.BooleanField(
        required=False, help_text="A petition matter in the simplified procedure."
    )
    sender = serializers.ChoiceField(
        Sender.values(), required=False, help_text="Who set a deadline of their own."
    )
    sender_due = serializers.DateField(required=False, help_text="Its last day.")
    about = AboutIn(
        required=False,
        help_text="Seals the matter: only the discipline liaison above that unit reads it.",
    )


class ReceiptOut(serializers.Serializer[Any]):
    """What the writer gets; the same for a retry with the same key."""

    number = serializers.CharField()
    code = serializers.CharField(help_text="Query code of the resident, 26 symbols.")
    spoken = serializers.CharField(help_text="Its first 12 symbols, for the phone.")
    pin = serializers.CharField(help_text="Proof beside the spoken form.")
    status = serializers.ChoiceField(Status.values())
    registered_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    provisional = serializers.BooleanField(help_text=PROVISIONAL)
    rev = serializers.IntegerField()


class UnitOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class AreaOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class LampOut(serializers.Serializer[Any]):
    code = serializers.ChoiceField(LampCode.values())
    amount = serializers.IntegerField(allow_null=True)
    unit = serializers.CharField(allow_null=True)


class CaseRow(serializers.Serializer[Any]):
    """One line of a list."""

    number = serializers.CharField()
    kind = serializers.ChoiceField(Kind.values())
    category = serializers.CharField()
    status = serializers.ChoiceField(Status.values())
    level = serializers.ChoiceField(LEVELS)
    holder = UnitOut(allow_null=True)
    area = AreaOut()
    summary = serializers.CharField()
    urgent = serializers.BooleanField()
    registered_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    whose = serializers.ChoiceField(DueOf.values(), help_text="Whose deadline it is.")
    provisional = serializers.BooleanField(help_text=PROVISIONAL)
    lamp = LampOut()


class CasePage(serializers.Serializer[Any]):
    results = CaseRow(many=True)
    next = serializers.CharField(allow_null=True, help_text="Value of ``after`` of the next page.")
    previous = serializers.CharField(allow_null=True, help_text="… and of the page before.")


class PartyOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    side = serializers.ChoiceField(SIDES)
    name = serializers.CharField(
        help_text="Masked unless the caller works on the case; a minor's always."
    )
    phone = serializers.CharField(help_text="Masked: 138****5678; of a minor ****.")
    minor = serializers.BooleanField()


class CaseOut(CaseRow):
    """A whole case. Every look is written to the access log."""

    text = serializers.CharField()
    place = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    outcome = serializers.CharField()
    rung = serializers.IntegerField()
    occurred_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    parties = PartyOut(many=True)
    verbs = serializers.ListField(
        child=serializers.CharField(), help_text="What the caller may do now."
    )
    rev = serializers.IntegerField(help_text="Send it back with an act.")


class ActIn(serializers.Serializer[Any]):
    """One act; which inputs it needs stands in docs/rules.md."""

    verb = serializers.ChoiceField(Verb.values())
    rev = serializers.IntegerField(required=False, help_text="409 when the case moved on.")
    note = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)
    text = serializers.CharField(required=False)
    unit = serializers.IntegerField(required=False)
    user = serializers.IntegerField(required=False)
    area = serializers.IntegerField(required=False)
    party = serializers.IntegerField(required=False)
    request = serializers.IntegerField(
        required=False, help_text="The request that somebody stays away, when several wait."
    )
    successor = serializers.IntegerField(
        required=False, help_text="Who takes on what somebody who stays away had."
    )
    order = serializers.IntegerField(
        required=False, help_text="The supervision order, when there are several."
    )
    office = serializers.IntegerField(
        required=False, help_text="The leader's unit behind an instruction."
    )
    days = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_DAYS,
        help_text="Working days for the answer, the district's number when absent; days of an "
        "extension.",
    )  # fmt: skip
    other = serializers.CharField(required=False, help_text="Number of another case.")
    category = serializers.CharField(required=False)
    channel = serializers.CharField(required=False)
    result = serializers.CharField(required=False)
    place = serializers.CharField(required=False)
    until = serializers.DateTimeField(required=False)
    perform_by = serializers.DateTimeField(required=False)
    applicant_agrees = serializers.BooleanField(required=False)
    respondent_agrees = serializers.BooleanField(required=False)
    route = serializers.CharField(required=False, help_text="The way a petition matter takes.")
    conclusion = serializers.CharField(
        required=False, help_text="Of an opinion, a review or an agreement."
    )
    claim = serializers.CharField(required=False, help_text="Part of a handling opinion.")
    facts = serializers.CharField(required=False, help_text="Part of a handling opinion.")
    basis = serializers.CharField(required=False, help_text="Part of a handling opinion.")
    referral = serializers.CharField(required=False, help_text="Where to go instead.")
    method = serializers.CharField(required=False, help_text="How the resident is told.")
    served_on = serializers.DateField(required=False)


class StateOut(serializers.Serializer[Any]):
    """Where a case stands after an act."""

    number = serializers.CharField()
    status = serializers.ChoiceField(Status.values())
    level = serializers.ChoiceField(LEVELS)
    due_at = serializers.DateTimeField(allow_null=True)
    provisional = serializers.BooleanField(help_text=PROVISIONAL)
    rev = serializers.IntegerField()


LIST_PARAMETERS = [
    OpenApiParameter("tab", enum=Tab.values(), default=Tab.TO_DO.value),
    OpenApiParameter("post", OpenApiTypes.INT64, description="One of the caller's posts; all."),
    OpenApiParameter("kind", enum=Kind.values()),
    OpenApiParameter("status", enum=Status.values()),
    OpenApiParameter("lamp", enum=LampCode.values()),
    OpenApiParameter("category", description="Code; what lies under it is found too."),
    OpenApiParameter("area", OpenApiTypes.INT64),
    OpenApiParameter("q", description="Search in everything visible, newest first."),
    OpenApiParameter("after", description="``next`` or ``previous`` of a page."),
]
MOMENT = "2026-03-02T09:00:00+08:00"
DUE = "2026-03-05T23:59:59+08:00"
CASE_IN = OpenApiExample(
    "A dispute between neighbours",
    value={
        "kind": "dispute",
        "text": "两家因宅基地边界发生争执，要求调解。",
        "category": "D03",
        "parties": [
            {"name": "张三", "phone": "13800138000"},
            {"name": "李四", "side": "respondent"},
        ],
    },
    request_only=True,
)
RECEIPT_OUT = OpenApiExample(
    "Receipt",
    value={
        "number": "LB2026-000001", "code": "7K4M2R9TQ0W3XZ8HNBVC5D6FGA", "spoken": "7K4M2R9TQ0W3",
        "pin": "402913", "status": "registered", "registered_at": MOMENT, "due_at": DUE,
        "provisional": False, "rev": 1,
    },
    response_only=True,
    status_codes=["200", "201"],
)  # fmt: skip
ROW = {
    "number": "LB2026-000001", "kind": "dispute", "category": "D03", "status": "registered",
    "level": "village", "holder": {"id": 7, "name": "东河村人民调解委员会"},
    "area": {"id": 31, "name": "第1网格"},
    "summary": "两家因宅基地边界发生争执，要求调解", "urgent": False, "registered_at": MOMENT,
    "due_at": DUE, "whose": "agency", "provisional": False,
    "lamp": {"code": "ok", "amount": 3, "unit": "day"},
}  # fmt: skip
PAGE_OUT = OpenApiExample(
    "One page",
    value={"results": [ROW], "next": None, "previous": None},
    response_only=True,
    status_codes=["200"],
)
CASE_OUT = OpenApiExample(
    "A case",
    value={
        **ROW,
        "text": "两家因宅基地边界发生争执，要求调解。", "place": "", "source": "grid",
        "outcome": "",
        "rung": 0, "occurred_at": None, "received_at": MOMENT, "closed_at": None,
        "parties": [
            {"id": 12, "side": "applicant", "name": "张三", "phone": "138****8000", "minor": False}
        ],
        "verbs": ["sign", "return", "raise"], "rev": 1,
    },
    response_only=True,
    status_codes=["200"],
)  # fmt: skip
ACT_IN = [
    OpenApiExample(name, value=value, request_only=True)
    for name, value in (
        ("Sign for it", {"verb": "sign", "rev": 1}),
        ("An interest of my own", {"verb": "declare_interest", "note": "当事人是我的表兄。"}),
        ("Somebody should stay away", {"verb": "ask_recusal", "user": 17, "note": "与一方是姻亲"}),
        ("Grant it", {"verb": "recuse", "request": 5, "note": "属实，准予回避。"}),
        ("Refuse it", {"verb": "deny_recusal", "request": 5, "note": "不构成利害关系。"}),
        (
            "Supervise it",
            {
                "verb": "order",
                "reason": "shirking",
                "unit": 14,
                "days": 5,
                "note": "请于期限内查清原因并书面报告办理情况。",
            },
        ),
        (
            "A leader's instruction",
            {
                "verb": "order",
                "reason": "leader",
                "office": 3,
                "note": "请区综治中心牵头督办。",
            },
        ),
        ("Answer the order", {"verb": "reply_order", "order": 8, "note": "已组织两家勘界并签字。"}),
        ("Accept the answer", {"verb": "accept_reply", "order": 8}),
        (
            "Send the answer back",
            {
                "verb": "reject_reply",
                "order": 8,
                "days": 3,
                "note": "缺少现场照片和双方签字。",
            },
        ),
        (
            "Off the list",
            {
                "verb": "delist",
                "order": 8,
                "reason": "order_solved",
                "note": "问题已解决。",
            },
        ),
        ("Who is responsible", {"verb": "rule", "unit": 14, "note": "属自然资源部门职责。"}),
    )
]
STATE_OUT = OpenApiExample(
    "Signed for",
    value={
        "number": "LB2026-000001", "status": "signed", "level": "village", "due_at": DUE,
        "provisional": False, "rev": 2,
    },
    response_only=True,
    status_codes=["200"],
)  # fmt: skip
