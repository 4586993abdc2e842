"""Where everybody and everything of the matrix lies, written down a second time.

Nothing here asks the product: relations are worked out from this little map, so that a wrong
path, level column or scope in the product cannot make its own expectation.
"""

ABOVE = {
    "hubin": "", "qingshi": "hubin", "liulin": "hubin", "donghe": "qingshi",
    "shiqiao": "qingshi", "donghe1": "donghe", "donghe2": "donghe", "donghe1a": "donghe1",
    "dukou": "liulin", "dukou1": "dukou",
    "nanshan": "", "yunling": "nanshan", "songpo": "yunling", "songpo1": "songpo",
}  # fmt: skip


def line(place: str) -> list[str]:
    """``place`` and everything above it, the nearest first."""
    found = [place]
    while ABOVE[found[-1]]:
        found.append(ABOVE[found[-1]])
    return found


def lies(post: str, thing: str) -> str:
    """How the place of a post lies to the place of a thing."""
    if post == thing:
        return "own"
    if post in line(thing):
        return "ancestor"
    if thing in line(post):
        return "descendant"
    if line(post)[-1] != line(thing)[-1]:
        return "other_district"
    return "sibling" if ABOVE[post] == ABOVE[thing] else "elsewhere"
