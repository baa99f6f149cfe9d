"""One bad number beside a good one does not cost the good one, whatever printed it."""

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.batch import prepare
from ingest.decoding.contract import decode
from ingest.decoding.nearly_json import nearly_json
from ingest.decoding.numbered import numbers_of
from ingest.decoding.rejection import Reason
from schemas.site.mapping import TopicMapping, ValueMapping
from tests.fixtures.plants import IDS, message, plant

T = '"t": "2026-11-24T11:59:00Z"'
LINE = "mikkeli/main"
LEVEL, TEMP = IDS["il1-at-411"], IDS["jv-ft-205"]
ESP = TopicMapping(
    "esp",
    "esp/tele",
    (ValueMapping("main/jv-ft-205", "/temp"), ValueMapping("main/il1-at-411", "/level")),
    time_pointer="/t",
)
NOT_FINITE = ["NaN", "nan", "-nan", "+nan", "inf", "-inf", "Infinity", "-Infinity", "INF", "NAN"]
NOT_FINITE += ["nan(ind)", "-nan(ind)", "nan(0x7ff8)", "1.#QNAN", "-1.#IND", "1.#INF", "1e999"]
NO_NUMBER = ["ovf", "****", "--", "ERR", "n/a", "None", "0x1F", "1_000", "21.5 C", "1.2.3", "", " "]
each_way = pytest.mark.parametrize(
    ("topic", "form"),
    [
        ("esp/tele", "{{{t}, {pair}}}"),
        (LINE, '{{{t}, "v": {{{pair}}}}}'),
        (LINE, '[{{"p": "jv-ft-205", {t}, "v": {bad}}}, {{"p": "il1-at-411", {t}, "v": 1.2}}]'),
    ],
    ids=["mapping", "snapshot", "list"],
)


def _payload(topic: str, form: str, bad: str) -> str:
    names = ("temp", "level") if topic == "esp/tele" else ("jv-ft-205", "il1-at-411")
    pair = f'"{names[0]}": {bad}, "{names[1]}": 1.2'
    return form.format(t=T, pair=pair, bad=bad)


@each_way
@pytest.mark.parametrize("bad", [*NOT_FINITE, *NO_NUMBER])
def test_a_number_that_is_none_does_not_take_the_good_one_along(topic, form, bad) -> None:
    found = decode(message(topic, _payload(topic, form, bad)), plant(ESP).topics)
    assert [(each.point_id, each.value) for each in found.readings] == [(LEVEL, 1.2)]
    (rejection,) = found.rejections
    assert (rejection.reason is Reason.NOT_FINITE) == (bad in NOT_FINITE)


@each_way
@pytest.mark.parametrize(
    ("printed", "value"),
    [
        *(("21.", 21.0), (".5", 0.5), ("-.5", -0.5), ("+3", 3.0), ("+.5e+01", 5.0)),
        *(("007", 7.0), ("-007.50", -7.5), ("00", 0.0), ("1.e2", 100.0), ("  21.5 ", 21.5)),
    ],
)
def test_a_number_as_c_prints_it_is_that_number(topic, form, printed, value) -> None:
    found = decode(message(topic, _payload(topic, form, printed)), plant(ESP).topics)
    assert {each.point_id: each.value for each in found.readings} == {TEMP: value, LEVEL: 1.2}
    assert found.rejections == []


@pytest.mark.parametrize(
    "around",
    [
        "{}\0",
        "{}\0\0\0\r\n",
        "\ufeff{}",
        "\n\t {} \n",
        "\ufeff{}\0",
    ],
)
def test_what_stands_around_a_document_is_nothing_to_it(around: str) -> None:
    for topic, text in (
        (LINE, f'{{{T}, "v": {{"jv-ft-205": 5,}},}}'),
        (LINE, f'[{{"p": "jv-ft-205", {T}, "v": 5}},]'),
        ("mikkeli/main/jv-ft-205", "5"),
        ("esp/tele", f'{{{T}, "temp": 5, "unit": "x"}}'),
    ):
        found = decode(message(topic, around.format(text)), plant(ESP).topics)
        assert [each.value for each in found.readings] == [5.0], (topic, found)


def test_a_letter_of_another_encoding_does_not_cost_the_number_beside_it() -> None:
    text = f'{{{T}, "temp": 5, "unit": "°C"}}'
    for raw in (text.encode("latin-1"), text.encode("utf-16")):
        (reading,) = decode(message("esp/tele", raw), plant(ESP).topics).readings
        assert reading.value == 5.0


