"""What feeds each point of the site: a recording through a topic mapping, or the model."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from deploy.demo.catalogue import RECORDINGS
from deploy.demo.drivers import Feed
from deploy.demo.errors import SourceMissing
from deploy.demo.signals import SyntheticPoint
from schemas.site.mapping import TopicMapping

# Decimals by the upper end of the instrument's range: about four digits of it.
_DECIMALS = ((1, 5), (10, 4), (100, 3), (1_000, 2), (100_000, 1))
_DECIMALS_BIG = 2  # counters


@dataclass(frozen=True)
class DemoPoint:
    """What the demonstration must know of a point of the site file.

    `interval_s` is None where the point is sent on change; `range_hi` is None where unknown.
    """

    line: str
    key: str
    provenance: str
    interval_s: float | None
    range_hi: float | None

    @property
    def path(self) -> str:
        """The point's name in a topic mapping."""
        return f"{self.line}/{self.key}"


@dataclass(frozen=True)
class Sources:
    """The points of a site by what feeds them.

    `feeds` by "<line>/<point>"; `mapped` holds the columns of each recording that a mapping reads.
    """

    synthetic: tuple[SyntheticPoint, ...]
    feeds: dict[str, Feed]
    mapped: dict[str, list[str]]


def find_sources(
    points: Iterable[DemoPoint], feeds: dict[str, Feed], modelled: AbstractSet[str]
) -> Sources:
    """Match points with recordings (`feeds`) and the model, whose points are `modelled`.

    Raises SourceMissing, naming every point whose provenance is not what feeds it.
    """
    points = list(points)
    wrong = [
        f"{point.path} is {point.provenance} and fed by {_fed_by(point, feeds, modelled)}"
        for point in points
        if not _right(point, feeds, modelled)
    ]
    known = {point.path for point in points}
    wrong += [f"{path} is mapped and no point" for path in feeds if path not in known]
    if wrong:
        raise SourceMissing("The site file does not fit the demonstration:\n" + "\n".join(wrong))
    synthetic = tuple(
        SyntheticPoint(
            point.line,
            point.key,
            None if point.interval_s is None else round(point.interval_s),
            _decimals(point.range_hi),
        )
        for point in points
        if point.provenance == "synthetic"
    )
    mapped = {
        name: [feed.column for feed in feeds.values() if feed.recording == name]
        for name in RECORDINGS
    }
    return Sources(synthetic, feeds, mapped)


def feeds_of(mappings: Iterable[TopicMapping]) -> dict[str, Feed]:
    """Return what the mappings read from recordings, by "<line>/<point>"."""
    names = {spec.topic: spec.name for spec in RECORDINGS.values()}
    return {
        value.point: Feed(names[mapping.topic], _column(value.pointer), value.scale, value.offset)
        for mapping in mappings
        if mapping.topic in names
        for value in mapping.values
    }


def _column(pointer: str) -> str:
    """Return the key of the row that a JSON pointer (RFC 6901) leads to."""
    return pointer.removeprefix("/").replace("~1", "/").replace("~0", "~")


def _right(point: DemoPoint, feeds: dict[str, Feed], modelled: AbstractSet[str]) -> bool:
    if point.provenance == "replayed":
        return point.path in feeds
    return point.provenance == "synthetic" and point.path not in feeds and point.key in modelled


def _fed_by(point: DemoPoint, feeds: dict[str, Feed], modelled: AbstractSet[str]) -> str:
    if point.path in feeds:
        return f"recording {feeds[point.path].recording}"
    return "the model" if point.key in modelled else "nothing"


def _decimals(range_hi: float | None) -> int:
    if range_hi is not None:
        for limit, decimals in _DECIMALS:
            if range_hi <= limit:
                return decimals
    return _DECIMALS_BIG
