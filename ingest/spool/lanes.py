"""Who has which numbers in the spool: the plant's own the low ones, each guest a range of its own.

So what is spooled of one sender lies together in the file, and is found behind its mark whatever
others have there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ingest.decoding.senders import OWN

LANE_BITS = 40


@dataclass
class Lane:
    """The numbers of one sender: the last one that was given, and up to which they are done with.

    A number is that of the lane in the high bits, and counts from 1 on in the others.
    """

    lane: int
    sender: str
    last: int
    done: int


class Numbered(NamedTuple):
    """The numbers of messages, and the last one that each of their senders has then."""

    numbers: Sequence[int]
    last: Mapping[str, int]


class Lanes:
    """All lanes of a spool; one thread may give numbers while another one settles them."""

    def __init__(self, lanes: Iterable[Lane]) -> None:
        self._lanes = {each.lane: each for each in lanes}
        self._of_sender = {each.sender: each for each in self._lanes.values()}
        self._turns: Sequence[int] = ()

    @property
    def count(self) -> int:
        """How many messages wait."""
        return sum(each.last - each.done for each in self._all())

    def numbered(self, senders: Iterable[str]) -> Numbered:
        """Return numbers for messages of these senders; `given` makes them theirs."""
        last: dict[str, int] = {}
        numbers: list[int] = []
        new = max(self._lanes) + 1
        for sender in senders:
            if sender not in last:
                known = self._of_sender.get(sender)
                last[sender] = known.last if known else new << LANE_BITS
                new += known is None
            last[sender] += 1
            numbers.append(last[sender])
        return Numbered(numbers, last)

    def given(self, last: Mapping[str, int]) -> None:
        """Note the last number that each sender has now."""
        for sender, number in last.items():
            lane = self._of_sender.get(sender)
            if lane is None:
                first = lane_of(number) << LANE_BITS
                lane = self._of_sender[sender] = Lane(lane_of(number), sender, first, first)
                self._lanes[lane.lane] = lane
            lane.last = number

    def waiting(self) -> list[Lane]:
        """Return what is to be taken from now: the plant's own, else guests' as their turns are."""
        waiting = {each.lane: each for each in self._all() if each.last > each.done}
        own = self._of_sender[OWN]
        if own.lane in waiting:
            return [own]
        order = dict.fromkeys(lane for lane in self._turns if lane in waiting)
        return [waiting[lane] for lane in (order | waiting)]

    def turn(self, turns: Sequence[int]) -> None:
        """Note whose turn it is the next time."""
        self._turns = turns

    def settle(self, upto: Mapping[int, int]) -> None:
        """Note up to which number each lane is done with."""
        for lane, number in upto.items():
            self._lanes[lane].done = number

    def _all(self) -> Sequence[Lane]:
        return tuple(self._lanes.values())  # at one go: the other thread may add one


def lane_of(number: int) -> int:
    """Return the lane that a message's number belongs to."""
    return number >> LANE_BITS
