"""One POST to an address somebody typed in, without being led astray.

The name is resolved once, every address it leads to is looked at, and the connection goes to
the very address that was looked at: a name that points elsewhere a moment later leads nowhere.
Redirects are not followed, an answer is read no further than ``MOST`` bytes, and the whole takes
no longer than ``DEADLINE``, however slowly the other side drips. The standard library does all
of it; the usual client libraries resolve names again where one cannot look.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from cases.rules.channels import Letter

TIMEOUT = 5.0  # seconds for one step
DEADLINE = 10.0  # seconds for the whole
MOST = 16 * 1024  # bytes of an answer that are read
LONGEST = 1000  # characters of an address
AGENT = "Jieyou"

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """The address is none we go to; ``why`` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotSent(Exception):
    """Nothing has left the house: no connection was made."""


class MaybeSent(Exception):
    """The message was on its way when the connection broke."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``body`` is cut off at ``MOST``."""

    status: int
    retry_after: str
    body: bytes


def checked(url: str) -> SplitResult:
    """The parts of an address we may go to, by what is written in it; raises ``Refused``.

    Only https and its own port, unless the operator allows more; no name or password in it.
    """
    if len(url) > LONGEST or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url):
        raise Refused("not_an_address")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("not_an_address") from None
    if parts.scheme not in ("https", "http") or not host or not host.isascii():
        raise Refused("not_an_address")
    if parts.scheme == "http" and not settings.OUTGOING_PLAIN:
        raise Refused("https_only")
    if parts.username is not None or parts.password is not None:
        raise Refused("not_an_address")
    usual = 443 if parts.scheme == "https" else 80
    named = {host, f"{host}:{port or usual}"} if port in (None, usual) else {f"{host}:{port}"}
    allowed = set(settings.OUTGOING_HOSTS)
    if allowed and not named & allowed or not allowed and port not in (None, usual):
        raise Refused("host_not_allowed")
    return parts


def may_reach(address: Ip) -> bool:
    """Whether a connection may go there: the public internet, or what the operator allows."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    for network in settings.OUTGOING_PRIVATE:
        if address in ipaddress.ip_network(network):
            return True
    return address.is_global and not address.is_multicast


def resolved(host: str, port: int) -> tuple[int, tuple[str, int]]:
    """(family, address) to connect to; raises ``Refused`` when any answer leads inside."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent("no such name") from None
    addresses = [(int(one[0]), str(one[4][0])) for one in found]
    if not addresses or not all(
        may_reach(ipaddress.ip_address(ip.partition("%")[0])) for _family, ip in addresses
    ):
        raise Refused("address_not_allowed")
    family, ip = addresses[0]
    return family, (ip, port)


def connected(parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
    """An open connection to where ``parts`` lead; raises ``Refused`` or ``NotSent``."""
    secure, host = parts.scheme == "https", parts.hostname or ""
    family, address = resolved(host, parts.port or (443 if secure else 80))
    made = http.client.HTTPConnection(host, address[1], timeout=timeout)
    wire = socket.socket(family, socket.SOCK_STREAM)
    wire.settimeout(timeout)
    try:
        wire.connect(address)
        made.sock = (
            ssl.create_default_context().wrap_socket(wire, server_hostname=host) if secure else wire
        )
    except OSError as error:  # ssl.SSLError is one
        wire.close()
        raise NotSent(type(error).__name__) from error
    return made


def post(letter: Letter, *, timeout: float = TIMEOUT, deadline: float = DEADLINE) -> Answer:
    """Send it once. Raises ``Refused`` or ``NotSent`` when nothing has left, ``MaybeSent`` when
    nobody can say."""
    parts = checked(letter.url)
    connection = connected(parts, timeout)
    wire = connection.sock
    over = threading.Timer(deadline, hang_up, [wire])
    over.daemon = True
    over.start()
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = {**letter.headers, "User-Agent": AGENT, "Connection": "close"}
    try:
        connection.request("POST", target, body=letter.body, headers=headers)
        response = connection.getresponse()
        after = response.getheader("Retry-After", "")
        return Answer(response.status, after, response.read(MOST))
    except (OSError, http.client.HTTPException) as error:
        raise MaybeSent(type(error).__name__) from error
    finally:
        over.cancel()
        connection.close()


def hang_up(wire: socket.socket) -> None:
    """Wake whoever waits on ``wire``: the time is over."""
    try:
        wire.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
