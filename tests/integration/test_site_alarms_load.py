"""A load keeps alarms as dated rows, and says which points they ask."""

from datetime import UTC, datetime
from pathlib import Path

from deploy.demo.demo_plant import DEMO_SITE
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.ingest_process import rows

T1, T2, T3 = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3))


def test_the_demo_plant_has_alarms_with_consequence_and_action_in_three_languages(
    migrated_url: str,
) -> None:
    load(migrated_url, read(DEMO_SITE), now=T1)
    found = rows(
        migrated_url,
        "SELECT key, consequence, action FROM alarm_definition JOIN alarm USING (alarm_id)",
    )
    assert len(found) >= 12
    for key, *texts in found:
        for text in texts:
            assert set(text) == {"fi", "sv", "en"}, key
    of_site = rows(
        migrated_url,
        "SELECT key FROM alarm a WHERE NOT EXISTS "
        "(SELECT FROM alarm_point p WHERE p.alarm_id = a.alarm_id)",
    )
    assert of_site == [("nothing_arrives",)]


def test_a_changed_alarm_is_a_new_dated_row_and_one_that_is_gone_ends(migrated_url: str) -> None:
    site = read(DEMO_SITE).model_copy(update={"alarm": ()})
    load(migrated_url, site, now=T1)
    assert not load(migrated_url, site, now=T2).changed
    alarm = {
        "key": "inflow-high",
        "point": "main/ken-ft-101",
        "above": 1800.0,
        "name": {"fi": "a", "sv": "b", "en": "c"},
    }
    model = type(site).model_fields["alarm"].annotation.__args__[0]
    for number, now in ((1800.0, T2), (1900.0, T3)):
        wanted = site.model_copy(update={"alarm": (model(**alarm | {"above": number}),)})
        report = load(migrated_url, wanted, now=now)
        assert report.changed
    load(migrated_url, site, now=datetime(2026, 11, 4, tzinfo=UTC))
    found = rows(
        migrated_url,
        "SELECT condition->'above', (SELECT count(*) FROM alarm_point p WHERE p.alarm_id = "
        "d.alarm_id AND p.valid_from = d.valid_from) FROM alarm_definition d JOIN alarm "
        "USING (alarm_id) WHERE key = 'inflow-high' ORDER BY valid_from",
    )
    assert found == [(1800.0, 1), (1900.0, 1), (None, 0)]


PLANT = """
[site]
key = "s"
name = { fi = "L", en = "P", sv = "V" }
time_zone = "Europe/Helsinki"
[[line]]
key = "main"
kind = "main"
name = { fi = "L", en = "L", sv = "L" }
[[alarm]]
key = "of-role"
kind = "pumping_station"
role = "level"
above = 3
priority = "diagnostic"
name = { fi = "L", en = "L", sv = "L" }
"""
STATION = """
[[asset]]
key = "ps_{0}"
kind = "pumping_station"
[[point]]
key = "lt-{0}"
tag = "LT-{0}"
role = "ps_{0}.level"
unit = "m"
"""


def test_an_asset_that_comes_and_goes_has_its_alarm_of_the_role_meanwhile(
    migrated_url: str, tmp_path: Path
) -> None:
    def load_stations(now: datetime, *numbers: int) -> dict[str, str]:
        path = tmp_path / "site.toml"
        path.write_text(PLANT + "".join(STATION.format(each) for each in numbers))
        load(migrated_url, read(path), now=now)
        return _newest(migrated_url)

    first, second = "of-role:main/lt-1", "of-role:main/lt-2"
    assert load_stations(T1, 1) == {first: "watched"}
    assert load_stations(T2, 1, 2) == {first: "watched", second: "watched"}
    assert load_stations(T3, 1) == {first: "watched", second: "ended"}
    kept = "SELECT count(*) FROM alarm_definition JOIN alarm USING (alarm_id) WHERE key = %s"
    assert rows(migrated_url, kept, second) == [(2,)]


def _newest(url: str) -> dict[str, str]:
    """Return whether alarms of the role are watched."""
    found = rows(
        url,
        "SELECT DISTINCT ON (key) key, CASE WHEN name IS NULL THEN 'ended' ELSE 'watched' END "
        "FROM alarm_definition JOIN alarm USING (alarm_id) WHERE key LIKE 'of-role:%%' "
        "ORDER BY key, valid_from DESC",
    )
    return dict(found)
