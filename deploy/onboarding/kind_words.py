"""The kinds of assets and streams that a text names. Pure."""

from collections.abc import Sequence
from functools import cache

from deploy.onboarding.plain import LETTERS, plain, stands_in, stem
from deploy.onboarding.words import words
from schemas.catalogue import Kind, catalogue

# A kind, and the words by which a text names it.
NamedKind = tuple[Kind, str]


@cache  # areas are those of many points
def kinds_in(text: str) -> Sequence[NamedKind]:
    """Return the kinds that a text names, with the words it has: the longest name first.

    Of equal ones the narrower, for the pump of a well is the well.
    """
    found: dict[str, str] = {}
    for key, name, begin in _kind_names():
        if begin not in text or len(name) <= len(found.get(key, "")):
            continue
        if stands_in(name, text) and _begins(name, text):
            found[key] = name
    kinds = [(catalogue().kinds[key], name) for key, name in found.items()]
    return sorted(kinds, key=lambda each: (-len(each[1]), -len(each[0].lineage)))


def _begins(name: str, text: str) -> bool:
    """Tell whether a name of several words has one that begins a word of a text.

    An ultrafiltration's transmembrane pressure is of no membrane filtration.
    """
    parts, found = LETTERS.findall(name), LETTERS.findall(text)
    return len(parts) == 1 or any(one.startswith(stem(part)) for part in parts for one in found)


@cache
def _kind_names() -> list[tuple[str, str, str]]:
    """Return the names of all kinds that say something: (kind, name, stem of its first word).

    What is too broad by its own name may have others that say more.
    """
    more, too_broad = words()["kind_says"], words()["too_broad"]["kinds"]
    return [
        (key, name, stem(LETTERS.findall(name)[0]))
        for key, kind in catalogue().kinds.items()
        for name in (
            *(() if key in too_broad else map(plain, kind.name.values())),
            *more.get(key, ()),
        )
    ]
