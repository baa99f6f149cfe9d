"""Foreign payloads: JSON of another shape, read by the mapping of its topic."""

from typing import NamedTuple

from ingest.decoding.acceptance import Limits
from ingest.decoding.decoded import Decoded
from ingest.decoding.message import Message, refuse_retained
from ingest.decoding.nearly_json import AROUND, text_of
from ingest.decoding.number_texts import number_of_text
from ingest.decoding.payload_forms import Formed, formed
from ingest.decoding.pointers import (
    Names,
    Path,
    Place,
    element_of,
    follow,
    member,
    names_along,
    places,
    pointer_of,
)
from ingest.decoding.rejection import Reason, Unreadable, quote
from ingest.decoding.topics import ForeignRoute, ForeignValue
from ingest.decoding.unread import Unread, leaves, lost
from ingest.decoding.values import finite
from schemas.pointer import Steps
from schemas.quality import Check, Qc
from schemas.reading import Reading
from schemas.site.mapping import Form

_UNKNOWN = int(Qc.UNKNOWN)
_SERVER_TIME = int(Check.SERVER_TIME)


class _Hit(NamedTuple):
    """A value of a mapping in a payload, and the element of a list that it stands in."""

    value: ForeignValue
    place: Place
    element: Path


def decode_foreign(
    message: Message, routes: tuple[ForeignRoute, ...], limits: Limits, found: Decoded
) -> None:
    """Append what the payload holds by each mapping of its topic.

    A value that is null gives no reading and is no error. Raises Unreadable if nothing that any
    mapping describes is there at all.
    """
    for form in dict.fromkeys(route.form for route in routes):
        _decode(
            message, form, tuple(route for route in routes if route.form == form), limits, found
        )


def _decode(
    message: Message,
    form: Form,
    routes: tuple[ForeignRoute, ...],
    limits: Limits,
    found: Decoded,
) -> None:
    payload, rejections = _payload(message, form, routes)
    found.rejections.extend(rejections)
    if not any(route.values for route in routes):
        raise Unreadable(Reason.UNKNOWN_POINT, "no mapping of the topic has its tag")
    reader = _Reader(payload, message, limits, found)
    hits = [reader.hits(route) for route in routes]
    if not any(hits) and not found.rejections:
        raise Unreadable(Reason.NO_READING, "nothing that the mapping describes is there")
    for route, ours in zip(routes, hits, strict=True):
        reader.convert(route, ours)
    reader.tell_unread(routes, hits)


def _payload(message: Message, form: Form, routes: tuple[ForeignRoute, ...]) -> Formed:
    """Return the document; what is none is a text, where a mapping knows texts in its place.

    Where it says how a number is written, the payload as a whole is that text.
    """
    whole = [mapping for route in routes for mapping in route.whole]
    if any(mapping.decimal or mapping.censored or mapping.suffix for mapping in whole):
        return Formed(text_of(message.payload).strip('"'), [])
    try:
        return formed(form, message)
    except Unreadable:
        if not any(mapping.states for mapping in whole):
            raise
        return Formed(text_of(message.payload), [])


