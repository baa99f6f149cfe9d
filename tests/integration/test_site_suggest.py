"""`virtaama site suggest`: what arrived and is in no site file, as text for one."""

import json
import tomllib
from datetime import datetime
from pathlib import Path

from ingest.decoding.message import Message
from tests.fixtures.command_line import Answer, virtaama
from tests.fixtures.ingest_process import rows
from tests.fixtures.site_files import SITE_TOML, written
from tests.fixtures.writing import write_batches, write_numbered

NOW_US = 1_795_492_800_000_000  # 2026-11-24 04:00 UTC
STAMP = "2026-11-24T03:59:50Z"


def _plant(url: str, folder: Path) -> Path:
    written(folder, SITE_TOML)
    assert virtaama("site", "load", folder, database_url=url).code == 0
    return folder


def _arrive(url: str, *messages: tuple[str, object]) -> None:
    sent = [
        Message(topic, json.dumps(payload).encode(), NOW_US + at)
        for at, (topic, payload) in enumerate(messages)
    ]
    write_batches(url, [sent])


def _suggested(url: str, *options: str) -> Answer:
    answer = virtaama("site", "suggest", *options, database_url=url)
    assert answer.code == 0, answer.err
    tomllib.loads(answer.out)
    return answer


def test_an_unknown_point_is_offered_filled_in_loaded_and_nothing_is_lost(
    migrated_url: str, tmp_path: Path
) -> None:
    folder = _plant(migrated_url, tmp_path)
    _arrive(
        migrated_url,
        ("pump/main/level", {"t": STAMP, "v": 1.25}),
        ("pump/main/level", {"t": "2026-11-24T03:59:55Z", "v": 1.5}),
        ("pump/main", {"t": STAMP, "v": {"door": True, "flow": 12}}),
        ("pump/hall/heat", {"t": STAMP, "v": 21.5, "unit": "°C"}),
    )
    said = _suggested(migrated_url).out
    assert "# pump/main/level: 2 times, the last 2026-11-24 04:00:00 UTC; 1.5, 1.25" in said
    found = tomllib.loads(said)
    assert [line["key"] for line in found["line"]] == ["hall"]
    points = {point["key"]: point for point in found["point"]}
    assert {
        key: (point["line"], point["kind"], point["unit"]) for key, point in points.items()
    } == {
        "level": ("main", "measurement", "?"),
        "door": ("main", "state", "1"),
        "heat": ("hall", "measurement", "Cel"),
    }
    (folder / "found.toml").write_text(said, encoding="utf-8")
    left = virtaama("site", "check", folder)
    assert (left.code, left.err.count("found.toml:")) == (1, 1)
    (folder / "found.toml").write_text(said.replace('unit = "?"', 'unit = "m"'), encoding="utf-8")
    assert virtaama("site", "load", folder, database_url=migrated_url).code == 0
    assert "describe" in _suggested(migrated_url).out, "they wait still, and it is said"
    assert virtaama("quarantine", "replay", database_url=migrated_url).code == 0
    assert rows(migrated_url, "SELECT count(*) FROM reading") == [(5,)]
    assert _suggested(migrated_url).out == "# Nothing that arrived is unknown.\n"


def test_payloads_of_another_shape_become_a_mapping(migrated_url: str, tmp_path: Path) -> None:
    folder = _plant(migrated_url, tmp_path)
    topic = "pump/gateway/7/data"
    sent = {"time": STAMP, "a/b": {"flow": 12.5}, "name": "x", "list": [1, 2], "none": None}
    _arrive(migrated_url, (topic, sent))
    said = _suggested(migrated_url).out
    (mapping,) = tomllib.loads(said)["mapping"]
    assert mapping["topic"] == topic
    assert mapping["time"] == {"pointer": "/time", "format": "rfc3339"}
    assert [value["pointer"] for value in mapping["value"]] == ["/a~1b/flow"]
    (folder / "found.toml").write_text(said.replace('unit = "?"', 'unit = "m"'), encoding="utf-8")
    checked = virtaama("site", "load", folder, database_url=migrated_url)
    assert checked.code == 0, checked.err
    virtaama("quarantine", "replay", database_url=migrated_url)
    assert rows(migrated_url, "SELECT value FROM reading") == [(12.5,)]


