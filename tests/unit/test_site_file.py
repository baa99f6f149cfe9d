"""A site file: read as a whole; wrong, it tells all errors with line, key and what is right."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import SiteFileError
from schemas.site.model import Site
from schemas.site.reader import TABLES, read
from schemas.site.toml_file import FILE_LIMIT_BYTES
from tests.fixtures.site_files import SITE_TOML, edited, without, written

POINT_FLOW = 'key = "flow"\nline = "main"'
POINT_PUMP = 'key = "pump"\nline = "main"'
UNIT = 'unit = "m3/h"'
RANGE = "range = [0, 100]"
ZONE = 'time_zone = "Europe/Helsinki"'
TIME = 'time = { pointer = "/time", format = "%Y-%m-%d %H:%M:%S", zone = "Europe/Helsinki" }'
SECOND_LIMIT = (
    '\n[[limit_set.limit]]\npoint = "main/flow"\nbound = "max"\nstatistic = "daily_mean"\n'
)


def problems(path: Path) -> list[str]:
    with pytest.raises(SiteFileError) as caught:
        read(path)
    return caught.value.problems


def line_of(fragment: str, text: str) -> int:
    """Return the line on which the one place of `fragment` begins."""
    assert text.count(fragment) == 1, fragment
    return text.count("\n", 0, text.index(fragment)) + 1


def beside(other: str) -> str:
    return f'{RANGE}\nchecks = {{ beside = {{ point = "{other}", within = 2 }} }}'


def contradicted(other: str) -> str:
    return f'{RANGE}\nchecks = {{ contradicted_by = {{ point = "{other}" }} }}'


def test_a_right_file_is_a_site(tmp_path: Path) -> None:
    site = read(written(tmp_path, SITE_TOML))
    assert isinstance(site, Site)
    assert site.summary() == ("site pump: 2 lines, 3 points, 1 trial, 1 limit set, 1 topic mapping")
    assert site.points["main/flow"].range == (0.0, 100.0)
    (mapping,) = site.topic_mappings()
    assert mapping.values[0].scale == pytest.approx(0.0689475729)  # psi to bar


def test_a_folder_is_read_as_one_file(tmp_path: Path) -> None:
    head, points = SITE_TOML.split("[[point]]", 1)
    written(tmp_path, head, "b.toml")
    written(tmp_path, f"[[point]]{points}", "a.toml")
    written(tmp_path, "this is no TOML", "notes.txt")
    assert read(tmp_path).summary() == read(written(tmp_path, SITE_TOML, "c.txt")).summary()


def test_the_shape_of_the_bytes_does_not_matter(tmp_path: Path) -> None:
    windows = b"\xef\xbb\xbf" + SITE_TOML.replace("\n", "\r\n").encode()
    assert read(written(tmp_path, windows)) == read(written(tmp_path, SITE_TOML, "unix.toml"))


def test_a_file_full_of_mistakes_tells_them_all_at_once_in_order(tmp_path: Path) -> None:
    mistakes = {
        ('time_zone = "Europe/Helsinki"', 'time_zone = "Europe/Helsinky"'): (
            'site.time_zone: "Europe/Helsinky" is not a time zone, such as "Europe/Helsinki"'
        ),
        (POINT_FLOW, 'key = "flow"\nline = "mian"'): (
            'point.flow.line: "mian" is no line of this site; did you mean "main"?'
        ),
        (UNIT, 'unit = "Nm3/h"'): (
            'point.flow.unit: "Nm3/h" is not a UCUM unit; did you mean "m3{n}/h"?'
        ),
        ("expected_interval_s = 10", "expected_intervall_s = 10"): (
            "point.flow.expected_intervall_s: is not a key here; "
            'did you mean "expected_interval_s"?'
        ),
        (RANGE, "range = [100, 0]"): (
            "point.flow.range: [100, 0] is not a range; the first number must be the smaller"
        ),
        ('tag = "JV-P-1"\n', ""): 'point.pump.tag: is missing; for example tag = "FT-1"',
        ('kind = "state"', 'kind = "status"'): (
            'point.pump.kind: "status" is not one of "measurement", "counter", "state", '
            '"setpoint", "derived", "laboratory" or "calculated"'
        ),
        ("ends = 2026-12-31", 'ends = "31.12.2026"'): (
            "trial.first.ends: must be a date or a time without quotes, such as 2026-09-01"
        ),
        ("value = 80", 'value = "80"'): (
            "limit_set.permit.limit.main/flow.value: must be a number, not a text"
        ),
        ('point = "ro/pressure"', 'point = "ro/presure"'): (
            'mapping.gateway.value.ro/presure.point: "ro/presure" is no point of this site; '
            'did you mean "ro/pressure"?'
        ),
    }
    text = edited(*mistakes)
    found = problems(written(tmp_path, text))
    assert [problem.split(": ", 1)[1] for problem in found] == list(mistakes.values())
    lines = [int(problem.split(":")[1]) for problem in found]
    assert lines == sorted(lines)
    for (_, wrong), line in zip(mistakes, lines, strict=True):
        if wrong:
            assert line == line_of(wrong, text) + wrong.count("\n"), wrong


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (POINT_PUMP, POINT_FLOW, 'point.flow.key: "flow" stands in site.toml:26 already'),
        ("JV-P-1", "JV-FT-205", 'point.pump.tag: "JV-FT-205" stands in site.toml:26 already'),
        ('key = "flow"', 'key = "Flow 1"', 'is not a key; use a-z, 0-9, "-" and "_" only'),
        (
            ZONE,
            f'{ZONE}\ncountry = "EN"',
            'site.country: "EN" is not a country whose public holidays',
        ),
        (
            ZONE,
            f'{ZONE}\ncountry = "fi"',
            'site.country: "fi" is not a country whose public holidays',
        ),
        (RANGE, "zone = 3", "point.flow.zone: is not a key here; known keys: key, line, tag,"),
        (RANGE, "range = [0, 50, 100]", "must be two numbers, [lowest, highest]"),
        (RANGE, 'range = ["0", 100]', "point.flow.range[1]: must be a number, not a text"),
        (RANGE, "range = [0, nan]", "point.flow.range[2]: must be a finite number"),
        (RANGE, "range = 100", "must be a list in square brackets, not a number"),
        (RANGE, 'verified = "yes"', "must be true or false, not a text"),
        ("typical = [10, 90]", "typical = [10, 190]", "reaches outside of the range [0, 100]"),
        ("expected_interval_s = 10", "expected_interval_s = 0", "give seconds above 0, or leave"),
        (RANGE, "max_rate_per_h = 0", "0 is not a largest rate; give the most that the meter can"),
        (RANGE, "max_rate_per_h = 900", 'only a point of kind "counter" has a largest rate'),
        ('kind = "state"', 'kind = "counter"', 'are for points of kind "state", not "counter"'),
        ("1 = { fi", "on = { fi", '"on" is not a state code; codes are whole numbers'),
        (', sv = "Flöde"', "", 'point.flow.name.sv: is missing; for example sv = "Inflöde"'),
        ('instrument = "fit-1"', 'instrument = "fit-3"', '"fit-3" is no instrument of this site'),
        ('company = "acme"', 'company = "acne"', 'did you mean "acme"?'),
        ('"main/flow"]', '"flow"]', 'trial.first.points[2]: "flow" is no point of this site; did '),
        ("ends = 2026-12-31", "ends = 2026-08-31", "is not after the start, 2026-09-01"),
        ("ends = 2026-12-31", "ends = 3026-12-31", "is not between the years 1970 and 2199"),
        ("starts = 2026-09-01", "starts = 2026-03-29T03:30:00", "the clock went forward over it"),
        ("value = 80\n", f"value = 80\n{SECOND_LIMIT}value = 7\n", "same bound and statistic as"),
        ("[[limit_set.limit]]", "[limit_set.limit]", "write it as a table [[limit_set.limit]]"),
        ("[[company]]", "[company]", "company: write it as a table [[company]]"),
        ("[[company]]", "[[companys]]", "companys: is not a table here; did you mean"),
        ("[site]", "[[site]]", "site: write it as a table [site]"),
        ("[site]", "speed = 3\n[site]", "known tables: site, line, point, instrument, company"),
        ('unit = "[psi]"', 'unit = "m3/h"', '"m3/h" cannot be converted to "bar", the unit of ro'),
        ('unit = "[psi]"', 'unit = "bar{gauge}"', "say with `factor` how they relate"),
        ('tag = "ro-7"\n', "", 'is missing: what stands for "{tag}" in the topic of this value'),
        ("gateway/{tag}/values", "gateway/+/values", 'give it without "+" and "#"'),
        ("gateway/{tag}/values", "pump/main/{tag}", "clashes with the plant's own topics"),
        ('"/feed/pressure"', '"feed/pressure"', 'did you mean "/feed/pressure"?'),
        (', zone = "Europe/Helsinki" }', " }", "stamps of this format have no offset; give one"),
        ("%Y-%m-%d %H:%M:%S", "%H:%M", "it holds no whole date"),
        ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %I:%M", "%p (AM or PM) is missing: afternoons would be"),
        ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M %p", "%p (AM or PM) only counts with %I"),
        ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %M:%S", "it holds minutes or seconds, and no hours"),
        ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M %Z", "the name of a zone (%Z) is read and forgotten"),
        ("gateway/{tag}/values", "$SYS/broker/{tag}", 'what begins with "$" is the broker\'s own'),
        ("gateway/{tag}/values", "$share/a/{tag}/b", "is a shared subscription; give the topic"),
        ("gateway/{tag}/values", "gateway/{tag}/values ", "has a blank at an end"),
        ('tag = "ro-7"\n', 'tag = "ro/7"\n', '"ro/7" can never match: it stands for one whole'),
        ('unit = "[psi]"', "factor = 0", "factor: is 0, which makes every value 0"),
        ("1 = { fi", "01 = { fi", '"01" can never match: the value is written 1'),
        (UNIT, 'unit = "ft3/min"', 'did you mean "[ft_i]3/min"?'),
        (RANGE, beside("main/flov"), 'beside.point: "main/flov" is no point of this site; did you'),
        (RANGE, beside("main/flow"), "point.flow.checks.beside.point: is the point itself"),
        (RANGE, beside("main/pump"), "main/pump is a state and measures nothing"),
        (RANGE, beside("ro/pressure"), 'has the unit "bar" and main/flow "m3/h"; give both the'),
        (RANGE, 'checks = { beside = { point = "main/flov" } }', "says not how far apart both"),
        (RANGE, contradicted("main/pumq"), 'contradicted_by.point: "main/pumq" is no point of'),
        (RANGE, contradicted("ro/pressure"), "ro/pressure is no condition; name a state, or"),
        (TIME, 'time = "/time"', "mapping.gateway.time: must be a table, not a text"),
        (
            'sv = "Flöde"',
            r'sv = "Flöde\u0000"',
            "a character that nobody sees, U+0000; leave it out",
        ),
        (
            'sv = "Flöde"',
            r'sv = "\u202eedölF"',
            "a character that nobody sees, U+202E; leave it out",
        ),
        ('sv = "Flöde"', 'sv = "  "', "point.flow.name.sv: must not be empty"),
        ('sv = "Flöde"', f'sv = "{"Flöde" * 101}"', "must not be longer than 500 characters"),
    ],
)
def test_one_mistake_is_one_sentence_that_says_what_would_be_right(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    found = problems(written(tmp_path, edited((old, new))))
    assert sum(sentence in problem for problem in found) == 1, found
    others = [problem for problem in found if sentence not in problem]
    # A key that is wrong itself leaves those who name it alone.
    assert all("is no point of this site" in problem for problem in others), others


@pytest.mark.parametrize(
    ("old", "new", "place", "sentence"),
    [
        ('"JV-FT-205"', '"JV-FT-205', "29: column 17", "not closed with a quotation mark on its"),
        (UNIT, "unit = m3/h", "33: column 8", 'a text has quotation marks, "m3/h"'),
        (RANGE, "range = [0, 100", "36: column 1", "a list is not closed with ]"),
        (RANGE, "range: [0, 100]", "35: column 6", "an = is missing between key and value"),
        (RANGE, f"{RANGE}\n{RANGE}", "36: column 17", "the key stands twice in its table"),
        ("value = 80", "value = 80,5", "84: column 11", "a number has a decimal point, 0.5"),
        ("2026-12-31", "31.12.2026", "72: column 13", "a day is written 2026-09-01"),
        ("2026-12-31", "2026-11-31", "72: column 8", "there is no such day or time"),
        ("[[company]]", "[[company]", "61: column 10", "the heading is not closed as it was"),
        ("[point.states]", "[point.states]\n[point.states]", "49: column 14", "stands twice"),
        (', sv = "Flöde" }', ',\n sv = "Flöde" }', "31: column 39", "is written on one line"),
    ],
)
def test_broken_toml_is_told_with_line_column_and_cure(
    tmp_path: Path, old: str, new: str, place: str, sentence: str
) -> None:
    (found,) = problems(written(tmp_path, edited((old, new))))
    assert found.startswith(f"site.toml:{place}: not valid TOML: ")
    assert sentence in found


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (SITE_TOML.encode("latin-1"), "site.toml:9: is not UTF-8; save the file with that"),
        (SITE_TOML.encode("latin-1"), "it looks like Windows-1252 or Latin-1"),
        (SITE_TOML.encode("utf-16"), "site.toml:1: is not UTF-8"),
        (SITE_TOML.encode("utf-16"), 'it looks like UTF-16, which Windows calls "Unicode"'),
        (b"x = 1\n".decode().encode("utf-16-le"), "it looks like UTF-16"),
        (b"#" * (FILE_LIMIT_BYTES + 1), f"it is larger than {FILE_LIMIT_BYTES} bytes"),
        (b"x = 1" + b"0" * 5_000, "a number that is too long"),
        (b"x = " + b"[" * 5_000 + b"]" * 5_000, "lists that are too deep"),
        (b"", "site.toml:1: there is no [site] in any file"),
        (without("[[line]]", "[[instrument]]").encode(), "there is no [[line]] in any file"),
    ],
    ids=[
        "latin-1",
        "1252",
        "utf-16",
        "unicode",
        "no mark",
        "too large",
        "long number",
        "deep lists",
        "empty",
        "no line",
    ],
)
def test_a_file_that_is_none_is_told_in_a_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    found = problems(written(tmp_path, content))
    assert any(sentence in problem for problem in found), found


def test_errors_of_all_files_are_told_and_what_is_missing_only_by_them_is_not(
    tmp_path: Path,
) -> None:
    head, points = edited((RANGE, "range = [100, 0]")).split("[[point]]", 1)
    written(tmp_path, head.replace('kind = "main"', "kind = main"), "lines.toml")
    written(tmp_path, f"[[point]]{points}", "points.toml")
    written(tmp_path, '[[company]]\nkey = "acme"\nname = "Twice"', "z.toml")
    found = problems(tmp_path)
    assert [problem.split(":")[0] for problem in found] == ["lines.toml", "points.toml", "z.toml"]
    assert 'company.acme.key: "acme" stands in points.toml' in found[2]


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    written(tmp_path, SITE_TOML)
    (found,) = problems(tmp_path)
    assert found == "folder.toml:1: cannot be read: Is a directory"


_lines = SITE_TOML.splitlines()
_fragments = st.sampled_from([*_lines, *TABLES, "[", "]]", '"', "=", "{", "\n", "nan", "0", "\0"])
_edit = st.tuples(st.integers(0, len(SITE_TOML)), st.integers(0, 40), _fragments)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_edit, min_size=1, max_size=3))
def test_whatever_is_done_to_a_file_it_is_a_site_or_a_list_of_errors(
    tmp_path: Path, edits: list[tuple[int, int, str]]
) -> None:
    text = SITE_TOML
    for at, length, fragment in edits:
        text = text[:at] + fragment + text[at + length :]
    found: list[str] = []
    try:
        read(written(tmp_path, text))
    except SiteFileError as error:
        found = error.problems or ["an error without a problem"]
    assert all(problem.startswith("site.toml:") for problem in found)
