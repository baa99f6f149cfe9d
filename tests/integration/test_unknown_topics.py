"""What arrives and is unknown, as an engineer finds it on a page: lines for the site file."""

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.auth.roles import Right, may
from dashboard.store.plant import read_plant
from dashboard.store.unknown_topics import (
    MESSAGES_LIMIT_ROWS,
    PAYLOADS_LIMIT_BYTES,
    UnknownTopics,
    unknown_topics,
)
from deploy.onboarding.find_unknown import suggested
from ingest.decoding.message import Message
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.people import add_person
from tests.fixtures.site_files import SITE_TOML, written
from tests.fixtures.viewing import bind
from tests.fixtures.writing import write_batches

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
STAMP = "2026-11-24T03:59:50Z"
ROLES = ("operator", "engineer", "administrator")


@pytest.fixture
def plant_url(migrated_url: str, tmp_path: Path) -> str:
    """The small plant, its staff, and a message of a point that nobody has described."""
    load(migrated_url, read(written(tmp_path, SITE_TOML)), now=NOW)
    for role in ROLES:
        add_person(migrated_url, role, role)
    content = json.dumps({"t": STAMP, "v": 1.25, "unit": "bar"}).encode()
    message = Message("pump/main/new-pressure", content, round(NOW.timestamp() * 1e6))
    write_batches(migrated_url, [[message]])
    return migrated_url


@contextmanager
def _seen_by(login: str, url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT 'account:' || account_id FROM account WHERE login = %s", (login,)
        ).fetchone()
        assert row is not None
        bind(connection, row[0])
        yield connection


def _found(login: str, url: str) -> UnknownTopics:
    with _seen_by(login, url) as connection:
        return unknown_topics(connection, read_plant(connection, NOW, "pump"))


@pytest.mark.parametrize("role", ["engineer", "administrator"])
def test_a_point_that_nobody_described_is_offered_as_lines_of_a_site_file(
    plant_url: str, role: str
) -> None:
    lines = suggested(_found(role, plant_url))
    (point,) = tomllib.loads("\n".join(lines))["point"]
    assert (point["line"], point["key"], point["unit"]) == ("main", "new-pressure", "bar")


def test_nothing_is_offered_when_all_is_described(plant_url: str) -> None:
    with psycopg.connect(plant_url) as connection:
        connection.execute("UPDATE quarantine SET replayed_at = now()")
    assert suggested(_found("engineer", plant_url)) == []


def test_whoever_does_not_describe_the_plant_sees_no_message(plant_url: str) -> None:
    assert not may("operator", Right.REGISTER_POINTS)
    assert not _found("operator", plant_url).waiting
    assert _found("engineer", plant_url).waiting


@pytest.mark.parametrize("topic", ["pump/hall/a/{}", "pump/hall"], ids=["other shape", "contract"])
def test_a_gateway_that_invents_names_makes_no_page_that_nobody_can_open(
    plant_url: str, topic: str
) -> None:
    """Fifty messages made a page of 43 MB, and held up everybody's for 13 s."""
    sent = [
        Message(
            topic.format(number),
            json.dumps({"v": {f"k{number}-{n}": n for n in range(2_000)}}).encode(),
            round(NOW.timestamp() * 1e6) + number,
        )
        for number in range(50)
    ]
    write_batches(plant_url, [sent])
    found = _found("engineer", plant_url)
    of_hall = [payload for name, payload, *_ in found.waiting if name.startswith("pump/hall")]
    assert of_hall
    assert sum(map(len, of_hall)) <= PAYLOADS_LIMIT_BYTES < sum(len(one.payload) for one in sent)
    text = "\n".join(suggested(found))
    assert len(text) < 500_000
    assert "values came under further names" in text
    assert [one["key"] for one in tomllib.loads(text)["point"] if one["line"] == "main"]


@pytest.mark.parametrize(
    "topic",
    ["pump/hall/a{}", "pump/hall{}/a", "pump/main/a{}"],
    ids=["a line", "lines", "its line"],
)
def test_who_invents_topics_hides_none_that_comes_again_and_again(
    plant_url: str, topic: str
) -> None:
    """The newest messages were shown: of one flood, none of anybody else."""
    content = b'{"t": "2026-11-24T03:59:50Z", "v": 1}'
    later_us = round(NOW.timestamp() * 1e6) + 1_000_000
    count = 2 * MESSAGES_LIMIT_ROWS
    honest = [Message("pump/main/new-pressure", b"%d" % n, later_us + n) for n in range(3)]
    flood = [Message(topic.format(n), content, later_us + 10 + n) for n in range(count)]
    write_batches(plant_url, [honest, flood])
    found = _found("engineer", plant_url)
    assert len(found.waiting) == MESSAGES_LIMIT_ROWS
    keys = [point["key"] for point in tomllib.loads("\n".join(suggested(found)))["point"]]
    assert "new-pressure" in keys
