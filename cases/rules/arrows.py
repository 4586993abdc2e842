"""One arrow of the workflow table, and the arrows that every kind of matter has. Pure Python."""

from dataclasses import dataclass

from cases.rules.terms import Need, Stand, Status, Verb


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow: from these statuses, by this verb, to that status.

    ``target`` None keeps the status; ``also`` is where the act may lead instead, by a rule
    of its own. ``main`` marks what the page offers first.
    """

    sources: frozenset[Status]
    verb: Verb
    target: Status | None
    stands: frozenset[Stand]
    needs: tuple[Need, ...] = ()
    main: bool = False
    source: str = ""  # where the rule is written
    also: Status | None = None


S, V, T, N = Status, Verb, Stand, Need
HANDLERS = (T.HOLDER, T.MEDIATOR)
STAFF = (T.HOLDER, T.MEDIATOR, T.CO_HANDLER, T.COORDINATOR, T.WRITER)
LAW = "People's Mediation Law"
PETITIONS = "信访工作条例"


def step(
    sources: Status | frozenset[Status],
    verb: Verb,
    target: Status | None,
    *stands: Stand,
    needs: tuple[Need, ...] = (),
    main: bool = False,
    source: str = "",
    also: Status | None = None,
) -> Step:
    found = frozenset({sources}) if isinstance(sources, Status) else sources
    return Step(found, verb, target, frozenset(stands), needs, main, source, also)


def keeping_away(
    opened: frozenset[Status], back: Status | None = None, staff: tuple[Stand, ...] = STAFF
) -> tuple[Step, ...]:
    """The arrows that keep people away from a matter of their own; ``back`` is where it starts
    anew when the unit above takes over."""
    return (
        step(opened, V.DECLARE_INTEREST, None, *staff, needs=(N.NOTE,),
             source=f"{PETITIONS} Art. 28"),
        step(opened, V.ASK_RECUSAL, None, *staff, needs=(N.OFFICIAL, N.NOTE),
             source=f"{PETITIONS} Art. 28"),
        step(opened, V.APPLY_RECUSAL, None, T.RESIDENT, source="上海市信访条例 Arts. 14(3), 24"),
        step(opened, V.RECUSE, None, T.DECIDER, needs=(N.RECUSAL, N.OFFICIAL, N.SUCCESSOR, N.NOTE),
             source="上海市信访条例 Art. 24", also=back),
        step(opened, V.DENY_RECUSAL, None, T.DECIDER, needs=(N.RECUSAL, N.NOTE),
             source="上海市信访条例 Art. 24"),
        step(opened, V.PASS_RECUSAL, None, T.SYSTEM),
        step(opened, V.STAND_DOWN, None, T.SYSTEM),
        step(opened, V.REORGANISE, None, T.SYSTEM),
        step(opened, V.RESTART, None, T.SYSTEM),
        step(opened, V.RECOUNT, None, T.SYSTEM, source="国务院办公厅关于节假日安排的通知（每年）"),
    )  # fmt: skip


def supervising(opened: frozenset[Status]) -> tuple[Step, ...]:
    """The arrows of a supervision order; none of them moves the case."""
    return (
        step(opened - {S.CONTESTED}, V.ORDER, None, T.SUPERVISOR, source=f"{PETITIONS} Arts. 39–40",
             needs=(N.REASON, N.INSTRUCTION, N.ADDRESSEE, N.DAYS, N.NOTE)),
        step(opened, V.REPLY_ORDER, None, T.ADDRESSEE, needs=(N.ORDER, N.NOTE, N.EVIDENCE)),
        step(opened, V.ACCEPT_REPLY, None, T.ISSUER, needs=(N.ORDER, N.OPTIONAL_NOTE)),
        step(opened, V.REJECT_REPLY, None, T.ISSUER, needs=(N.ORDER, N.DAYS, N.NOTE)),
        step(opened, V.DELIST, None, T.ISSUER, needs=(N.ORDER, N.REASON, N.NOTE)),
        *(step(opened, verb, None, T.SYSTEM) for verb in (V.ISSUE_LISTED, V.ORDER_LATE)),
        step(opened, V.RECOUNT_ORDER, None, T.SYSTEM,
             source="国务院办公厅关于节假日安排的通知（每年）"),
    )  # fmt: skip


def returning(working: frozenset[Status]) -> tuple[Step, ...]:
    """Not mine, not yours: the arrows to and fro, and the one that ends it."""
    return (
        step(
            working, V.RETURN, S.RETURNED, T.HOLDER, needs=(N.REASON, N.NOTE),
            source="滨州网格条例 Art. 11: not mine → say so", also=S.CONTESTED,
        ),
        step(S.CONTESTED, V.RULE, S.REGISTERED, T.HOLDER, needs=(N.ANY_UNIT, N.NOTE), main=True,
             source=f"{PETITIONS} Art. 24: the common superior decides"),
        step(S.RETURNED, V.ANSWER, S.REGISTERED, T.HOLDER, T.WRITER, needs=(N.NOTE,), main=True),
    )  # fmt: skip
