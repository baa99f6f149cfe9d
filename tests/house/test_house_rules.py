"""The rules of the house that a machine can check: arrows, sizes, where SQL lives."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from schemas.migrate import migrations

ROOT = Path(__file__).parents[2]
ROOMS = ("schemas", "ingest", "dashboard", "deploy")
MAY_IMPORT = {
    "schemas": {"schemas"},
    "ingest": {"ingest", "schemas"},
    "dashboard": {"dashboard", "schemas"},
    "deploy": set(ROOMS),
}
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 60

_SQL_STATEMENT = re.compile(
    r"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|COPY|WITH|TRUNCATE|GRANT)\s",
    re.DOTALL,
)
_SQL_ALLOWED = re.compile(r"^\s*SELECT 1\s*$")
_SELECT_PROSE = re.compile(r"\b(FROM|INTO|TABLE|SET|EXTENSION|DATABASE|ROLE|pg_\w+|set_config)\b")

# Whoever connects elsewhere would not notice a pooler, and leave a role on a connection of others.
MAY_CONNECT = {
    "schemas/connection.py",
    "ingest/database/connection.py",
    "dashboard/store/database.py",
    "dashboard/live/listener.py",
    "deploy/stack/timescale.py",
}
_CONNECTS = re.compile(
    r"\b(psycopg\.connect|AsyncConnection\.connect|asyncpg\.connect|ConnectionPool)\("
)

SOURCES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def _check(faults_of: Callable[[Path], Iterator[str]]) -> None:
    """Fail with what a rule finds in any source."""
    found = [f"{path.relative_to(ROOT)}: {fault}" for path in SOURCES for fault in faults_of(path)]
    assert not found, "\n".join(found)


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path))


def test_sources_are_found() -> None:
    assert len(SOURCES) > 20
    assert {path.relative_to(ROOT).parts[0] for path in SOURCES} == set(ROOMS)


def test_import_arrows_point_downwards() -> None:
    def faults(path: Path) -> Iterator[str]:
        room = path.relative_to(ROOT).parts[0]
        ours = {name.split(".")[0] for name in _imports(_tree(path))} & set(ROOMS)
        yield from (f"{room} may not import {other}" for other in ours - MAY_IMPORT[room])

    _check(faults)


def test_files_and_functions_stay_small() -> None:
    def faults(path: Path) -> Iterator[str]:
        lines = _text(path).count("\n")
        if lines > FILE_LINES_MAX:
            yield f"{lines} lines: give a noun of this file a file of its own"
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    yield f"{node.name} has {length} lines"

    _check(faults)


def test_sql_lives_in_sql_files() -> None:
    def faults(path: Path) -> Iterator[str]:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                is_sql = _SQL_STATEMENT.match(text) and _SELECT_PROSE.search(text)
                if is_sql and not _SQL_ALLOWED.match(text):
                    yield f"line {node.lineno}: move this to schemas/sql/queries/: {text[:60]!r}"

    _check(faults)


def test_modules_and_packages_say_what_they_are() -> None:
    def faults(path: Path) -> Iterator[str]:
        if not ast.get_docstring(_tree(path)):
            yield "open the file with what it does, in a sentence"

    _check(faults)


def test_no_mocks_of_our_own_rooms_and_no_leftovers() -> None:
    def faults(path: Path) -> Iterator[str]:
        for word in ("TODO", "FIXME", "XXX", "print(", "breakpoint("):
            if word in _text(path):
                yield f"{word} does not belong into the house"

    _check(faults)


def test_each_sql_query_is_used() -> None:
    asked = {word for path in SOURCES for word in re.findall(r'"\w+"', _text(path))}
    for path in sorted((ROOT / "schemas/sql/queries").glob("*.sql")):
        for name in re.findall(r"^-- name: (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert f'"{name}"' in asked, f"{path.name}: nobody asks for {name}"


def test_a_query_is_described_below_its_name() -> None:
    """What stands above the name would be sent with the query before."""
    for path in sorted((ROOT / "schemas/sql/queries").glob("*.sql")):
        above = re.findall(
            r"^-- (?!name:).*\n-- name: (\w+)", path.read_text("utf-8"), re.MULTILINE
        )
        assert not above, f"{path.name}: {above}"


def test_decisions_are_numbered_without_gap() -> None:
    names = sorted(path.name for path in (ROOT / "docs/decisions").glob("*.md"))
    numbers = [int(name[:4]) for name in names]
    assert numbers == list(range(1, len(numbers) + 1)), names


def test_connections_are_made_where_a_pooler_is_noticed() -> None:
    def faults(path: Path) -> Iterator[str]:
        if str(path.relative_to(ROOT)) not in MAY_CONNECT and _CONNECTS.search(_text(path)):
            yield "connects by itself"

    _check(faults)


def test_migrations_are_numbered_without_gap() -> None:
    assert migrations()


def test_no_test_waits_in_a_way_that_the_pages_policy_forbids() -> None:
    forbidden = "wait_for_" + "function"
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    assert len(tests) > 100
    for path in tests:
        assert forbidden not in path.read_text(encoding="utf-8"), f"{path}: use wait_for_script"


def test_every_test_file_has_a_name_of_its_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) > 100
    assert not {name for name in names if names.count(name) > 1}
