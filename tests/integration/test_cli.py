"""The command line: what it answers, its exit codes, and a sentence for every user's error."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.stack.ports import LOOPBACK, free_port
from ingest.decoding.message import Message
from tests.fixtures.command_line import virtaama, virtaama_process
from tests.fixtures.ingest_process import rows
from tests.fixtures.site_files import SITE_TOML, edited, without, written
from tests.fixtures.writing import write_batches

AWAY = "postgresql://me:geheim@127.0.0.1:1/plant"
NEW_POINT = (
    '[[point]]\nkey = "new"\nline = "main"\ntag = "NEW"\narea = "JV"\nkind = "measurement"\n'
)
NEW_POINT += 'unit = "m"\nname = { fi = "Uusi", en = "New", sv = "Ny" }\n\n[[company]]'


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["statis"], "No such command 'statis'"),
        (["status"], "Missing option '--database-url' (env var: 'VIRTAAMA_DATABASE_URL')"),
        (["status", "--database-url", "mysql://me:geheim@db"], "must look like postgresql://"),
        (["migrate", "--database-url", "postgresql://me:ge%heim@db"], "write %40 for @"),
        (["quarantine", "list", "--reason", "bad", "--database-url", AWAY], "'bad' is not one of"),
        (["quarantine", "show", "x", "--database-url", AWAY], "'x' is not a valid integer"),
        (["quarantine", "replay", "1", "--reason", "conflict", "--database-url", AWAY], "not both"),
        (["replay"], "Missing option '--mqtt-url' (env var: 'VIRTAAMA_MQTT_URL')"),
        (["replay", "--mqtt-url", "mqtt://me:ge/heim@broker"], "must look like mqtt://"),
        (["replay", "--mqtt-url", "mqtt://broker", "--only", "sea"], "'sea' is not one of"),
        (["replay", "--mqtt-url", "mqtt://broker", "--speed", "100"], "0<x<=60"),
        (["site", "check", "nowhere"], "Path 'nowhere' does not exist"),
        (["demo", "--port", "70000"], "1<=x<=65535"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_wrong_usage_is_two_and_a_sentence(arguments: list[str], sentence: str) -> None:
    answer = virtaama(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in " ".join(answer.err.split())
    assert "geheim" not in answer.err
    assert "heim@" not in answer.err


def test_exit_codes_and_sentences_leave_the_process() -> None:
    answer = virtaama_process()
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Usage: virtaama [OPTIONS] COMMAND")
    answer = virtaama_process("status", database_url=AWAY)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("virtaama: The database cannot be reached")
    answer = virtaama_process("site", "check", "deploy/sites/mikkeli")
    assert (answer.code, answer.err) == (0, "")


def test_a_terminal_of_another_encoding_gets_what_it_can_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`virtaama status` ended with a traceback at its first ellipsis."""
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    folder = tmp_path / "ä…"
    folder.mkdir()
    checked = virtaama_process("site", "check", written(folder, SITE_TOML))
    assert checked.code == 0
    assert b"\xe4?/site.toml: site pump" in checked.raw


def test_site_check_tells_remarks_and_ends_well(tmp_path: Path) -> None:
    path = written(tmp_path, SITE_TOML + '\n[[asset]]\nkind = "grit_chamber"\n')
    answer = virtaama("site", "check", str(path))
    assert (answer.code, answer.err) == (0, "")
    remark, summary, *_ = answer.out.splitlines()
    assert remark.startswith("site.toml:97: asset.grit_chamber: no stream leads to it")
    assert summary.endswith("1 asset, 0 streams; no errors.")


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["migrate"],
        ["migrate", "--check"],
        ["site", "load", "deploy/sites/mikkeli"],
        ["quarantine", "list"],
        ["quarantine", "replay"],
    ],
    ids=" ".join,
)
def test_a_database_that_is_away_or_without_schema_is_one_and_a_sentence(
    arguments: list[str], database_url: str
) -> None:
    answer = virtaama(*arguments, database_url=AWAY)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("virtaama: The ")
    assert "127.0.0.1" in answer.err
    assert answer.err.endswith("Check VIRTAAMA_DATABASE_URL and the server.\n")
    assert "geheim" not in answer.err
    if arguments[0] != "migrate":
        answer = virtaama(*arguments, database_url=database_url)
        assert (answer.code, answer.out) == (1, "")
        assert "The database has no Virtaama schema yet" in answer.err
        assert answer.err.endswith("Run `virtaama migrate` first.\n")


def test_a_user_without_rights_is_told_so(migrated_url: str, guest_url: str) -> None:
    for command in (["status"], ["quarantine", "list"], ["quarantine", "replay"]):
        answer = virtaama(*command, database_url=guest_url)
        assert (answer.code, answer.out) == (1, "")
        assert "The database does not allow it: permission denied" in answer.err


