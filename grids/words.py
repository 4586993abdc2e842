"""Enumerations with a label. Pure Python, so rules and migrations can use plain values."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A code with an English label; the label is the msgid of its translation.

    Members are written ``NAME = "code", "Label"``. A member *is* its code.
    """

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        word = str.__new__(cls, code)
        word._value_ = code
        word.label = label or code
        return word

    @classmethod
    def values(cls) -> list[str]:
        """The codes in order, as plain strings (safe to write into a migration)."""
        return [str(word.value) for word in cls]
