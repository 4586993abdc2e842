"""How personal data is shown to whom it is not shown in full: one rule per kind of data.

Lists, exports, prints and notices show what these functions return; the page of one's own case
shows names in full, and phone and address for a reason that is kept. Every function is idempotent
in what it hides: masking a masked value never shows more. Pure Python.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping

STAR, HIDDEN = "*", "****"
UNKNOWN_GIVEN_NAME = "某某"  # how court papers write a given name that must not be told
DOTS = "·•‧・．"  # between the parts of a name, as people type them
DOT = re.compile(f"[{DOTS}]")
HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]+")
EXTENSION = re.compile(r"([0-9]{7,}|0[0-9]{2,3}-[0-9]{7,8})-[0-9]{1,6}")
COUNTRY_CODE = re.compile(r"^(\+|00)86")
LONGEST_HAN_NAME = 4  # two characters of surname and two of given name; longer is no Han name
ID_NUMBER = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")
MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
LANDLINE = re.compile(r"(?<![0-9])0[0-9]{2,3}-?[2-9][0-9]{6,7}(?![0-9])")
UP_TO_THE_VILLAGE = re.compile(r"^.*?(?:村民委员会|居民委员会|村委会|居委会|社区|嘎查|村(?!镇))")
CELL = 100.0  # metres
METRES_PER_DEGREE = 111_320.0  # of latitude; of longitude times the cosine of the latitude
DECIMALS = 5  # about one metre: enough to name a cell, no more

# Surnames of two characters: those of the Hundred Family Surnames and a few others in use.
COMPOUND_SURNAMES = frozenset(
    re.findall(
        "..",
        "欧阳上官皇甫令狐诸葛司徒司马申屠夏侯贺兰完颜慕容尉迟长孙公孙宇文东方赫连澹台淳于单于太叔仲孙轩辕"
        "钟离闻人端木百里东郭南宫西门独孤呼延拓跋公冶宗政濮阳鲜于闾丘司空亓官司寇巫马公西颛孙壤驷公良漆雕"
        "乐正宰父谷梁段干第五南郭北宫东门梁丘左丘耶律纳兰万俟哥舒",
    )
)


def name(text: str | None, *, minor: bool = False) -> str:
    """A name as 张*三, 张*, 欧阳*三; empty for nothing.

    The surname stays, two characters of it when it is compound, and the last character of a
    given name of two or more. Of a name in several parts (买买提·吐尔逊, Mary Smith), and of one
    too long for a Han name, only the first character of each part, or of the whole, stays. Of a
    ``minor`` nothing of the given name stays, not even its length.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text or "").split())
    if not plain:
        return ""
    if minor:
        return initials(plain)
    if not plain.strip(DOTS + " "):
        return STAR  # nothing but marks between parts
    parts = re.split(f"([{DOTS} ])", plain)
    if len(parts) > 1:
        return "".join(part if part in DOTS + " " else beginning(part) for part in parts)
    if not HAN.fullmatch(plain) or len(plain) > LONGEST_HAN_NAME:
        return beginning(plain)
    kept = surname_length(plain)
    given = plain[kept:]
    if not given:
        return STAR
    shown = given[-1] if len(given) > 1 else ""
    return plain[:kept] + STAR * (len(given) - len(shown)) + shown


def beginning(part: str) -> str:
    """The first character of ``part``, the others as stars; one character alone is a star."""
    return part[0] + STAR * (len(part) - 1) if len(part) > 1 else STAR * len(part)


def surname_length(plain: str) -> int:
    """How many characters of a Han name are surname; none of a single character."""
    if len(plain) == 1:
        return 0
    return 2 if len(plain) > 2 and plain[:2] in COMPOUND_SURNAMES else 1


def initials(plain: str) -> str:
    """张某某, 欧阳某某; of other names the first letter of each part: M. S."""
    if HAN.fullmatch(DOT.sub("", plain)) and not DOT.search(plain):
        kept = surname_length(plain) if len(plain) <= LONGEST_HAN_NAME else 1
        return plain[:kept] + UNKNOWN_GIVEN_NAME
    if HAN.match(plain):
        return plain[0] + UNKNOWN_GIVEN_NAME
    return " ".join(f"{part[0].upper()}." for part in re.split(f"[{DOTS} ]", plain) if part)


def phone(number: str | None) -> str:
    """``138****5678``; of numbers under ten digits the last four, of tiny ones nothing."""
    main = unicodedata.normalize("NFKC", number or "").strip()
    main = COUNTRY_CODE.sub("", main)
    if found := EXTENSION.fullmatch(main):
        main = found[1]
    digits = re.sub(r"\D", "", main)
    if not digits:
        return ""
    if len(digits) >= 10:
        return f"{digits[:3]}{HIDDEN}{digits[-4:]}"
    return f"{HIDDEN}{digits[-4:]}" if len(digits) >= 7 else HIDDEN


def id_number(number: str | None) -> str:
    """``350521********1X``: the first six and the last two; of anything shorter stars only."""
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number or ""))
    if not plain:
        return ""
    return f"{plain[:6]}{STAR * 8}{plain[-2:].upper()}" if len(plain) >= 15 else STAR * 8


def address(text: str | None, village: str = "") -> str:
    """An address down to the village: ``village`` when it is known, else what ``text`` says up
    to it; nothing when it names none."""
    if village:
        return village
    found = UP_TO_THE_VILLAGE.match(" ".join((text or "").split()))
    return found[0] if found else ""


def coordinates(latitude: float, longitude: float) -> tuple[float, float]:
    """The centre of the square of 100 m a point lies in, in degrees."""
    step = CELL / METRES_PER_DEGREE
    north = (math.floor(latitude / step) + 0.5) * step
    across = step / max(math.cos(math.radians(north)), 0.01)
    east = (math.floor(longitude / across) + 0.5) * across
    return round(north, DECIMALS), round(east, DECIMALS)


def text(words: str | None, names: Iterable[str] = (), minors: Iterable[str] = ()) -> str:
    """Free words with every identity number, phone, each of ``names`` and of ``minors`` masked.

    For what is read by whom the matter is not; names nobody entered as a party are not known
    and stay.
    """
    found = unicodedata.normalize("NFC", words or "")
    found = ID_NUMBER.sub(lambda match: id_number(match[0]), found)
    for shape in (MOBILE, LANDLINE):
        found = shape.sub(lambda match: phone(match[0]), found)
    shown = {one: name(one) for one in worth_finding(names)}
    shown |= {one: name(one, minor=True) for one in worth_finding(minors)}
    return replaced(found, shown)


def initials_in(words: str, minors: Iterable[str]) -> str:
    """``words`` with the name of each minor as initials; everything else stays."""
    return replaced(words, {one: name(one, minor=True) for one in worth_finding(minors)})


def without(words: str, minors: Iterable[str]) -> str:
    """``words`` with nothing left of the name of a minor, nor of its initials: an export tells
    of no minor."""
    found = worth_finding(minors)
    shown = {name(one, minor=True): HIDDEN for one in found} | dict.fromkeys(found, HIDDEN)
    return replaced(words, shown)


def worth_finding(names: Iterable[str]) -> set[str]:
    """Names to look for in a text: a single character is in every second sentence."""
    return {one.strip() for one in names if len(one.strip()) > 1}


def replaced(words: str, shown: Mapping[str, str]) -> str:
    """Each key of ``shown`` by its value, the longest first: a name may begin another."""
    for one in sorted(shown, key=len, reverse=True):
        words = words.replace(one, shown[one])
    return words
