"""Settings of a process from the environment, or a sentence about everything that is wrong."""

import difflib
import os
from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from deploy.errors import SettingsWrong

_Settings = TypeVar("_Settings", bound=BaseSettings)


def read_settings(kind: type[_Settings], *, part_of: type[BaseSettings] | None = None) -> _Settings:
    """Read the VIRTAAMA_… variables of a process, or those that are `part_of` another's.

    Raises SettingsWrong with all problems. A variable that carries the process's name and is no
    setting is one: a misspelt limit must not stay at its default in silence.
    """
    problems = _unknown(part_of or kind)
    try:
        settings = kind()
    except ValidationError as error:
        problems += [
            _problem(kind, detail["loc"], detail["type"], detail["msg"])
            for detail in error.errors(include_url=False, include_input=False)
        ]
    if problems:
        raise SettingsWrong(problems)
    return settings


def variables(kind: type[BaseSettings]) -> list[str]:
    """Return the names of a process's variables."""
    return [_variable(kind, name) for name in kind.model_fields]


def _variable(kind: type[BaseSettings], field: str) -> str:
    return f"{kind.model_config.get('env_prefix', '')}{field}".upper()


def _problem(
    kind: type[BaseSettings], where: tuple[int | str, ...], problem: str, message: str
) -> str:
    sentence = message.removeprefix("Value error, ")
    if not where:  # two settings that do not fit together
        return sentence
    name = _variable(kind, str(where[0]))
    if problem == "missing":
        return f"{name} is missing"
    if problem == "value_error":
        return f"{name} {sentence}"
    return f"{name} is wrong: {sentence[0].lower()}{sentence[1:]}"


def _unknown(kind: type[BaseSettings]) -> list[str]:
    """Return a problem for each variable that carries the process's name and is no setting.

    The process's name is that of the class: VIRTAAMA_INGEST_… for IngestSettings.
    """
    known = variables(kind)
    process = kind.__name__.removesuffix("Settings")
    problems = []
    for name in sorted(os.environ):
        if name.startswith(f"{_variable(kind, process)}_") and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append(f"{name} is not a setting{hint}")
    return problems
