"""The states of an alarm and the arrows between them (ISA-18.2 / IEC 62682, pure).

The standard's letters: A normal, B unacknowledged, C acknowledged, D returned unacknowledged,
E latched unacknowledged, F latched acknowledged, G shelved, H suppressed by design,
I out of service. While an alarm is in G, H or I its condition goes on; only nobody is called.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    """How an alarm stands."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"
    LATCHED_UNACKNOWLEDGED = "latched_unacknowledged"
    LATCHED_ACKNOWLEDGED = "latched_acknowledged"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"


class Input(StrEnum):
    """What moves an alarm: its condition, time, its design, or a person."""

    RAISE = "raise"
    CLEAR = "clear"
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    SHELF_ENDS = "shelf_ends"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    TAKE_OUT_OF_SERVICE = "take_out_of_service"
    RETURN_TO_SERVICE = "return_to_service"


@dataclass(frozen=True)
class Standing:
    """All that the state of an alarm is made of.

    `shelved_until_us` is in microseconds since 1970 UTC; None: it is not on the shelf.
    `is_acknowledged` is about the occurrence, and calls nobody while an alarm is shelved,
    suppressed or out of service.
    """

    is_active: bool = False
    is_acknowledged: bool = True
    is_latched: bool = False
    shelved_until_us: int | None = None
    is_suppressed: bool = False
    is_out_of_service: bool = False

    @property
    def state(self) -> State:
        """The state: what a person or the design put aside counts before the condition."""
        if self.is_out_of_service:
            return State.OUT_OF_SERVICE
        if self.is_suppressed:
            return State.SUPPRESSED
        if self.shelved_until_us is not None:
            return State.SHELVED
        if self.is_active:
            return State.ACKNOWLEDGED if self.is_acknowledged else State.UNACKNOWLEDGED
        if self.is_latched:
            known = self.is_acknowledged
            return State.LATCHED_ACKNOWLEDGED if known else State.LATCHED_UNACKNOWLEDGED
        return State.NORMAL if self.is_acknowledged else State.RETURNED_UNACKNOWLEDGED

    @property
    def is_set_aside(self) -> bool:
        """Whether nobody is called: shelved, suppressed or out of service."""
        return self.state in _SET_ASIDE


_SET_ASIDE = {State.SHELVED, State.SUPPRESSED, State.OUT_OF_SERVICE}


def move(
    before: Standing, moved_by: Input, *, is_latching: bool = False, until_us: int | None = None
) -> Standing | None:
    """Return how an alarm stands after an input; None where the standard has no such arrow.

    `until_us` is the end of the shelf that SHELVE asks for.
    """
    if moved_by is Input.CLEAR:
        return _cleared(before, is_latching=is_latching)
    if moved_by is Input.SHELVE:
        fits = until_us is not None and not before.is_out_of_service
        return replace(before, shelved_until_us=until_us) if fits else None
    return _ARROWS[moved_by](before)


def _raised(before: Standing) -> Standing | None:
    # Also D, E and F: it is there again, and somebody must hear of it.
    return None if before.is_active else replace(before, is_active=True, is_acknowledged=False)


def _cleared(before: Standing, *, is_latching: bool) -> Standing | None:
    if not before.is_active:
        return None
    after = replace(before, is_active=False, is_latched=before.is_latched or is_latching)
    # What came and went while nobody was called is no reason to call afterwards.
    if after.is_set_aside and not after.is_latched:
        after = replace(after, is_acknowledged=True)
    return after


def _acknowledged(before: Standing) -> Standing | None:
    return None if before.is_acknowledged else replace(before, is_acknowledged=True)


def _reset(before: Standing) -> Standing | None:
    fits = before.is_latched and not before.is_active
    return replace(before, is_latched=False) if fits else None


def _unshelved(before: Standing) -> Standing | None:
    if before.shelved_until_us is None:
        return None
    return replace(before, shelved_until_us=None, is_acknowledged=True)


def _shelf_ended(before: Standing) -> Standing | None:
    if before.shelved_until_us is None:
        return None
    return _called_again(replace(before, shelved_until_us=None))


def _suppressed(before: Standing) -> Standing | None:
    return None if before.is_suppressed else replace(before, is_suppressed=True)


def _unsuppressed(before: Standing) -> Standing | None:
    return _called_again(replace(before, is_suppressed=False)) if before.is_suppressed else None


def _out_of_service(before: Standing) -> Standing | None:
    if before.is_out_of_service:
        return None
    return replace(before, is_out_of_service=True, shelved_until_us=None)


def _in_service(before: Standing) -> Standing | None:
    if not before.is_out_of_service:
        return None
    return _called_again(replace(before, is_out_of_service=False))


def _called_again(after: Standing) -> Standing:
    """Return an alarm that nobody puts aside any more: what is active or latched calls again."""
    if after.is_set_aside:
        return after
    return replace(after, is_acknowledged=not (after.is_active or after.is_latched))


_ARROWS: dict[Input, Callable[[Standing], Standing | None]] = {
    Input.RAISE: _raised,
    Input.ACKNOWLEDGE: _acknowledged,
    Input.RESET: _reset,
    Input.UNSHELVE: _unshelved,
    Input.SHELF_ENDS: _shelf_ended,
    Input.SUPPRESS: _suppressed,
    Input.UNSUPPRESS: _unsuppressed,
    Input.TAKE_OUT_OF_SERVICE: _out_of_service,
    Input.RETURN_TO_SERVICE: _in_service,
}
