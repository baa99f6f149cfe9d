"""Codes of other protocols for the quality of a value, as OPC UA severities."""

from collections.abc import Iterable, Mapping

# A code as it stands in a payload: 192, true, "Good".
Code = bool | int | float | str

GOOD, UNCERTAIN, BAD = 0, 0x4000_0000, 0x8000_0000
# The two lowest bits of OPC DA say at which end of its range a value is.
_DA_LIMITS = range(4)
_DA_GOOD = (192, 216)
_DA_UNCERTAIN = (64, 68, 80, 84, 88)
_DA_BAD = (0, 4, 8, 12, 16, 20, 24, 28, 32)


def codes_of(
    good: Iterable[Code], uncertain: Iterable[Code], bad: Iterable[Code]
) -> tuple[tuple[Code, int], ...]:
    """Return pairs of a code and the OPC UA status that it means."""
    lists = ((good, GOOD), (uncertain, UNCERTAIN), (bad, BAD))
    return tuple((code, status) for codes, status in lists for code in codes)


def spelling(code: object) -> object:
    """Return what two codes share that mean the same: case and 192.0 for 192 do not matter."""
    if isinstance(code, str):
        return code.casefold()
    if isinstance(code, float) and code.is_integer():
        return int(code)
    return ("bool", code) if isinstance(code, bool) else code


def _with_limits(codes: Iterable[int]) -> list[Code]:
    return [code + limit for code in codes for limit in _DA_LIMITS]


READY: Mapping[str, tuple[tuple[Code, int], ...]] = {
    # OPC Data Access 3.0, section 6.8, without vendors' bits in the high byte.
    "opc_da": codes_of(*map(_with_limits, (_DA_GOOD, _DA_UNCERTAIN, _DA_BAD))),
    # Sparkplug 3.0, property "Quality": 500 is stale.
    "sparkplug": codes_of((192,), (500,), (0,)),
    # `qc` of Siemens Industrial Edge, the two highest bits of a PROFIBUS PA quality.
    "simatic": codes_of((2, 3), (1,), (0,)),
    "boolean": codes_of((True,), (), (False,)),
    "words": codes_of(("good",), ("uncertain",), ("bad",)),
}
