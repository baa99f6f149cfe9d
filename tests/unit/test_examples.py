"""The payload examples: the decoder, the JSON Schema and the documentation say the same."""

import json
import math
import re
from pathlib import Path

import jsonschema
import msgspec
import pytest

from ingest.batch import prepare
from ingest.decoding.rejection import Reason
from schemas.site.mapping import TopicMapping
from tests.fixtures.plants import KEYS, message, plant, us

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs/mqtt.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "schemas/payload_v1.schema.json").read_text(encoding="utf-8"))
FILES = sorted((ROOT / "schemas/examples").glob("*.json"))
EXAMPLES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
BROKEN = {"not_finite", "wrong_type", "stamp_without_zone", "no_stamp", "bad_stamp", "bad_status"}

NATIVE = [name for name, example in EXAMPLES.items() if "mapping" not in example]

each_example = pytest.mark.parametrize("name", EXAMPLES)


def _text(example: dict) -> str:
    return example.get("text") or json.dumps(example["payload"])


@each_example
def test_an_example_becomes_what_it_says(name: str) -> None:
    example = EXAMPLES[name]
    mappings = [example["mapping"]] if "mapping" in example else []
    here = plant(*(msgspec.convert(mapping, TopicMapping) for mapping in mappings))
    batch = prepare([message(example["topic"], _text(example), example["received"])], here)
    rows = batch.rows
    found = [
        (KEYS[point_id], ts_us, None if math.isnan(value) else value, qc)
        for point_id, ts_us, value, qc in zip(
            rows.point_id.tolist(),
            rows.ts_us.tolist(),
            rows.value.tolist(),
            rows.qc.tolist(),
            strict=True,
        )
    ]
    wanted = [(key, us(t), value, qc) for key, t, value, qc in example["readings"]]
    assert sorted(found) == sorted(wanted)
    rejected = [(rejection.reason.value, rejection.detail) for _, rejection in batch.rejected]
    assert [reason for reason, _ in rejected] == [reason for reason, _ in example["rejections"]]
    for (_, detail), (_, part) in zip(rejected, example["rejections"], strict=True):
        assert detail.startswith(f"{part}: " if part else detail)


@pytest.mark.parametrize("name", NATIVE)
def test_the_schema_agrees_with_the_decoder(name: str) -> None:
    example = EXAMPLES[name]
    validator = jsonschema.Draft202012Validator(SCHEMA)
    reasons = {reason for reason, _ in example["rejections"]}
    valid = "payload" in example and validator.is_valid(example["payload"])
    assert valid == (not reasons & BROKEN)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_documentation_shows_the_examples_as_they_are() -> None:
    shown = re.findall(r"<!-- example: (\w+) -->\n```json\n(.*?)```", DOCS, re.DOTALL)
    assert len(shown) >= 8
    for name, text in shown:
        example = EXAMPLES[name]
        if "text" in example:
            assert text.strip() == example["text"]
        else:
            assert json.loads(text) == example["payload"], name


@pytest.mark.parametrize("reason", Reason)
def test_the_documentation_explains_each_reason(reason: Reason) -> None:
    assert f"| `{reason.value}` | {reason.sentence} |" in DOCS
