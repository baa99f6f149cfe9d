"""`virtaama migrate` by users who may not do everything: a sentence before anything is changed."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from deploy.stack.timescale import TimescaleServer
from schemas.migrate import migrations, pending
from tests.fixtures.command_line import virtaama

PASSWORD = "geheim"

_numbers = itertools.count(1)


class Cluster:
    """A server of its own, for roles belong to the whole server."""

    def __init__(self, server: TimescaleServer) -> None:
        self._server = server

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self._server.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def user(self, attributes: str = "") -> str:
        name = f"user{next(_numbers)}"
        self.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' {attributes}")
        return name

    def database(self, owner: str) -> str:
        name = f"plant{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name} OWNER {owner}")
        return name

    def url(self, user: str, database: str) -> str:
        return f"postgresql://{user}:{PASSWORD}@127.0.0.1:{self._server.port}/{database}"


@pytest.fixture(scope="module")
def cluster(stack_dir: Path) -> Iterator[Cluster]:
    with TimescaleServer(stack_dir / "rights", durable=False) as server:
        yield Cluster(server)


def _statements(said: str) -> list[str]:
    """Return the statements that a refusal names."""
    return [line.split(": ")[-1] for line in said.splitlines() if line.endswith(";")]


def test_a_user_without_createrole_is_told_so_before_anything_changes(cluster: Cluster) -> None:
    user = cluster.user()
    url = cluster.url(user, cluster.database(user))
    answer = virtaama("migrate", database_url=url)
    assert (answer.code, answer.out) == (1, "")
    assert f'ALTER ROLE "{user}" CREATEROLE;' in answer.err
    assert "virtaama_viewer" in answer.err
    assert len(pending(url)) == len(migrations())
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('schema_migration')").fetchone() == (None,)


def test_what_the_sentence_says_is_what_was_missing(cluster: Cluster) -> None:
    """Each of the statements is run as it stands there; then the same user migrates."""
    first = cluster.user("CREATEROLE")
    assert virtaama("migrate", database_url=cluster.url(first, cluster.database(first))).code == 0
    # Roles exist now and are another user's; the database is another's, too.
    second, database = cluster.user(), cluster.database("postgres")
    url = cluster.url(second, database)
    answer = virtaama("migrate", database_url=url)
    assert answer.code == 1
    statements = _statements(answer.err)
    assert len(statements) == 3, answer.err
    assert "were made by another user" in answer.err
    for statement in statements:
        cluster.execute(statement, database)
    answer = virtaama("migrate", database_url=url)
    assert answer.code == 0, answer.err
    assert answer.out.count("applied") == len(migrations())
    assert virtaama("migrate", database_url=url).out == "The schema is current.\n"


def test_a_cluster_where_another_user_migrated_a_database_is_told_so(cluster: Cluster) -> None:
    first, second = cluster.user("CREATEROLE"), cluster.user("CREATEROLE")
    virtaama("migrate", database_url=cluster.url(first, cluster.database(first)))
    url = cluster.url(second, cluster.database(second))
    answer = virtaama("migrate", database_url=url)
    assert (answer.code, answer.out) == (1, "")
    assert f'GRANT virtaama_gate, virtaama_viewer TO "{second}" WITH ADMIN OPTION;' in answer.err
    assert len(pending(url)) == len(migrations())


def test_a_current_schema_asks_for_no_rights(cluster: Cluster) -> None:
    owner = cluster.user("CREATEROLE SUPERUSER")
    database = cluster.database(owner)
    assert virtaama("migrate", database_url=cluster.url(owner, database)).code == 0
    cluster.execute(f"ALTER ROLE {owner} NOSUPERUSER NOCREATEROLE")
    answer = virtaama("migrate", database_url=cluster.url(owner, database))
    assert (answer.code, answer.out) == (0, "The schema is current.\n")


def test_names_of_users_are_quoted_as_sql_has_it(cluster: Cluster) -> None:
    name = 'od"d user'
    quoted = sql.Identifier(name).as_string()
    cluster.execute(f"CREATE ROLE {quoted} LOGIN PASSWORD '{PASSWORD}'")
    cluster.execute(f"CREATE DATABASE odd OWNER {quoted}")
    answer = virtaama("migrate", database_url=cluster.url("od%22d%20user", "odd"))
    assert answer.code == 1
    for statement in _statements(answer.err):
        cluster.execute(statement, "odd")
    assert virtaama("migrate", database_url=cluster.url("od%22d%20user", "odd")).code == 0