@pytest.mark.parametrize(
    "text",
    [
        '{"t": 1, "v": {"a": 1',
        '{"v": 21,5}',
        "2026-11-24;563,2",
        "ovf",
        '["a" "b"]',
        "{1: 2}",
        '"',
        "{'t': 1}",
    ],
)
def test_what_would_have_to_be_guessed_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"char|delimiter|value"):
        nearly_json(text.encode())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
@pytest.mark.parametrize("behind", ["", "\0", "\r\n"])
def test_utf_16_and_32_are_known_by_their_zeros(encoding: str, behind: str) -> None:
    for topic, text in (
        ("mikkeli/main/jv-ft-205", "563.2"),
        ("mikkeli/main/jv-ft-205", "5"),
        (LINE, f'{{{T}, "v": {{"jv-ft-205": 5, "lämpö €": 1}}}}'),
    ):
        found = decode(message(topic, (text + behind).encode(encoding)), plant().topics)
        assert [each.value for each in found.readings] == [float(text) if text[0] == "5" else 5.0]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
def test_a_key_and_a_word_with_letters_of_an_old_controller_are_those_letters(
    encoding: str,
) -> None:
    values = (
        ValueMapping("main/jv-ft-205", "/lämpö"),
        ValueMapping("main/il1-at-411", "/tila", states={"Käy": 1.0}),
    )
    mapping = TopicMapping("esp", "esp/tele", values, time_pointer="/t")
    raw = f'{{{T}, "lämpö": 5, "tila": "Käy"}}'.encode(encoding)
    found = decode(message("esp/tele", raw), plant(mapping).topics)
    assert [each.value for each in found.readings] == [5.0, 1.0]
    word = TopicMapping(
        "esp", "esp/tele", (ValueMapping("main/jv-ft-205", "", states={"Käy": 1.0}),)
    )
    found = decode(message("esp/tele", "Käy\r\n".encode(encoding)), plant(word).topics)
    assert [each.value for each in found.readings] == [1.0]


def test_a_broken_letter_does_not_change_the_others() -> None:
    assert nearly_json('{"ä": "\xff"}'.encode().replace(b"\xc3\xbf", b"\xff")) == {"ä": "ÿ"}


def test_a_numbered_message_with_a_nan_is_not_missing() -> None:
    table = plant().topics
    assert numbers_of(message(LINE, f'{{{T}, "v": {{"a": nan}}, "n": 5}}'), table) == [5]


def test_a_message_with_a_nan_is_stored_like_any_other() -> None:
    good, bad = (_payload(LINE, '{{{t}, "v": {{{pair}}}}}', raw) for raw in ("1", "nan"))
    batch = prepare([message(LINE, good), message(LINE, bad)], plant())
    assert sorted(batch.rows.value.tolist()) == [1.0, 1.2]
    assert batch.duplicates == 1


leaves = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text()
documents = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)


@given(document=documents, spaced=st.booleans())
def test_real_json_is_read_as_it_is(document: object, spaced: bool) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1 if spaced else None)
    found = nearly_json(text.encode(errors="surrogatepass"))
    if not any(letter in text for letter in ("\ud800", "NaN")) and text.isprintable():
        assert found == json.loads(text)


@given(payload=st.binary() | st.text(alphabet='{}[]:,"\\naif.+-0e1 ').map(str.encode))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    try:
        found = nearly_json(payload)
    except (ValueError, RecursionError):
        return
    assert found is None or isinstance(found, str | float | int | list | dict)


@pytest.mark.parametrize("part", [b'"\\', b'"', b"[nan,", b'{"a":', b"1.", b"\\", b"a ", b"nan "])
def test_half_a_megabyte_of_nonsense_takes_no_longer_than_its_length(part: bytes) -> None:
    began_s = time.process_time()
    for size in (1, 2):
        with pytest.raises((ValueError, RecursionError)):
            nearly_json(b"[" + part * (size * 262_144 // len(part)))
    assert time.process_time() - began_s < 8


def test_infinity_keeps_its_sign() -> None:
    found = nearly_json(b"[inf, -inf, -1.#INF, nan]")
    assert found[:3] == [math.inf, -math.inf, -math.inf]
    assert math.isnan(found[3])
