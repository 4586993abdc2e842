"""Words of what follows a matter: telling the parties, revisits, look-backs. Pure Python."""

from grids.words import Word


class TellingChannel(Word):
    """How a party was told."""

    RECEIPT = "receipt", "Printed receipt"
    SMS = "sms", "Text message"
    CALL = "call", "Phone call"
    VISIT = "visit", "In person"


class RevisitSort(Word):
    """Why a struck-off case is looked at again."""

    AGREEMENT = "agreement", "Agreement kept?"
    SAMPLE = "sample", "Look-back"


class RevisitResult(Word):
    """What the revisit found."""

    KEPT = "kept", "Settled and kept"
    RELAPSED = "relapsed", "Trouble is back"
    UNTRUE = "untrue", "Was not settled"
    NOT_MET = "not_met", "Nobody reached"
    TRUE = "true", "True as recorded"
    PARTLY = "partly", "Partly true"
