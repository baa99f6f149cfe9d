"""What pydantic finds wrong with a table, in sentences that say what would be right."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.site.part import Part, Problem
from schemas.site.toml_lines import Path

_WANTED = {
    "string_type": "a text in quotes",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
    "tuple_type": "a list in square brackets",
}
_SENTENCES = {
    "value_error": "{error}",
    "string_pattern_mismatch": '"{given}" is not a key; use a-z, 0-9, "-" and "_" only',
    "string_too_short": "must not be empty",
    "string_too_long": "must not be longer than {max_length} characters",
    "too_long": "must be two numbers, [lowest, highest]",
    "finite_number": "must be a finite number",
}
# What a key that must be there may look like.
EXAMPLES = {
    "area": '"JV"',
    "boundary": '"electricity of the whole plant"',
    "company": '"utility"',
    "description": '"pH electrode, serial number 4711"',
    "en": '"Flow to treatment"',
    "ends": "2027-03-01",
    "fi": '"Tulovirtaama"',
    "formula": '"mean(influent.flow)"',
    "key": '"ft-1"',
    "kind": '"membrane_tank"',
    "line": '"main"',
    "name": '{ fi = "…", en = "…", sv = "…" }',
    "point": '"main/ft-1"',
    "pointer": '"/value"',
    "source": '"environmental permit, condition 3"',
    "starts": "2026-09-01",
    "state": '"main/mode"',
    "sv": '"Inflöde"',
    "tag": '"FT-1"',
    "time_zone": '"Europe/Helsinki"',
    "topic": '"gateway/line-1/values"',
    "unit": '"m3/h"',
    "value": "0.3",
}
_TOML_NAMES = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


def problems(part: Part, model: type[BaseModel], error: ValidationError) -> Iterator[Problem]:
    """Yield a problem for each thing that is wrong with `part`, which should be a `model`."""
    for detail in error.errors(include_url=False):
        yield part.problem(detail["loc"], _sentence(detail, model, str(part.path[0])))


def meant(word: object, known: Iterable[str]) -> str:
    """Return "; did you mean …?" if one of the known words is close, or nothing."""
    near = difflib.get_close_matches(str(word), known, 1)
    return f'; did you mean "{near[0]}"?' if near else ""


def _sentence(detail: ErrorDetails, model: type[BaseModel], table: str) -> str:
    kind, given = detail["type"], detail["input"]
    context = detail.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys(model, detail["loc"][:-1])
        hint = meant(detail["loc"][-1], known) or f"; known keys: {', '.join(known)}"
        return f"is not a key here{hint}"
    if kind == "literal_error":
        expected = str(context["expected"]).replace("'", '"')
        return f'"{given}" is not one of {expected}'
    if kind == "tuple_type" and _table_in(_annotation(model, detail["loc"])) is not None:
        return f"write it as {_example(model, table, detail['loc'])}"
    if kind in _WANTED:
        return f"must be {_WANTED[kind]}, not {_TOML_NAMES.get(type(given), 'a date or a time')}"
    if kind == "missing":
        return f"is missing; for example {_example(model, table, detail['loc'])}"
    sentence = _SENTENCES.get(kind)
    return detail["msg"] if sentence is None else sentence.format(given=given, **context)


def _example(model: type[BaseModel], table: str, path: Path) -> str:
    """Return how the key at `path` below `model` may be written."""
    key = path[-1]
    annotation = _annotation(model, path)
    if get_origin(annotation) is Literal:
        return f'{key} = "{get_args(annotation)[0]}"'
    if get_origin(annotation) is tuple:
        return f"a table [[{table}.{key}]]"
    return f"{key} = {EXAMPLES[str(key)]}"


def _annotation(model: type[BaseModel], path: Path) -> Any:
    return _table_at(model, path[:-1]).model_fields[path[-1]].annotation


def _keys(model: type[BaseModel], path: Path) -> list[str]:
    """Return the keys of the table at `path` below `model`."""
    return [field.alias or name for name, field in _table_at(model, path).model_fields.items()]


def _table_at(model: type[BaseModel], path: Path) -> Any:
    here: Any = model
    for key in path:
        if isinstance(key, str) and key in here.model_fields:
            here = _table_in(here.model_fields[key].annotation)
    return here


def _table_in(annotation: Any) -> Any:
    """Return the model inside of an annotation such as `tuple[Limit, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_table_in(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)
