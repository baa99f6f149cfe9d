"""The file of the notifier: how people are reached, and what they are called for.

It holds addresses and passwords of channels, so it lies outside of every repository, readable by
the notifier alone. Its keys: docs/notification.md.
"""

import tomllib
from collections.abc import Collection
from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from schemas.errors import VirtaamaError

Language = Literal["fi", "sv", "en"]
Priority = Literal["high", "medium", "low", "diagnostic"]
ESCALATE_MAX_MIN = 24 * 60.0


class PlanFileUnfit(VirtaamaError):  # noqa: N818 - names the state, as the sentence does
    """The file cannot be read, or something in it does not fit; the sentence says what."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Person(_Strict):
    """How somebody is reached: the Apprise addresses of all channels, and the language."""

    channels: Annotated[tuple[SecretStr, ...], Field(min_length=1)]
    language: Language = "fi"


class Rule(_Strict):
    """What alarms of a priority do: who is called after how long, and when nobody is.

    In quiet hours a message waits until they end. With `working_days_only` they last all day on
    Saturdays, Sundays and public holidays.
    """

    escalate_after_min: Annotated[float, Field(gt=0, le=ESCALATE_MAX_MIN)] = 10.0
    quiet_from: time | None = None
    quiet_until: time | None = None
    working_days_only: bool = False

    @model_validator(mode="after")
    def _has_both_ends(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet_from and quiet_until go together")
        return self


class Plan(_Strict):
    """All of the file. `fallback` are logins that are called when nobody is on duty, and last.

    `contact` is whom a push service may ask about us; None: whoever is at `address`.
    """

    site: Annotated[str, Field(min_length=1)]
    address: Annotated[str, Field(pattern=r"^https?://\S+$")]
    contact: Annotated[str, Field(pattern=r"^(mailto:[^@\s]+@[^@\s]+|https://\S+)$")] | None = None
    test_at: time | None = time(12)
    fallback: Annotated[tuple[str, ...], Field(min_length=1)]
    people: dict[str, Person] = {}
    priorities: Annotated[dict[Priority, Rule], Field(min_length=1)]

    @field_validator("address")
    @classmethod
    def _without_end(cls, address: str) -> str:
        return address.rstrip("/")

    def without(self, logins: Collection[str]) -> Self:
        """Return the plan without some people; its fallback may then be empty."""
        people = {login: person for login, person in self.people.items() if login not in logins}
        fallback = tuple(login for login in self.fallback if login not in logins)
        return self.model_copy(update={"people": people, "fallback": fallback})


def read_plan(path: Path, *, tells_browsers: bool = False) -> Plan:
    """Read the file. Raises PlanFileUnfit; its sentence holds no value of the file.

    Where browsers are told, somebody of the fallback may be reached by theirs alone.
    """
    try:
        plan = Plan.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PlanFileUnfit(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlanFileUnfit(f"{path} is no TOML: {error}.") from None
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
            for one in error.errors(include_input=False)
        )
        raise PlanFileUnfit(f"{path}: {told}.") from None
    unknown = [login for login in plan.fallback if login not in plan.people]
    if unknown and not tells_browsers:
        raise PlanFileUnfit(f"{path}: fallback: no [people.{unknown[0]}].")
    return plan
