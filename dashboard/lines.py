"""From points and their series to lines of a chart, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from dashboard.charts.ink import ink
from dashboard.charts.line import Limit, Line, Words
from dashboard.domain.decimals import decimals
from dashboard.domain.definitions import Definitions
from dashboard.domain.series import Series
from dashboard.history import HistoryPoint, LimitRow
from dashboard.reader import Reader
from schemas.quality import Qc


class ChartPoint(HistoryPoint, Protocol):
    """What must be known of a point to draw it."""

    @property
    def tag(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def unit_display(self) -> str: ...  # noqa: D102
    @property
    def typical_lo(self) -> float | None: ...  # noqa: D102
    @property
    def typical_hi(self) -> float | None: ...  # noqa: D102
    @property
    def range_hi(self) -> float | None: ...  # noqa: D102
    @property
    def states(self) -> Mapping[float, Mapping[str, str]] | None: ...  # noqa: D102
    @property
    def definitions(self) -> Definitions: ...  # noqa: D102


def lines_of(
    points: Sequence[ChartPoint],
    found: Mapping[int, Series],
    limits: Mapping[int, Sequence[LimitRow]],
    reader: Reader,
) -> list[Line]:
    """Return a line for each point, in their order and with a colour each."""
    colours = ink(reader.scheme).lines
    return [
        Line(
            label=f"{reader.name(point.name)} ({point.tag})",
            unit="" if point.states else point.unit_display,
            colour=colours[place % len(colours)],
            decimals=decimals(point.typical_lo, point.typical_hi),
            series=found[point.point_id],
            intervals=point.intervals,
            is_step=point.kind in {"state", "setpoint"},
            states=_states(point, reader),
            typical=(point.typical_lo, point.typical_hi),
            limits=tuple(_limit(row, reader) for row in limits.get(point.point_id, ())),
        )
        for place, point in enumerate(points)
    ]


def words(reader: Reader) -> Words:
    """Return the words of a hover box."""
    return Words(
        verdicts={float(verdict): reader.text(f"quality.{verdict.name.lower()}") for verdict in Qc},
        readings=reader.text("chart.readings"),
        good=reader.text("chart.good"),
    )


def _states(point: ChartPoint, reader: Reader) -> dict[float, str] | None:
    if not point.states:
        return None
    return {value: reader.name(name) for value, name in point.states.items()}


def _limit(row: LimitRow, reader: Reader) -> Limit:
    """Return a limit with its text, such as `≤ 0,30 vuosikeskiarvo (esimerkki)`."""
    sign = "≤" if row.bound == "max" else "≥"
    number = reader.number(row.value, decimals(None, row.value))
    parts = [f"{sign} {number}"]
    if row.statistic != "value":
        parts.append(reader.text(f"limit.{row.statistic}"))
    if not row.verified:
        parts.append(f"({reader.text('limit.example')})")
    return Limit(row.value, " ".join(parts))
