"""Whether what is stored of an edition is whole: the checks of the official list, in SQL.

The first group must hold; the second counts what is odd in the list itself and true all the
same (a city without counties, a village that exists in statistics only, a letter no font has).
"""

from dataclasses import dataclass

from django.db import connection

from grids.importing import Edition

SHOWN = 4

ROWS = """
WITH stored AS (
    SELECT area.id, area.code, area.name, area.level, area.kind, area.path, area.parent_id,
        legal.code AS parent_code, legal.level AS parent_level, up.path AS parent_path,
        area.tenant_id, up.tenant_id AS parent_tenant
    FROM grids_area AS area
    LEFT JOIN grids_area AS up ON up.id = area.parent_id
    LEFT JOIN grids_area AS legal ON legal.id = COALESCE(area.stat_parent_id, area.parent_id)
    WHERE area.code <> '' AND area.code_system = %(system)s AND area.code_year = %(year)s
    AND area.valid_to IS NULL
), sibling AS (
    SELECT parent_id, name FROM stored GROUP BY parent_id, name HAVING count(*) > 1
), width(level, own, upper) AS (
    VALUES (1, 2, 0), (2, 4, 2), (3, 6, 4), (4, 9, 6), (5, 12, 9)
)
SELECT count(*) OVER (), stored.code, stored.name
FROM stored JOIN width USING (level)
WHERE {condition} ORDER BY stored.code LIMIT {shown}
"""

MUST_HOLD = {
    "code is 12 digits": "stored.code !~ '^[0-9]{12}$'",
    "code is there once": "stored.code IN (SELECT code FROM stored GROUP BY code"
    " HAVING count(*) > 1)",
    "zeros fit the level": "substr(stored.code, own + 1) ~ '[^0]'"
    " OR level > 1 AND substr(stored.code, upper + 1) !~ '[^0]'",
    "parent is there (levels 2 to 5)": "level > 1 AND parent_code IS NULL",
    "a province has no parent": "level = 1 AND parent_id IS NOT NULL",
    "code begins with the parent's": "level > 1 AND left(stored.code, upper)"
    " <> left(parent_code, upper)",
    "parent lies higher": "parent_level >= level",
    "name is not empty": "btrim(stored.name) = ''",
    "name has no blank or control character": r"stored.name ~ '[[:space:][:cntrl:]]'"
    " OR stored.name ~ U&'[\\00AD\\200B-\\200F\\2028-\\202E\\2060-\\206F\\FEFF]'",
    "path is the parent's and the own id": "stored.path"
    " <> COALESCE(parent_path, '') || stored.id || '.'",
    "customer is the parent's": "parent_tenant IS NOT NULL"
    " AND parent_tenant IS DISTINCT FROM stored.tenant_id",
}
WORTH_KNOWING = {
    "a level is skipped": "parent_level <> level - 1",
    "siblings of one name": "(stored.parent_id, stored.name) IN (SELECT * FROM sibling)",
    "private-use character in the name": "stored.name ~ U&'[\\E000-\\F8FF]'",
    "character beyond sixteen bits in the name": "stored.name ~ U&'[\\+010000-\\+10FFFF]'",
    "virtual community": "level = 5 AND (substr(stored.code, 10) IN ('498', '598')"
    " OR stored.name LIKE '%%虚拟%%')",
    "body counted as a village": "level = 5 AND substr(stored.code, 10, 1) IN ('4', '5')",
    "county in statistics only": "level = 3 AND substr(stored.code, 5, 2) BETWEEN '71' AND '80'",
    "nothing lies in it": "level < 5 AND NOT EXISTS"
    " (SELECT FROM grids_area AS child WHERE child.parent_id = stored.id) AND NOT EXISTS"
    " (SELECT FROM grids_area AS child WHERE child.stat_parent_id = stored.id)",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """How many stored places a check is about, the first of them, whether it must hold."""

    check: str
    count: int
    examples: list[tuple[str, str]]
    must_hold: bool

    def __str__(self) -> str:
        verdict = "ok  " if not self.count else "FAIL" if self.must_hold else "note"
        shown = " ".join(f"{code} {name}" for code, name in self.examples)
        return f"{verdict} {self.check}: {self.count} {shown}".rstrip()


def findings(edition: Edition) -> list[Finding]:
    """Every check on the current places of ``edition``; some 40 s for the whole country."""
    names: dict[str, str | int] = {"system": edition.system, "year": edition.year}
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for group, must_hold in ((MUST_HOLD, True), (WORTH_KNOWING, False)):
            for check, condition in group.items():
                cursor.execute(ROWS.format(condition=condition, shown=SHOWN), names)
                rows = cursor.fetchall()
                examples = [(code, name) for _, code, name in rows]
                found.append(Finding(check, rows[0][0] if rows else 0, examples, must_hold))
        cursor.execute("RESET statement_timeout")
    return found


def levels(edition: Edition) -> dict[int, int]:
    """How many current places ``edition`` has on each level."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT level, count(*) FROM grids_area WHERE code <> '' AND code_system = %s"
            " AND code_year = %s AND valid_to IS NULL GROUP BY level ORDER BY level",
            [edition.system, edition.year],
        )
        return dict(cursor.fetchall())
