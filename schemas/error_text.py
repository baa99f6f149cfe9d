"""An unexpected error in one line of a log: what, where in this house, and because of what."""

import traceback
from pathlib import Path

from schemas.visible_text import visible

MESSAGE_MAX_CHARACTERS = 200
HOUSE = Path(__file__).parents[1]
ROOMS = ("schemas", "ingest", "dashboard", "deploy")


def cause_of(error: BaseException) -> str:
    """Return a failure as "type at file:line in function: message", with what caused it.

    The place is the last one in this house: what a library does there, we asked for.
    """
    said = f"{type(error).__name__}{_place(error)}{_message(error)}"
    cause = error.__cause__
    return said if cause is None else f"{said}, from {type(cause).__name__}{_message(cause)}"


def _place(error: BaseException) -> str:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(HOUSE) and path.relative_to(HOUSE).parts[0] in ROOMS:
            return f" at {path.relative_to(HOUSE)}:{frame.lineno} in {frame.name}"
    return ""


def _message(error: BaseException) -> str:
    """Return the first line of what an error says; a database adds rows below it."""
    first = next(iter(str(error).splitlines()), "")
    return f": {visible(first, kept='')[:MESSAGE_MAX_CHARACTERS]}" if first else ""
