"""What an engineer sent as the definition of an alarm: read as the table of a site file, checked.

The checks are those of `virtaama site check`; each that finds something says at which field.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from dashboard.pages.alarm_definitions.role_choice import read_place
from dashboard.pages.alarm_definitions.wording import fault_text
from dashboard.pages.context import PageContext
from dashboard.store.alarm_definitions import Known
from dashboard.store.alarms import PRIORITIES
from dashboard.store.plant import SitePoint
from dashboard.web.display import DisplaySettings
from dashboard.web.form_input import FieldsUnfit, FormInput, FormUnfit, gathered
from schemas.languages import LANGUAGES
from schemas.site.alarms.alarm import Alarm
from schemas.site.alarms.faults import LIMITS, alarm_faults
from schemas.site.alarms.points import at_points, is_of_many
from schemas.site.alarms.rows import definition_row, rows_at
from schemas.site.alarms.surroundings import Fault, Surroundings

TEXTS = ("name", "consequence", "action")
TEXT_CHARACTERS_MAX = 500
CLASS_CHARACTERS_MAX = 60
REASON_CHARACTERS_MAX = 1_000
WATCHES: Mapping[str, tuple[str, ...]] = {
    "value": ("above", "below", "deadband"),
    "state": ("states",),
    "quality": ("quality",),
    "silence": ("silent_s",),
    "mean": ("above", "below", "deadband", "mean_over_s", "ahead_s"),
    "rate": ("rises_per_h", "falls_per_h", "over_s", "deadband"),
}
NUMBERS = (
    *("above", "below", "deadband", "silent_s", "rises_per_h", "falls_per_h", "over_s"),
    *("mean_over_s", "ahead_s"),
    *("delay_on_s", "delay_off_s", "respond_within_min"),
)
CHOICES = {"priority": PRIORITIES, "quality": ("suspect", "fail")}
# What pydantic refuses, by the field.
_REFUSED = {
    "key": "key",
    "delay_on_s": "delay",
    "delay_off_s": "delay",
    "silent_s": "span",
    "over_s": "span",
    "mean_over_s": "span",
    "ahead_s": "span",
    "respond_within_min": "respond",
    "deadband": "negative",
    "rises_per_h": "rate",
    "falls_per_h": "rate",
}


class DefinitionUnfit(Exception):  # noqa: N818 - names the state, as the sentences do
    """Some fields do not fit; `sentences` says how, by the field's name."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(", ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True)
class _Point:
    """A point as checks of alarms know it."""

    ref: str
    unit: str
    kind: str
    range: tuple[float, float] | None
    expected_interval_s: float | None
    states: Mapping[str, object] | None


def read_definition(
    form: FormInput, watch: str, key: str | None, known: Mapping[str, Known], context: PageContext
) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    """Return the row of `alarm_definition` that a form says, and why. Raises DefinitionUnfit.

    With it the rows that an alarm of a role has at its points.
    `key` is that of an alarm that is there, None for a new one; `known` are those that are in use.
    """
    try:
        table = _table(form, watch, context.display, is_new=key is None)
    except FieldsUnfit as unfit:
        raise DefinitionUnfit(
            {name: context.display.text(text) for name, text in unfit.fields.items()}
        ) from None
    try:
        reason = table.pop("reason")
        alarm = Alarm.model_validate({"key": "x", **table})
    except ValidationError as error:
        raise DefinitionUnfit(_refused(error, context)) from None
    alarm = alarm if key is None else alarm.model_copy(update={"key": key})
    points = {path: _point(point) for path, point in context.plant.points.items()}
    roles = context.plant.roles
    causes = {name: one.causes for name, one in known.items() if not one.is_of_role}
    causes |= {each.key: each.causes for each in at_points(alarm, roles)}
    faults = list(alarm_faults(alarm, Surroundings(list(points), points, causes, roles)))
    if key is None and any(each.partition(":")[0] == alarm.key for each in known):
        faults.append(Fault(("key",), "taken"))
    if faults:
        told = {_field(one, watch, context.user.language): one for one in reversed(faults)}
        raise DefinitionUnfit({name: fault_text(one, context) for name, one in told.items()})
    names = {path: point.name for path, point in context.plant.points.items()}
    placed = rows_at(alarm, roles, names) if is_of_many(alarm) else []
    has_limit = any(getattr(alarm, name) is not None for name in LIMITS)
    unit = roles.units[placed[0]["condition"]["point"]] if placed and has_limit else None
    return definition_row(alarm, unit), placed, reason


