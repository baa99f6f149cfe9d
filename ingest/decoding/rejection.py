"""Why a message, or a part of it, could not become a reading."""

from enum import Enum
from typing import NamedTuple

QUOTE_LIMIT_CHARS = 80


class Reason(Enum):
    """The value is stored with the quarantined message; the sentence is for people."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    WRONG_TYPE = "wrong_type"
    NO_READING = "no_reading"
    NO_STAMP = "no_stamp"
    RETAINED = "retained_no_stamp"
    BAD_STAMP = "bad_stamp"
    STAMP_WITHOUT_ZONE = "stamp_without_zone"
    STAMP_IN_GAP = "stamp_in_gap"
    STAMP_TOO_OLD = "stamp_too_old"
    STAMP_IN_FUTURE = "stamp_in_future"
    NO_VALUE = "no_value"
    NOT_FINITE = "not_finite"
    UNKNOWN_STATE = "unknown_state"
    BAD_STATUS = "bad_status"
    NAMED_LIST = "named_list"
    NOT_READ = "not_read"
    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_POINT = "unknown_point"
    CONFLICT = "conflict"
    REFUSED = "refused"

    @property
    def sentence(self) -> str:
        """What happened, in a sentence."""
        return _SENTENCES[self]


_SENTENCES = {
    Reason.TOO_LARGE: "The payload is larger than the limit and was not read.",
    Reason.NOT_JSON: "The payload is not JSON.",
    Reason.WRONG_TYPE: "A part of the payload has another type than the contract says.",
    Reason.NO_READING: "The payload is well formed and holds no reading.",
    Reason.NO_STAMP: "The device time is missing.",
    Reason.RETAINED: "The message was kept by the broker and has no device time of its own.",
    Reason.BAD_STAMP: "The device time cannot be read.",
    Reason.STAMP_WITHOUT_ZONE: "The device time has no offset from UTC, so it is no moment.",
    Reason.STAMP_IN_GAP: "The local device time never was: clocks were put forward over it.",
    Reason.STAMP_TOO_OLD: "The device time is before the earliest one that is accepted, "
    "of all or of this sender.",
    Reason.STAMP_IN_FUTURE: "The device time is later than the time of reception allows.",
    Reason.NO_VALUE: "There is no value, and the status does not say why.",
    Reason.NOT_FINITE: "The value is NaN, infinite or too large to be summed up.",
    Reason.UNKNOWN_STATE: "The text is neither a number nor a state that the mapping knows.",
    Reason.BAD_STATUS: "The status is no OPC UA status code, and none that the mapping knows.",
    Reason.NAMED_LIST: "The mapping asks for a place in a list whose elements have names.",
    Reason.NOT_READ: "The mapping reads one place of a list, and not the others that are like it.",
    Reason.UNKNOWN_TOPIC: "No line and no mapping of the site has this topic.",
    Reason.UNKNOWN_POINT: "The site has no such point, or calculates it itself.",
    Reason.CONFLICT: "The point has another value at this device time; the first one is kept.",
    Reason.REFUSED: "The database refused the reading.",
}


class Rejection(NamedTuple):
    """One part that was rejected; `detail` names the part by JSON pointer and what stood there."""

    reason: Reason
    detail: str


class Unreadable(Exception):  # noqa: N818 - never leaves the decoder
    """Raised inside the decoder where a part cannot be read."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def at(self, pointer: str) -> Rejection:
        """Return the rejection of the part at `pointer` ("" for the whole payload)."""
        return Rejection(self.reason, f"{pointer}: {self.detail}" if pointer else self.detail)


def quote(value: object) -> str:
    """Return `value` as text for a detail, cut to a length that a table can show."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, a deep document
        text = f"<{type(value).__name__}>"
    return text if len(text) <= QUOTE_LIMIT_CHARS else f"{text[:QUOTE_LIMIT_CHARS]}…"
