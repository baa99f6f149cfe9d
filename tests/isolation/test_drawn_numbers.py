"""Numbers that leave the house do not tell how much others write."""

import io
import json
import re
import zipfile
from itertools import pairwise

from tests.fixtures.web import Web


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


def test_the_number_of_a_trial_is_drawn_and_not_counted(web: Web) -> None:
    drawn = [
        number
        for at in range(20)
        for (number,) in web.tenants.owner(
            "INSERT INTO trial (line_id, company_id, key, name, source_stream, starts_at, ends_at,"
            " verified) VALUES (2, 1, %s, '{}', 'permeate', now(), now() + INTERVAL '1 day', false)"
            " RETURNING trial_id",
            f"drawn-{at}",
        )
    ]
    assert all(len(str(number)) == 9 for number in drawn)
    assert len(set(drawn)) == len(drawn)
    steps = {later - earlier for earlier, later in pairwise(drawn)}
    assert len(steps) == len(drawn) - 1
    assert sorted(drawn) not in (drawn, drawn[::-1])
