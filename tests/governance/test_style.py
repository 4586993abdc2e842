"""The style sheet and the templates keep what pages promise: small, readable in old browsers,
legible in both colour schemes, and nothing inline that the content policy would refuse."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = settings.BASE_DIR / "governance/static/jieyou/app.css"
RULES = re.sub(r"/\*.*?\*/", "", CSS.read_text(), flags=re.DOTALL)
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
SCRIPTS = sorted(CSS.parent.glob("*.js"))
BUDGET = 12 * 1024  # bytes, compressed
READABLE = 4.5  # contrast of WCAG 2.2 AA for text
VISIBLE = 3.0  # … and for the edges of controls
# Not in Chromium 86, the oldest browser of the offices.
TOO_NEW = re.compile(
    r":is\(|:where\(|:has\(|@layer|@container|color-mix|light-dark|oklch|\binset:"
    r"|(margin|padding)-(inline|block)|aspect-ratio|\d(dvh|svh)|:not\([^)]* |^\s*&",
    re.MULTILINE,
)
INLINE = re.compile(
    r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<style|javascript:|<script(?![^>]*\bsrc=)", re.IGNORECASE
)
PAIRS = [
    *[(ink, ground) for ink in ("ink", "ink2", "pri", "red") for ground in ("card", "bg", "sunk")],
    *[(f"{hue}", f"{hue}-t") for hue in ("red", "amb", "blu", "grn", "gry")],
    *[("ink", f"{hue}-t") for hue in ("red", "amb", "grn", "pri", "gry")],
    ("pri-d", "pri-t"),
    ("ink2", "gry-t"),
    ("on", "but"),
    ("on", "but-h"),
    ("on", "top"),
    ("on", "top-h"),
]


def luminance(colour: str) -> float:
    """Relative luminance of ``#rgb`` or ``#rrggbb`` (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(d * 2 for d in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tokens() -> dict[str, dict[str, str]]:
    """The colours of the light and of the dark scheme."""
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", block))
        for block in re.findall(r":root \{(.*?)\}", RULES, flags=re.DOTALL)
    )
    return {"light": light, "dark": {**light, **dark}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_words_are_readable(scheme, ink, ground):
    colours = tokens()[scheme]
    assert contrast(colours[ink], colours[ground]) >= READABLE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["card", "bg"])
def test_edges_of_controls_are_visible(scheme, ground):
    colours = tokens()[scheme]
    assert contrast(colours["line2"], colours[ground]) >= VISIBLE


def test_the_style_sheet_is_small():
    assert len(gzip.compress(CSS.read_bytes(), 9)) <= BUDGET


def test_the_style_sheet_works_in_chromium_86():
    assert not TOO_NEW.findall(RULES)
    assert RULES.count("{") == RULES.count("}")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_nothing_inline(path: Path):
    text = path.read_text()
    assert not INLINE.findall(text)
    # A short comment that runs over the end of its line would be printed on the page.
    assert all("#}" in line for line in text.splitlines() if "{#" in line)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_evaluate_no_text_and_write_no_markup(path: Path):
    assert not re.findall(
        r"\beval\(|new Function|innerHTML|document\.write|\.style\b", path.read_text()
    )
