"""Masked names, phones, numbers, addresses and places: many real shapes, and no way back."""

import math
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cases.rules import masking

NAMES = [
    ("张三", "张*", "张某某"), ("李四", "李*", "李某某"), ("张小三", "张*三", "张某某"),
    ("王秀英", "王*英", "王某某"), ("欧阳青", "欧阳*", "欧阳某某"),
    ("欧阳小三", "欧阳*三", "欧阳某某"), ("司马相如", "司马*如", "司马某某"),
    ("诸葛亮", "诸葛*", "诸葛某某"), ("上官婉儿", "上官*儿", "上官某某"),
    ("尉迟恭", "尉迟*", "尉迟某某"), ("令狐冲", "令狐*", "令狐某某"),
    ("欧阳", "欧*", "欧某某"),  # of two characters the first is the surname
    ("司空", "司*", "司某某"), ("张王小明", "张**明", "张某某"), ("古丽", "古*", "古某某"),
    ("阿卜杜拉", "阿**拉", "阿某某"), ("阿不都热合曼", "阿*****", "阿某某"),
    ("买买提·吐尔逊", "买**·吐**", "买某某"), ("买买提•吐尔逊", "买**•吐**", "买某某"),
    ("迪丽热巴·迪力木拉提", "迪***·迪****", "迪某某"), ("次仁·多吉", "次*·多*", "次某某"),
    ("Mary Smith", "M*** S****", "M. S."), ("Nguyen Van An", "N***** V** A*", "N. V. A."),
    ("O", "*", "O."), ("张", "*", "某某"), ("𠮷田三", "𠮷*三", "𠮷某某"),
    (" 李 四 ", "* *", "李某某"), ("　李四　", "李*", "李某某"), ("老张", "老*", "老某某"),
    ("张先生", "张*生", "张某某"), ("", "", ""), ("   ", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "masked", "of_a_child"), NAMES)
def test_names(name: str, masked: str, of_a_child: str) -> None:
    assert masking.name(name) == masked
    assert masking.name(name, minor=True) == of_a_child


def test_no_name_is_nothing() -> None:
    assert masking.name(None) == masking.phone(None) == masking.id_number(None) == ""
    assert masking.address(None) == masking.text(None) == ""


@pytest.mark.parametrize("surname", sorted(masking.COMPOUND_SURNAMES))
def test_every_compound_surname_stays_whole(surname: str) -> None:
    assert len(surname) == 2
    assert masking.name(f"{surname}青") == f"{surname}*"
    assert masking.name(f"{surname}小青") == f"{surname}*青"
    assert masking.name(f"{surname}小青", minor=True) == f"{surname}某某"


@given(st.text(min_size=1, max_size=40))
def test_a_masked_name_is_never_the_name(name: str) -> None:
    assume("*" not in unicodedata.normalize("NFKC", name))  # nobody's name; it is masked already
    masked = masking.name(name)
    assert masked != " ".join(name.split()) or not masked.strip("*· .•‧・．")
    assert masking.STAR in masked or not masked
    again = masking.name(masked)
    assert again.count("*") >= masked.count("*") or len(again) < len(masked)


HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4)


@given(HAN, HAN)
def test_a_child_is_told_by_the_surname_alone(one: str, other: str) -> None:
    if one[0] == other[0] and not {one[:2], other[:2]} & masking.COMPOUND_SURNAMES:
        assert masking.name(one, minor=True) == masking.name(other, minor=True)
    assert len(masking.name(one, minor=True)) <= 4


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812345678", "138****5678"), ("+86 138-1234-5678", "138****5678"),
        ("008613812345678", "138****5678"), ("１３８１２３４５６７８", "138****5678"),
        ("0936-6612345", "093****2345"), ("059587654321-801", "059****4321"),
        ("0595-87654321-801", "059****4321"), ("87654321-801", "****4321"),
        ("6612345", "****2345"), ("12345", "****"), ("110", "****"),
        ("+85291234567", "852****4567"),
        ("4001234567", "400****4567"), ("-", ""), ("", ""),
    ],
)  # fmt: skip
def test_phones(number: str, masked: str) -> None:
    assert masking.phone(number) == masked


@given(st.integers(min_value=13_000_000_000, max_value=19_999_999_999))
def test_the_middle_of_a_mobile_number_is_never_shown(number: int) -> None:
    masked = masking.phone(str(number))
    assert masked == f"{str(number)[:3]}****{str(number)[-4:]}"
    assert masking.phone(masked) in (masked, "****" + masked[-4:])


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("11010519491231002X", "110105********2X"), ("11010519491231002x", "110105********2X"),
        ("440524 1880 0101 0014", "440524********14"), ("110105491231002", "110105********02"),
        ("1234567", "********"), ("护照E1234567", "********"), ("", ""),
    ],
)  # fmt: skip
def test_identity_numbers(number: str, masked: str) -> None:
    assert masking.id_number(number) == masked
    assert "19491231" not in masking.id_number(number)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("2组15号", ""), ("东河村2组15号", "东河村"), ("青石镇东河村2组15号", "青石镇东河村"),
        ("前埔社区12号楼301", "前埔社区"), ("乌兰嘎查3号", "乌兰嘎查"), ("青石镇村镇路3号", ""),
        ("东河村村民委员会旁15号", "东河村"), ("幸福里居委会5栋", "幸福里居委会"),
    ],
)  # fmt: skip
def test_addresses_end_at_the_village(address: str, masked: str) -> None:
    assert masking.address(address) == masked
    assert masking.address(address, "石桥村") == "石桥村"
    assert not any(mark.isdigit() for mark in masking.address(address))


LAT = st.floats(min_value=3.8, max_value=53.6)  # of this country
LON = st.floats(min_value=73.5, max_value=135.1)


@given(LAT, LON)
def test_a_point_becomes_its_hundred_metres(lat: float, lon: float) -> None:
    north, east = masking.coordinates(lat, lon)
    metres = masking.METRES_PER_DEGREE
    assert abs(north - lat) * metres <= 51
    assert abs(east - lon) * metres * math.cos(math.radians(lat)) <= 52
    assert masking.coordinates(north, east) == (north, east)


def test_neighbours_share_a_square() -> None:
    assert masking.coordinates(24.91230, 118.51230) == masking.coordinates(24.91232, 118.51232)


def test_words_lose_numbers_and_the_names_of_the_parties() -> None:
    told = "张三丰和张三吵架，电话13812345678或0595-87654321，身份证11010519491231002X。"
    masked = masking.text(told, ["张三", "张三丰", "", " "])
    assert masked == "张*丰和张*吵架，电话138****5678或059****4321，身份证110105********2X。"
    assert masking.text("编号LB2026-000123，共3户", ["张三"]) == "编号LB2026-000123，共3户"
