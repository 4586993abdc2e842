"""A text field as people fill it in."""

from typing import Any

from django import forms

from grids import plaintext


class PlainField(forms.CharField):
    """Visible text without outer blanks. What cannot be seen is dropped rather than refused:
    keyboards and copied text bring it along and nobody could find it."""

    def __init__(self, *, lines: bool = False, **options: Any) -> None:
        self.lines = lines
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")
        kept = "\n\t" if self.lines else ""
        visible = "".join(c for c in text if c in kept or not plaintext.hidden(c))
        shape = plaintext.paragraph if self.lines else plaintext.line
        return shape(visible, "", longest=len(visible), required=False)
