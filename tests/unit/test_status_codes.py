"""The quality that a source gives: mapped by a stated table, or refused; never good by chance."""

from pathlib import Path

import msgspec
import pytest

from ingest.batch import prepare
from ingest.decoding.contract import decode
from ingest.decoding.rejection import Reason
from schemas.errors import SiteFileError
from schemas.quality import Qc, is_opc_ua
from schemas.site.mapping import TopicMapping, ValueMapping
from schemas.site.reader import read
from tests.fixtures.plants import message, plant
from tests.fixtures.site_files import edited, written

T = "2026-11-24T11:59:00Z"
TIME = 'time = { pointer = "/time", format = "%Y-%m-%d %H:%M:%S", zone = "Europe/Helsinki" }'


def _mapping(folder: Path, status: str) -> TopicMapping:
    """Return the mapping of a site file as ingest gets it out of the database."""
    text = edited((TIME, f'time = {{ pointer = "/t" }}\nstatus = {status}'))
    (mapping,) = read(written(folder, text)).topic_mappings()
    stored = msgspec.json.decode(msgspec.json.encode(mapping), type=TopicMapping)
    assert stored == mapping
    return TopicMapping(
        "q",
        "gw/q",
        (ValueMapping("main/jv-ft-205", "/v"),),
        time_pointer="/t",
        status_pointer=stored.status_pointer,
        status_codes=stored.status_codes,
    )


def _quality(mapping: TopicMapping, code: str) -> Qc | Reason:
    payload = f'{{"t": "{T}", "v": 500, "q": {code}}}'
    batch = prepare([message("gw/q", payload)], plant(mapping))
    if batch.rejected:
        return batch.rejected[0][1].reason
    return Qc(int(batch.rows.qc[0]))


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        (
            '{ pointer = "/q", codes = "opc_da" }',
            {"192": 1, "192.0": 1, "216": 1, "195": 1, "64": 3, "80": 3, "0": 4, "24": 4, "28": 4}
            | {"500": None, "128": None, "true": None, '"Good"': None, "-1": None, "null": None}
            | {'"192"': 1, '"0"': 4, '"24"': 4, '"128"': None, '"192x"': None, '""': None}
            | {'"0xC0"': 1, '" 192 "': 1, '"0x18"': 4, '"0xZZ"': None, '"C0"': None, "448": None},
        ),
        (
            '{ pointer = "/q", codes = "sparkplug" }',
            {"192": 1, "500": 3, "0": 4, "24": None, "64": None},
        ),
        ('{ pointer = "/q", codes = "simatic" }', {"3": 1, "2": 1, "1": 3, "0": 4, "4": None}),
        ('{ pointer = "/q", codes = "boolean" }', {"true": 1, "false": 4, "1": None, "0": None}),
        (
            '{ pointer = "/q", codes = "words" }',
            {'"Good"': 1, '"GOOD"': 1, '"Uncertain"': 3, '"bad"': 4, '"Gut"': None, "{}": None}
            | {'"BadNotConnected"': 4, '"Bad_NotConnected"': 4, '"Good, local override"': 1}
            | {'"UncertainLastUsableValue"': 3, '"goods"': None, '"Not good"': None, '" good"': 1},
        ),
        (
            '{ pointer = "/q", good = [192, "ok", true], uncertain = [64], bad = [0, false] }',
            {"192": 1, '"OK"': 1, "true": 1, "64": 3, "0": 4, "false": 4, "1": None, "24": None},
        ),
        ('{ pointer = "/q" }', {"0": 1, "1073741824": 3, "2147483648": 4, "192": None, "24": None}),
        ('"/q"', {'"0"': 1, '"0x80000000"': 4, "-2147483648": 4, "-2138439680": 4, "-1": None}),
        ('"/q"', {"0": 1, "64": None, "500": None, "true": None, '"Good"': None, "1088": None}),
    ],
)
def test_a_quality_of_another_protocol_is_what_its_table_says(
    tmp_path: Path, status: str, codes: dict[str, int | None]
) -> None:
    mapping = _mapping(tmp_path, status)
    found = {code: _quality(mapping, code) for code in codes}
    wanted = {code: Qc(qc) if qc else Reason.BAD_STATUS for code, qc in codes.items()}
    assert found == wanted


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        ('"/q"', "192", '`codes = "opc_da" or "sparkplug"`'),
        ('"/q"', "true", '`codes = "boolean"`'),
        ('"/q"', '"BadNotConnected"', '`codes = "words"`'),
        ('{ pointer = "/q", codes = "opc_da" }', "500", '`codes = "sparkplug"`'),
    ],
)
def test_a_code_of_another_table_is_told_with_the_name_of_that_table(
    tmp_path: Path, status: str, code: str, told: str
) -> None:
    payload = f'{{"t": "{T}", "v": 500, "q": {code}}}'
    mapping = _mapping(tmp_path, status)
    (rejection,) = decode(message("gw/q", payload), plant(mapping).topics).rejections
    assert told in rejection.detail
    assert len(rejection.detail) < 200


def test_opc_da_codes_on_a_native_topic_are_not_taken_for_good() -> None:
    for code in (192, 64, 24, 500, 1, 3, 4096, 0x1000_0000, 2048):
        payload = f'{{"t": "{T}", "v": 500, "s": {code}}}'
        found = decode(message("mikkeli/main/jv-ft-205", payload), plant().topics)
        assert [each.reason for each in found.rejections] == [Reason.BAD_STATUS], code
        assert found.readings == []


@pytest.mark.parametrize(
    "code", [0, 0x808C_0000, 0x4090_0000, 0x0000_0400, 0x8034_0480, 0x0000_8000, 0x00A9_0502]
)
def test_opc_ua_codes_with_the_bits_that_it_knows_are_codes(code: int) -> None:
    assert is_opc_ua(code)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ('{ pointer = "q" }', 'did you mean "/q"?'),
        ('"q"', 'did you mean "/q"?'),
        ('{ pointer = "/q", codes = "opc" }', '"opc" is not one of "opc_ua", "opc_da"'),
        ('{ pointer = "/q", good = [192], bad = [192.0] }', "has the code 192.0 twice"),
        ('{ pointer = "/q", codes = "opc_da", good = [1] }', "has its codes twice"),
        ('{ pointer = "/q", good = [2026-01-01] }', "is not a code; give numbers, texts, true or"),
        ('{ pointer = "/q", good = 192 }', "must be a list in square brackets, not a number"),
        ("{ good = [192] }", "mapping.gateway.status.pointer: is missing"),
        ("192", "mapping.gateway.status: must be a table, not a number"),
    ],
)
def test_a_table_of_codes_that_is_wrong_is_told(tmp_path: Path, status: str, sentence: str) -> None:
    text = edited((TIME, f"{TIME}\nstatus = {status}"))
    with pytest.raises(SiteFileError) as caught:
        read(written(tmp_path, text))
    assert sum(sentence in problem for problem in caught.value.problems) == 1, caught.value.problems
