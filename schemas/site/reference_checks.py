"""Checks of the site as a whole: names that must be unique, references, moments, states."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.local_time import LocalKind, to_utc
from schemas.site.alarms.alarm import Alarm
from schemas.site.alarms.checks import alarm_problems
from schemas.site.draft import Draft, ref_of
from schemas.site.element_checks import (
    connection_problems,
    element_problems,
    parts_of_elements,
)
from schemas.site.elements import Asset, Stream
from schemas.site.key_figures import SiteKeyFigure
from schemas.site.mapping_checks import mapping_problems
from schemas.site.model import Head, LimitSet, Point, Site, Trial
from schemas.site.pair_checks import beside_problems, contradiction_problems
from schemas.site.part import Part, Problem
from schemas.site.role_checks import role_problems
from schemas.site.state_window_checks import state_window_problems
from schemas.site.state_windows import StateWindow
from schemas.site.table import Moment
from schemas.site.toml_lines import Path

# Tables that name a line; points and trials also an instrument, a company.
_NAMING = ("point", "trial", "asset", "stream")
_REF = re.compile("[a-z0-9_-]+/[a-z0-9_-]+")


def check(draft: Draft, *, with_references: bool) -> Iterator[Problem]:
    """Yield what is wrong between the parts. Without references if not all files were readable."""
    yield from _unique_names(draft)
    yield from _points(draft)
    yield from _limits(draft)
    yield from _moments(draft)
    yield from mapping_problems(draft)
    yield from element_problems(draft)
    if with_references:
        yield from _references(draft)
        yield from connection_problems(draft)
        yield from role_problems(draft)
        yield from alarm_problems(draft)
        yield from state_window_problems(draft)


def _unique_names(draft: Draft) -> Iterator[Problem]:
    keyed = ("line", "instrument", "company", "limit_set", "mapping", "alarm", "state_window")
    for table in (*keyed, "key_figure"):
        yield from _unique(draft.parts(table), "key", lambda part: part.content.get("key"))
    yield from _unique(parts_of_elements(draft), "key", lambda part: part.content.get("key"))
    yield from _unique(draft.parts("point"), "key", ref_of)
    yield from _unique(draft.parts("point"), "tag", lambda part: part.content.get("tag"))
    yield from _unique(draft.parts("trial"), "key", ref_of)
    for part in draft.parts("site")[1:]:
        yield part.problem((), f"stands in {draft.parts('site')[0].place} already")


def _unique(parts: list[Part], key: str, name: Callable[[Part], object]) -> Iterator[Problem]:
    first: dict[object, Part] = {}
    for part in parts:
        # A key that is missing or no text has its own error.
        if isinstance(part.content.get(key), str):
            before = first.setdefault(name(part), part)
            if before is not part:
                yield part.problem(
                    (key,), f'"{part.content[key]}" stands in {before.place} already'
                )


def _references(draft: Draft) -> Iterator[Problem]:
    yield from _names(draft)
    refs = _Refs(draft)
    yield from _other_points(draft, refs)
    for part, trial in draft.pairs(Trial):
        for number, ref in enumerate(trial.points):
            yield from refs.unknown(part, ("points", number), ref)
    yield from _nested_points(draft, refs)


def _names(draft: Draft) -> Iterator[Problem]:
    """Yield lines, instruments and companies that are named and are none."""
    named = [part for table in _NAMING for part in draft.parts(table)]
    for noun in ("line", "instrument", "company"):
        known = dict.fromkeys(draft.names(noun))
        if noun == "line" and not known:  # told once, as a table that is missing
            continue
        for part in named:
            name = part.content.get(noun)
            if isinstance(name, str) and name not in known:
                hint = draft.meant(name, known)
                yield part.problem((noun,), f'"{name}" is no {noun} of this site{hint}')


def _other_points(draft: Draft, refs: "_Refs") -> Iterator[Problem]:
    """Yield what is wrong with the points by which others are checked."""
    points = draft.points()
    for part, point in draft.pairs(Point):
        if (beside := point.checks.beside) is not None:
            yield from refs.unknown(part, ("checks", "beside", "point"), beside.point)
            yield from beside_problems(part, point, points.get(beside.point))
        if (condition := point.checks.contradicted_by) is not None:
            path = ("checks", "contradicted_by", "point")
            yield from refs.unknown(part, path, condition.point)
            yield from contradiction_problems(part, point, points.get(condition.point))


def _nested_points(draft: Draft, refs: "_Refs") -> Iterator[Problem]:
    """Yield points of limits and mappings that are none, also where the rest is wrong."""
    for table, nested in (("limit_set", "limit"), ("mapping", "value")):
        for part in draft.parts(table):
            inner = part.content.get(nested)
            for number, element in enumerate(inner if isinstance(inner, list) else []):
                name = element.get("point") if isinstance(element, dict) else None
                yield from refs.unknown(part, (nested, number, "point"), name)


class _Refs:
    """The points by which others are checked; one whose own name is wrong is told only there."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        lines = draft.names("line")
        self._known = dict.fromkeys(draft.refs())
        points = [ref.partition("/") for ref in self._known]
        self._misplaced = {key for line, _, key in points if line not in lines}
        good = [ref for ref in self._known if _REF.fullmatch(ref)]
        self._good = [ref for ref in good if ref.partition("/")[0] in lines]
        self._by_key = {ref.partition("/")[2]: ref for ref in reversed(self._good)}

    def unknown(self, part: Part, keys: Path, name: object) -> Iterator[Problem]:
        """Yield a problem if `name` is no point."""
        if not isinstance(name, str) or name in self._known:
            return
        line, slash, key = name.partition("/")
        if slash and key in self._misplaced:
            return
        # "flow" for "main/flow", and the right key with another line.
        same_key = self._by_key.get(key if slash else line)
        hint = f'; did you mean "{same_key}"?' if same_key else self._draft.meant(name, self._good)
        yield part.problem(keys, f'"{name}" is no point of this site{hint}')


