# ruff: noqa: E501 - one line of SQL per table reads better than many
"""Fold the deltas into the rollup, off the write path; recount to prove it.

Folding takes rows by DELETE … RETURNING in one statement with the sums, so a crash folds
nothing and a late commit is folded later (decisions.md 11).
"""

from django.db import connection, transaction

CELL = (
    "tenant_id", "district_id", "township_id", "village_id", "grid_id", "kind", "category_id",
)  # fmt: skip
KEYS = ", ".join(CELL)

FOLD = f"""
WITH taken AS (
    DELETE FROM cases_casedelta WHERE id IN (
        SELECT id FROM cases_casedelta ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING *
), moves AS (
    SELECT {KEYS}, status_from AS status, level_from AS level, -1 AS n FROM taken WHERE status_from <> ''
    UNION ALL
    SELECT {KEYS}, status_to, level_to, 1 FROM taken WHERE status_to <> ''
), folded AS (
    INSERT INTO cases_rollup ({KEYS}, status, level, cases)
    SELECT {KEYS}, status, level, sum(n) FROM moves GROUP BY {KEYS}, status, level HAVING sum(n) <> 0
    ORDER BY {KEYS}, status, level
    ON CONFLICT ({KEYS}, status, level) DO UPDATE SET cases = cases_rollup.cases + excluded.cases
)
SELECT count(*) FROM taken
"""

# Sealed cases are counted nowhere.
RECOUNT = f"""
SELECT {KEYS}, status, level, count(*) FROM cases_case WHERE status <> 'sealed'
GROUP BY {KEYS}, status, level
"""


def fold(limit: int = 50_000) -> int:
    """Fold every waiting delta; return how many. Safe to run twice or in parallel."""
    folded = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '120s'")
            cursor.execute(FOLD, [limit])
            count: int = cursor.fetchone()[0]
        folded += count
        if count == 0:
            return folded


def differences() -> list[tuple[object, ...]]:
    """Cells where the folded figures differ from a recount of the cases; empty when true."""
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT)
        counted = set(cursor.fetchall())
        cursor.execute(f"SELECT {KEYS}, status, level, cases FROM cases_rollup WHERE cases <> 0")
        return sorted(counted ^ set(cursor.fetchall()), key=str)
