"""Carry messages out of the house: claimed, sent once, and never said to be sent when nobody knows.

A message is claimed with a token of its channel's bucket in one short transaction, sent outside
of any, and marked in another. Who dies in between leaves a claim that runs out: then nobody can
say whether the message arrived, so it is ``unknown`` and not sent again; what it would have
said stands in the bell and in the queue. Any number of workers may run this.
"""

import logging
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import channels, wire
from cases.escalation import database_clock
from cases.models import Channel, Outgoing
from cases.rules.channels import (
    BY_HTTP,
    CAPACITY,
    MOST_ATTEMPTS,
    PER_MINUTE,
    Address,
    ChannelKind,
    Outcome,
    Said,
    State,
    judge,
    letter,
    pause,
)
from cases.rules.lamp import LampCode
from cases.saying import happened
from grids.keyring import Unreadable

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)  # longer than any attempt takes (cases/wire.py)
SHOWN = 10  # messages on the page of a channel
FOR_GOOD = 500  # what a mail server refuses with less may pass later
ROUND = 60  # messages of one run; the rest waits for the next, half a minute later

# The tokens are looked at again under the lock, so two workers cannot draw the same one.
CLAIM = f"""
WITH next AS MATERIALIZED (
    SELECT o.id, o.channel_id FROM cases_outgoing AS o JOIN cases_channel AS c ON c.id = o.channel_id
    WHERE o.state = 'pending' AND o.next_at <= %(now)s AND (c.enabled OR o.lines @> '{{"test": true}}') AND least({CAPACITY}, c.tokens
        + greatest(extract(epoch FROM %(now)s - c.refilled_at), 0) * {PER_MINUTE} / 60.0) >= 1
    ORDER BY o.urgent DESC, o.next_at, o.id LIMIT 1
    FOR UPDATE OF o, c SKIP LOCKED
), drawn AS (
    UPDATE cases_channel AS c SET refilled_at = greatest(c.refilled_at, %(now)s), tokens = least({CAPACITY},
        c.tokens + greatest(extract(epoch FROM %(now)s - c.refilled_at), 0) * {PER_MINUTE} / 60.0) - 1
    FROM next WHERE c.id = next.channel_id
)
UPDATE cases_outgoing AS o SET state = 'claimed', attempts = o.attempts + 1, lease_until = %(until)s
FROM next WHERE o.id = next.id RETURNING o.id
"""  # noqa: E501

Send = Callable[[Channel, Said, datetime], Outcome]


def dispatch(now: datetime | None = None, *, most: int = ROUND, send: Send | None = None) -> int:
    """Send what waits; return how many messages were tried. ``now`` and ``send`` for tests."""
    lapse(now or database_clock())
    tried = 0
    while tried < most:
        moment = now or database_clock()
        pk = claim(moment)
        if pk is None:
            break
        row = Outgoing.objects.select_related("channel__unit").get(pk=pk)
        outcome = attempt(row, moment, send or carry)
        settle(row, outcome, moment)
        tried += 1
    return tried


