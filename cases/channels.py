"""The channels of units: opening, changing, trying and switching them; who may.

An administrator of the place or above keeps them. The address with its key, the signing key and
recipients are sealed; pages show the host alone. Every change is in the change log, without
them. A channel is switched off until its test message has been looked at by a person.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q

from cases import wire
from cases.doorbell import BELL
from cases.models import Channel, Notice, Outgoing
from cases.rules.audience import Topic
from cases.rules.channels import BY_HTTP, SIGNED, TO_PEOPLE, Address, ChannelKind
from cases.transitions import database_now
from grids import keyring, plaintext
from grids.changes import changed
from grids.errors import BadInput, NotAllowed, NotVisible
from grids.models import Area, Posting, Unit, User
from grids.models.unit import UnitQuerySet
from grids.roles import Role

BROKEN = "channel_dead"  # the verb of a notice that a channel's message was given up
MOST_TO = 20  # recipients of one channel
SHORTEST_SECRET = 16
KEPT = ("kind", "name", "host", "enabled", "off")
REFUSED = {
    "not_an_address": "This is not an address we can send to.",
    "https_only": "Only https addresses are allowed.",
    "host_not_allowed": "The operator has not allowed this address.",
}
NO_ROW = "There is no such channel in your area."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written down of a channel; empty ``url`` and ``secret`` keep the old ones."""

    kind: ChannelKind
    name: str
    url: str = ""
    secret: str = ""
    to: tuple[str, ...] = ()
    off: Collection[str] = ()


def need_keeper(user: User) -> None:
    """Raise ``NotAllowed`` unless ``user`` keeps channels somewhere."""
    if not any(post.role is Role.SYS_ADMIN for post in user.posts):
        raise NotAllowed("Only the system administrator keeps the channels.")


def units_of(user: User) -> UnitQuerySet:
    """The units whose channels ``user`` keeps."""
    within = Q(pk__in=[])
    for post in user.posts:
        if post.role is Role.SYS_ADMIN:
            within |= Q(tenant_id=post.tenant_id, area__path__startswith=post.area_path)
    return Unit.objects.current().filter(within)


def place_of(user: User) -> Area:
    """The place of the highest post by which ``user`` keeps channels."""
    need_keeper(user)
    post = next(post for post in user.posts if post.role is Role.SYS_ADMIN)
    return Area.objects.get(pk=post.area_id)


def address_of(channel: Channel) -> Address:
    """The sealed part; raises ``keyring.Unreadable`` when its key is gone."""
    return Address.from_json(keyring.decrypt(channel.secrets, channel.context))


@transaction.atomic
def open_channel(user: User, unit: Unit, wanted: Wanted) -> Channel:
    """Write down a new channel, switched off. Raises ``BadInput`` naming a field."""
    need_keeper(user)
    row = Channel(tenant_id=unit.tenant_id, unit=unit, refilled_at=database_now())
    return written(user, row, wanted, Address(), "open")


@transaction.atomic
def change(user: User, pk: int, wanted: Wanted) -> Channel:
    """Change one; it is switched off when it leads elsewhere now."""
    row = locked(user, pk)
    return written(user, row, wanted, address_of(row), "change")


def locked(user: User, pk: int) -> Channel:
    need_keeper(user)
    rows = Channel.objects.visible_to(user).select_for_update(of=("self",))
    row = rows.select_related("unit__area").filter(pk=pk).first()
    if row is None:
        raise NotVisible(NO_ROW)
    return row


def written(user: User, row: Channel, wanted: Wanted, old: Address, action: str) -> Channel:
    before = {name: getattr(row, name) for name in KEPT} if row.pk else None
    to = checked(wanted, old)
    row.kind, row.off = wanted.kind.value, sorted(set(wanted.off) & set(Topic.values()))
    row.name = plaintext.line(wanted.name, "name", longest=40)
    row.host = wire.checked(to.url).hostname or "" if to.url else ""
    row.enabled = row.enabled and to == old
    row.secrets = keyring.encrypt(to.to_json(), row.context)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise BadInput("This unit has a channel of this name.", field="name") from error
    after = {name: getattr(row, name) for name in KEPT}
    if to != old:
        after["address"] = "changed"
    changed(user, action, "channel", row.pk, area=row.unit.area, before=before, after=after)
    return row


