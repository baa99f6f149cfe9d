"""What is no error of a site file and probably not meant.

Assets that nothing flows through, counters that are read too rarely, and points of one name.
"""

from collections.abc import Iterator

from schemas.site.draft import Draft
from schemas.site.element_checks import kind_of
from schemas.site.elements import Asset, Stream
from schemas.site.model import Point
from schemas.site.part import Problem


def remarks(draft: Draft) -> Iterator[Problem]:
    """Yield remarks on a draft without errors."""
    yield from _without_streams(draft)
    yield from _read_too_rarely(draft)
    yield from _named_alike(draft)


def _without_streams(draft: Draft) -> Iterator[Problem]:
    """An asset is joined to others by a stream of its own, of its parts, or of what contains it."""
    joined = _joined(draft)
    alone = [
        part
        for part, asset in draft.pairs(Asset)
        if (kind := kind_of(part)) and kind.is_in_process and asset.key not in joined
    ]
    if not draft.parts("stream"):
        alone = alone[:1]
    for part in alone:
        yield part.problem((), "no stream leads to it or away from it, so drawings leave it out")


def _read_too_rarely(draft: Draft) -> Iterator[Problem]:
    """A register that can count more than half a turn between two readings: nobody knows turns."""
    for part, point in draft.pairs(Point):
        if point.range is None or point.max_rate_per_h is None or point.expected_interval_s is None:
            continue
        most = point.max_rate_per_h * point.expected_interval_s / 3600
        if 2 * most > point.range[1]:
            sentence = (
                f"in {point.expected_interval_s:g} s it may count {most:g} of the "
                f"{point.range[1]:g} after which it is at zero again; how often it went round is "
                "then unknown"
            )
            yield part.problem(("expected_interval_s",), sentence)


def _named_alike(draft: Draft) -> Iterator[Problem]:
    """Points whose name follows from their role alone are told apart by the asset's name."""
    first: dict[str, str] = {}
    for part, point in draft.pairs(Point):
        if (*part.path, "name") in part.lines:
            continue
        named = first.setdefault(point.name.en, point.key)
        if named != point.key:
            element = (point.role or "").partition(".")[0]
            yield part.problem(
                ("role",),
                f'is called "{point.name.en}", as {named} is; give {element} a `name` of its own',
            )


def _joined(draft: Draft) -> set[str]:
    """Return the keys of the assets that are an end, are within one, or contain one."""
    assets = {asset.key: asset for asset in draft.values(Asset)}
    ends = {end for stream in draft.values(Stream) for end in (stream.from_, stream.to) if end}
    joined: set[str] = set()
    for key in assets:
        chain = [key]
        while (within := assets[chain[-1]].within) is not None:
            chain.append(within)
        if not ends.isdisjoint(chain):
            last = max(at for at, each in enumerate(chain) if each in ends)
            joined.update(chain[: last + 1])
        if key in ends:
            joined.update(chain)
    return joined
