"""What a totaliser counted: its readings are judged one by one.

Every page counts with `track`; nothing else does. Why it judges as it does is written in
`docs/decisions` under "Count a totaliser from its readings" and, for operators, in `docs/kpis.md`.
"""

from bisect import bisect_left, bisect_right

import numpy as np

from dashboard.analysis.meter import UNKNOWN, Event, Floats, Incident, Meter, Readings
from dashboard.analysis.track import NOTHING, Track

ROLL_OVER_SHARE = 0.1  # within this share of its end and of its begin a counter has rolled over
BACK_SHARE = 0.1  # a fall below this share of the reading is a meter that ran backwards
NOISE_SHARE = 0.001  # of what it can count in an hour: rounding, neither fall nor rise
TAKEN_BACK_SHARE = 0.9  # of a fall that one step must bring back after more readings than these:
ODD_READINGS_MAX = 3
COARSE_SHARE = 0.1  # of a turn between two readings: then a fall looks the same, whatever it is
BUSIER_FACTOR = 1.5  # than in its busy hours a counter can be, for once


def track(readings: Readings, meter: Meter) -> Track:
    """Judge the readings of a counter and return what it counted between those that count."""
    if not readings.x_ms.size:
        return NOTHING
    scan = _Scan(readings, meter)
    scan.run()
    return Track(readings.x_ms[scan.kept], scan.amounts, scan.known, scan.events)


