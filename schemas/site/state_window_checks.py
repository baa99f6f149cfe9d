"""Checks of windows that states open: what they mark, and that the state can be so."""

from collections.abc import Iterator

from schemas.site.draft import Draft
from schemas.site.messages import meant
from schemas.site.part import Part, Problem
from schemas.site.state_windows import StateWindow

PLACES = ("asset", "instrument", "point")


def state_window_problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with windows beside points, instruments and assets."""
    known = {
        "asset": draft.names("asset"),
        "instrument": draft.names("instrument"),
        "point": draft.refs(),
    }
    for part, window in draft.pairs(StateWindow):
        given = [place for place in PLACES if getattr(window, place) is not None]
        if len(given) != 1:
            yield part.problem((), "marks one place: give `asset`, `instrument` or `point`")
        for place in given:
            name = getattr(window, place)
            if name not in known[place]:
                sentence = f'"{name}" is no {place} of this site{meant(name, known[place])}'
                yield part.problem((place,), sentence)
        yield from _state(part, window, draft)


def _state(part: Part, window: StateWindow, draft: Draft) -> Iterator[Problem]:
    refs = draft.refs()
    if window.state not in refs:
        sentence = f'"{window.state}" is no point of this site{meant(window.state, refs)}'
        yield part.problem(("state",), sentence)
        return
    point = draft.points().get(window.state)
    if point is None:
        return
    if point.kind != "state":
        sentence = f'{point.ref} is a {point.kind}, and no point of kind "state"'
        yield part.problem(("state",), sentence)
        return
    for number, code in enumerate(window.codes):
        if point.states is not None and str(code) not in point.states:
            names = ", ".join(point.states)
            sentence = f"{code} is no code of {point.ref}; it has {names}"
            yield part.problem(("codes", number), sentence)
