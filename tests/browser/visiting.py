"""Pages of a browser: signed in by the real form, watched for every complaint of the browser."""

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from grids.models import User
from tests.browser.driving import LOCALES, PHONE
from tests.world import PASSWORD

LANGUAGE_COOKIE, SIZE_COOKIE = "django_language", "text_size"
# What the browser writes when the server answers a page with 4xx; the tests look at those.
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
WATCH = """
document.addEventListener("securitypolicyviolation", event => console.error(
    "POLICY " + event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile));
"""


class Visits:
    """Opens pages for people at one address and notes what the browser complains of."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.complaints: list[str] = []
        self._sessions: dict[str, Any] = {}
        self._open: list[BrowserContext] = []

    def page(
        self,
        user: User | None = None,
        *,
        viewport: dict[str, int] = PHONE,
        language: str = "zh-hans",
        size: str = "",
        **options: Any,
    ) -> Page:
        """A new page in a context of its own; ``options`` are the browser context's."""
        if user is not None and user.username not in self._sessions:
            self._sessions[user.username] = self._signed_in(user)
        state = self._sessions[user.username] if user else None
        options = {"locale": LOCALES[language]} | options
        context = self._context(viewport=viewport, storage_state=state, **options)
        self.choose(context, language, size)
        return self._watched(context)

    def choose(self, context: BrowserContext, language: str, size: str) -> None:
        """Language and size of letters as the browser keeps them."""
        chosen = {LANGUAGE_COOKIE: language, SIZE_COOKIE: size}
        context.add_cookies(
            [{"name": name, "value": value, "url": self.url} for name, value in chosen.items()]
        )

    def close(self) -> None:
        """Close every page that is still open."""
        for context in self._open:
            context.close()
        self._open.clear()

    def _context(self, **options: Any) -> BrowserContext:
        context = self.browser.new_context(
            base_url=self.url, timezone_id="Asia/Shanghai", **options
        )
        context.set_default_timeout(15_000)
        self._open.append(context)
        return context

    def _signed_in(self, user: User) -> Any:
        """The cookies of ``user`` after the real sign-in page."""
        context = self._context(viewport=PHONE)
        page = self._watched(context)
        page.goto("/login/")
        page.fill("[name=username]", user.username)
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url(lambda url: "/login/" not in url)
        return context.storage_state()

    def _watched(self, context: BrowserContext) -> Page:
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or REFUSED.match(message.text):
            return
        self.complaints.append(f"{message.location.get('url')}: {message.text}")
