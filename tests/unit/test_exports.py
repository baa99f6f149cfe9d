"""The pure parts of the package: cells, file names, slices of time, the archive's end."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.exports import csv_text
from dashboard.exports.file_names import distinct_names, safe_name
from dashboard.exports.slices import ROWS_PER_SLICE, slices
from dashboard.exports.trial_package import code_list
from dashboard.exports.zip_stream import archive
from schemas.quality import Check, Qc

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (1.5, "1,5"),
        (-0.25, "-0,25"),
        (1e-7, "1e-07"),
        (True, "1"),
        (NOW, "2026-11-24T12:00:00Z"),
        ("mg/l; as N", '"mg/l; as N"'),
        ('say "x"', '"say ""x"""'),
        ("two\r\nlines", '"two\r\nlines"'),
        ({"0": "=x"}, '"{""0"": ""=x""}"'),
        ("=1+1", "'=1+1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+358 40", "'+358 40"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ('=";"', '"\'="";"""'),
    ],
)
def test_a_cell_is_a_number_a_time_or_harmless_text(value: object, cell: str) -> None:
    assert csv_text.cell(value) == cell


@given(st.text())
def test_no_text_becomes_a_formula_or_another_cell(text: str) -> None:
    cell = csv_text.cell(text)
    shown = cell[1:-1].replace('""', '"') if cell.startswith('"') and text != cell else cell
    assert not shown.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert shown.removeprefix("'") in (text, text.removeprefix("'"))
    if not cell.startswith('"'):
        assert ";" not in cell
        assert "\n" not in cell


def test_readings_are_lines_for_a_finnish_spreadsheet() -> None:
    moments = [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, 0, 250_999, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, 59, 999_999, tzinfo=UTC),
    ]
    block = pa.table(
        {
            "ts": pa.array(moments, pa.timestamp("us", "UTC")),
            "value": pa.array([1234.5, None, -1e-7]),
            "qc": pa.array([1, 9, 4], pa.int8()),
            "checks": pa.array([0, 16, 1], pa.int32()),
            "status": pa.array([0, -32630, 0], pa.int16()),
        }
    )
    lines = csv_text.readings(block, "Europe/Helsinki", code_list.why).decode()
    none, out = code_list.why(16), code_list.why(1)
    assert none == "ei arvoa / inget värde / no value"
    assert lines.split("\r\n") == [
        "2026-10-25 03:30:00;2026-10-25 00:30:00.000;1234,5;1;0;;0",
        f"2026-10-25 03:30:00;2026-10-25 01:30:00.250;;9;16;{none};-32630",
        f"2026-10-25 03:30:59;2026-10-25 01:30:59.999;-1e-7;4;1;{out};0",
        "",
    ]
    assert csv_text.readings(block.slice(1, 1), "UTC", code_list.why).count(b"\r\n") == 1
    assert csv_text.readings(block.slice(0, 0), "UTC", code_list.why) == b""


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("p04-ft-01", "p04-ft-01"),
        ("../../etc/passwd", "etc_passwd"),
        ("..\\..\\x", "x"),
        ("/etc", "etc"),
        ("C:\\x", "C_x"),
        ("a\0b", "a_b"),
        ("...", "_"),
        ("", "_"),
        ("CON", "_CON"),
        ("<script>", "script"),
        ("x" * 300, "x" * 80),
        ("\u202egpj.exe", "gpj_exe"),
    ],
)
def test_a_file_name_is_one_plain_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_names_that_would_be_equal_get_their_number() -> None:
    assert distinct_names({1: "a/b", 2: "a b", 3: "A_B", 4: "c"}) == {
        1: "a_b-1",
        2: "a_b-2",
        3: "A_B-3",
        4: "c",
    }


def test_slices_cover_the_time_and_are_cut_at_local_months() -> None:
    start = datetime(2026, 9, 30, 20, 15, tzinfo=UTC)
    end = datetime(2026, 11, 2, 3, tzinfo=UTC)
    found = list(slices(start, end, HELSINKI, {}))
    assert [(part.start, part.end, part.month) for part in found] == [
        (start, datetime(2026, 9, 30, 21, tzinfo=UTC), "2026-09"),
        (datetime(2026, 9, 30, 21, tzinfo=UTC), datetime(2026, 10, 31, 22, tzinfo=UTC), "2026-10"),
        (datetime(2026, 10, 31, 22, tzinfo=UTC), end, "2026-11"),
    ]


@given(
    st.lists(st.integers(0, 2 * ROWS_PER_SLICE), min_size=1, max_size=70),
    st.integers(0, 59),
    st.integers(1, 70 * 60),
)
def test_a_slice_is_one_hour_or_not_too_much(counts: list[int], minute: int, minutes: int) -> None:
    first = datetime(2026, 9, 29, tzinfo=UTC)
    rows = {first + n * HOUR: count for n, count in enumerate(counts)}
    start = first + timedelta(minutes=minute)
    end = start + timedelta(minutes=minutes)
    at = start
    for part in slices(start, end, HELSINKI, rows):
        assert part.start == at
        assert part.start < part.end
        at = part.end
        touched = [hour for hour in rows if hour < part.end and hour + HOUR > part.start]
        assert len(touched) <= 1 or sum(rows[hour] for hour in touched) <= ROWS_PER_SLICE
    assert at == end


class _Stream:
    """Takes bytes and has no position, like an HTTP answer."""

    def __init__(self) -> None:
        self.data = io.BytesIO()

    def write(self, data: bytes) -> None:
        self.data.write(data)

    def flush(self) -> None:
        pass


def test_an_archive_is_written_to_a_stream_and_has_its_checksums() -> None:
    stream = _Stream()
    with archive(stream, NOW) as package:
        package.add("a.txt", b"abc")
        with package.member("b/c.bin", compress=False) as member:
            member.write(memoryview(b"12"))
            assert member.tell() == 2
        package.add_checksums()
    with zipfile.ZipFile(stream.data) as file:
        assert file.testzip() is None
        assert file.read("SHA256SUMS").decode().splitlines()[0] == (
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.txt"
        )


def test_an_archive_that_was_broken_off_cannot_be_opened() -> None:
    stream = _Stream()

    def fail() -> None:
        with archive(stream, NOW) as package, package.member("a.txt") as member:
            member.write(b"abc")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(stream.data)


def test_every_code_has_its_words() -> None:
    rows = code_list.rows()
    assert {row["code"] for row in rows if row["column"] == "quality"} == set(Qc)
    assert {row["code"] for row in rows if row["column"] == "checks"} == set(Check)
    assert all(row["fi"] and row["sv"] and row["en"] for row in rows)