@pytest.fixture
def guest_url(migrated_url: str) -> Iterator[str]:
    """The URL of the migrated database for a user who may log in and nothing else."""
    parts = psycopg.conninfo.conninfo_to_dict(migrated_url)
    guest = f"guest_{parts['dbname']}"
    with psycopg.connect(migrated_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {guest} LOGIN PASSWORD 'guest'".encode())
    yield f"postgresql://{guest}:guest@{parts['host']}:{parts['port']}/{parts['dbname']}"
    with psycopg.connect(migrated_url, autocommit=True) as connection:
        connection.execute(f"DROP ROLE {guest}".encode())


def test_missing_and_wrong_settings_are_told_all_at_once() -> None:
    answer = virtaama(
        "ingest",
        mqtt_url="http://me:geheim@broker",
        ingest_flush_interval_s="0",
        ingest_flush_intervall_s="1",
    )
    assert (answer.code, answer.out) == (1, "")
    lines = [line.strip() for line in answer.err.splitlines()]
    assert lines[0] == "virtaama: settings of this process are missing or wrong:"
    assert lines[1] == (
        "VIRTAAMA_INGEST_FLUSH_INTERVALL_S is not a setting; "
        "did you mean VIRTAAMA_INGEST_FLUSH_INTERVAL_S?"
    )
    assert "VIRTAAMA_DATABASE_URL is missing" in lines
    assert "VIRTAAMA_INGEST_FLUSH_INTERVAL_S is wrong: input should be greater than 0" in lines
    assert any(line.startswith("VIRTAAMA_MQTT_URL must look like mqtt://") for line in lines)
    assert "geheim" not in answer.err


def test_settings_that_do_not_fit_together_are_told() -> None:
    urls = {"database_url": AWAY, "mqtt_url": "mqtt://127.0.0.1:1"}
    answer = virtaama("ingest", **urls, ingest_batch_limit_messages="50000")
    assert answer.code == 1
    assert "a batch has more messages than the intake: lower the batch's limit" in answer.err


def test_site_files_with_errors_are_one_and_all_errors(tmp_path: Path) -> None:
    text = edited(('unit = "m3/h"', 'unit = "Nm3/h"'), ("value = 80", 'value = "80"'))
    path = written(tmp_path, text)
    for where in (path, tmp_path):
        answer = virtaama("site", "check", where)
        assert (answer.code, answer.out) == (1, "")
        heading, *problems = answer.err.splitlines()
        assert heading == "virtaama: the site file has 2 errors"
        assert [problem.split(":")[0] for problem in problems] == ["site.toml"] * 2
    empty = tmp_path / "empty"
    empty.mkdir()
    answer = virtaama("site", "check", empty)
    assert answer.code == 1
    assert "there is no *.toml file in this folder" in answer.err


def test_a_demo_that_cannot_start_says_why(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        answer = virtaama("demo", "--folder", tmp_path / "demo", "--port", port)
        assert answer.code == 1
        assert f"Port {port} of {LOOPBACK}, wanted for the dashboard, cannot be used" in answer.err
        assert "choose another port with --port" in answer.err
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    answer = virtaama("demo", "--folder", tmp_path / "file" / "demo", "--port", free_port())
    assert answer.code == 1
    assert f"{tmp_path}/file" in answer.err
    assert "Not a directory" in answer.err


def test_a_dashboard_whose_port_is_taken_says_so() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = virtaama_process("dashboard", database_url=AWAY, dashboard_port=port)
        assert (answer.code, answer.out) == (1, "")
        assert f"cannot listen on {LOOPBACK}:{port}: Address already in use." in answer.err
        assert "choose another address with VIRTAAMA_DASHBOARD_HOST" in answer.err


def test_from_an_empty_database_to_flowing_readings(database_url: str, tmp_path: Path) -> None:
    url = {"database_url": database_url}
    answer = virtaama_process("migrate", "--check", **url)
    assert answer.code == 3
    assert answer.out.startswith("missing: roles\n")
    assert virtaama("migrate", **url).out.startswith("applied: roles\n")
    assert virtaama("migrate", "--check", **url)[:3] == (0, "The schema is current.\n", "")
    answer = virtaama("status", **url)
    assert answer.code == 3
    assert "DO NOT FLOW: there is none yet" in answer.out
    assert "none: load a site with `virtaama site load`" in answer.out

    path = written(tmp_path, edited())
    answer = virtaama("site", "check", path)
    assert (answer.code, answer.err) == (0, "")
    assert "site pump: 2 lines, 3 points" in answer.out
    assert virtaama("site", "load", path, **url).out.startswith("site pump: loaded\n")
    assert virtaama("site", "load", path, **url).out.startswith("site pump: nothing to change\n")

    now_us = time.time_ns() // 1000
    write_batches(database_url, [[_message("pump/main/flow", now_us, now_us)]])
    answer = virtaama("status", **url)
    assert (answer.code, answer.err) == (0, "")
    assert "readings    flow: the newest came" in answer.out
    assert "IS NOT CONNECTED" in answer.out
    assert "3, of them 0 stale and 2 never heard" in answer.out
    assert "quarantine  empty" in answer.out
    assert "schema      current" in answer.out


def test_readings_that_stopped_are_three_with_names_and_ages(
    migrated_url: str, tmp_path: Path
) -> None:
    url = {"database_url": migrated_url}
    virtaama("site", "load", written(tmp_path, edited()), **url)
    then_us = time.time_ns() // 1000 - 3 * 3600 * 1_000_000
    bad = Message("pump/main/flow", b"{", then_us)
    write_batches(migrated_url, [[_message("pump/main/flow", then_us, then_us), bad]])
    answer = virtaama("status", **url)
    assert answer.code == 3
    assert "DO NOT FLOW: the newest came 3 h ago; 0.0 a second" in answer.out
    assert "stale: main/flow 3 h" in answer.out
    assert "quarantine  1 not_json; the newest came 3 h ago" in answer.out


def test_quarantine_is_listed_shown_and_replayed(migrated_url: str, tmp_path: Path) -> None:
    url = {"database_url": migrated_url}
    virtaama("site", "load", written(tmp_path, edited()), **url)
    assert virtaama("quarantine", "list", **url).out == "Nothing waits.\n"
    now_us = time.time_ns() // 1000
    new = _message("pump/main/new", now_us, now_us)
    noise = Message("pump/main/flow", b"\x00\xff\x1b[2J", now_us - 60_000_000)
    write_batches(migrated_url, [[new, noise], [new._replace(received_us=now_us + 1)]])
    (first,), (second,) = rows(migrated_url, "SELECT quarantine_id FROM quarantine ORDER BY reason")

    heading, *lines = virtaama("quarantine", "list", **url).out.splitlines()
    assert heading.split() == [
        *("id", "count", "bytes", "last", "seen,", "UTC", "reason", "topic", "detail")
    ]
    assert [line.split()[0] for line in lines] == [str(second), str(first)]
    assert "unknown_point" in lines[0]
    answer = virtaama("quarantine", "list", "--limit-rows", 1, **url)
    assert "There are more than these 1" in answer.out
    answer = virtaama("quarantine", "list", "--reason", "not_json", **url)
    assert "unknown_point" not in answer.out

    answer = virtaama("quarantine", "show", second, **url)
    assert "topic     pump/main/new\n" in answer.out
    assert (
        "reason    unknown_point: The site has no such point, or calculates it itself.\n"
        in answer.out
    )
    assert "2 times in all" in answer.out
    assert answer.out.endswith(
        f"payload   {len(new.payload)} bytes, text\n{new.payload.decode()}\n"
    )
    answer = virtaama("quarantine", "show", first, **url)
    assert answer.out.endswith("6 bytes, not UTF-8, so in hexadecimal\n00 ff 1b 5b 32 4a\n")
    assert virtaama("quarantine", "show", "--raw", first, **url).raw == noise.payload

    for command in (["show", 10**12], ["show", 10**20], ["replay", second, 10**12]):
        answer = virtaama("quarantine", *command, **url)
        assert (answer.code, answer.out) == (1, "")
        assert "There is no quarantined message 1000" in answer.err
    virtaama("site", "load", written(tmp_path, edited(("[[company]]", NEW_POINT))), **url)
    answer = virtaama("quarantine", "replay", second, **url)
    assert answer.out == "1 tried: 1 readings stored, 0 known already, 0 still waiting\n"
    answer = virtaama("quarantine", "replay", **url)
    assert answer.out == "1 tried: 0 readings stored, 0 known already, 1 still waiting\n"
    assert "was replayed at" in virtaama("quarantine", "show", second, **url).out
    assert rows(migrated_url, "SELECT count(*) FROM reading") == [(1,)]


def test_a_replay_of_what_was_too_large_honours_the_raised_limit(
    migrated_url: str, tmp_path: Path
) -> None:
    url = {"database_url": migrated_url}
    virtaama("site", "load", written(tmp_path, without("[[mapping]]")), **url)
    now_us = time.time_ns() // 1000
    large = _message("pump/main/flow", now_us, now_us)
    write_batches(migrated_url, [[large._replace(payload=large.payload.ljust(600_000))]])
    assert "1 still waiting" in virtaama("quarantine", "replay", **url).out
    answer = virtaama("quarantine", "replay", **url, ingest_payload_limit_bytes="700000")
    assert "1 readings stored" in answer.out
    answer = virtaama("quarantine", "replay", **url, ingest_payload_limit_bytes="much")
    assert answer.code == 1
    assert "VIRTAAMA_INGEST_PAYLOAD_LIMIT_BYTES is wrong: input should be a valid" in answer.err


def _message(topic: str, ts_us: int, received_us: int) -> Message:
    return Message(topic, json.dumps({"t": ts_us // 1000, "v": 50}).encode(), received_us)