class _Scan:
    """One pass over readings: each is kept with what was counted since the one before, or left."""

    def __init__(self, readings: Readings, meter: Meter) -> None:
        self._x, self._v, self._n = readings.x_ms, readings.value, readings.n
        self._meter = meter
        self.kept = [0]
        self.amounts: list[float] = []
        self.known: list[bool] = []
        self.events: list[Event] = []
        self._plain: list[bool] = []  # whether the step to a kept reading was an ordinary one

    def run(self) -> None:
        """Keep or leave out every reading."""
        steps = np.diff(self._v)
        limits = self._meter.limits(self._x[:-1], self._x[1:])
        exchanges = np.searchsorted(self._x, self._meter.exchanged_ms, side="left") - 1
        odd = (steps < 0) | (steps > limits)
        could = BUSIER_FACTOR * self._meter.busy(self._x[:-1], self._x[1:])
        odd |= could >= steps + self._meter.turns(self._x[1:])
        odd[exchanges[(exchanges >= 0) & (exchanges < steps.size)]] = True
        trouble = [*np.flatnonzero(odd).tolist(), steps.size]
        place = 1
        while place < self._x.size:
            if self.kept[-1] == place - 1:
                until = trouble[bisect_left(trouble, place - 1)] + 1
                self._keep_all(place, until, steps)
                place = until
            if place < self._x.size:
                place = self._judge(place)

    def _keep_all(self, first: int, until: int, steps: Floats) -> None:
        self.kept.extend(range(first, until))
        self.amounts.extend(steps[first - 1 : until - 1].tolist())
        self.known.extend([True] * (until - first))
        self._plain.extend([True] * (until - first))

    def _judge(self, place: int) -> int:
        """Keep the reading, or leave out what is off; return which one is to be looked at next."""
        last = self.kept[-1]
        before, after = float(self._v[last]), float(self._v[place])
        if self._meter.exchanged(self._x[last], self._x[place]):
            return self._keep(place, 0.0, Incident.EXCHANGE)
        limit, step = self._limit(place), after - before
        turned = self._turned(place, limit)
        if turned is not None:
            over, kind = turned
            return self._keep(place, over, kind)
        noise = NOISE_SHARE * self._meter.limit(self._x[place], self._x[place])
        if step <= limit and (step >= 0 or (np.isfinite(noise) and -step <= noise)):
            return self._keep(place, step)
        if step > 0:
            back = self._end_of_spike(place)
            return self._keep(place, 0.0, Incident.JUMP) if back is None else self._leave(back)
        return self._judge_fall(place, limit)

    def _turned(self, place: int, limit: float) -> tuple[float, Incident] | None:
        """Return what was counted over the top, if readings are that far apart.

        Then the register has been anywhere, and a fall to anywhere may be a roll-over. It is one
        where that is what the meter usually counts; where it usually counts more than half a turn,
        nobody knows how often it was round.
        """
        before, after = float(self._v[self.kept[-1]]), float(self._v[place])
        end = self._meter.end(self._x[place])
        busy = float(self._meter.busy(self._x[self.kept[-1]], self._x[place]))
        if end is None or busy < COARSE_SHARE * end or not (after >= 0 and before <= end):
            return None
        over = after - before if after >= before else end - before + after
        could = BUSIER_FACTOR * busy
        if over + end <= could:
            return 0.0, Incident.TURNS
        if after >= before or over > min(could, limit):
            return None
        return (0.0, Incident.TURNS) if 2 * busy > end else (over, Incident.ROLL_OVER)

    def _judge_fall(self, place: int, limit: float) -> int:
        before, after = float(self._v[self.kept[-1]]), float(self._v[place])
        is_small = before - after <= min(limit, BACK_SHARE * abs(before))
        spike, dip = self._begin_of_spike(place, is_small=is_small), self._end_of_dip(place)
        if spike and (dip is None or self._readings(self.kept[-spike], place) < dip[1]):
            return self._undo(spike, place)
        if dip is not None:
            return self._leave(dip[0])
        over = _over(before, after, self._meter.end(self._x[place]))
        if over is not None and over <= limit:
            return self._keep(place, over, Incident.ROLL_OVER)
        if is_small:
            return self._keep(place, after - before, Incident.BACKWARDS)
        return self._keep(place, 0.0, Incident.RESET)

    def _keep(self, place: int, amount: float, kind: Incident | None = None) -> int:
        last = self.kept[-1]
        if kind is not None:
            self._note(kind, last, place)
        self.kept.append(place)
        self.amounts.append(amount)
        self.known.append(kind not in UNKNOWN)
        self._plain.append(kind is None)
        return place + 1

    def _leave(self, back: int) -> int:
        """Leave out the readings between the last kept one and `back`, which is judged next."""
        self._note(Incident.GLITCH, self.kept[-1], back)
        return back

    def _undo(self, count: int, place: int) -> int:
        """Leave out the last `count` kept readings; `place` is judged next."""
        for column in (self.kept, self.amounts, self.known, self._plain):
            del column[-count:]
        self._note(Incident.GLITCH, self.kept[-1], place)
        return place

    def _note(self, kind: Incident, last: int, place: int) -> None:
        before, after = float(self._v[last]), float(self._v[place])
        odd = None
        if kind is Incident.GLITCH:
            between = self._v[last + 1 : place]
            odd = float(between[np.argmax(np.abs(between - before))])
        readings = int(self._n[last + 1 : place].sum())
        self.events.append(
            Event(kind, float(self._x[last]), float(self._x[place]), before, after, odd, readings)
        )

    def _limit(self, place: int) -> float:
        """Return the most that can have been counted since the counter last moved."""
        since = len(self.kept) - 1
        while since and self._v[self.kept[since - 1]] == self._v[self.kept[-1]]:
            since -= 1
        return self._meter.limit(self._x[self.kept[since]], self._x[place])

    def _readings(self, first: int, until: int) -> int:
        return int(self._n[first:until].sum())

    def _begin_of_spike(self, place: int, *, is_small: bool) -> int:
        """Return how many kept readings were too high, if the fall to `place` takes them back."""
        for count in range(1, min(ODD_READINGS_MAX if is_small else 1, len(self.kept) - 1) + 1):
            odd, base = self.kept[-count], self.kept[-count - 1]
            rise = float(self._v[place] - self._v[base])
            if not self._plain[-count] or self._readings(odd, place) > ODD_READINGS_MAX:
                return 0
            if 0 <= rise <= self._meter.limit(self._x[base], self._x[place]):
                return count
        return 0

    def _ahead(self, place: int) -> tuple[slice, Floats]:
        """Return the readings after `place` that may take it back, and what each may have risen."""
        last_ms = self._x[self.kept[-1]]
        until_ms = last_ms + self._meter.reach_ms
        exchange = bisect_right(self._meter.exchanged_ms, last_ms)
        until = bisect_right(self._x, until_ms)
        if exchange < len(self._meter.exchanged_ms):
            until = min(until, bisect_left(self._x, self._meter.exchanged_ms[exchange]))
        ahead = slice(place + 1, until)
        return ahead, self._meter.limits(last_ms, self._x[ahead])

    def _end_of_spike(self, place: int) -> int | None:
        """Return the reading whose fall takes an impossible rise back."""
        ahead, limits = self._ahead(place)
        rise = self._v[ahead] - self._v[self.kept[-1]]
        falls = np.diff(self._v[place : ahead.stop]) < 0
        found = np.flatnonzero(falls & (rise >= 0) & (rise <= limits))
        return int(found[0]) + place + 1 if found.size else None

    def _end_of_dip(self, place: int) -> tuple[int, int] | None:
        """Return the reading that takes a fall back, and how many were too low before it."""
        ahead, limits = self._ahead(place)
        before = float(self._v[self.kept[-1]])
        rise = self._v[ahead] - before
        found = np.flatnonzero((rise >= 0) & (rise <= limits))
        if not found.size:
            return None
        back = int(found[0]) + place + 1
        readings = self._readings(place, back)
        # From the highest of them: a false reading within a whole turn of the register is no jump.
        step = float(self._v[back] - self._v[place:back].max())
        is_jump = step > self._meter.limit(self._x[back - 1], self._x[back]) or (
            step >= TAKEN_BACK_SHARE * (before - float(self._v[place:back].min()))
        )
        return (back, readings) if readings <= ODD_READINGS_MAX or is_jump else None


def _over(before: float, after: float, end: float | None) -> float | None:
    """Return the way over the top from the last tenth into the first; None if it is none."""
    if end is None or not (1 - ROLL_OVER_SHARE) * end < before <= end:
        return None
    return end - before + after if 0 <= after < ROLL_OVER_SHARE * end else None
