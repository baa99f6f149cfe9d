"""What turns or hides text is shown as an escape wherever somebody's words appear."""

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator

import pyarrow.parquet as pq
import pytest

from tests.fixtures.web import Answer, Web, serving
from tests.fixtures.web_calls import Caller

HIDDEN = "\u202e\u2066\u200b\u3164"
SHOWN = "\\u202e\\u2066\\u200b\\u3164"
# Every text that somebody can write, by the tables that hold it.
WRITTEN = {
    "site": "name = replace(name::text, '\"}', %s || '\"}')::jsonb",
    "line": "name = replace(name::text, '\"}', %s || '\"}')::jsonb",
    "trial": "name = replace(name::text, '\"}', %s || '\"}')::jsonb",
    "company": "name = name || %s",
    "account": "display_name = display_name || %s",
    "trial_entry": "title = title || %s, body = body || %s",
    "note": "body = body || %s",
    "point": "name = replace(name::text, '\"}', %s || '\"}')::jsonb, tag = tag || %s",
    "point_definition": "note = note || %s",
    "instrument": "description = description || %s",
    "limit_set": "source = source || %s",
    "device_token": "name = name || %s",
}


@pytest.fixture(scope="module")
def hidden(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Both companies, with hidden characters in all that they and the plant wrote."""
    with serving(migrated_module_url, tmp_path_factory.mktemp("hidden")) as web:
        for table, change in WRITTEN.items():
            words = [HIDDEN] * change.count("%s")
            web.tenants.owner(f"UPDATE {table} SET {change}", *words)
        yield web


def _hidden_in(text: str) -> set[str]:
    """Return what is hidden in a text, but for our own hyphens inside of words."""
    text = re.sub("(?<=[^\\W\\d_])\u00ad(?=[^\\W\\d_])", "", text)
    return {
        f"U+{ord(c):04X}"
        for c in set(text)
        if c in HIDDEN or (unicodedata.category(c) in {"Cc", "Cf"} and c not in "\n\r\t\ufeff")
    }


def _text(answer: Answer) -> str:
    try:
        return json.dumps(json.loads(answer.body), ensure_ascii=False)
    except ValueError:
        return answer.text


@pytest.mark.parametrize("viewer", ["alpha", "engineer"])
def test_no_page_holds_a_character_that_nobody_sees(hidden: Web, viewer: str) -> None:
    caller, shown = Caller(hidden, viewer), 0
    calls = [call for path in caller.page_paths(("1", "2")) for call in caller.pages(path)]
    calls += [caller.call(one, place) for one in caller.callbacks for place in caller.places(one)]
    answers = [hidden.call(viewer, call.body) for call in calls]
    answers += [hidden.ask(viewer, path) for path in ("/", "/_dash-layout", "/trials/1")]
    for answer in answers:
        text = _text(answer)
        assert not _hidden_in(text), text[:500]
        shown += text.count("\\\\u202e")
    assert shown > 10


def test_no_file_of_a_package_holds_a_character_that_nobody_sees(hidden: Web) -> None:
    answer = hidden.ask("alpha", "/trials/1/package")
    assert answer.status == 200
    with zipfile.ZipFile(io.BytesIO(answer.body)) as package:
        for name in package.namelist():
            data = package.read(name)
            text = str(pq.read_table(io.BytesIO(data))) if data[:4] == b"PAR1" else data.decode()
            assert not _hidden_in(text), name
        journal = json.loads(package.read("journal.json"))
    assert all(entry["title"].endswith(SHOWN) for entry in journal)