def test_values_with_a_time_each_are_offered_with_their_own(
    migrated_url: str, tmp_path: Path
) -> None:
    folder = _plant(migrated_url, tmp_path)
    early, late = "2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z"
    flow = {"Value": 1.5, "ServerTimestamp": late, "SourceTimestamp": early}
    level = {"Value": 2.5, "SourceTimestamp": late}
    _arrive(migrated_url, ("pump/opc/7/data", {"Flow": flow, "Level": level}))
    said = _suggested(migrated_url).out
    (folder / "found.toml").write_text(said.replace('unit = "?"', 'unit = "m"'), encoding="utf-8")
    loaded = virtaama("site", "load", folder, database_url=migrated_url)
    assert loaded.code == 0, loaded.err
    virtaama("quarantine", "replay", database_url=migrated_url)
    stored = rows(migrated_url, "SELECT value, ts FROM reading ORDER BY value")
    assert stored == [(1.5, datetime.fromisoformat(early)), (2.5, datetime.fromisoformat(late))]


def test_what_is_no_document_is_told_in_a_comment(migrated_url: str, tmp_path: Path) -> None:
    _plant(migrated_url, tmp_path)
    message = Message("pump/logger/7/data", b"24.11.2026;12,5", NOW_US)
    write_numbered(migrated_url, [message])
    said = _suggested(migrated_url).out
    assert tomllib.loads(said) == {}
    assert "forms of payloads" in said


def test_what_a_mapping_does_not_read_is_offered_with_its_place(
    migrated_url: str, tmp_path: Path
) -> None:
    folder = _plant(migrated_url, tmp_path)
    mapping = (
        '[[mapping]]\nkey = "extra"\ntopic = "plc/extra"\n'
        'value = [{ point = "main/flow", pointer = "/flow" }]\n'
    )
    (folder / "more.toml").write_text(mapping, encoding="utf-8")
    assert virtaama("site", "load", folder, database_url=migrated_url).code == 0
    write_numbered(migrated_url, [Message("plc/extra", b'{"flow": 1, "level": 2}', NOW_US)])
    said = _suggested(migrated_url).out
    assert "# mapping extra of site pump does not read /level of plc/extra:" in said
    assert '#     pointer = "/level"' in said
    assert '# or leave it out: ignore = ["/level"]' in said


def test_hostile_topics_and_payloads_stay_comments_and_text(
    migrated_url: str, tmp_path: Path
) -> None:
    _plant(migrated_url, tmp_path)
    _arrive(
        migrated_url,
        ("pump/main/FT 300\x1b[31m\n[[point]]", {"t": STAMP, "v": 1}),
        ("pump/main/Ä", 5),
        ('pump/a"b/c\\d/\x07e', {'x"y\n': 1.5, "z": '"'}),
        ("pump/main/text", "on"),
        ("pump", 1),
    )
    said = _suggested(migrated_url).out
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "let the sender publish to pump/main/a" in said
    found = tomllib.loads(said)
    assert "point" not in found or all(point["line"] == "main" for point in found["point"])


def test_an_unknown_tag_of_a_mapping_is_told_with_its_places(
    migrated_url: str, tmp_path: Path
) -> None:
    _plant(migrated_url, tmp_path)
    _arrive(migrated_url, ("gateway/ro-8/values", {"feed": {"pressure": 30.5}}))
    said = _suggested(migrated_url).out
    assert "# gateway/ro-8/values: once, the last 2026-11-24 04:00:00 UTC; 30.5" in said
    assert '#     pointer = "/feed/pressure"' in said


def test_with_several_sites_one_must_be_named(migrated_url: str, tmp_path: Path) -> None:
    _plant(migrated_url, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    written(
        other,
        '[site]\nkey = "other"\nname = { fi = "x", en = "x", sv = "x" }\ntime_zone = "UTC"\n'
        '[[line]]\nkey = "main"\nkind = "main"\nname = { fi = "x", en = "x", sv = "x" }\n',
    )
    assert virtaama("site", "load", other, database_url=migrated_url).code == 0
    _arrive(migrated_url, ("pump/main/level", {"t": STAMP, "v": 1}))
    answer = virtaama("site", "suggest", database_url=migrated_url)
    assert (answer.code, "sites other, pump; say which" in answer.err) == (1, True)
    assert "level" in _suggested(migrated_url, "--site", "pump").out
    assert "Nothing" in _suggested(migrated_url, "--site", "other").out
