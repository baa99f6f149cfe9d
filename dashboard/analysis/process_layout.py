"""Which assets stand on the way of the water, and what leaves it or comes back. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from functools import cached_property

from dashboard.analysis.parallel_assets import outermost, parallel_assets


@dataclass(frozen=True)
class Asset:
    """An asset, the one that contains it, and what kind of thing it is."""

    key: str
    within: str | None = None
    kind: str = ""


@dataclass(frozen=True)
class Stream:
    """What flows from one asset to another; None is outside of the plant.

    `is_main` tells that it can be the way of the water, and not a bypass, a loop or sludge;
    `is_product` that the plant is there for what it brings outside; `is_bypass` that it goes past.
    """

    key: str
    source: str | None
    target: str | None
    is_main: bool = False
    is_product: bool = False
    is_bypass: bool = False


@dataclass(frozen=True)
class Side:
    """A stream that is not the way of the water, seen from one of its ends."""

    stream: str
    stage: str
    leaves: bool
    other: str | None


@dataclass(frozen=True)
class Stage:
    """A place of the drawing: an asset, or a stream that leaves the plant.

    `members` are the asset and all that it contains, and those that are told together with it;
    `inflow` is the stream that leads to it on the way of the water.
    """

    key: str
    members: tuple[str, ...]
    inflow: str | None
    sides: tuple[Side, ...]


class PipeKind(StrEnum):
    """How a stream lies to the way of the water."""

    MAIN = auto()  # it is the way
    BYPASS = auto()  # passes a part of it by, or leaves it for the outside
    LOOP = auto()  # leads back
    BRANCH = auto()  # leads to or from what stands beside it


@dataclass(frozen=True)
class Pipe:
    """A stream as it is drawn, between stages; None is outside of the plant."""

    stream: str
    source: str | None
    target: str | None
    kind: PipeKind


@dataclass(frozen=True)
class ProcessLayout:
    """Stages on the way of the water, in its direction, those beside it, and what joins them."""

    main: tuple[Stage, ...]
    beside: tuple[Stage, ...]
    pipes: tuple[Pipe, ...]


def process_layout(
    assets: Sequence[Asset],
    streams: Sequence[Stream],
    beside: Iterable[str] = (),
    *,
    joins_parallel: bool = False,
) -> ProcessLayout:
    """Lay out a plant: the longest way to its product, then every asset that has another stream.

    Assets that others contain are members of theirs. `beside` are assets that are shown although no
    stream leads to them. With `joins_parallel` those of one kind between the same are one stage.
    The order of the assets decides where nothing else does.
    """
    return _Layout(assets, streams, joins_parallel=joins_parallel).made(set(beside))


class _Layout:
    def __init__(
        self, assets: Sequence[Asset], streams: Sequence[Stream], *, joins_parallel: bool
    ) -> None:
        self.within = {asset.key: asset.within for asset in assets}
        self.together: dict[str, str] = {}
        if joins_parallel:
            kinds = {asset.key: asset.kind for asset in assets if asset.within is None}
            ends = [(self._top(each.source), self._top(each.target)) for each in streams]
            self.together = parallel_assets(kinds, ends)
        self.order = [asset.key for asset in assets]
        self.streams = [
            replace(each, source=self._top(each.source), target=self._top(each.target))
            for each in streams
        ]
        self.at: dict[str | None, list[Stream]] = {}
        for stream in self.streams:
            for end in {stream.source, stream.target}:
                self.at.setdefault(end, []).append(stream)

    def made(self, shown: set[str]) -> ProcessLayout:
        way = self._way()
        inflow = {stream.target: stream.key for stream in way}
        assets = [stream.target for stream in way if stream.target is not None]
        first = way[0].source if way else None
        if first is not None:
            assets.insert(0, first)
        used = {stream.key for stream in way}
        main = [self._stage(key, inflow.get(key), used) for key in assets]
        if way and way[-1].target is None:
            main.append(Stage(way[-1].key, (), way[-1].key, ()))
        way_assets = set(assets)
        others = [
            key
            for key in self.order
            if self._top(key) == key and key not in way_assets and (key in self.at or key in shown)
        ]
        beside = [self._stage(key, None, used) for key in self._followed(others)]
        places = {stage.key: place for place, stage in enumerate(main)}
        ends = {(stream.source, stream.target) for stream in way}
        used |= {
            stream.key
            for stream in self.streams
            if stream.is_main and stream.target and (stream.source, stream.target) in ends
        }
        pipes = [self._pipe(stream, used, places, main) for stream in self.streams]
        return ProcessLayout(tuple(main), tuple(beside), tuple(pipes))

    def _followed(self, keys: Sequence[str]) -> list[str]:
        """Return assets so that each is followed by those that get something from it."""
        places = {key: place for place, key in enumerate(keys)}
        onward = {key: self._places_after(key, places) for key in keys}
        fed = {place for following in onward.values() for place in following}
        found: dict[str, None] = {}
        waiting = [*(key for key in keys if places[key] not in fed), *keys][::-1]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found[key] = None
                waiting += [keys[place] for place in sorted(onward[key], reverse=True)]
        return list(found)

    def _places_after(self, key: str, places: Mapping[str, int]) -> set[int]:
        """Return the places of those assets that get something from an asset."""
        return {
            places[stream.target]
            for stream in self.at.get(key, ())
            if stream.source == key and stream.target is not None and stream.target in places
        }

    @staticmethod
    def _pipe(
        stream: Stream, used: set[str], places: Mapping[str, int], main: Sequence[Stage]
    ) -> Pipe:
        source, target = stream.source, stream.target
        if stream.key in used:
            # What leaves the plant at the end of the way is a stage of its own.
            is_end = bool(main) and main[-1].key == stream.key
            return Pipe(stream.key, source, stream.key if is_end else target, PipeKind.MAIN)
        at = None if source is None else places.get(source)
        to = None if target is None else places.get(target)
        kind = PipeKind.BRANCH
        if at is not None and to is not None:
            kind = PipeKind.LOOP if to <= at else PipeKind.BYPASS
        elif at is not None and target is None and stream.is_bypass:
            kind = PipeKind.BYPASS
        return Pipe(stream.key, source, target, kind)

    def _stage(self, key: str, inflow: str | None, used: set[str]) -> Stage:
        sides = [
            Side(stream.key, key, stream.source == key, other)
            for stream in self.at.get(key, ())
            if stream.key not in used
            for other in [stream.target if stream.source == key else stream.source]
        ]
        return Stage(key, tuple(self._members[key]), inflow, tuple(sides))

    def _way(self) -> list[Stream]:
        """Return the longest chain of main streams; the first of several in the order given."""
        leaving: dict[str | None, list[Stream]] = {}
        for stream in self.streams:
            if stream.is_main and stream.source != stream.target:
                leaving.setdefault(stream.source, []).append(stream)
        reached = {stream.target for streams in leaving.values() for stream in streams}
        starts = [*leaving.get(None, ())]
        starts += [
            stream
            for source, streams in leaving.items()
            if source is not None and source not in reached
            for stream in streams
        ]
        known: dict[str, _Chain] = {}
        chains = [_longest(stream, leaving, known) for stream in starts]
        best = max(chains, key=lambda chain: chain.worth, default=None)
        return [] if best is None else best.streams

    @cached_property
    def _members(self) -> dict[str, list[str]]:
        members: dict[str, list[str]] = {}
        for key in self.order:
            members.setdefault(self._top(key) or key, []).append(key)
        return members

    def _top(self, key: str | None) -> str | None:
        """Return the outermost asset that contains an asset, or the one that is told for it."""
        key = outermost(key, self.within)
        return key if key is None else self.together.get(key, key)


@dataclass(frozen=True, eq=False)
class _Chain:
    """A stream and the chain that follows it.

    `worth` is how much it is the way of the water: to the product, else outside, else long.
    """

    stream: Stream
    rest: "_Chain | None"
    worth: tuple[bool, bool, int]

    @property
    def streams(self) -> list[Stream]:
        """Its streams, in their order."""
        found = []
        here: _Chain | None = self
        while here is not None:
            found.append(here.stream)
            here = here.rest
        return found


def _chain(stream: Stream, following: Iterable[_Chain] = ()) -> _Chain:
    """Return a stream with the best of the chains that follow it, the first of equal ones."""
    rest = max(following, key=lambda chain: chain.worth, default=None)
    if rest is None:
        is_out = stream.target is None
        return _Chain(stream, None, (is_out and stream.is_product, is_out, 1))
    is_product, is_out, length = rest.worth
    return _Chain(stream, rest, (is_product, is_out, length + 1))


def _longest(
    start: Stream, leaving: Mapping[str | None, Sequence[Stream]], known: dict[str, _Chain]
) -> _Chain:
    """Return the longest chain that begins with a stream and passes each asset once.

    A chain may be longer than Python's own stack: what waits stands in a list.
    """
    waiting, passed = [start], set[str | None]()
    while waiting:
        stream = waiting[-1]
        onward = leaving.get(stream.target, ()) if stream.target is not None else ()
        if stream.key not in known and stream.target not in passed and onward:
            passed.add(stream.target)
            waiting += [each for each in onward if each.target not in passed][::-1]
            continue
        if stream.key not in known:
            passed.add(stream.target)
            following = [known[each.key] for each in onward if each.target not in passed]
            passed.remove(stream.target)
            known[stream.key] = _chain(stream, following)
        waiting.pop()
    return known[start.key]
