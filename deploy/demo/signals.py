"""Synthetic signals as they leave: which values are due at a moment, with status, as messages."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from deploy.demo.defects import GOOD, Defect, Fault, held, replaced
from deploy.demo.model.model import Model
from deploy.demo.model.scene import Values
from deploy.demo.outgoing import Outgoing
from deploy.demo.replay_clock import SECOND_US, ReplayClock, Times
from ingest.decoding.message import Message

# A point that is sent on change is repeated on the full hour, as an interrogation would do.
REPEAT_S = 3600

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class SyntheticPoint:
    """A point that the model feeds; `interval_s` is None where it is sent on change."""

    line: str
    key: str
    interval_s: int | None
    decimals: int


@dataclass(frozen=True)
class Table:
    """Values of points at moments: [moment, point]; `due` says which of them are sent."""

    at_us: Times
    values: npt.NDArray[np.float64]
    status: npt.NDArray[np.int64]
    due: npt.NDArray[np.bool_]


class Signals:
    """Turns the model's state into messages of payload contract v1. Pure."""

    def __init__(
        self,
        model: Model,
        points: Sequence[SyntheticPoint],
        site: str,
        counter_offset: dict[str, float] | None = None,
        defects: Sequence[Defect] = (),
    ) -> None:
        """Take the points to send, and what goes wrong with them.

        `counter_offset` is added to counters that ran on before.
        """
        self._model = model
        self._site = site
        self._points = [point for point in points if point.key not in model.sampled]
        self._sampled = {point.key: point for point in points if point.key in model.sampled}
        self._offset = counter_offset or {}
        self._defects = tuple(defects)
        line_of = np.array([point.line for point in self._points], object)
        # Columns of each line, by topic.
        self._groups = [
            (f"{site}/{line}", np.flatnonzero(line_of == line)) for line in sorted(set(line_of))
        ]
        self._keys = np.array([point.key for point in self._points], object)

    def table(self, at_us: Times, before_us: int, clock: ReplayClock) -> Table:
        """Return all points at rising moments [n]; due are those since `before_us`.

        A point with an interval is due where a multiple of it has passed since the moment before;
        one sent on change where its value differs from the moment before.
        """
        moments = np.concatenate([[before_us], at_us])
        found = self._model.state(moments, clock)
        sent = np.ones((len(moments), len(self._points)), bool)
        status = np.full(sent.shape, GOOD, np.int64)
        self._spoil(found, moments, clock, status, sent)
        values = np.stack([self._rounded(found, point) for point in self._points], axis=1)
        due = self._due(moments, values) & sent[1:]
        return Table(at_us, values[1:], status[1:], due)

    def messages(self, table: Table) -> list[Outgoing]:
        """Return the messages of a table in order of time.

        Good values of a line go out together; others in a list with their status.
        """
        found: list[Outgoing] = []
        keys = self._keys
        plain = table.due & (table.status == GOOD) & ~np.isnan(table.values)
        flagged = table.due & (table.status != GOOD)
        for i, at_us in enumerate(table.at_us.tolist()):
            for topic, group in self._groups:
                chosen = group[plain[i, group]]
                if len(chosen):
                    values = dict(zip(keys[chosen], table.values[i, chosen].tolist(), strict=True))
                    payload = _encode({"t": at_us // 1000, "v": values})
                    found.append(Outgoing(Message(topic, payload, at_us), len(chosen)))
                odd = group[flagged[i, group]]
                if len(odd):
                    payload = self._listed(table, i, odd)
                    found.append(Outgoing(Message(topic, payload, at_us), len(odd)))
        return found

    def _listed(self, table: Table, i: int, odd: npt.NDArray[np.int64]) -> bytes:
        at_ms = int(table.at_us[i]) // 1000
        listed = []
        for column in odd.tolist():
            value = table.values[i, column]
            listed.append(
                {
                    "p": self._keys[column],
                    "t": at_ms,
                    "v": None if np.isnan(value) else float(value),
                    "s": int(table.status[i, column]),
                }
            )
        return _encode(listed)

    def samples(self, first_us: int, until_us: int, clock: ReplayClock) -> list[Outgoing]:
        """Return what the laboratory reports in [first, until)."""
        found = []
        for at_us, results in self._model.samples(first_us, until_us, clock):
            by_line: dict[str, dict[str, float]] = {}
            for key in results.keys() & self._sampled.keys():
                point = self._sampled[key]
                by_line.setdefault(point.line, {})[key] = round(results[key], point.decimals)
            for name, values in by_line.items():
                payload = _encode({"t": at_us // 1000, "v": values})
                message = Message(f"{self._site}/{name}", payload, at_us)
                found.append(Outgoing(message, len(values)))
        return found

    def _spoil(
        self,
        found: Values,
        moments: Times,
        clock: ReplayClock,
        status: npt.NDArray[np.int64],
        sent: npt.NDArray[np.bool_],
    ) -> None:
        """Let the defects happen to values, status and what is sent."""
        column = {point.key: i for i, point in enumerate(self._points)}
        for defect in self._defects:
            begin = defect.begin_us(moments)
            holds = begin >= 0
            if defect.point not in column or not holds.any():
                continue
            if defect.fault is Fault.SILENT:
                sent[holds, column[defect.point]] = False
            elif held(defect):
                starts, place = np.unique(begin[holds], return_inverse=True)
                values = found[defect.point].copy()
                values[holds] = self._model.state(starts, clock)[defect.point][place]
                found[defect.point] = values
            else:
                found[defect.point] = replaced(defect, found[defect.point], begin)
            status[holds, column[defect.point]] = defect.status

    def _rounded(self, found: Values, point: SyntheticPoint) -> npt.NDArray[np.float64]:
        values = found[point.key] + self._offset.get(point.key, 0.0)
        # Adding zero turns -0.0 into 0.0.
        return np.round(values, point.decimals) + 0.0

    def _due(self, moments: Times, values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        due = np.empty((len(moments) - 1, len(self._points)), bool)
        passed: dict[int, npt.NDArray[np.bool_]] = {}
        for i, point in enumerate(self._points):
            interval_s = REPEAT_S if point.interval_s is None else point.interval_s
            if interval_s not in passed:
                step = moments // (interval_s * SECOND_US)
                passed[interval_s] = step[1:] > step[:-1]
            due[:, i] = passed[interval_s]
            if point.interval_s is None:
                due[:, i] |= values[1:, i] != values[:-1, i]
        return due
