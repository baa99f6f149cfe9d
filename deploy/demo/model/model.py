"""What a model of a plant must be able to tell."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol

from deploy.demo.counters import Counter
from deploy.demo.model.scene import Values
from deploy.demo.replay_clock import ReplayClock, Times


class Model(Protocol):
    """A pure function of time: the same moments and clock give the same values."""

    @property
    def counters(self) -> Mapping[str, Counter]:
        """The points that count, by key."""

    @property
    def sampled(self) -> AbstractSet[str]:
        """The points that a laboratory reports."""

    def state(self, at_us: Times, clock: ReplayClock) -> Values:
        """Return the values [n] of all points but the laboratory's at present moments [n]."""

    def samples(
        self, first_us: int, until_us: int, clock: ReplayClock
    ) -> list[tuple[int, dict[str, float]]]:
        """Return the laboratory's results for [first, until) of the present: moment and values."""
