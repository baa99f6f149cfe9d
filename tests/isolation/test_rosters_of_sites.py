"""The roster of a site names nobody of another, and its page goes by its own country."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.notification.roster import holiday_name, monday_of
from dashboard.pages.roster.page import WEEKS_SHOWN
from dashboard.store.errors import EntryUnfit, NotAllowed
from dashboard.store.roster import last_messages, persons, roster, set_week
from tests.fixtures.second_site import OTHER, add_second_site
from tests.fixtures.tenants import Tenants
from tests.fixtures.web import Web, serving
from tests.fixtures.web_calls import Caller

MONDAY = date(2026, 11, 23)
STAFF = {
    "s": {"operator", "engineer", "administrator", "both"},
    "t": {"other-operator", "other-engineer", "other-administrator", "both"},
}


@pytest.fixture(scope="module")
def web(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Two sites in a running dashboard."""
    with serving(migrated_module_url, tmp_path_factory.mktemp("rosters")) as found:
        add_second_site(found.tenants)
        found.open_session("both")
        yield found


@pytest.fixture(scope="module")
def sites(web: Web) -> Tenants:
    return web.tenants


def _write(sites: Tenants, viewer: str, site: str, duty: str, second: str = "") -> None:
    with sites.viewing(viewer) as connection:
        set_week(connection, site, MONDAY, duty, second)


def _names(sites: Tenants, viewer: str, site: str) -> set[str]:
    with sites.viewing(viewer) as connection:
        return {one.login for one in persons(connection, site)}


@pytest.mark.parametrize("site", STAFF)
def test_the_persons_of_a_roster_are_those_of_its_site(sites: Tenants, site: str) -> None:
    assert _names(sites, "both", site) == STAFF[site]
    own, other = ("engineer", "other-engineer")[:: 1 if site == "s" else -1]
    assert _names(sites, own, site) == STAFF[site]
    for viewer in (other, "alpha", "gamma", "guest", "nowhere", "Control room"):
        assert _names(sites, viewer, site) == set(), viewer


@pytest.mark.parametrize(("duty", "second"), [("operator", ""), ("other-operator", "operator")])
def test_somebody_of_one_site_is_not_put_on_the_roster_of_the_other(
    sites: Tenants, duty: str, second: str
) -> None:
    before = sites.owner("SELECT * FROM roster_week")
    for viewer in ("both", "other-engineer"):
        with pytest.raises(EntryUnfit) as refused:
            _write(sites, viewer, "t", duty, second)
        with pytest.raises(EntryUnfit) as unknown:
            _write(sites, viewer, "t", "no-such-login")
        assert str(refused.value) == str(unknown.value)
    with pytest.raises(NotAllowed):
        _write(sites, "engineer", "t", "operator")
    assert sites.owner("SELECT * FROM roster_week") == before


def test_who_leaves_a_site_is_a_hole_in_its_roster_and_is_named_to_nobody(sites: Tenants) -> None:
    _write(sites, "other-engineer", "t", "other-operator", "both")
    moved = "UPDATE account_site SET site_id = %s FROM account a WHERE a.login = 'other-operator'"
    moved += " AND a.account_id = account_site.account_id"
    try:
        sites.owner(moved, 1)
        with sites.viewing("other-engineer") as connection:
            (week,) = roster(connection, "t", MONDAY, 1)
        assert (week.duty, week.duty_name, week.second) == (None, None, "both")
    finally:
        sites.owner(moved, 2)
    with sites.viewing("other-engineer") as connection:
        assert roster(connection, "t", MONDAY, 1)[0].duty == "other-operator"
    with sites.viewing("engineer") as connection:
        assert roster(connection, "t", MONDAY, 1)[0].duty is None


def test_how_messages_went_is_told_to_staff_of_their_site(sites: Tenants) -> None:
    sites.owner(
        "INSERT INTO message (site_id, unique_key, kind, recipient, channel, subject, body,"
        " created_at, next_try_at)"
        " VALUES (2, 'k', 'alarm', 'other-operator', 0, '', '', now(), now())"
    )
    for viewer, count in (("other-operator", 1), ("both", 1), ("operator", 0), ("gamma", 0)):
        with sites.viewing(viewer) as connection:
            assert len(last_messages(connection, "t")) == count, viewer


def _holidays(country: str) -> set[str]:
    first = monday_of(datetime.now(UTC).date()) + timedelta(weeks=1)
    days = [first + timedelta(days=n) for n in range(7 * (WEEKS_SHOWN - 2))]
    return {name for day in days if (name := holiday_name(country, day))}


def test_a_plant_in_another_country_was_shown_the_holidays_of_ours(web: Web) -> None:
    # Between them they have a holiday in any two months of a year.
    countries = ("US", "JP", "FI")
    named = {country: _holidays(country) for country in countries}
    assert any(named.values())
    (call,) = Caller(web, "both").pages("/alarms/roster")
    for country in (*countries, None):
        web.tenants.owner("UPDATE site SET country = %s WHERE key = 't'", country)
        answer = web.ask(
            "both",
            "/site/t/_dash-update-component",
            method="POST",
            body=json.dumps(call.body).encode(),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status == 200
        shown = json.dumps(json.loads(answer.body), ensure_ascii=False)
        assert f"{OTHER} operator" in shown
        assert "PLANT operator" not in shown
        own = named.get(country or "", set())
        assert all(name in shown for name in own), country
        assert not [name for name in set().union(*named.values()) - own if name in shown], country
