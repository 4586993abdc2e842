"""What tests of pages share: signed-in browsers without a browser, and reading their answers."""

import html
import re

from django.test import Client

from grids.models import User


def at_desk(user: User, language: str = "en") -> Client:
    """A client signed in as ``user`` who reads ``language``."""
    User.objects.filter(pk=user.pk).update(language=language)
    user.language = language
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    client.cookies["django_language"] = language
    return client


def stands_alone(digits: str, text: str) -> bool:
    """Whether ``digits`` stand in ``text`` by themselves; inside a key or a token is chance."""
    told = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)
    return re.search(rf"(?<![0-9A-Za-z]){digits}(?![0-9A-Za-z])", told) is not None


def text_of(answer: object) -> str:
    """The visible words of a page in one line."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.S)  # type: ignore[attr-defined]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
