"""What is said to a group outside, how each channel wants it written, and what its answer means.

Pure Python: bytes in, bytes out (cases/wire.py carries them). A message holds a number, a lamp
and a link, or counts and a link: nobody's name, phone, address or words of a matter. Formats:
the open documentation of WeCom and DingTalk group robots.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from grids.words import Word


class ChannelKind(Word):
    """Ways out, each with the name pages show."""

    WECOM = "wecom", "WeCom group robot"
    DINGTALK = "dingtalk", "DingTalk group robot"
    WEBHOOK = "webhook", "Signed webhook"
    SMS = "sms", "Text messages, by a signed gateway"
    EMAIL = "email", "E-mail"
    CONSOLE = "console", "The server's own log"


BY_HTTP = frozenset({ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.WEBHOOK, ChannelKind.SMS})
SIGNED = frozenset({ChannelKind.DINGTALK, ChannelKind.WEBHOOK, ChannelKind.SMS})
TO_PEOPLE = frozenset({ChannelKind.SMS, ChannelKind.EMAIL})
LONGEST = 2048  # bytes of a WeCom text


class State(Word):
    """What became of an attempt."""

    SENT = "sent", "Sent"
    RETRY = "retry", "To be tried again"
    UNKNOWN = "unknown", "Nobody knows whether it arrived"
    DEAD = "dead", "Given up"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt; ``why`` is a code of ours, ``wait`` seconds they asked for."""

    state: State
    why: str = ""
    wait: float = 0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel leads: an address of a robot or hook, its signing key, recipients."""

    url: str = ""
    secret: str = ""
    to: tuple[str, ...] = ()

    def to_json(self) -> str:
        return json.dumps({"url": self.url, "secret": self.secret, "to": self.to})

    @classmethod
    def from_json(cls, text: str) -> "Address":
        found = json.loads(text)
        return cls(found["url"], found["secret"], tuple(found["to"]))


@dataclass(frozen=True, slots=True)
class Said:
    """One message in words of the office's language, and as data for a program."""

    title: str
    lines: tuple[str, ...]
    url: str
    event: str
    no: str = ""
    lamp: str = ""
    due: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n".join([self.title, *self.lines, *([self.url] if self.url else [])])


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes over the wire: one POST."""

    url: str
    body: bytes
    headers: Mapping[str, str]


def letter(kind: ChannelKind, to: Address, said: Said, now: datetime) -> Letter:
    """The POST that says it. Raises ``ValueError`` for kinds that go another way."""
    if kind is ChannelKind.WECOM:
        body: object = {"msgtype": "markdown", "markdown": {"content": cut(markdown(said))}}
        return posted(to.url, body)
    if kind is ChannelKind.DINGTALK:
        body = {
            "msgtype": "markdown",
            "markdown": {"title": said.title, "text": markdown(said)},
            "at": {"atMobiles": [], "isAtAll": False},
        }
        return posted(signed_url(to, now), body)
    if kind not in BY_HTTP:
        raise ValueError(f"{kind} is not sent by HTTP.")
    body = {
        "event": said.event, "no": said.no, "title": said.title, "lamp": said.lamp,
        "due": said.due, "url": said.url, "at": now.isoformat(), "counts": dict(said.counts),
    }  # fmt: skip
    if kind is ChannelKind.SMS:
        body = {"phones": list(to.to), "text": said.text, "at": now.isoformat()}
    plain = posted(to.url, body)
    stamp = str(int(now.timestamp()))
    signature = hmac.digest(to.secret.encode(), f"{stamp}.".encode() + plain.body, hashlib.sha256)
    return Letter(
        plain.url, plain.body,
        {**plain.headers, "X-Timestamp": stamp, "X-Signature": f"sha256={signature.hex()}"},
    )  # fmt: skip


def posted(url: str, body: object) -> Letter:
    content = json.dumps(body, ensure_ascii=False).encode()
    return Letter(url, content, {"Content-Type": "application/json; charset=utf-8"})


def markdown(said: Said) -> str:
    link = [f"> [{said.url}]({said.url})"] if said.url else []
    return "\n".join([f"**{said.title}**", *(f"> {line}" for line in said.lines), *link])


def cut(text: str) -> str:
    """At most ``LONGEST`` bytes, never within a character."""
    return text.encode()[:LONGEST].decode(errors="ignore")


def signed_url(to: Address, now: datetime) -> str:
    """DingTalk's address with the moment in milliseconds and its signature."""
    if not to.secret:
        return to.url
    stamp = str(int(now.timestamp() * 1000))
    made = hmac.digest(to.secret.encode(), f"{stamp}\n{to.secret}".encode(), hashlib.sha256)
    sign = quote(base64.b64encode(made).decode(), safe="")
    parts = urlsplit(to.url)
    kept = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] == "access_token"])
    return urlunsplit(parts._replace(query=f"{kept}&timestamp={stamp}&sign={sign}"))


# --- what an answer means -----------------------------------------------------------------
BUSY = frozenset({-1, 45009, 130101, 410100})  # errcode: too much at once, or busy
BLOCKED = 600.0  # seconds a robot that was asked too often stays deaf
MOST_WAIT = 6 * 3600.0  # seconds; no answer puts a message off for longer


def judge(kind: ChannelKind, status: int, retry_after: str, body: bytes) -> Outcome:
    """What an answer of ``status`` means. A robot says in its body whether it took the message.

    A redirect is never followed: where it leads nobody has allowed."""
    if status == 429 or status == 503:
        return Outcome(State.RETRY, f"http_{status}", waited(retry_after))
    if status >= 500:
        return Outcome(State.RETRY, f"http_{status}")
    if not 200 <= status < 300:
        return Outcome(State.DEAD, f"http_{status}")
    if kind not in (ChannelKind.WECOM, ChannelKind.DINGTALK):
        return Outcome(State.SENT)
    try:
        code = json.loads(body)["errcode"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Outcome(State.UNKNOWN, "no_errcode")
    if not isinstance(code, int):
        return Outcome(State.UNKNOWN, "no_errcode")
    if code == 0:
        return Outcome(State.SENT)
    if code in BUSY:
        return Outcome(State.RETRY, f"errcode_{code}", BLOCKED if code > 0 else 0)
    return Outcome(State.DEAD, f"errcode_{code}"[:60])


def waited(text: str) -> float:
    """The seconds of a Retry-After; 0 for a date or nonsense, never beyond ``MOST_WAIT``."""
    plain = text.strip()
    return min(float(plain), MOST_WAIT) if plain.isascii() and plain.isdigit() else 0


MOST_ATTEMPTS = 8
FIRST_WAIT, LONGEST_WAIT = 30.0, 3600.0  # seconds


def pause(attempts: int, asked: float, jitter: float) -> float:
    """Seconds before the next attempt: doubled each time, spread by ``jitter`` in [0, 1), and
    not before they asked for."""
    doubled = min(FIRST_WAIT * float(2 ** (attempts - 1)), LONGEST_WAIT)
    return max(doubled * (0.5 + jitter), asked)


# --- the bucket -----------------------------------------------------------------------------
PER_MINUTE = 15  # messages; robots take 20 and then block for ten minutes
CAPACITY = 5  # at once, so that no minute sees more than the two together


def refilled(tokens: float, seconds: float) -> float:
    """What is in the bucket ``seconds`` later; a clock that ran back adds nothing."""
    return min(CAPACITY, tokens + max(seconds, 0) * PER_MINUTE / 60)