def claim(now: datetime) -> int | None:
    """Claim the next message whose channel has a token; its key, None when nothing can go."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "until": now + LEASE})
        found = cursor.fetchone()
    return found[0] if found else None


def lapse(now: datetime) -> int:
    """Whoever claimed these has died: whether they arrived, nobody knows."""
    rows = Outgoing.objects.filter(state="claimed", lease_until__lte=now)
    count = rows.update(state="unknown", lease_until=None, answer="lease_over")
    if count:
        log.error("%d messages may or may not have been sent", count)
    return count


def attempt(row: Outgoing, now: datetime, send: Send) -> Outcome:
    """Try once; what goes wrong in our own house never leaves a claim behind."""
    try:
        return send(row.channel, said(row), now)
    except wire.Refused as error:
        return Outcome(State.DEAD, error.why)
    except wire.NotSent as error:
        return Outcome(State.RETRY, f"not_sent_{error}"[:60])
    except wire.MaybeSent as error:
        return Outcome(State.UNKNOWN, f"maybe_sent_{error}"[:60])
    except Unreadable:
        return Outcome(State.DEAD, "key_missing")


@transaction.atomic
def settle(row: Outgoing, outcome: Outcome, now: datetime) -> None:
    """Mark what became of a claim that is still ours; the last failure raises the alarm."""
    state = outcome.state
    if state is State.RETRY and row.attempts >= MOST_ATTEMPTS:
        state = State.DEAD
    values: dict[str, object] = {
        "state": "pending" if state is State.RETRY else state.value,
        "lease_until": None, "answer": outcome.why[:60],
    }  # fmt: skip
    if state is State.SENT:
        values["sent_at"] = now
    if state is State.RETRY:
        wait = pause(row.attempts, outcome.wait, random.random())  # noqa: S311 - spreads load
        values["next_at"] = now + timedelta(seconds=wait)
    mine = Outgoing.objects.filter(pk=row.pk, state="claimed", attempts=row.attempts)
    if mine.update(**values) and state is State.DEAD:
        log.error("message %s of channel %s was given up: %s", row.pk, row.channel_id, outcome.why)
        channels.alarm(row.channel, now)
    if state is State.RETRY and outcome.wait:
        # A robot that asked for a rest gets it: its other messages wait as well.
        rest = Outgoing.objects.filter(channel=row.channel_id, state="pending")
        until = now + timedelta(seconds=outcome.wait)
        rest.filter(next_at__lt=until).update(next_at=until)


# --- what is said ---------------------------------------------------------------------------
def said(row: Outgoing) -> Said:
    """The message in the words of the office's language; nothing in it but what ``lines`` of
    the row has: numbers, lamps, counts."""
    unit, lines = row.channel.unit, row.lines
    with translation.override(settings.LANGUAGE_CODE):
        if "no" in lines:
            return Said(
                title=happened(lines["code"]), event=lines["code"], no=lines["no"],
                lines=(f"{lines['no']} · {_(LampCode(lines['lamp']).label)}",),
                lamp=lines["lamp"], due=lines["due"],
                url=linked(reverse("cases:detail", args=[lines["no"]])),
            )  # fmt: skip
        if "test" in lines:
            return Said(_("Test message of Jieyou"), (unit.name,), linked("/"), "test")
        counts = {code: int(number) for code, number in lines["counts"].items()}
        return Said(
            title=_("%(unit)s: matters that need you") % {"unit": unit.name},
            lines=tuple(counted(code, number) for code, number in counts.items()),
            url=linked(reverse("cases:queue")), event="digest", counts=counts,
        )  # fmt: skip


def counted(code: str, number: int) -> str:
    many = ngettext("%(n)s matter", "%(n)s matters", number) % {"n": number}
    return f"{happened(code)}: {many}"


def linked(path: str) -> str:
    """The address of a page as people outside the server reach it; empty when nobody has set it."""
    return f"{settings.SITE_URL.rstrip('/')}{path}" if settings.SITE_URL else ""


# --- how it is carried ------------------------------------------------------------------------
def carry(channel: Channel, message: Said, now: datetime) -> Outcome:
    """Send one message over its channel once."""
    kind, to = ChannelKind(channel.kind), channels.address_of(channel)
    if kind in BY_HTTP:
        answer = wire.post(letter(kind, to, message, now))
        return judge(kind, answer.status, answer.retry_after, answer.body)
    if kind is ChannelKind.EMAIL:
        return mailed(to, message)
    log.info("message of channel %s: %s", channel.pk, message.text.replace("\n", " | "))
    return Outcome(State.SENT)


def mailed(to: Address, message: Said) -> Outcome:
    """By the operator's mail server. Before it has let us in nothing has left, what it refuses
    was not sent, and whether a letter that broke off arrived nobody knows."""
    mail = EmailMessage(message.title, message.text, settings.DEFAULT_FROM_EMAIL, list(to.to))
    server = get_connection()
    if isinstance(server, EmailBackend) and not server.host:
        return Outcome(State.DEAD, "no_mail_server")
    try:
        server.open()
    except OSError as error:  # smtplib's errors are
        raise wire.NotSent(type(error).__name__) from error
    try:
        server.send_messages([mail])
    except (SMTPSenderRefused, SMTPRecipientsRefused) as error:
        if any(code < FOR_GOOD for code in codes_of(error)):
            raise wire.NotSent(type(error).__name__) from error
        return Outcome(State.DEAD, type(error).__name__)
    except OSError as error:
        raise wire.MaybeSent(type(error).__name__) from error
    finally:
        with suppress(OSError):
            server.close()
    return Outcome(State.SENT)


def codes_of(error: SMTPSenderRefused | SMTPRecipientsRefused) -> list[int]:
    """The answers of a mail server that took nothing."""
    if isinstance(error, SMTPSenderRefused):
        return [error.smtp_code]
    return [code for code, _words in error.recipients.values()]


def last_of(channel: Channel) -> list[Outgoing]:
    """The last messages of a channel, newest first."""
    return list(Outgoing.objects.filter(channel=channel).order_by("-pk")[:SHOWN])


def waiting_of(channel: Channel) -> dict[str, int]:
    """How many messages of a channel stand where; of the last ones only."""
    found: dict[str, int] = {}
    rows = Outgoing.objects.filter(channel=channel).order_by("-pk").values_list("state", flat=True)
    for state in rows[:200]:
        found[state] = found.get(state, 0) + 1
    return found
