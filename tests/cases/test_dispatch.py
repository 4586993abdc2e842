"""Messages out of the house: against a server that misbehaves, two workers, and a sudden death."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from smtplib import (
    SMTPAuthenticationError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection

from cases import channels, dispatch, outbox, wire
from cases.channels import Wanted
from cases.models import Case, Channel, Notice, Outgoing
from cases.rules.channels import CAPACITY, Address, ChannelKind, Letter, Outcome, State
from cases.rules.workflow import Verb
from cases.transitions import database_now
from grids import keyring
from grids.errors import BadInput
from grids.models import Change, Unit, User
from grids.roles import Role
from tests.cases import answering
from tests.cases.answering import Server, saying, serving
from tests.cases.matters import dispute, do, event, in_days
from tests.world import World

SECRET = "a signing key of ours"
CANARIES = ("张三", "李四", "13800005678", "2组15号", "排水沟", "情绪平稳", "gao")


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of this machine, which the operator allows."""
    with serving() as found:
        settings.OUTGOING_HOSTS = [f"127.0.0.1:{found.port}"]
        settings.OUTGOING_PRIVATE = ["127.0.0.0/8"]
        settings.OUTGOING_PLAIN = True
        settings.SITE_URL = "https://jieyou.example"
        monkeypatch.setattr(wire.post, "__kwdefaults__", {"timeout": 0.3, "deadline": 0.4})
        yield found


def keeper(world: World) -> User:
    if "xi" not in world.people:
        world.person("xi", Role.SYS_ADMIN, world.hubin_government)
    return User.objects.get(username="xi")


def channel(
    world: World, kind: ChannelKind, server: Server | None = None, unit: Unit | None = None,
    name: str = "值班群", **values: object,
) -> Channel:  # fmt: skip
    """A channel of 东河村第1网格 that is switched on."""
    path = {ChannelKind.WECOM: "/cgi-bin/webhook/send?key=K",
            ChannelKind.DINGTALK: "/robot/send?access_token=T"}.get(kind, "/in")  # fmt: skip
    url = f"http://127.0.0.1:{server.port}{path}" if server else ""
    to = {ChannelKind.SMS: ("13911112222",), ChannelKind.EMAIL: ("zb@jieyou.example",)}
    wanted = Wanted(kind, name, url, SECRET, to.get(kind, ()))
    row = channels.open_channel(keeper(world), unit or world.donghe1_team, wanted)
    return channels.switch(keeper(world), row.pk, on=True)


def post_one(row: Channel, **values: object) -> Outgoing:
    now = database_now()
    lines = {"counts": {"register": 2}}
    return Outgoing.objects.create(
        **{"tenant_id": row.tenant_id, "channel": row, "dedupe_key": f"{now}", "at": now,
           "lines": lines, "next_at": now} | values
    )  # fmt: skip


def state(row: Outgoing) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.answer


# --- the server misbehaves --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("talk", "left", "why"),
    [
        (saying("200 OK", b'{"errcode":0,"errmsg":"ok"}'), "sent", ""),
        (saying("200 OK", b'{"errcode":93000}'), "dead", "errcode_93000"),
        (saying("200 OK", b'{"errcode":45009}'), "pending", "errcode_45009"),
        (saying("500 No"), "pending", "http_500"),
        (saying("429 Slow down", b"", "Retry-After: 90"), "pending", "http_429"),
        (saying("302 Go", b"", "Location: http://169.254.169.254/"), "dead", "http_302"),
        (answering.silent, "unknown", "maybe_sent_TimeoutError"),
        (answering.dripping, "unknown", None),
        (answering.endless, "unknown", "no_errcode"),
        (answering.resetting, "unknown", None),
        (lambda talk: talk.sendall(b"nonsense\r\n\r\n"), "unknown", "maybe_sent_BadStatusLine"),
        (lambda talk: talk.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200), "unknown", None),
    ],
)
def test_whatever_the_other_side_does(
    world: World, server: Server, talk: answering.Talk, left: str, why: str | None
) -> None:
    server.talk = talk
    row = post_one(channel(world, ChannelKind.WECOM, server))
    began = time.monotonic()
    assert dispatch.dispatch() == 1
    assert time.monotonic() - began < 2
    assert state(row)[0] == left and why in (None, row.answer)
    assert len(server.heard) == 1
    assert dispatch.dispatch() == 0, "nothing is tried again at once"
    assert row.lease_until is None


