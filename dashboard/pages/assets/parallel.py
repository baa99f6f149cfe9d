"""The assets that are like one and lie between the same: a large drawing tells them together."""

from dashboard.analysis.parallel_assets import parallel_assets
from dashboard.store.plant import Plant


def parallel_to(key: str, plant: Plant) -> list[str]:
    """Return the other assets that are parallel to an outermost one."""
    assets = plant.model.assets
    kinds = {each.key: each.kind for each in assets.values() if each.within is None}
    ends = [
        (_outermost(each.source, plant), _outermost(each.target, plant))
        for each in plant.model.streams.values()
    ]
    firsts = parallel_assets(kinds, ends)
    around = {end for pair in ends for end in pair}
    return [
        other
        for other, first in firsts.items()
        if key in around and other != key and first == firsts.get(key)
    ]


def _outermost(key: str | None, plant: Plant) -> str | None:
    seen: set[str] = set()
    while key is not None and key not in seen and key in plant.model.assets:
        seen.add(key)
        outer = plant.model.assets[key].within
        if outer is None:
            return key
        key = outer
    return key
