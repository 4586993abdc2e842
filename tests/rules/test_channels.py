"""How each channel wants a message written, and what its answers mean."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from cases.rules.channels import (
    CAPACITY,
    LONGEST,
    PER_MINUTE,
    Address,
    ChannelKind,
    Said,
    State,
    cut,
    judge,
    letter,
    pause,
    refilled,
)

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LINK = "https://jieyou.example/case/LB2026-000001/"
SAID = Said("A matter is overdue", ("LB2026-000001 · Overdue",), LINK, "mark_due",
            "LB2026-000001", "over", "2026-03-01T23:59:59+08:00")  # fmt: skip
WECOM = Address("https://qyapi.example/cgi-bin/webhook/send?key=K")
DINGTALK = Address("https://oapi.example/robot/send?access_token=T", "SECdeadbeef")
HOOK = Address("https://hook.example/in", "a signing key of ours", ("13800138000",))


def body(kind: ChannelKind, to: Address) -> dict[str, object]:
    found: dict[str, object] = json.loads(letter(kind, to, SAID, NOW).body)
    return found


def test_wecom_takes_markdown_of_at_most_two_kilobytes() -> None:
    made = letter(ChannelKind.WECOM, WECOM, SAID, NOW)
    assert made.url == WECOM.url
    content = f"**{SAID.title}**\n> {SAID.lines[0]}\n> [{LINK}]({LINK})"
    assert json.loads(made.body) == {"msgtype": "markdown", "markdown": {"content": content}}
    assert len(cut("镇" * 3000).encode()) == LONGEST // 3 * 3


def test_dingtalk_is_signed_with_the_moment() -> None:
    made = letter(ChannelKind.DINGTALK, DINGTALK, SAID, NOW)
    asked = parse_qs(urlsplit(made.url).query)
    stamp = asked["timestamp"][0]
    assert stamp == str(int(NOW.timestamp() * 1000)) and asked["access_token"] == ["T"]
    words = f"{stamp}\nSECdeadbeef".encode()
    expected = base64.b64encode(hmac.new(b"SECdeadbeef", words, hashlib.sha256).digest()).decode()
    assert asked["sign"] == [expected]
    assert body(ChannelKind.DINGTALK, DINGTALK)["at"] == {"atMobiles": [], "isAtAll": False}
    assert letter(ChannelKind.DINGTALK, Address(DINGTALK.url), SAID, NOW).url == DINGTALK.url


@pytest.mark.parametrize("kind", [ChannelKind.WEBHOOK, ChannelKind.SMS])
def test_a_hook_can_check_who_sent_it_and_when(kind: ChannelKind) -> None:
    made = letter(kind, HOOK, SAID, NOW)
    stamp = made.headers["X-Timestamp"]
    signed = hmac.new(HOOK.secret.encode(), stamp.encode() + b"." + made.body, hashlib.sha256)
    assert made.headers["X-Signature"] == f"sha256={signed.hexdigest()}"
    assert stamp == str(int(NOW.timestamp()))


def test_what_a_hook_and_a_gateway_are_told() -> None:
    assert body(ChannelKind.WEBHOOK, HOOK) == {
        "event": "mark_due", "no": "LB2026-000001", "title": SAID.title, "lamp": "over",
        "due": SAID.due, "url": LINK, "at": NOW.isoformat(), "counts": {},
    }  # fmt: skip
    assert body(ChannelKind.SMS, HOOK) == {
        "phones": ["13800138000"], "text": SAID.text, "at": NOW.isoformat(),
    }  # fmt: skip
    with pytest.raises(ValueError, match="not sent by HTTP"):
        letter(ChannelKind.EMAIL, HOOK, SAID, NOW)


@pytest.mark.parametrize(
    ("kind", "status", "after", "answer", "state", "wait"),
    [
        ("wecom", 200, "", b'{"errcode":0}', State.SENT, 0),
        ("wecom", 200, "", b'{"errcode":45009}', State.RETRY, 600),
        ("dingtalk", 200, "", b'{"errcode":130101}', State.RETRY, 600),
        ("wecom", 200, "", b'{"errcode":-1}', State.RETRY, 0),
        ("wecom", 200, "", b'{"errcode":93000}', State.DEAD, 0),
        ("wecom", 200, "", b'{"errcode":["x"]}', State.UNKNOWN, 0),
        ("wecom", 200, "", b"<html>", State.UNKNOWN, 0),
        ("dingtalk", 200, "", b"[1]", State.UNKNOWN, 0),
        ("wecom", 200, "", b"[" * 9000, State.UNKNOWN, 0),
        ("webhook", 204, "", b"", State.SENT, 0),
        ("webhook", 429, "17", b"", State.RETRY, 17),
        ("webhook", 503, "999999", b"", State.RETRY, 6 * 3600),
        ("webhook", 429, "Wed, 21 Oct 2026 07:28:00 GMT", b"", State.RETRY, 0),
        ("webhook", 500, "", b"", State.RETRY, 0),
        ("webhook", 302, "", b"", State.DEAD, 0),
        ("sms", 401, "", b"", State.DEAD, 0),
    ],
)
def test_what_an_answer_means(
    kind: str, status: int, after: str, answer: bytes, state: State, wait: float
) -> None:
    found = judge(ChannelKind(kind), status, after, answer)
    assert (found.state, found.wait) == (state, wait)
    assert len(found.why) <= 60


def test_waits_double_are_spread_and_respect_what_was_asked() -> None:
    assert [pause(n, 0, 0.5) for n in (1, 2, 3, 9)] == [30, 60, 120, 3600]
    assert pause(1, 0, 0) == 15 and pause(1, 0, 0.999) < 45
    assert pause(1, 600, 0) == 600


def test_no_minute_sees_more_than_a_robot_takes() -> None:
    tokens, sent, at = float(CAPACITY), [], 0.0
    while at < 300:
        while tokens >= 1:
            tokens -= 1
            sent.append(at)
        tokens, at = refilled(tokens, 0.5), at + 0.5
    assert max(sum(1 for one in sent if t <= one < t + 60) for t in range(240)) <= 20
    assert len(sent) == pytest.approx(CAPACITY + 5 * PER_MINUTE, abs=1)
    assert refilled(2, -100) == 2
