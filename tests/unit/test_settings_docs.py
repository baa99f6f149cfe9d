"""docs/settings.md lists every setting of every process, as the program has it, and no other."""

import ast
import importlib
import inspect
import re
import textwrap
from datetime import datetime
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from deploy.cli.environment import variables

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs/settings.md"
HEADING = "| variable | default | allowed | meaning |\n|---|---|---|---|\n"
# The one list of all processes: heading in the docs, and the class of its settings.
PROCESSES = {
    "Ingest": "ingest.settings.IngestSettings",
    "Calculation": "ingest.calculation.settings.CalculationSettings",
    "Alarms": "ingest.alarms.settings.AlarmsSettings",
    "Dashboard": "dashboard.settings.DashboardSettings",
    "Notification": "dashboard.notification.settings.NotificationSettings",
}


def _kind(heading: str) -> type[BaseSettings]:
    module, _, name = PROCESSES[heading].rpartition(".")
    kind = getattr(importlib.import_module(module), name)
    assert issubclass(kind, BaseSettings)
    return kind


def _meanings(kind: type[BaseSettings]) -> dict[str, str]:
    """Return the docstring below each field, inherited ones included."""
    found: dict[str, str] = {}
    for owner in reversed(kind.__mro__):
        if issubclass(owner, BaseSettings) and owner is not BaseSettings:
            (tree,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
            assert isinstance(tree, ast.ClassDef)
            for field, below in zip(tree.body, tree.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    text = ast.unparse(below) if isinstance(below, ast.Expr) else ""
                    found[field.target.id] = " ".join(ast.literal_eval(text or "''").split())
    return found


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default is None:
        return "none"
    return f"`{default.isoformat() if isinstance(default, datetime) else default}`"


def _allowed(field: FieldInfo) -> str:
    number = _rules(field, {"ge": "from {}", "gt": "above {}", "le": "to {}", "lt": "below {}"})
    length = _rules(field, {"min_length": "from {}", "max_length": "to {}"})
    return number or (f"{length} characters" if length else "")


def _rules(field: FieldInfo, words: dict[str, str]) -> str:
    return " ".join(
        text.format(getattr(rule, name))
        for name, text in words.items()
        for rule in field.metadata
        if getattr(rule, name, None) is not None
    )


def table(kind: type[BaseSettings]) -> str:
    """Return the table of a process as it must stand in the docs."""
    meanings = _meanings(kind)
    fields = zip(variables(kind), kind.model_fields.items(), strict=True)
    rows = [
        f"| `{variable}` | {_default(field)} | {_allowed(field)} | {meanings[name]} |\n"
        for variable, (name, field) in sorted(fields, key=lambda each: not each[1][1].is_required())
    ]
    return HEADING + "".join(rows)


def _sections() -> dict[str, str]:
    _, *parts = re.split(r"^## (.*)\n", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("heading", PROCESSES)
def test_each_setting_is_documented_as_the_program_has_it(heading: str) -> None:
    wanted = table(_kind(heading))
    assert wanted in _sections().get(heading, ""), (
        f'the section "## {heading}" of docs/settings.md must hold this table:\n\n{wanted}'
    )
    assert all(_meanings(_kind(heading)).values()), "each field needs a docstring below it"


def test_every_class_of_settings_is_in_the_list() -> None:
    found = {
        f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}.{node.name}"
        for room in ("ingest", "dashboard", "schemas", "deploy")
        for path in (ROOT / room).rglob("*settings.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    listed = {owner for heading in PROCESSES for owner in _kind(heading).__mro__}
    assert found <= {f"{owner.__module__}.{owner.__name__}" for owner in listed}


def test_every_variable_that_is_named_anywhere_is_documented() -> None:
    documented = set(re.findall(r"`(VIRTAAMA_[A-Z_]+)`", DOCS.read_text(encoding="utf-8")))
    files = [
        path
        for pattern in ("*.py", "*.sh", "*.yaml", "*.service", "*.conf", "Makefile", "docs/*.md")
        for folder in (".", "ingest", "dashboard", "schemas", "deploy", "docs")
        for path in (ROOT.glob(pattern) if folder == "." else (ROOT / folder).rglob(pattern))
    ]
    named = {
        name
        for path in files
        for name in re.findall(r"VIRTAAMA_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 5
    assert named <= documented, f"not in docs/settings.md: {sorted(named - documented)}"
