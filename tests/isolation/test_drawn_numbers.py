"""Numbers that leave the house do not tell how much others write."""

import io
import json
import re
import zipfile
from itertools import pairwise

import psycopg
import pytest

from tests.fixtures.web import Web

# By table: its key, and how to make one more.
DRAWN = {
    "trial": (
        "trial_id",
        "line_id, company_id, key, name, source_stream, starts_at, ends_at, verified",
        "2, 1, 'n' || %(n)s, '{}', 'permeate', now(), now() + INTERVAL '1 day', false",
    ),
    "line": ("line_id", "site_id, key, kind, name", "1, 'n' || %(n)s, 'pilot', '{}'"),
    "point": ("point_id", "line_id, key, tag, area, name", "2, 'n' || %(n)s, 'N', 'A', '{}'"),
    "element": ("element_id", "site_id, key", "1, 'n' || %(n)s"),
    "company": ("company_id", "key, name", "'n' || %(n)s, 'N'"),
    "account": (
        "account_id",
        "login, display_name, role, password_hash",
        "'new' || %(n)s, 'N', 'guest', 'x'",
    ),
    "device_token": (
        "device_id",
        "name, token_sha256, role, expires_at",
        "'n' || %(n)s, sha256(('n' || %(n)s)::bytea), 'lobby', 'infinity'",
    ),
    "note": ("note_id", "trial_id, from_at, body, account_id", "1, now(), 'n' || %(n)s, 4"),
    "trial_entry": (
        "entry_id",
        "trial_id, kind, title, from_at, account_id",
        "1, 'log', 'n' || %(n)s, now(), 4",
    ),
    "access_log": ("entry_id", "account_id, action, object", "4, 'read', 'n' || %(n)s"),
}


def test_what_a_package_holds_is_numbered_within_its_trial(web: Web) -> None:
    for viewer, trial in (("alpha", 1), ("beta", 2)):
        answer = web.ask(viewer, f"/trials/{trial}/package")
        with zipfile.ZipFile(io.BytesIO(answer.body)) as package:
            notes = json.loads(package.read("notes.json"))
            journal = json.loads(package.read("journal.json"))
            texts = [package.read(name) for name in package.namelist() if ".json" in name]
        assert [note["note"] for note in notes] == [1]
        assert sorted(entry["entry"] for entry in journal) == [1, 2, 3, 4]
        for text in texts:
            assert not re.search(rb'"(point|trial|account|note|entry|limit\w*)_id"', text)


def test_a_correction_in_a_package_names_what_it_replaces_within_the_trial(web: Web) -> None:
    web.tenants.owner(
        "INSERT INTO note (trial_id, point_id, from_at, body, account_id, replaces)"
        " SELECT trial_id, point_id, from_at, 'Corrected', account_id, note_id"
        " FROM note WHERE trial_id = 2"
    )
    answer = web.ask("beta", "/trials/2/package")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as package:
        notes = {note["note"]: note for note in json.loads(package.read("notes.json"))}
    assert notes[2]["replaces"] == 1
    assert notes[1]["replaced"]


def test_no_number_that_a_viewer_can_read_is_counted(web: Web) -> None:
    """The numbers in `visible` and the keys of tables; counted is what only staff sees.

    That is the number of a site, and which version of a window of work stood when.
    """
    shown = {
        column
        for (column,) in web.tenants.owner(
            "SELECT DISTINCT column_name FROM information_schema.columns"
            " WHERE table_schema = 'visible' AND data_type IN ('smallint', 'integer', 'bigint')"
        )
    }
    counted = {
        column
        for (column,) in web.tenants.owner(
            "SELECT DISTINCT column_name FROM information_schema.columns"
            " WHERE table_schema = 'public'"
            " AND (is_identity = 'YES' OR column_default LIKE 'nextval%%')"
        )
    }
    assert {"session_id", "quarantine_id"} < counted
    assert shown & counted == {"site_id", "version"}
    assert {"point_id", "entry_id", "account_id", "company_id"} < shown


@pytest.mark.parametrize("table", DRAWN)
def test_what_comes_after_something_new_has_a_number_far_from_it(web: Web, table: str) -> None:
    key, columns, values = DRAWN[table]
    with psycopg.connect(web.tenants.url) as connection:
        drawn = [
            connection.execute(
                f"INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING {key}".encode(),
                {"n": at},
            ).fetchone()[0]
            for at in range(20)
        ]
        connection.rollback()
    assert all(len(str(number)) == 9 for number in drawn)
    steps = {later - earlier for earlier, later in pairwise(drawn)}
    assert len(steps) == len(drawn) - 1
    assert sorted(drawn) not in (drawn, drawn[::-1])
