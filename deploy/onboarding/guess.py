"""A value that goes into a site file, and how sure it is."""

from dataclasses import dataclass
from typing import Generic, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True)
class Guess(Generic[_T]):
    """A value and why it was chosen; without a reason it was said and not guessed."""

    value: _T
    reason: str | None = None