def _points(draft: Draft) -> Iterator[Problem]:
    for part, point in draft.pairs(Point):
        yield from _calculated(part, point)
        if point.states is None:
            continue
        if point.kind not in {"state", "calculated"}:
            yield part.problem(("states",), f'are for points of kind "state", not "{point.kind}"')
        for code in point.states:
            if point.range and not point.range[0] <= int(code) <= point.range[1]:
                lo, hi = point.range
                sentence = f"the code lies outside of the range [{lo:g}, {hi:g}]"
                yield part.problem(("states", code), sentence)


def _calculated(part: Part, point: Point) -> Iterator[Problem]:
    if point.kind == "calculated" and point.formula is None:
        sentence = 'is missing; a calculated point has one, such as "influent.flow * 0.5"'
        yield part.problem(("formula",), sentence)
    elif point.formula is not None and point.kind != "calculated":
        sentence = f'a point with a formula is "calculated", not a {point.kind}; leave `kind` out'
        yield part.problem(("kind",), sentence)
    elif point.formula is not None and point.instrument is not None:
        yield part.problem(("instrument",), "no instrument serves a point that is calculated")


def _limits(draft: Draft) -> Iterator[Problem]:
    for part, limit_set in draft.pairs(LimitSet):
        seen = set()
        for number, limit in enumerate(limit_set.limit):
            what = (limit.point, limit.bound, limit.statistic)
            if what in seen:
                sentence = f"has the same bound and statistic as an earlier limit of {limit.point}"
                yield part.problem(("limit", number), sentence)
            seen.add(what)


def _moments(draft: Draft) -> Iterator[Problem]:
    heads = draft.values(Head)
    if not heads:
        return
    clock = Site(site=heads[0], line=(), point=())
    for part in draft.parts("site")[:1]:
        yield from _in_gap(part, ("begins",), heads[0].begins, clock.zone)
    yield from _moments_since(draft, clock.zone)
    for part, limit_set in draft.pairs(LimitSet):
        for number, limit in enumerate(limit_set.limit):
            yield from _in_gap(part, ("limit", number, "since"), limit.since, clock.zone)
    for part, trial in draft.pairs(Trial):
        yield from _trial_moments(part, trial, clock)


def _trial_moments(part: Part, trial: Trial, clock: Site) -> Iterator[Problem]:
    """Yield what is wrong with when a trial is."""
    for key in ("starts", "ends", "embargo", "handover"):
        yield from _in_gap(part, (key,), getattr(trial, key), clock.zone)
    begins = clock.site.begins
    if begins is not None and clock.starts_at(trial.starts) < clock.starts_at(begins):
        sentence = f"{trial.starts} is before the site begins, {begins}"
        yield part.problem(("starts",), sentence)
    ends_at = clock.ends_at(trial.ends)
    if ends_at <= clock.starts_at(trial.starts):
        sentence = f"{trial.ends} is not after the start, {trial.starts}"
        yield part.problem(("ends",), sentence)
        return
    for key in ("embargo", "handover"):
        moment = getattr(trial, key)
        if moment is not None and clock.ends_at(moment) < ends_at:
            yield part.problem((key,), f"{moment} is before the end, {trial.ends}")


def _moments_since(draft: Draft, zone: ZoneInfo) -> Iterator[Problem]:
    for part, point in draft.pairs(Point):
        yield from _in_gap(part, ("since",), point.since, zone)
    for part, alarm in draft.pairs(Alarm):
        yield from _in_gap(part, ("since",), alarm.since, zone)
    for part, window in draft.pairs(StateWindow):
        yield from _in_gap(part, ("since",), window.since, zone)
    for part, figure in draft.pairs(SiteKeyFigure):
        yield from _in_gap(part, ("since",), figure.since, zone)
    for part, element in (*draft.pairs(Asset), *draft.pairs(Stream)):
        yield from _in_gap(part, ("since",), element.since, zone)
        for name, quantity in element.properties.items():
            yield from _in_gap(part, ("properties", name), quantity.since, zone)


def _in_gap(part: Part, keys: Path, moment: Moment | None, zone: ZoneInfo) -> Iterator[Problem]:
    if not isinstance(moment, datetime) or moment.tzinfo is not None:
        return
    if to_utc(moment, zone).kind is LocalKind.GAP:
        sentence = f"{moment} does not exist in {zone.key}: the clock went forward over it"
        yield part.problem(keys, sentence)
