"""What leads where in a plant of which a list names the parts: the usual order of a plant. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from deploy.onboarding.element_proposal import ElementProposal
from deploy.onboarding.words import words
from schemas.catalogue import catalogue

WATER, CHEMICAL, CHEMICAL_TANK = "water", "chemical", "chemical_tank"
Elements = dict[str, ElementProposal]


def with_ways(elements: Mapping[str, ElementProposal]) -> Elements:
    """Return the elements with the way of the water through them, and what leaves or joins it.

    A tank of a chemical that nobody measures has its stream, and so has what hangs on the way.

    Assets of a kind stand beside each other within one. Only what comes in and what leaves the
    plant shows that there is a way.
    """
    found = dict(elements)
    for way in words()["way"]:
        ends = [key for key, each in found.items() if each.kind in {way["comes"], way["leaves"]}]
        stages = list(_stages(way["kinds"], found)) if ends else []
        if stages:
            _join(stages, way, found)
    for key, each in found.items():
        if each.is_stream and each.kind not in _ends():
            found[key] = _led(each, found)
    for key, each in list(found.items()):
        found.update(_chemical_of(key, found) if each.kind == CHEMICAL_TANK else _hung(key, found))
    return found


def _ends() -> set[str]:
    return {way[end] for way in words()["way"] for end in ("comes", "leaves")}


def _stages(kinds: Sequence[str], found: Elements) -> Iterator[str]:
    """Yield the assets of a way in their order; several of a kind are put into one.

    Where a way has a kind and a narrower one, an asset stands at the narrower.
    """
    for kind in kinds:
        keys = [
            key
            for key in _of_kind(kind, found)
            if next(each for each in _lineage(found[key].kind) if each in kinds) == kind
        ]
        if len(keys) > 1:
            yield _around(kind, keys, found)
        elif keys:
            yield keys[0]


def _of_kind(kind: str, found: Elements) -> list[str]:
    """Return the assets of a kind, or of a narrower one, that stand in no other."""
    return [
        key
        for key, each in found.items()
        if not each.is_stream and each.within is None and kind in _lineage(each.kind)
    ]


def _lineage(kind: str) -> Sequence[str]:
    return catalogue().kinds[kind].lineage


def _around(kind: str, keys: Sequence[str], found: Elements) -> str:
    """Put some assets into one of their kind, or of the broader one, and return its key."""
    kinds = {found[key].kind for key in keys}
    is_narrower = kind not in kinds and kind not in found
    outer = kind if is_narrower else f"{kind}s"
    within = {key: replace(found.pop(key), within=outer) for key in keys}
    found[outer] = ElementProposal(
        outer,
        kind if is_narrower else _lineage(kind)[1],
        is_stream=False,
        names=None if is_narrower else catalogue().kinds[kind].name,
    )
    found.update(within)
    return outer


def _join(stages: Sequence[str], way: Mapping[str, Any], found: Elements) -> None:
    for stage, following in pairwise(stages):
        kind = _between(stage, found)
        key = f"{stage}_outflow" if kind == WATER else kind
        named = found.get(key) or ElementProposal(key, kind, is_stream=True)
        found[key] = replace(named, source=stage, target=following)
    for kind, source, target in (
        (way["comes"], None, stages[0]),
        (way["leaves"], stages[-1], None),
    ):
        named = found.get(kind) or ElementProposal(kind, kind, is_stream=True)
        found[kind] = replace(named, source=source, target=target)


def _between(source: str, found: Elements) -> str:
    """Return the kind of water that leaves a stage."""
    known: Mapping[str, str] = words()["leaves_as"]
    inside = [each for key, each in found.items() if source in {key, each.within}]
    kinds = (kind for each in inside for kind in _lineage(each.kind))
    return next((known[kind] for kind in kinds if kind in known), WATER)


def _led(stream: ElementProposal, found: Elements) -> ElementProposal:
    """Return a stream from and to the first of the kinds that it usually leads between."""
    known = words()["leads"]
    leads = next((known[kind] for kind in _lineage(stream.kind) if kind in known), None)
    if leads is None:
        return stream
    source = _tank_of(stream, found) or _first(leads.get("from", ()), found)
    target = _first(leads.get("to", ()), found)
    if source is None and target is None:
        return stream
    return replace(stream, source=source, target=target if target != source else None)


def _tank_of(chemical: ElementProposal, found: Elements) -> str | None:
    """Return the tank from which a chemical comes: it has the chemical's key and a word."""
    tanks = (key for key, each in found.items() if each.kind == CHEMICAL_TANK)
    return next((key for key in tanks if key.rpartition("_")[0] == chemical.key), None)


def _chemical_of(tank: str, found: Elements) -> Elements:
    """Return the stream of a chemical tank if it has none: of its chemical, or of any."""
    named = tank.rpartition("_")[0]
    kind = named if named in catalogue().streams else CHEMICAL
    key = named if kind == named else f"{tank}_{CHEMICAL}"
    if key in found:
        return {}
    stream = _led(ElementProposal(key, kind, is_stream=True), found)
    return {key: replace(stream, source=tank)} if stream.target else {}


def _hung(asset: str, found: Elements) -> Elements:
    """Return a stream to an asset that hangs on the way, if none leads there yet."""
    each = found[asset]
    known: Mapping[str, Any] = words()["hangs"]
    hangs = next((known[kind] for kind in _lineage(each.kind) if kind in known), None)
    ends = {end for one in found.values() for end in (one.source, one.target)}
    if each.is_stream or hangs is None or {asset, each.within or asset} & ends:
        return {}
    kind, source = hangs["stream"], _first(hangs.get("from", ()), found)
    key = f"{asset}_inflow"
    return {key: ElementProposal(key, kind, is_stream=True, source=source, target=asset)}


def _first(kinds: Iterable[str], found: Elements) -> str | None:
    """Return the first of some kinds that the plant has, or what it stands in."""
    assets = [(key, each) for key, each in found.items() if not each.is_stream]
    fitting = (
        each.within or key for kind in kinds for key, each in assets if kind in _lineage(each.kind)
    )
    return next(fitting, None)
