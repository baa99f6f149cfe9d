"""Foreign payloads: JSON of another shape, read by the mapping of its topic."""

from ingest.decoded import Decoded
from ingest.document import document
from ingest.limits import Limits
from ingest.message import Message
from ingest.rejection import Reason, Unreadable, quote
from ingest.topics import ForeignRoute, ForeignValue
from ingest.values import finite
from schemas.quality import Check, Qc
from schemas.reading import Reading

INDEX_LIMIT_DIGITS = 9

_UNKNOWN = int(Qc.UNKNOWN)
_SERVER_TIME = int(Check.SERVER_TIME)
_ABSENT = object()


def decode_foreign(
    message: Message, routes: tuple[ForeignRoute, ...], limits: Limits, found: Decoded
) -> None:
    """Append what the payload holds by each mapping of its topic.

    A value that is null gives no reading and is no error. Raises Unreadable if nothing that any
    mapping describes is there at all, or what all readings share is unreadable.
    """
    payload = _payload(message.payload, routes)
    if not any(route.values for route in routes):
        raise Unreadable(Reason.UNKNOWN_POINT, "no mapping of the topic has its tag")
    present = [_present(route, payload) for route in routes]
    if not any(present):
        raise Unreadable(Reason.NO_READING, "nothing that the mapping describes is there")
    for route, parts in zip(routes, present, strict=True):
        measured = [(value, raw) for value, raw in parts if raw is not None]
        if measured:
            ts_us, checks = _stamp(route, payload, message.received_us)
            limits.check_stamp(ts_us, message.received_us)
            shared = Reading(
                0, ts_us, None, _status(route, payload), _UNKNOWN, checks, message.received_us
            )
            _convert(measured, shared, found)


def _payload(payload: bytes, routes: tuple[ForeignRoute, ...]) -> object:
    """Return the document; what is none is a text, where a mapping knows texts in its place."""
    try:
        return document(payload)
    except Unreadable:
        knows_texts = any(
            not value.path and value.mapping.states for route in routes for value in route.values
        )
        if not knows_texts:
            raise
        return payload.decode(errors="replace").strip("\0 \t\r\n")


def _present(route: ForeignRoute, payload: object) -> list[tuple[ForeignValue, object]]:
    parts = [(value, _resolve(payload, value.path)) for value in route.values]
    return [(value, raw) for value, raw in parts if raw is not _ABSENT]


def _convert(measured: list[tuple[ForeignValue, object]], shared: Reading, found: Decoded) -> None:
    """Append a reading for each value; all else stands in `shared`."""
    for value, raw in measured:
        try:
            if value.point is None:
                sentence = f"{value.mapping.point} is no point of the site"
                raise Unreadable(Reason.UNKNOWN_POINT, sentence)
            number = finite(value.in_unit_at(_number(raw, value), shared.ts_us))
            found.readings.append(Reading(value.point.point_id, shared.ts_us, number, *shared[3:]))
        except Unreadable as error:
            found.rejections.append(error.at(value.mapping.pointer))


def _stamp(route: ForeignRoute, payload: object, received_us: int) -> tuple[int, int]:
    if route.time_path is None:
        return received_us, _SERVER_TIME
    stamp = _resolve(payload, route.time_path)
    return route.read_stamp(None if stamp is _ABSENT else stamp, received_us)


def _status(route: ForeignRoute, payload: object) -> int:
    if route.status_path is None:
        return 0
    code = _resolve(payload, route.status_path)
    return 0 if code is _ABSENT else route.read_status(code)


def _number(raw: object, value: ForeignValue) -> float:
    """Convert to the point's newest unit. Raises Unreadable."""
    mapping = value.mapping
    states = mapping.states or {}
    if type(raw) is str:
        raw = _from_text(raw, states)
    elif states and isinstance(raw, bool | int | float):
        raw = states.get(f"{raw:g}" if type(raw) is float else str(raw).lower(), raw)
    if type(raw) is not float and type(raw) is not int and type(raw) is not bool:
        raise Unreadable(Reason.WRONG_TYPE, f"{quote(raw)} is not a number")
    return finite(finite(raw) * mapping.scale + mapping.offset)


def _from_text(text: str, states: dict[str, float]) -> float:
    state = states.get(text)
    if state is not None:
        return state
    try:
        return float(text.replace("_", "?"))  # Python reads 1_000, nobody else does
    except ValueError:
        known = ", ".join(states) or "none"
        sentence = f"{quote(text)} is neither a number nor a known state ({known})"
        raise Unreadable(Reason.UNKNOWN_STATE, sentence) from None


def _resolve(payload: object, path: tuple[str, ...]) -> object:
    """Follow a JSON pointer; _ABSENT where it leads nowhere."""
    here = payload
    for key in path:
        if type(here) is dict:
            here = here.get(key, _ABSENT)
        elif type(here) is list and _is_index(key) and int(key) < len(here):
            here = here[int(key)]
        else:
            return _ABSENT
    return here


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= INDEX_LIMIT_DIGITS