def test_who_asks_for_a_rest_gets_it(world: World, server: Server) -> None:
    server.talk = saying("429 Slow down", b"", "Retry-After: 900")
    one = channel(world, ChannelKind.WEBHOOK, server)
    first, second = post_one(one, dedupe_key="1"), post_one(one, dedupe_key="2")
    assert dispatch.dispatch() == 1
    for row in (first, second):
        row.refresh_from_db()
        assert row.next_at >= database_now() + timedelta(seconds=880)


def test_nobody_there_is_tried_eight_times_and_given_up_with_an_alarm(
    world: World, server: Server
) -> None:
    one = channel(world, ChannelKind.WEBHOOK, server)
    row = post_one(one)
    server.close()
    moment = database_now()
    for _ in range(8):
        moment += timedelta(hours=7)
        assert dispatch.dispatch(moment) == 1
    assert state(row) == ("dead", "not_sent_ConnectionRefusedError")
    alarm = Notice.objects.get(verb=channels.BROKEN)
    assert alarm.user == keeper(world) and alarm.urgent


def test_a_certificate_nobody_vouches_for_and_no_tls_at_all(
    server: Server, settings: Any, tmp_path: Path
) -> None:
    with serving(answering.self_made(tmp_path)) as other:
        for one, why in ((other, "SSLCertVerificationError"), (server, "TimeoutError")):
            settings.OUTGOING_HOSTS = [f"127.0.0.1:{one.port}"]
            with pytest.raises(wire.NotSent, match=why):
                wire.post(Letter(f"https://127.0.0.1:{one.port}/", b"{}", {}))
            assert one.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "https://localhost/", "https://0/", "https://0x7f.1/",
        "https://2130706433/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/", "https://10.0.0.1/", "file:///etc/passwd", "gopher://a/",
        "https://a:22/", "https://user:word@example.com/", "https://", "javascript:alert(1)",
        "https://exa mple.com/", "https://例子.中国/", "https://[bad/", "https://a" * 200,
    ],
)  # fmt: skip
def test_addresses_that_lead_inside_are_refused(url: str, settings: Any) -> None:
    with pytest.raises((wire.Refused, wire.NotSent)):
        wire.post(Letter(url, b"{}", {}), timeout=0.2, deadline=0.3)


