"""Checks of assets and streams: their kinds and properties, where they are and where they lead."""

from collections.abc import Iterator

from schemas.catalogue import Kind, catalogue
from schemas.site.defaults import ELEMENTS
from schemas.site.draft import Draft
from schemas.site.elements import Asset, Element, Stream
from schemas.site.messages import meant
from schemas.site.part import Part, Problem

_OUTSIDE = "; leave it out for outside of the plant"


def element_problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with assets and streams beside the catalogue and each other."""
    for part in parts_of_elements(draft):
        yield from _kind(part)
    for part, asset in draft.pairs(Asset):
        yield from _properties(part, asset)
    for part, stream in draft.pairs(Stream):
        yield from _properties(part, stream)
        if stream.from_ is None and stream.to is None:
            sentence = "leads from nowhere to nowhere; give `from`, `to`, or both"
            yield part.problem((), sentence)
        elif stream.from_ == stream.to and not _kinds(stream.kind).is_loop:
            yield part.problem(("to",), f'"{stream.to}" is where it comes from, too')


def connection_problems(draft: Draft) -> Iterator[Problem]:
    """Yield references between assets and streams that lead to none, or round in a circle."""
    assets, streams = (dict.fromkeys(draft.names(table)) for table in ("asset", "stream"))
    for part in parts_of_elements(draft):
        for key in ("within", "from", "to"):
            name = part.content.get(key)
            if not isinstance(name, str) or name in assets:
                continue
            if name in streams:
                sentence = f'"{name}" is a stream; only assets have ends and contain others'
            else:
                outside = "" if key == "within" else _OUTSIDE
                sentence = f'"{name}" is no asset of this site{draft.meant(name, assets)}{outside}'
            yield part.problem((key,), sentence)
    yield from _circles(draft)


def parts_of_elements(draft: Draft) -> list[Part]:
    """Return the parts of all assets and streams, right or wrong."""
    return [part for table in ELEMENTS for part in draft.parts(table)]


def kind_of(part: Part) -> Kind | None:
    """Return the kind of an asset or stream, if there is such a one in its table."""
    kind = catalogue().kinds.get(str(part.content.get("kind")))
    return kind if kind and kind.is_stream == (part.path[0] == "stream") else None


def _kinds(key: str) -> Kind:
    return catalogue().kinds[key]


def _kind(part: Part) -> Iterator[Problem]:
    given, table = part.content.get("kind"), str(part.path[0])
    if not isinstance(given, str) or kind_of(part) is not None:
        return
    if given in catalogue().kinds:
        other = "asset" if table == "stream" else "stream"
        yield part.problem(("kind",), f'"{given}" is a kind of {other}; write it as [[{other}]]')
        return
    known = catalogue().streams if table == "stream" else catalogue().assets
    hint = meant(given, list(known)) or "; docs/catalogue.md has them all"
    yield part.problem(("kind",), f'"{given}" is no kind of {table}{hint}')


def _properties(part: Part, element: Element) -> Iterator[Problem]:
    kind = kind_of(part)
    if kind is None:
        return
    for name, quantity in element.properties.items():
        known = kind.properties.get(name)
        if known is None:
            hint = meant(name, list(kind.properties)) or _all(list(kind.properties))
            sentence = f"is no property of {kind.key}{hint}"
            yield part.problem(("properties", name), sentence)
        elif misfit := known.misfit(quantity.unit):
            sentence = f'"{name}" is in {known.unit} or what converts to it: {misfit}'
            yield part.problem(("properties", name), sentence)


def _all(known: list[str]) -> str:
    return f"; it has {', '.join(known)}" if known else ", which has none"


def _circles(draft: Draft) -> Iterator[Problem]:
    """A chain of `within` that comes back is told once, where its first asset stands."""
    parts = {str(part.content.get("key")): part for part in reversed(draft.parts("asset"))}
    told: set[str] = set()
    for start in reversed(parts):
        chain: list[str] = []
        here: object = start
        while isinstance(here, str) and here in parts and here not in chain:
            chain.append(here)
            here = parts[here].content.get("within")
        if here == start and start not in told:
            told.update(chain)
            circle = " within ".join([*chain, start])
            yield parts[start].problem(("within",), f"leads back to itself: {circle}")
