# ruff: noqa: E501 - SQL
"""Tell the posts that hold a case that a set-based change moved its deadline to an earlier day.

One message of the outbox for each unit and batch, however many cases it is about: written by the
statement that moves them, so both are there or neither. A deadline that comes later is seen in
the list.
"""

# Reads ``hashed``: the cases just written, with the moment shown before and after.
MESSAGES = """
INSERT INTO cases_outbox (tenant_id, at, dedupe_key, case_id, case_ids, seq, verb, unit_id, urgent, state, attempts, next_at)
SELECT tenant_id, at, cases[1] || ':' || seqs[1] || ':' || unit || ':0', cases[1], cases, seqs[1], verb, unit, false, 'pending', 0, at
FROM (
    SELECT tenant_id, at, verb, holder_unit_id AS unit, array_agg(case_id ORDER BY case_id) AS cases,
           array_agg(seq ORDER BY case_id) AS seqs
    FROM hashed WHERE moved AND case_due < due_before AND holder_unit_id IS NOT NULL
    GROUP BY tenant_id, at, verb, holder_unit_id
) AS grouped
"""
