"""What a page looks like to people with other eyes, fingers and languages: lists of complaints."""

import re
from functools import cache
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
REST = "document.styleSheets[0].insertRule('.go { position: static !important }')"
AXE = "options => axe.run(document, options).then(found => found.violations)"
LATIN = re.compile("[A-Za-z]{3,}")
CODES = re.compile(r"\b[A-Z]{2,3}\d{4}-\d{6}\b|\b[0-9A-Z]{4}( [0-9A-Z]{2,4})+\b|https?://\S+")
CJK = re.compile("[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uffe5]+")

# What hangs over the right edge and is not cut off by a box that scrolls by itself.
WIDER = """() => [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1
        || one.scrollWidth > innerWidth + 1)
    .filter(one => !one.parentElement.closest(".scroll, .tabs, nav"))
    .map(one => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 20)}`)"""

# What a finger meets: a control, or the label that carries it. A link in running text is as
# high as its line and exempt (WCAG 2.5.8); what only screen readers see has no size.
TARGETS = """least => {
    const found = [];
    const controls = "a[href], button, input, select, textarea, summary";
    for (const one of document.querySelectorAll(controls)) {
        if (one.type === "hidden" || one.disabled) continue;
        const target = one.matches("input") && one.closest("label") || one;
        const box = target.getBoundingClientRect(), style = getComputedStyle(target);
        if (!box.width || !box.height || style.visibility === "hidden") continue;
        if (box.right <= 0 || box.bottom <= 0 || box.width <= 1) continue;
        if (one.matches("a") && style.display === "inline" && !one.closest("nav, .bar, .act")) {
            const around = one.parentElement.textContent.trim();
            if (around !== one.textContent.trim() || one.closest("p, td, dd, li")) continue;
        }
        if (Math.round(box.height) < least || Math.round(box.width) < least)
            found.push(`${one.outerHTML.slice(0, 90)} ${box.width | 0} × ${box.height | 0}`);
    }
    return found;
}"""

# Every text a reader meets, seen or heard, but what is marked as another language.
TEXTS = """() => {
    const texts = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const around = walker.currentNode.parentElement;
        if (!around.closest("script, style, textarea") && !otherLanguage(around))
            texts.push(walker.currentNode.data.trim());
    }
    const names = ["aria-label", "title", "placeholder", "alt", "data-l", "data-done"];
    for (const one of document.querySelectorAll("*")) {
        if (otherLanguage(one)) continue;
        for (const name of names) if (one.hasAttribute(name)) texts.push(one.getAttribute(name));
    }
    function otherLanguage(one) {
        const marked = one.closest("[lang]");
        return marked && marked !== document.documentElement;
    }
    return texts.filter(text => text);
}"""


@cache
def _options() -> dict[str, Any]:
    return {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}


def axe(page: Page) -> list[str]:
    """Violations of accessibility rules, one line for each place.

    The bar that sticks to the foot of the screen lies over something wherever one scrolls; it
    is put to rest, or whatever lies half below it would count as too small.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
        page.evaluate(REST)
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))} — {node['html'][:160]}"
        for rule in page.evaluate(AXE, _options())
        for node in rule["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways; empty when nothing does."""
    if page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        return []
    return [f"wider than the screen: {one}" for one in page.evaluate(WIDER)] or ["too wide"]


def too_small(page: Page, least: int) -> list[str]:
    """Controls smaller than ``least`` CSS pixels either way."""
    return [f"smaller than {least}: {one}" for one in page.evaluate(TARGETS, least)]


def left_over(page: Page, language: str, data: list[str]) -> list[str]:
    """Words of the other language that are not ``data``; longest names must come first."""
    wrong = CJK if language == "en" else LATIN
    left = []
    for text in page.evaluate(TEXTS):
        bare = CODES.sub(" ", text)
        for known in data:
            bare = bare.replace(known, " ")
        if wrong.search(bare):
            left.append(f"not {language}: {text[:120]}")
    return left
