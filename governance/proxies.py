"""The client's address behind proxies of ours: for limits and the access log."""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class TrueAddress:
    """Put the client's address into ``REMOTE_ADDR``; without trusted proxies nothing changes.

    Each proxy appends the address it was called from. Only what the trusted ones wrote counts,
    from the right; whatever stands further left was typed by the client.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        if settings.TRUSTED_PROXIES:
            meta["REMOTE_ADDR"] = client(
                meta.get("REMOTE_ADDR", ""),
                meta.get("HTTP_X_FORWARDED_FOR", ""),
                settings.TRUSTED_PROXIES,
            )
        return self.get_response(request)


def client(peer: str, forwarded: str, trusted: int) -> str:
    """Whom the outermost of ``trusted`` proxies was called by.

    The peer itself where fewer proxies wrote than there should be, or no address was written.
    """
    written = [part.strip() for part in forwarded.split(",")]
    if len(written) < trusted:
        return peer
    try:
        return str(ip_address(written[-trusted]))
    except ValueError:
        return peer
