"""QR codes as inline SVG: one path on white, sized by the style sheet."""

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

QUIET = 4  # modules of white around a QR code, as the standard has it


def svg(text: str, label: str) -> SafeString:
    """``text`` as a QR code; ``label`` says to screen readers what it leads to."""
    drawn = segno.make(text, error="m", micro=False).matrix_iter(border=QUIET)
    rows = [list(row) for row in drawn]
    runs = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            length = 1
            while x + length < len(row) and row[x + length] == row[x]:
                length += 1
            if row[x]:
                runs.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    side = len(rows)
    return format_html(
        '<svg class="qr" width="168" height="168" viewBox="0 0 {0} {0}" role="img"'
        ' aria-label="{1}" focusable="false">'
        '<path fill="#fff" d="M0 0h{0}v{0}h-{0}z"/><path fill="#000" d="{2}"/></svg>',
        side,
        label,
        "".join(runs),
    )
