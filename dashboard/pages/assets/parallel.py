"""The assets that are like one and lie between the same: a large drawing tells them together."""

from dashboard.analysis.parallel_assets import outermost, parallel_assets
from dashboard.store.plant import Plant


def parallel_to(key: str, plant: Plant) -> list[str]:
    """Return the other assets that are parallel to an outermost one."""
    assets = plant.model.assets
    within = {key: each.within for key, each in assets.items()}
    kinds = {each.key: each.kind for each in assets.values() if each.within is None}
    ends = [
        (outermost(each.source, within), outermost(each.target, within))
        for each in plant.model.streams.values()
    ]
    firsts = parallel_assets(kinds, ends)
    around = {end for pair in ends for end in pair}
    return [
        other
        for other, first in firsts.items()
        if key in around and other != key and first == firsts.get(key)
    ]
