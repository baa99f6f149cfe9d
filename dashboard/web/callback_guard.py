"""A call of a callback as a page sends it: refused unless it has the form that was declared.

Dash takes ids and the number of arguments from the page on trust, and fails where they do not fit.
Values are read by each callback, with distrust of its own (`dashboard/web/callback_input.py`).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

ONE = "MATCH"  # a wildcard that stands for one component; the others stand for a list
# What is looked through on the event loop, where everybody waits for it.
COMPONENTS_MAX = 2_000  # that a wildcard stands for, and that changed
ADDRESS_MAX_CHARACTERS = 8_000

Declared = Mapping[str, str]  # an id as Dash writes it, and a property


def fits(body: Any, callbacks: Mapping[str, Any]) -> bool:
    """Tell whether `body` calls one of Dash's `callbacks` as a page of ours would."""
    output = body.get("output") if isinstance(body, dict) else None
    found = callbacks.get(output) if isinstance(output, str) else None
    # What runs in the browser alone has no function here.
    if found is None or "callback" not in found or not _is_plain(body):
        return False
    declared = found["output"]
    many = isinstance(declared, Sequence)
    outputs = body.get("outputs") if many else [body.get("outputs")]
    changed = body.get("changedPropIds", [])
    return (
        _all_fit(body.get("inputs"), found["inputs"])
        and _all_fit(body.get("state", []), found["state"])
        and _all_fit(outputs, [one.to_dict() for one in (declared if many else [declared])])
        and isinstance(changed, list)
        and len(changed) <= COMPONENTS_MAX
        and all(_is_property_of_something(one) for one in changed)
    )


def _is_plain(body: Any) -> bool:
    """Tell whether a browser could have written this: no NaN, no half characters, no abyss."""
    try:
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def _all_fit(sent: Any, declared: Sequence[Declared]) -> bool:
    if not isinstance(sent, list) or len(sent) != len(declared):
        return False
    return all(_fits(one, what) for one, what in zip(sent, declared, strict=True))


def _fits(sent: Any, declared: Declared) -> bool:
    pattern = _id(declared["id"])
    if isinstance(pattern, dict) and any(
        isinstance(want, list) and want != [ONE] for want in pattern.values()
    ):
        return (
            isinstance(sent, list)
            and len(sent) <= COMPONENTS_MAX
            and all(_is(one, pattern, declared) for one in sent)
        )
    return _is(sent, pattern, declared)


def _is(sent: Any, pattern: Any, declared: Declared) -> bool:
    if not isinstance(sent, dict):
        return False
    name, value = sent.get("property"), sent.get("value")
    if (
        not isinstance(name, str)
        or _plain(name) != _plain(declared["property"])
        or not _is_named(sent.get("id"), pattern)
    ):
        return False
    if name == "id" and "value" in sent:
        return bool(value == sent["id"])
    if name == "pathname":
        return _is_part_of_address(value) and str(value).startswith("/")
    return name not in {"search", "hash"} or value is None or _is_part_of_address(value)


def _is_part_of_address(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= ADDRESS_MAX_CHARACTERS


def _plain(name: str) -> str:
    """Return a property without the mark by which Dash tells several callbacks of it apart."""
    return name.partition("@")[0]


def _is_named(sent: Any, pattern: Any) -> bool:
    if not isinstance(pattern, dict) or not isinstance(sent, dict):
        return bool(sent == pattern)
    return sent.keys() == pattern.keys() and all(
        isinstance(sent[key], str | int | float) if isinstance(want, list) else sent[key] == want
        for key, want in pattern.items()
    )


def _is_property_of_something(text: Any) -> bool:
    """Tell whether Dash can read a text as `id.property`."""
    if not isinstance(text, str):
        return False
    name, dot, _ = text.rpartition(".")
    try:
        return bool(dot) and (not name.startswith("{") or isinstance(_id(name), dict))
    except (ValueError, RecursionError):
        return False


def _id(text: str) -> Any:
    return json.loads(text) if text.startswith("{") else text
