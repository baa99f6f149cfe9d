"""Which assets of a plant are alike and lie side by side, such as eight settling tanks. Pure."""

from collections.abc import Hashable, Iterable, Mapping, Sequence

Ends = tuple[str | None, str | None]


def outermost(key: str | None, within: Mapping[str, str | None]) -> str | None:
    """Return the asset that contains an asset and is in no other, itself if none contains it."""
    seen: set[str] = set()
    while key is not None and (outer := within.get(key)) is not None and key not in seen:
        seen.add(key)
        key = outer
    return key


def parallel_assets(kinds: Mapping[str, str], streams: Sequence[Ends]) -> dict[str, str]:
    """Return for each asset the first of those that are of its kind and lie between the same.

    `kinds` names the kind of each asset, `streams` those that each stream leads from and to. What
    lies between the same may itself be alike only: four lines of a screen and a tank are one line.
    """
    found = _first_of_each(kinds, kinds.items())
    while True:
        around: dict[str, set[Ends]] = {key: set() for key in kinds}
        for source, target in streams:
            if source in around:
                around[source].add((None, found.get(target or "", target)))
            if target in around:
                around[target].add((found.get(source or "", source), None))
        alike = ((key, (found[key], frozenset(around[key]))) for key in kinds)
        closer = _first_of_each(kinds, alike)
        if closer == found:
            return found
        found = closer


def _first_of_each(keys: Iterable[str], classes: Iterable[tuple[str, Hashable]]) -> dict[str, str]:
    """Return for each key the first that is in its class."""
    of = dict(classes)
    firsts: dict[Hashable, str] = {}
    return {key: firsts.setdefault(of[key], key) for key in keys}
