"""What somebody sent with a form: read with distrust, because a page can send anything."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from dashboard.web.callback_input import is_storable
from dashboard.web.written_time import Unfit, WrittenUnfit, read_day, read_moment
from schemas.errors import VirtaamaError

TEXT_MAX_CHARACTERS = 20_000
CHOICES_MAX = 500
PUBLIC_ID_CHARACTERS = 36
VERSION_MAX = 2**31 - 1
YEAR_MIN, YEAR_MAX = 1990, 2199

_UNFIT_MOMENT = {
    Unfit.NOT_READ: "form.unfit.moment",
    Unfit.NEVER: "form.unfit.gap",
    Unfit.TWICE: "form.unfit.twice",
}
_ID = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})")
_CODE = re.compile(r"-?[0-9]{1,9}")


class FormUnfit(VirtaamaError):  # noqa: N818 - names the state, as the sentence does
    """A field does not fit; `key` is the text that says so, `field` the field's name."""

    def __init__(self, key: str, field: str) -> None:
        super().__init__(f"{field}: {key}")
        self.key = key
        self.field = field


class FieldsUnfit(VirtaamaError):  # noqa: N818
    """Some fields do not fit; `fields` says by which text, by the field's name."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {key}" for name, key in fields.items()))
        self.fields = fields


def gathered(**asked: Callable[[], Any]) -> dict[str, Any]:
    """Return what each question finds, by its name. Raises FieldsUnfit with all that do not fit."""
    found: dict[str, Any] = {}
    unfit: dict[str, str] = {}
    for name, ask in asked.items():
        try:
            found[name] = ask()
        except FormUnfit as error:
            unfit.setdefault(error.field, error.key)
    if unfit:
        raise FieldsUnfit(unfit)
    return found


def read_public_id(written: object) -> UUID | None:
    """Return what pages call a note or an entry; None if this is nothing of the kind."""
    if not isinstance(written, str) or len(written) != PUBLIC_ID_CHARACTERS:
        return None
    try:
        return UUID(written)
    except ValueError:
        return None


def read_version(seen: object) -> int:
    """Return how many versions of something a page has seen; 0 if this is no such number."""
    if isinstance(seen, bool) or not isinstance(seen, int):
        return 0
    return seen if 0 <= seen < VERSION_MAX else 0


@dataclass(frozen=True)
class FormInput:
    """The values of a form by the names of its fields, of a site in `zone`."""

    values: Mapping[str, Any]
    zone: ZoneInfo
    now: datetime

    def text(self, name: str) -> str:
        """Return a text without edges, perhaps empty. Raises FormUnfit."""
        value = self.values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise FormUnfit("form.unfit.text", name)
        if len(value) > TEXT_MAX_CHARACTERS:
            raise FormUnfit("form.unfit.long", name)
        if not is_storable(value):
            raise FormUnfit("form.unfit.text", name)
        return value.strip()

    def needed(self, name: str, max_characters: int = TEXT_MAX_CHARACTERS) -> str:
        """Return a text that is not empty. Raises FormUnfit."""
        found = self.text(name)
        if not found:
            raise FormUnfit("form.unfit.missing", name)
        if len(found) > max_characters:
            raise FormUnfit("form.unfit.long", name)
        return found

    def after(self, name: str, start: str) -> datetime | None:
        """Return a moment that is later than that of the field `start`. Raises FormUnfit."""
        found = self.moment(name)
        if found is None:
            return None
        try:
            begins = self.moment(start)
        except FormUnfit:
            return found  # which is told there
        if begins is not None and found <= begins:
            raise FormUnfit("form.unfit.order", name)
        return found

    def day_from(self, name: str, first: str) -> date | None:
        """Return a day that is not before that of the field `first`. Raises FormUnfit."""
        found = self.day(name)
        if found is None:
            return None
        try:
            begins = self.day(first)
        except FormUnfit:
            return found  # which is told there
        if begins is not None and found < begins:
            raise FormUnfit("form.unfit.order_of_days", name)
        return found

    def moment(self, name: str) -> datetime | None:
        """Return a moment that was written as local time, None if empty. Raises FormUnfit."""
        written = self.text(name)
        if not written:
            return None
        try:
            found = read_moment(written, self.zone)
        except WrittenUnfit as unfit:
            raise FormUnfit(_UNFIT_MOMENT[unfit.reason], name) from None
        if not YEAR_MIN <= found.year <= YEAR_MAX:
            raise FormUnfit("form.unfit.moment", name)
        return found

    def needed_moment(self, name: str) -> datetime:
        """Return a moment that is not empty. Raises FormUnfit."""
        found = self.moment(name)
        if found is None:
            raise FormUnfit("form.unfit.missing", name)
        return found

    def day(self, name: str) -> date | None:
        """Return a day, None if empty. Raises FormUnfit."""
        written = self.text(name)
        if not written:
            return None
        try:
            found = read_day(written)
        except WrittenUnfit:
            raise FormUnfit("form.unfit.day", name) from None
        if not YEAR_MIN <= found.year <= YEAR_MAX:
            raise FormUnfit("form.unfit.day", name)
        return found

    def needed_day(self, name: str) -> date:
        """Return a day that is not empty. Raises FormUnfit."""
        found = self.day(name)
        if found is None:
            raise FormUnfit("form.unfit.missing", name)
        return found

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """Return one of what was offered. Raises FormUnfit."""
        found = self.needed(name)
        if found not in allowed:
            raise FormUnfit("form.unfit.choice", name)
        return found

    def id(self, name: str) -> int | None:
        """Return the number of something, None if empty. Raises FormUnfit."""
        written = self.text(name)
        if not written:
            return None
        if not _ID.fullmatch(written):
            raise FormUnfit("form.unfit.choice", name)
        return int(written)

    def public_id(self, name: str) -> UUID | None:
        """Return what pages call a note or an entry, None if empty. Raises FormUnfit."""
        written = self.text(name)
        if not written:
            return None
        found = read_public_id(written)
        if found is None:
            raise FormUnfit("form.unfit.choice", name)
        return found

    def needed_id(self, name: str) -> int:
        """Return the number of something that must be chosen. Raises FormUnfit."""
        found = self.id(name)
        if found is None:
            raise FormUnfit("form.unfit.missing", name)
        return found

    def number(self, name: str, decimal_sign: str = ".") -> float | None:
        """Return a number, with a point or the reader's decimal sign; None if empty.

        Raises FormUnfit.
        """
        written = re.sub(r"\s", "", self.text(name)).replace("−", "-").replace(decimal_sign, ".")
        if not written:
            return None
        if not _NUMBER.fullmatch(written):
            raise FormUnfit("form.unfit.number", name)
        return float(written)

    def needed_number(self, name: str, decimal_sign: str = ".") -> float:
        """Return a number that is not empty, as `number` does. Raises FormUnfit."""
        found = self.number(name, decimal_sign)
        if found is None:
            raise FormUnfit("form.unfit.missing", name)
        return found

    def codes(self, name: str) -> tuple[int, ...] | None:
        """Return whole numbers that stand between commas or spaces; None if empty.

        Raises FormUnfit.
        """
        written = re.split(r"[\s,;]+", self.text(name).strip(" ,;"))
        if written == [""]:
            return None
        if len(written) > CHOICES_MAX or not all(_CODE.fullmatch(one) for one in written):
            raise FormUnfit("form.unfit.codes", name)
        return tuple(int(one) for one in written)

    def texts(self, name: str) -> list[str]:
        """Return the texts of several things that were chosen. Raises FormUnfit."""
        value = self.values.get(name) or []
        if not isinstance(value, list) or len(value) > CHOICES_MAX:
            raise FormUnfit("form.unfit.choice", name)
        if not all(isinstance(one, str) and one.isprintable() for one in value):
            raise FormUnfit("form.unfit.choice", name)
        return value

    def ids(self, name: str) -> list[int]:
        """Return the numbers of several things. Raises FormUnfit."""
        value = self.values.get(name) or []
        if not isinstance(value, list) or len(value) > CHOICES_MAX:
            raise FormUnfit("form.unfit.choice", name)
        if not all(isinstance(one, str) and _ID.fullmatch(one) for one in value):
            raise FormUnfit("form.unfit.choice", name)
        return [int(one) for one in value]
