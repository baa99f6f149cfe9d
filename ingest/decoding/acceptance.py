"""What is accepted from a message, whatever its topic."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.decoding.rejection import Reason, Unreadable
from ingest.decoding.timestamps import HINT_LIMIT_US, moment


@dataclass(frozen=True)
class QuarantineLimits:
    """How many bytes are kept of what cannot be read: in all and of each sender; for how long."""

    limit_bytes: int = 1_073_741_824
    sender_limit_bytes: int = 67_108_864
    keep_days: int = 365


@dataclass(frozen=True)
class StreamLimits:
    """Of how many topics of local stamps the order is remembered: in all, and of each sender."""

    limit: int = 20_000
    sender_limit: int = 5_000


def _on_time(_received_us: int) -> int:
    return 0


@dataclass(frozen=True)
class Limits:
    """The size of a payload, and the device times from `earliest_us` to a while after reception.

    Of a mapping so many places that it does not read are listed (`unread_places_limit`).
    `binds_trials` tells whether a trial's sender is held to the time of its trial; what the plant
    imports itself is not. `later_us` tells by how much later a reception may have been, because our
    clock was set.
    """

    payload_limit_bytes: int
    earliest_us: int
    future_tolerance_us: int
    quarantine: QuarantineLimits = QuarantineLimits()
    streams: StreamLimits = StreamLimits()
    unread_places_limit: int = 200
    binds_trials: bool = True
    later_us: Callable[[int], int] = field(default=_on_time, compare=False, repr=False)

    def check_payload(self, payload: bytes) -> None:
        """Raise Unreadable (TOO_LARGE) for a payload that is not to be read."""
        if len(payload) > self.payload_limit_bytes:
            sentence = f"{len(payload)} bytes; up to {self.payload_limit_bytes} bytes are read"
            raise Unreadable(Reason.TOO_LARGE, sentence)

    def check_stamp(self, ts_us: int, received_us: int) -> None:
        """Raise Unreadable (STAMP_TOO_OLD, STAMP_IN_FUTURE) for a moment outside."""
        if ts_us < self.earliest_us:
            sentence = f"{moment(ts_us)} is before {moment(self.earliest_us)}"
            sentence += _in_another_unit(ts_us, received_us)
            raise Unreadable(Reason.STAMP_TOO_OLD, sentence)
        latest_us = received_us + self.future_tolerance_us
        if ts_us > latest_us and ts_us > latest_us + self.later_us(received_us):
            sentence = f"{moment(ts_us)} is after the reception at {moment(received_us)}"
            sentence += _in_another_unit(ts_us, received_us)
            raise Unreadable(Reason.STAMP_IN_FUTURE, sentence)


def _in_another_unit(ts_us: int, received_us: int) -> str:
    """Return what a number would be that counts in a unit a thousand times as large or small."""
    for factor in (1_000, 1_000_000, 1_000_000_000):
        for meant_us in (ts_us // factor, ts_us * factor):
            if abs(meant_us - received_us) < HINT_LIMIT_US:
                return f"; counted in another unit it is {moment(meant_us)}"
    return ""


# 512 KiB; from the year 2000 on; five minutes for a clock that runs fast.
DEFAULT_LIMITS = Limits(
    payload_limit_bytes=524_288,
    earliest_us=946_684_800_000_000,
    future_tolerance_us=300_000_000,
)
