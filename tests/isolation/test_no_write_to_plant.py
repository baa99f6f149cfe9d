"""No route writes toward the plant: outside of the demonstration nothing of ours can publish."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "deploy/demo"
# What can send to a plant: publishing over MQTT, and the protocols of its controllers.
CALLS = {"publish", "single", "multiple", "will_set"}
MODULES = {"paho.mqtt.publish", "asyncua", "opcua", "pymodbus", "snap7", "pycomm3", "aiomqtt"}
SOURCES = [
    path
    for room in ("schemas", "ingest", "dashboard", "deploy")
    for path in sorted((ROOT / room).rglob("*.py"))
    if not path.is_relative_to(DEMO)
]


def _sends(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in CALLS:
                found.append(f"line {node.lineno} calls {node.func.attr}")
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name in MODULES]
        elif isinstance(node, ast.ImportFrom):
            names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            found += sorted(str(name) for name in names & MODULES)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_nothing_outside_of_the_demonstration_publishes(path: Path) -> None:
    assert _sends(ast.parse(path.read_text(encoding="utf-8"))) == []


def test_the_demonstration_is_found_by_the_same_search() -> None:
    texts = [path.read_text(encoding="utf-8") for path in DEMO.rglob("*.py")]
    assert any(_sends(ast.parse(text)) for text in texts)


def test_only_the_demonstrations_commands_import_it() -> None:
    commands = {"deploy/cli/demo.py", "deploy/cli/replay.py"}
    assert _naming("deploy.demo") == commands | {"deploy/cli/replay_options.py"}
    assert _naming("deploy.cli.replay_options") == commands


def _naming(module: str) -> set[str]:
    """Return the files of ours, outside of the demonstration, that name a module."""
    return {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if module in path.read_text(encoding="utf-8")
    }
