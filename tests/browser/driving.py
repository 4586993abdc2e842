"""Which Chromium, with which switches, and the windows everything is looked at in."""

import os
import shutil

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1366, "height": 768}
LANGUAGES = ("zh-hans", "en")
LOCALES = {"zh-hans": "zh-CN", "en": "en-GB"}  # of the browser itself: date fields, for example
ARGUMENTS = [
    "--no-sandbox",  # it opens nothing but our own pages, often as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
]


def chromium_path() -> str | None:
    """The browser to drive: ``CHROMIUM``, or the system's; None without one."""
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")
