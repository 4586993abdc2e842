"""An edition of the whole country: places of no customer, by the command; stopped, gone on with."""

import io
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cases import editions
from grids import country, planting
from grids import editions as comparing
from grids.importing import Edition
from grids.models import Area, AreaEdition, AreaPast, AreaSuccession, EditionChange, EditionLine
from grids.treecheck import findings
from tests.grids.test_country import CUT
from tests.world import World

CHANGES = {
    "streets.csv": [
        ('410871060,"李万街道",410871,41,4108\n', ""),  # gone with its village
        ('110112009,', '110101002,"景山街道",110101,11,1101\n110112009,'),  # new
    ],
    "villages.csv": [
        ('410871060001,"韩愈路社区居民委员会",410871060,41,4108,410871\n', ""),
        ('110101001002,"银闸社区居委会",110101001,', '110101002005,"银闸社区居委会",110101002,'),
        ('"鸿山社区居委会"', '"鸿山社区"'),
        ("429004001002,", "429004001009,"),
    ],
}  # fmt: skip


@pytest.fixture
def later(world: World, tmp_path: Path) -> Path:
    """The tree has the cut of 2023; the cut as a later edition would have it."""
    planting.import_country(CUT, Edition(), lambda words: None)
    folder = Path(shutil.copytree(CUT, tmp_path / "later"))
    for name, changes in CHANGES.items():
        text = (folder / name).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run(*words: object) -> str:
    out = io.StringIO()
    call_command("area_edition", *map(str, words), stdout=out, stderr=io.StringIO())
    return out.getvalue()


def stored() -> set[tuple[str, str, str]]:
    """Code, name and parent of every current place of the list."""
    rows = Area.objects.current().exclude(code="").filter(code_system="NBS")
    return {(one.code, one.name, one.parent.code if one.parent else "")
            for one in rows.select_related("parent")}  # fmt: skip


def lines() -> set[tuple[str, str, str]]:
    return set(EditionLine.objects.filter(bad="").values_list("code", "name", "parent_code"))


def test_the_country_becomes_what_a_later_edition_says(later: Path) -> None:
    said = run("read", later, "--year", 2024)
    assert "2 new" not in said and "1 new, 2 gone, 1 renamed, 1 moved, 1 recoded" in said
    edition = AreaEdition.objects.get()
    assert (edition.lines_bad, edition.state) == (5, "compared")
    assert stored() != lines()
    assert "6 changes: accepted" in run("decide", edition.pk, "accept", "--unsure")
    assert "6 changes ordered, 6 applied in all, 0 could not be" in run("apply", edition.pk)
    assert stored() == lines()
    failed = [one for one in findings(Edition(year=2024)) if one.must_hold and one.count]
    assert failed == [] and not [one for one in findings(Edition()) if one.count]
    moved = Area.objects.get(name="银闸社区居委会")
    assert moved.parent and moved.parent.name == "景山街道" and moved.path.endswith(f"{moved.pk}.")
    assert AreaPast.objects.get(area=moved).code == "110101001002"
    assert AreaSuccession.objects.count() == 2
    assert "0 changes ordered" in run("apply", edition.pk)
    assert "applied" in run("show", edition.pk) and "2024" in run("list")


def test_a_comparison_that_was_stopped_goes_on_and_comes_to_the_same(
    later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("read", later, "--year", 2024)
    whole = told()
    run("discard", AreaEdition.objects.get().pk)
    compare_part, seen = comparing.compare_part, []

    def stop(edition: AreaEdition, part: str, *rest: object) -> int:
        seen.append(part)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return compare_part(edition, part, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(comparing, "compare_part", stop)
    with pytest.raises(KeyboardInterrupt):
        run("read", later, "--year", 2024)
    assert 0 < EditionChange.objects.count() < len(whole)
    run("read", later, "--year", 2024)
    assert told() == whole and seen.count(seen[0]) == 1
    assert AreaEdition.objects.exclude(state="discarded").get().state == "compared"


def told() -> list[tuple[object, ...]]:
    columns = ("kind", "unsure", "step", "old_name", "old_code", "new_name", "new_code")
    return sorted(EditionChange.objects.values_list(*columns))


def test_a_province_only_one_side_has_is_gone_or_new(later: Path) -> None:
    for level, (name, _above) in country.FILES.items():
        file = later / name
        text = file.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in text if not (line[:2] == "46" and level < 6)]
        file.write_text("".join(kept), encoding="utf-8")
    run("read", later, "--year", 2024)
    gone = EditionChange.objects.filter(kind="gone", old_code__startswith="46")
    below = Area.objects.current().filter(code__startswith="46", code_system="NBS")
    assert gone.count() == below.count() > 3


def test_places_of_a_customer_are_left_to_the_customer(world: World, later: Path) -> None:
    district = Area.objects.get(code="350203000000")
    Area.objects.within(district).update(tenant=world.ns)
    run("read", later, "--year", 2024)
    edition = AreaEdition.objects.get()
    assert "5 changes" in run("decide", edition.pk, "accept")
    run("apply", edition.pk)
    renamed = EditionChange.objects.get(kind="renamed")
    assert renamed.state == "waiting" and Area.objects.filter(name="鸿山社区居委会").exists()
    assert not editions.changes_for(None, edition).filter(pk=renamed.pk).exists()


@pytest.mark.parametrize(
    "words",
    [
        ("show", 0), ("decide", 1, "accept", "--as", "nobody"), ("read", "/nowhere", "--year", 1),
        ("read", CUT, "--year", 2023), ("read", CUT, "--year", 2024, "--root", "1"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(later: Path, words: tuple[object, ...]) -> None:
    with pytest.raises(CommandError):
        run(*words)