def test_a_name_is_resolved_once_and_every_answer_looked_at(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def rebinding(host: str, port: int, **_rest: object) -> list[tuple[object, ...]]:
        asked.append(host)
        found = ["93.184.216.34", "10.0.0.5"] if len(asked) == 1 else ["127.0.0.1"]
        return [(2, 1, 6, "", (ip, port)) for ip in found]

    monkeypatch.setattr(wire.socket, "getaddrinfo", rebinding)
    with pytest.raises(wire.Refused, match="address_not_allowed"):
        wire.post(Letter("https://rebind.example/", b"{}", {}))
    assert asked == ["rebind.example"]


# --- exactly once, or nobody knows --------------------------------------------------------------
def test_who_dies_between_claim_and_mark_leaves_an_unknown(world: World, server: Server) -> None:
    row = post_one(channel(world, ChannelKind.WECOM, server))
    now = database_now()
    assert dispatch.claim(now) == row.pk
    assert dispatch.dispatch(now) == 0 and state(row)[0] == "claimed"
    assert dispatch.dispatch(now + dispatch.LEASE) == 0
    assert state(row) == ("unknown", "lease_over")
    dispatch.settle(row, Outcome(State.SENT), now)  # the dead one wakes up after all
    assert state(row)[0] == "unknown" and server.heard == []


def test_two_workers_send_once_and_share_one_bucket(committed_world: World) -> None:
    sent: list[int] = []
    one = channel(committed_world, ChannelKind.CONSOLE)
    for number in range(2 * CAPACITY):
        post_one(one, dedupe_key=str(number))
    now = database_now()
    ready = threading.Barrier(3)

    def note(_channel: Channel, said: object, _now: object) -> Outcome:
        sent.append(id(said))
        return Outcome(State.SENT)

    def run() -> None:
        try:
            ready.wait(10)
            for _ in range(3):
                dispatch.dispatch(now, send=note)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(sent) == CAPACITY == Outgoing.objects.filter(state="sent").count()
    assert dispatch.dispatch(now + timedelta(seconds=4), send=note) == 1
    assert dispatch.dispatch(now - timedelta(hours=1), send=note) == 0, "a clock that ran back"


@pytest.mark.parametrize(
    ("method", "error", "state", "why"),
    [
        ("open", socket.gaierror(-2, "no such host"), State.RETRY, "not_sent_gaierror"),
        ("open", TimeoutError(), State.RETRY, "not_sent_TimeoutError"),
        ("open", SMTPAuthenticationError(535, b""), State.RETRY, "not_sent_SMTPAuth"),
        ("send_messages", SMTPRecipientsRefused({"zb": (450, b"later")}), State.RETRY, "not_sent_"),
        ("send_messages", SMTPRecipientsRefused({"zb": (550, b"no")}), State.DEAD, "SMTPRecip"),
        ("send_messages", SMTPSenderRefused(553, b"no", "we"), State.DEAD, "SMTPSender"),
        ("send_messages", SMTPServerDisconnected(), State.UNKNOWN, "maybe_sent_"),
        ("", None, State.DEAD, "no_mail_server"),
    ],
)
def test_a_mail_that_did_not_leave_is_tried_again_or_raises_the_alarm(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch, method: str,
    error: Exception | None, state: State, why: str,
) -> None:  # fmt: skip
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "mail.example" if method else ""

    def broken(*_given: object) -> None:
        if error:
            raise error

    monkeypatch.setattr(EmailBackend, "open", lambda _self: True)
    monkeypatch.setattr(EmailBackend, method or "open", broken)
    row = post_one(channel(world, ChannelKind.EMAIL))
    found = dispatch.attempt(row, database_now(), dispatch.carry)
    assert (found.state, found.why[: len(why)]) == (state, why)


# --- what is said ---------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", list(ChannelKind))
def test_no_name_phone_address_or_word_of_a_matter_leaves_the_house(
    world: World, server: Server, settings: Any, kind: ChannelKind,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level("INFO")
    channel(world, kind, server)
    case = dispute(world)
    do(case, Verb.NUDGE, world.su)
    outbox.deliver(in_days(0.001))
    now = in_days(0.1)
    assert dispatch.dispatch(now) == 2
    heard = b"\n".join(server.heard).decode()
    mails = "\n".join(f"{one.subject} {one.body}" for one in mail.outbox)
    logged = "\n".join(
        record.getMessage() for record in caplog.records if "message of" in record.msg
    )
    said = json.dumps(heard.encode().decode()) + heard + mails + logged
    assert case.number in said
    for canary in CANARIES:
        assert canary not in said and json.dumps(canary)[1:-1] not in said
    if kind in (ChannelKind.WEBHOOK, ChannelKind.SMS):
        assert "X-Signature: sha256=" in heard
    if kind is ChannelKind.EMAIL:
        assert {tuple(one.to) for one in mail.outbox} == {("zb@jieyou.example",)}
    assert not Outgoing.objects.exclude(state="sent").exists()


def test_red_at_once_the_rest_in_one_digest_per_half_hour(world: World, settings: Any) -> None:
    channel(world, ChannelKind.CONSOLE)
    at = in_days(1).replace(minute=1, second=0)
    first, second = dispute(world), dispute(world)
    outbox.deliver(at)
    event(world)
    outbox.deliver(at + timedelta(minutes=20))
    digest = Outgoing.objects.get()
    assert digest.lines == {"counts": {"register": 3}} and not digest.urgent
    assert digest.next_at == at.replace(minute=30, microsecond=0)
    do(first, Verb.NUDGE, world.su)
    outbox.deliver(at + timedelta(minutes=21))
    red = Outgoing.objects.exclude(pk=digest.pk).get()
    assert red.lines["no"] == first.number and red.urgent
    for case in [second, *(dispute(world) for _ in range(6))]:
        do(case, Verb.NUDGE, world.su)
    outbox.deliver(at + timedelta(minutes=22))
    assert Outgoing.objects.order_by("-pk").first().lines == {"counts": {"nudge": 7}}
    Outgoing.objects.filter(pk=digest.pk).update(state="sent")
    dispute(world)
    outbox.deliver(at + timedelta(minutes=23))
    assert Outgoing.objects.filter(dedupe_key__startswith="digest:").count() == 2


def test_quiet_switched_off_restricted_and_sealed_matters_are_not_sent(
    world: World, settings: Any
) -> None:
    settings.QUIET_HOURS = "20:00-08:00"
    one = channel(world, ChannelKind.CONSOLE)
    Channel.objects.update(off=["supervised"])
    night = in_days(1).replace(hour=14, minute=0)  # UTC
    case = dispute(world)
    hidden = event(world)
    Case.objects.filter(pk=hidden.pk).update(restricted=True)
    outbox.deliver(night)
    do(case, Verb.NUDGE, world.su)
    outbox.deliver(night)
    digest = Outgoing.objects.get()
    assert digest.lines == {"counts": {"register": 1}}
    assert digest.next_at == night + timedelta(hours=10) - timedelta(
        seconds=night.second, microseconds=night.microsecond
    )
    channels.switch(keeper(world), one.pk, on=False)
    assert state(digest) == ("dead", "switched_off")
    dispute(world)
    outbox.deliver(night)
    assert Outgoing.objects.count() == 1 and dispatch.dispatch(in_days(9)) == 0


# --- how it is kept -------------------------------------------------------------------------------
def test_address_and_key_are_sealed_and_in_no_log(world: World, server: Server) -> None:
    row = channel(world, ChannelKind.DINGTALK, server)
    raw = bytes(row.secrets)
    assert b"access_token" not in raw and SECRET.encode() not in raw
    assert channels.address_of(row).secret == SECRET
    logged = json.dumps(list(Change.objects.filter(subject="channel").values("before", "after")))
    assert (
        SECRET not in logged
        and "access_token" not in logged
        and "open" in {one.action for one in Change.objects.filter(subject="channel")}
    )
    kept = channels.change(keeper(world), row.pk, Wanted(ChannelKind.DINGTALK, "新名"))
    assert kept.enabled and channels.address_of(kept).secret == SECRET
    moved = channels.change(
        keeper(world), row.pk, Wanted(ChannelKind.DINGTALK, "新名", secret="x" * 20)
    )
    assert not moved.enabled, "whoever changes where it leads tries it first"
    Channel.objects.filter(pk=row.pk).update(
        secrets=keyring.encrypt(Address().to_json(), "another row"), enabled=True
    )
    broken = post_one(Channel.objects.get(pk=row.pk))
    dispatch.dispatch()
    assert state(broken) == ("dead", "key_missing")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(ChannelKind.WECOM, "x", "http://example.com/"), "url"),
        (Wanted(ChannelKind.WECOM, "x"), "url"),
        (Wanted(ChannelKind.WECOM, "", "https://example.com/"), "name"),
        (Wanted(ChannelKind.WEBHOOK, "x", "https://example.com/", "short"), "secret"),
        (Wanted(ChannelKind.EMAIL, "x"), "to"),
        (Wanted(ChannelKind.EMAIL, "x", to=("nobody",)), "to"),
        (Wanted(ChannelKind.SMS, "x", "https://example.com/", SECRET, ("12",)), "to"),
    ],
)
def test_a_wrong_channel_is_refused_at_its_field(world: World, wanted: Wanted, field: str) -> None:
    with pytest.raises(BadInput) as error:
        channels.open_channel(keeper(world), world.donghe1_team, wanted)
    assert error.value.field == field and not Channel.objects.exists()


def test_a_test_message_goes_over_a_channel_that_is_off(world: World, server: Server) -> None:
    row = channel(world, ChannelKind.WECOM, server)
    channels.switch(keeper(world), row.pk, on=False)
    channels.try_out(keeper(world), row.pk)
    channels.try_out(keeper(world), row.pk)
    assert dispatch.dispatch() == 1 and len(server.heard) == 1