class _Reader:
    """Reads one payload, and remembers what of it was read."""

    def __init__(self, payload: object, message: Message, limits: Limits, found: Decoded) -> None:
        self._payload = payload
        self._message = message
        self._received_us = message.received_us
        self._order = message.order
        self._limits = limits
        self._found = found
        self._read: set[Path] = set()
        self._names = Names()
        self._stamps: dict[tuple[Path, ...], tuple[int, int]] = {}

    def hits(self, route: ForeignRoute) -> list[_Hit]:
        """Return the values that are there, in the order of the elements that they stand in."""
        hits = []
        for value in route.values:
            try:
                direct = member(self._payload, value.steps)
                if direct is not None:
                    hits.append(_Hit(value, direct, ()))
                    self._read.add(direct.path)
                    continue
                for place in places(self._payload, value.steps, self._names):
                    hits.append(_Hit(value, place, element_of(place.path, value.steps)))
                    self._read.add(place.path)
                    self._read.update(names_along(place.path, value.steps))
            except Unreadable as error:
                self._found.rejections.append(error.at(value.mapping.pointer))
        return sorted(hits, key=lambda hit: [at for at in hit.element if type(at) is int])

    def convert(self, route: ForeignRoute, hits: list[_Hit]) -> None:
        """Append a reading for each value; those in one element share its time and status."""
        self._order = self._message.order
        self._stamps.clear()  # another mapping may read them otherwise
        shared: dict[tuple[Path, Steps | None, Steps | None], Reading | None] = {}
        for value, place, element in hits:
            if place.found is None:
                continue
            common = element, value.time_steps, value.status_steps
            if common not in shared:
                shared[common] = self._shared(route, value, element)
            reading = shared[common]
            if reading is None:
                continue
            try:
                if value.point is None:
                    sentence = f"{value.mapping.point} is no point of the site"
                    raise Unreadable(Reason.UNKNOWN_POINT, sentence)
                number, check = _number(place.found, value)
                number = finite(value.in_unit_at(number, reading.ts_us))
                self._found.readings.append(
                    reading._replace(
                        point_id=value.point.point_id,
                        value=number,
                        checks=reading.checks | int(check),
                    )
                )
            except Unreadable as error:
                self._found.rejections.append(error.at(pointer_of(place.path)))

    def tell_unread(self, routes: tuple[ForeignRoute, ...], hits: list[list[_Hit]]) -> None:
        """Append what no mapping reads: lost readings as rejections, the rest as places."""
        ignored = [steps for route in routes for steps in route.ignored]
        named = [value.steps for route in routes for value in route.values if value.finds_by_name]
        for hit in (hit for ours in hits for hit in ours if hit.value.finds_by_place):
            for path, raw in lost(self._payload, hit.value.steps, hit.place.path, ignored):
                if path not in self._read:
                    self._read.add(path)
                    error = Unreadable(Reason.NOT_READ, f"{quote(raw)} is not read")
                    self._found.rejections.append(error.at(pointer_of(path)))
        site, key = routes[0].site, routes[0].key
        pointers = tuple(leaves(self._payload, self._read, named, ignored))
        if pointers:
            self._found.unread.append(Unread(site, key, pointers))

    def _shared(self, route: ForeignRoute, value: ForeignValue, element: Path) -> Reading | None:
        """Return a reading without point and value; None, and a rejection, if it has no time."""
        try:
            ts_us, checks = self._stamp(route, value, element)
            self._limits.check_stamp(ts_us, self._received_us)
            status = self._status(route, value, element)
        except Unreadable as error:
            self._found.rejections.append(error.at(pointer_of(element)))
            return None
        return Reading(0, ts_us, None, status, _UNKNOWN, checks, self._received_us)

    def _stamp(self, route: ForeignRoute, value: ForeignValue, element: Path) -> tuple[int, int]:
        if value.time_steps is None:
            return self._reception()
        place, raw = self._written_stamp(route, value.time_steps, element)
        if raw in (None, "") and route.other_time_steps is not None:
            place, raw = self._written_stamp(route, route.other_time_steps, element)
        if place in self._stamps:
            return self._stamps[place]
        if raw in (None, "") and route.reception_if_missing:
            return self._reception()
        # Values with stamps of their own are in no order by which one could tell two hours apart.
        follows = value.mapping.time_pointer is None
        stamp = route.read_stamp(raw, self._received_us, self._order if follows else None)
        if follows and stamp.order is not None:
            self._order = stamp.order
            self._found.orders.append(stamp.order)
        if place:
            self._stamps[place] = stamp.ts_us, stamp.checks
        return stamp.ts_us, stamp.checks

    def _written_stamp(
        self, route: ForeignRoute, steps: Steps, element: Path
    ) -> tuple[tuple[Path, ...], object]:
        """Return where the stamp stands and what it is; date and time of day may stand apart."""
        place = self._follow(steps, element)
        if route.time_of_day_steps is None:
            return (() if place is None else (place.path,)), place and place.found
        clock = self._follow(route.time_of_day_steps, element)
        if place is None or clock is None or place.found is None or clock.found is None:
            return (), None
        for part in (place.found, clock.found):
            if type(part) is not str:  # 1000 is ten past midnight, or ten o'clock
                return (), part
        return (place.path, clock.path), f"{place.found} {clock.found}"

    def _reception(self) -> tuple[int, int]:
        refuse_retained(self._message)
        return self._received_us, _SERVER_TIME

    def _status(self, route: ForeignRoute, value: ForeignValue, element: Path) -> int:
        code = None if value.status_steps is None else self._follow(value.status_steps, element)
        return 0 if code is None else route.read_status(code.found)

    def _follow(self, steps: Steps, element: Path) -> Place | None:
        place = follow(self._payload, steps, element)
        if place is not None:
            self._read.add(place.path)
        return place


def _number(raw: object, value: ForeignValue) -> tuple[float, Check]:
    """Convert to the point's newest unit; of a result beyond a limit tell so. Raises Unreadable."""
    mapping = value.mapping
    states = mapping.states or {}
    check = Check(0)
    if type(raw) is str:
        state = states.get(raw)
        if state is None:  # fields of a fixed length are filled up with blanks or NUL
            raw = raw.strip(AROUND)
            state = states.get(raw)
        raw, check = number_of_text(raw, mapping) if state is None else (state, check)
    elif states and isinstance(raw, bool | int | float):
        raw = states.get(_spelled(raw), raw)
    if type(raw) is not float and type(raw) is not int and type(raw) is not bool:
        raise Unreadable(Reason.WRONG_TYPE, f"{quote(raw)} is not a number")
    return finite(finite(raw) * mapping.scale + mapping.offset), check


def _spelled(raw: float) -> str:
    """Return a number, true or false as the keys of `states` have it."""
    if type(raw) is float:
        return str(int(raw)) if raw.is_integer() else f"{raw:g}"
    return str(raw).lower()
