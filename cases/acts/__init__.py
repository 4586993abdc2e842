"""What each verb does beside changing the status. Verbs that are not here do nothing more."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cases.acting import Act
from cases.acts import (
    ending,
    handling,
    joining,
    lifting,
    mediating,
    moving,
    recusing,
    relieving,
    removing,
    ruling,
)
from cases.rules.workflow import Verb

EFFECTS: Mapping[Verb, Callable[[Act], None]] = MappingProxyType(
    {
        Verb.CORRECT: handling.correct,
        Verb.SUPPLEMENT: handling.supplement,
        Verb.SIGN: handling.sign,
        Verb.ASSIGN: handling.assign,
        Verb.FINISH: handling.finish,
        Verb.TELL: handling.tell,
        Verb.NUDGE: handling.nudge,
        Verb.SUSPEND: handling.suspend,
        Verb.RESUME: handling.resume,
        Verb.RETURN: ruling.send_back,
        Verb.ANSWER: moving.answer,
        Verb.RULE: ruling.rule,
        Verb.DECLARE_INTEREST: recusing.declare,
        Verb.ASK_RECUSAL: recusing.ask_for,
        Verb.APPLY_RECUSAL: recusing.apply_for,
        Verb.RECUSE: recusing.recuse,
        Verb.DENY_RECUSAL: recusing.deny,
        Verb.PASS_RECUSAL: recusing.pass_overdue,
        Verb.STAND_DOWN: relieving.stand_down,
        Verb.LIFT: lifting.lift,
        Verb.TRANSFER: moving.transfer,
        Verb.HAND_DOWN: moving.hand_down,
        Verb.CO_HANDLE: moving.co_handle,
        Verb.END_CO_HANDLE: moving.end_co_handle,
        Verb.RAISE: moving.raise_level,
        Verb.RECLASSIFY: moving.reclassify,
        Verb.MEDIATE: mediating.mediate,
        Verb.SESSION: mediating.session,
        Verb.AGREE_WRITTEN: mediating.agree,
        Verb.AGREE_ORAL: mediating.agree,
        Verb.REFUSE: mediating.refuse,
        Verb.FAIL: mediating.fail,
        Verb.MERGE: joining.merge,
        Verb.SPLIT: joining.split,
        Verb.LINK: joining.link,
        Verb.VERIFY: ending.verify,
        Verb.REJECT: ending.take_up_again,
        Verb.OBJECT: ending.take_up_again,
        Verb.CONFIRM: ending.confirm,
        Verb.STRIKE: ending.strike,
        Verb.STRIKE_SILENT: ending.strike_silent,
        Verb.REOPEN: ending.reopen,
        Verb.VOID: ending.void,
        Verb.REVISIT: ending.revisit,
        Verb.SEAL: removing.seal,
        Verb.HAND_OVER: moving.hand_over,
    }
)
