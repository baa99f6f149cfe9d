"""The condition of an alarm: what it watches, its limits, its delays; as the database has it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from schemas.quality import Qc


class Watch(StrEnum):
    """What a condition looks at."""

    VALUE = "value"
    STATE = "state"
    QUALITY = "quality"
    SILENCE = "silence"
    RATE = "rate"
    MEAN = "mean"


@dataclass(frozen=True)
class Condition:
    """What must be so of one point, and for how long.

    `point` is "line/point"; None: of the whole site, for a SILENCE. With `role`, such as
    "pumping_station.level", it is what all points of that role are watched for, and no alarm by
    itself; `unit` is that of its limits. `above` and `below` are in the
    unit of the point; of a RATE by the hour, over the last `over_s`. A MEAN is that of the last
    `over_s` as it will be `ahead_s` from now if the value stays. It counts as over when the
    value is back by `deadband`. `codes` are those of a STATE, `qc_from` is the mildest verdict of
    QUALITY that counts, `after_s` the length of a SILENCE.
    """

    watch: Watch
    point: str | None = None
    above: float | None = None
    below: float | None = None
    deadband: float = 0.0
    codes: tuple[int, ...] = ()
    qc_from: int = Qc.SUSPECT
    after_s: float = 0.0
    over_s: float = 0.0
    ahead_s: float = 0.0
    delay_on_s: float = 0.0
    delay_off_s: float = 0.0
    role: str | None = None
    unit: str | None = None

    def exceeds(self, value: float, *, is_on: bool) -> bool:
        """Tell whether a value is beyond a limit, or not yet back by the deadband."""
        margin = self.deadband if is_on else 0.0
        is_above = self.above is not None and value > self.above - margin
        is_below = self.below is not None and value < self.below + margin
        return is_above or is_below

    def limit(self, value: float) -> float | None:
        """Return the limit that a value has passed; None of a condition without limits."""
        if self.above is None or self.below is None:
            return self.below if self.above is None else self.above
        return self.above if value > (self.above + self.below) / 2 else self.below

    @property
    def memory_s(self) -> float:
        """How far back readings matter for what is so now."""
        return self.delay_on_s + self.delay_off_s + self.after_s + self.over_s


_DELAYS = ("delay_on_s", "delay_off_s")
_DEFAULTS = {each.name: each.default for each in fields(Condition)}


def encode(condition: Condition) -> dict[str, Any]:
    """Return a condition as the database keeps it; its delays are columns."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(condition).items()
        if name not in _DELAYS and value != _DEFAULTS[name]
    }


def decode(stored: Mapping[str, Any], *, delay_on_s: float, delay_off_s: float) -> Condition:
    """Return a condition that `encode` made. Raises KeyError or ValueError."""
    values = dict(stored)
    watch = Watch(values.pop("watch"))
    codes = tuple(int(code) for code in values.pop("codes", ()))
    unknown = set(values) - set(_DEFAULTS)
    if unknown:
        raise ValueError(f"a condition has no {', '.join(sorted(unknown))}")
    return Condition(
        watch=watch, codes=codes, delay_on_s=delay_on_s, delay_off_s=delay_off_s, **values
    )
