"""What all tables of a site file are made of: their base, and the types of single values."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from schemas.languages import LANGUAGES
from schemas.site import value_rules as rules
from schemas.site.text_rules import NAME_LIMIT_CHARACTERS, TEXT_LIMIT_CHARACTERS, check_text

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=TEXT_LIMIT_CHARACTERS),
    AfterValidator(check_text),
]
Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=NAME_LIMIT_CHARACTERS),
    AfterValidator(check_text),
]
Number = Annotated[float, Field(allow_inf_nan=False)]
Pair = Annotated[tuple[Number, Number], Strict(False)]
Unit = Annotated[str, AfterValidator(rules.check_ucum)]
Zone = Annotated[str, AfterValidator(rules.check_zone)]
Country = Annotated[str, AfterValidator(rules.check_country)]
Pointer = Annotated[str, AfterValidator(rules.check_pointer)]
Interval = Annotated[Number, AfterValidator(rules.check_interval)]
Factor = Annotated[Number, AfterValidator(rules.check_factor)]
Codes = Annotated[tuple[Any, ...], Strict(False), AfterValidator(rules.check_codes)]
# A date is a day at the site; a time without an offset is the site's; with one it is itself.
Moment = Annotated[datetime | date, BeforeValidator(rules.check_moment)]


Row = dict[str, Any]  # of the database, by the names of its columns


class Table(BaseModel):
    """A table of the file: only the keys below, no guessing of types, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class InLanguages(Table):
    """A text in the three languages."""

    fi: Label
    en: Label
    sv: Label


def _in_each_language(value: object) -> object:
    """Return a text as one in each language; a table stays for `InLanguages`."""
    if isinstance(value, str) and value:
        return dict.fromkeys(LANGUAGES, value)
    if isinstance(value, dict | InLanguages):
        return value
    raise PydanticCustomError("names", "must be a text, or { fi = …, sv = …, en = … }")


# A text that may be the same in every language.
Names = Annotated[InLanguages, BeforeValidator(_in_each_language)]
