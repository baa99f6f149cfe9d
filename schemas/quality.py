"""Quality of a reading: what the source said and what our checks found.

The verdict is a QARTOD flag, the source's word an OPC UA status code. They are stored side by side:
neither overwrites the other, and neither ever changes the value.
"""

from enum import IntEnum, IntFlag

OPC_STATUS_MAX = 0xFFFF_FFFF

_RESERVED_BITS = 0x3000_3000
_INFO_TYPE_BITS = 0x0C00
_INFO_TYPE_DATA_VALUE = 0x0400
_INFO_BITS = 0x03FF
_DATA_VALUE_RESERVED_BITS = 0x0060


class Qc(IntEnum):
    """QARTOD primary flags (IOOS manual for real-time quality control, section 2)."""

    GOOD = 1
    UNKNOWN = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


class Check(IntFlag):
    """Checks that can fire on a reading; the fired ones are stored as a bit mask."""

    INSTRUMENT_RANGE = 1
    TYPICAL_RANGE = 2
    SOURCE_UNCERTAIN = 4
    SOURCE_BAD = 8
    NO_VALUE = 16
    SERVER_TIME = 32
    AMBIGUOUS_LOCAL_TIME = 64
    END_OF_RANGE = 128
    FLAT_LINE = 256
    SPIKE = 512
    RATE_OF_CHANGE = 1024
    ATTENUATED = 2048
    GAP = 4096
    LATE = 8192
    BURST = 16384
    DEAD_VALUE = 32768
    CALIBRATION = 65536
    CLEANING = 131072
    SERVICE = 262144
    CLEANING_IN_PLACE = 524288
    TRIAL_CHANGE = 1048576
    JUDGED_SUSPECT = 2097152
    JUDGED_BAD = 4194304
    PLAUSIBLE_PAIR = 8388608
    BELOW_LIMIT = 16777216
    ABOVE_LIMIT = 33554432


# By people: what they did with the instrument says nothing about the process.
KNOWN_WRONG = Check.CALIBRATION | Check.CLEANING | Check.JUDGED_BAD
FAILING = Check.INSTRUMENT_RANGE | Check.SOURCE_BAD | Check.DEAD_VALUE | KNOWN_WRONG
DOUBTING = (
    Check.TYPICAL_RANGE
    | Check.SOURCE_UNCERTAIN
    | Check.AMBIGUOUS_LOCAL_TIME
    | Check.END_OF_RANGE
    | Check.FLAT_LINE
    | Check.SPIKE
    | Check.RATE_OF_CHANGE
    | Check.ATTENUATED
    | Check.SERVICE
    | Check.CLEANING_IN_PLACE
    | Check.TRIAL_CHANGE
    | Check.JUDGED_SUSPECT
    | Check.PLAUSIBLE_PAIR
    | Check.BELOW_LIMIT
    | Check.ABOVE_LIMIT
)
# What depends on the readings next to one of the same point, and on long runs of them.
OF_PAIRS = Check.SPIKE | Check.RATE_OF_CHANGE | Check.GAP | Check.BURST
OF_RUNS = Check.FLAT_LINE | Check.ATTENUATED
OF_SERIES = OF_PAIRS | OF_RUNS
# What people say of a stretch of time, or the state of a machine does.
OF_WINDOWS = (
    Check.CALIBRATION
    | Check.CLEANING
    | Check.SERVICE
    | Check.CLEANING_IN_PLACE
    | Check.TRIAL_CHANGE
    | Check.JUDGED_SUSPECT
    | Check.JUDGED_BAD
)


def is_opc_ua(code: int) -> bool:
    """Tell whether a number can be an OPC UA status code (Part 4, 7.39: bits that must be zero).

    Qualities of other protocols, such as 192 of OPC DA, have bits set that mean nothing there.
    """
    if not 0 <= code <= OPC_STATUS_MAX or code & _RESERVED_BITS:
        return False
    if code & _INFO_TYPE_BITS == _INFO_TYPE_DATA_VALUE:
        return not code & _DATA_VALUE_RESERVED_BITS
    return not code & (_INFO_TYPE_BITS | _INFO_BITS)


def stored_status(opc_code: int) -> int:
    """Return the upper 16 bits of a 32-bit OPC UA status code as a signed 16-bit number.

    The lower half only carries information bits; the severity and the sub-code are in the upper.
    """
    upper = opc_code >> 16
    return upper - 0x1_0000 if upper & 0x8000 else upper


def severity(stored: int) -> int:
    """Return the two severity bits of a stored status: 0 good, 1 uncertain, 2 or 3 bad."""
    return (stored & 0xFFFF) >> 14


def verdict(checks: Check) -> Qc:
    """Return the verdict that the fired checks lead to; the worst one wins.

    A gap, a late reading and a burst are remarks: what was measured is not worse for them.
    """
    if checks & Check.NO_VALUE:
        return Qc.MISSING
    if checks & FAILING:
        return Qc.FAIL
    if checks & DOUBTING:
        return Qc.SUSPECT
    return Qc.GOOD