def _table(
    form: FormInput, watch: str, display: DisplaySettings, *, is_new: bool
) -> dict[str, Any]:
    """Return the table of a site file that a form says. Raises FieldsUnfit."""
    sign, language = display.separators[0], display.language
    numbers = [name for name in NUMBERS if name in WATCHES[watch] or name not in _OF_WATCHES]
    asked: dict[str, Callable[[], Any]] = {
        name: partial(form.number, name, sign) for name in numbers
    }
    asked |= {text: partial(_names, form, text, language) for text in TEXTS}
    asked |= {
        "place": lambda: read_place(form.text("point")),
        "reason": lambda: form.needed("reason", REASON_CHARACTERS_MAX),
        "priority": lambda: form.choice("priority", CHOICES["priority"]),
        "class": lambda: form.needed("class", CLASS_CHARACTERS_MAX),
        "latching": lambda: form.text("latching") == "yes",
        "causes": lambda: tuple(form.texts("causes")),
        "stopped_point": lambda: form.text("stopped_point") or None,
        "stopped_states": lambda: form.codes("stopped_states"),
    }
    if is_new:
        asked["key"] = lambda: form.needed("key")
    if watch == "state":
        asked["states"] = lambda: form.codes("states") or form.needed("states")
    if watch == "quality":
        asked["quality"] = lambda: form.choice("quality", CHOICES["quality"])
    if watch == "mean":
        asked["mean_over_s"] = lambda: form.needed_number("mean_over_s", sign)
    if watch != "silence":
        asked["place"] = lambda: read_place(form.needed("point"))
    found = gathered(**asked)
    found |= found.pop("place")
    return {name: value for name, value in found.items() if value is not None}


_OF_WATCHES = {name for names in WATCHES.values() for name in names}


def _names(form: FormInput, text: str, language: str) -> dict[str, str] | None:
    """Return a text in all languages; where one is empty it stands in the reader's, or another."""
    found = {each: form.text(f"{text}_{each}") for each in LANGUAGES}
    for each, written in found.items():
        if len(written) > TEXT_CHARACTERS_MAX:
            raise FormUnfit("form.unfit.long", f"{text}_{each}")
    spare = found[language] or next(filter(None, found.values()), "")
    if not spare and (text == "name" or form.text("priority") != "diagnostic"):
        raise FormUnfit("form.unfit.missing", f"{text}_{language}")
    return {each: written or spare for each, written in found.items()} if spare else None


def _refused(error: ValidationError, context: PageContext) -> dict[str, str]:
    places = [detail["loc"] for detail in error.errors(include_url=False)]
    # Of a text in all languages the one that does not fit, which has a field of its own.
    fields = ["_".join(map(str, each[: 2 if each[0] in TEXTS else 1])) for each in places]
    return {
        "point" if name in ("role", "kind") else name: context.display.text(
            f"alarm_fault.{_REFUSED.get(name, 'not_read')}"
        )
        for name in fields
    }


def _field(fault: Fault, watch: str, language: str) -> str:
    """Return the field at which a fault is told."""
    if fault.keys:
        name = str(fault.keys[0])
        return "point" if name in ("role", "kind") else name
    if fault.code == "no_text":
        return f"{fault.values['key']}_{language}"
    return "point" if fault.code == "no_place" else WATCHES[watch][0]


def _point(point: SitePoint) -> _Point:
    lo, hi = point.range_lo, point.range_hi
    states: Sequence[float] | None = None if point.states is None else list(point.states)
    return _Point(
        point.path,
        point.unit,
        point.kind,
        None if lo is None or hi is None else (lo, hi),
        point.expected_interval_s,
        None if states is None else {f"{code:.0f}": True for code in states},
    )