def checked(wanted: Wanted, old: Address) -> Address:
    """Where the channel is to lead; raises ``BadInput`` at the field that is wrong."""
    kind = wanted.kind
    url = (wanted.url or old.url) if kind in BY_HTTP else ""
    secret = (wanted.secret or old.secret) if kind in SIGNED else ""
    to = wanted.to if kind in TO_PEOPLE else ()
    if kind in BY_HTTP:
        if not url:
            raise BadInput("Enter the address the messages go to.", field="url")
        try:
            wire.checked(url)
        except wire.Refused as error:
            raise BadInput(REFUSED[error.why], field="url") from None
    if kind in SIGNED - {ChannelKind.DINGTALK} and len(secret) < SHORTEST_SECRET:
        raise BadInput("A signing key has at least 16 characters.", field="secret")
    if kind in TO_PEOPLE:
        if not 1 <= len(to) <= MOST_TO:
            raise BadInput("Enter one to twenty recipients, one per line.", field="to")
        to = tuple(recipient(kind, one) for one in to)
    return Address(url, secret, to)


def recipient(kind: ChannelKind, text: str) -> str:
    if kind is ChannelKind.SMS:
        try:
            return keyring.phone_digits(text)
        except BadInput:
            raise BadInput("This is not a phone number.", field="to") from None
    try:
        validate_email(text)
    except ValidationError:
        raise BadInput("This is not an e-mail address.", field="to") from None
    return text


@transaction.atomic
def switch(user: User, pk: int, *, on: bool) -> Channel:
    """Switch one on or off. What waited while it was off is not sent after the event."""
    row = locked(user, pk)
    if row.enabled != on:
        row.enabled = on
        row.save(update_fields=["enabled"])
        if not on:
            waiting = Outgoing.objects.filter(channel=row, state="pending")
            waiting.update(state="dead", answer="switched_off")
        changed(
            user, "switch", "channel", row.pk, area=row.unit.area,
            before={"enabled": not on}, after={"enabled": on},
        )  # fmt: skip
    return row


@transaction.atomic
def try_out(user: User, pk: int) -> None:
    """Let a worker send a test message, also over a channel that is switched off; at most one
    waits."""
    row = locked(user, pk)
    waiting = Outgoing.objects.filter(channel=row, state="pending", lines={"test": True})
    if not waiting.exists():
        now = database_now()
        Outgoing.objects.create(
            tenant_id=row.tenant_id, channel=row, dedupe_key=f"test:{uuid4()}", at=now,
            lines={"test": True}, urgent=True, next_at=now,
        )  # fmt: skip
    BELL.after_commit("dispatch")


@transaction.atomic
def remove(user: User, pk: int) -> None:
    """Take one away, with what waits in it and its keys."""
    row = locked(user, pk)
    before = {name: getattr(row, name) for name in KEPT}
    changed(user, "close", "channel", row.pk, area=row.unit.area, before=before, after={})
    row.delete()


def alarm(channel: Channel, now: datetime) -> None:
    """A line in the bell of the administrators who keep the channel; once a day."""
    path = [int(part) for part in channel.unit.area.path.split(".") if part]
    people = Posting.objects.running().filter(
        role=Role.SYS_ADMIN.value, area__in=path, user__is_active=True
    )
    Notice.objects.bulk_create(
        [
            Notice(
                tenant_id=channel.tenant_id, user_id=user_id, at=now, verb=BROKEN,
                dedupe_key=f"channel:{channel.pk}:{now:%Y%m%d}", unit_id=channel.unit_id,
                urgent=True,
            )
            for user_id in set(people.values_list("user_id", flat=True))
        ],
        ignore_conflicts=True,
    )  # fmt: skip
