"""What an alarm stands beside, and what does not fit there, in no language yet."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from schemas.formula.site_roles import SiteRoles
from schemas.site.alarms.alarm import Alarm
from schemas.site.toml_lines import Path


class Fault(NamedTuple):
    """Something that does not fit; `keys` lead to it below the alarm, `values` are what it tells.

    `near`, if there are any, are the words of which one may have been meant.
    """

    keys: Path
    code: str
    values: Mapping[str, object] = {}
    word: str = ""
    near: Sequence[str] = ()


class WatchedPoint(Protocol):
    """What an alarm has to know of a point; the codes of `states` are texts."""

    @property
    def ref(self) -> str:
        """Its name in the site, "line/key"."""

    @property
    def unit(self) -> str:
        """Its unit (UCUM)."""

    @property
    def kind(self) -> str:
        """Its kind: measurement, state …"""

    @property
    def range(self) -> tuple[float, float] | None:
        """What its instrument can measure."""

    @property
    def expected_interval_s(self) -> float | None:
        """How often it comes."""

    @property
    def states(self) -> Mapping[str, object] | None:
        """Its codes."""


def _as_it_is(alarm: Alarm) -> Alarm:
    return alarm


@dataclass(frozen=True)
class Surroundings:
    """What alarms of a site stand beside.

    `refs` are all points, `points` those of which all is known, `causes` those of every alarm by
    its key. `renamed` holds the key that an alarm of the catalogue has in the site file, by that of
    the catalogue. `complete` adds to an alarm what it leaves to the catalogue.
    """

    refs: Sequence[str]
    points: Mapping[str, WatchedPoint]
    causes: Mapping[str, Collection[str]]
    roles: SiteRoles
    renamed: Mapping[str, str] = field(default_factory=dict)
    complete: Callable[[Alarm], Alarm] = _as_it_is
