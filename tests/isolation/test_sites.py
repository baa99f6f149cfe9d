"""Two sites in one database: who is for one learns nothing of the other, not that it is there."""

from datetime import date

import psycopg
import pytest

from dashboard.store.access_log import entries
from dashboard.store.errors import EntryUnfit, NotAllowed
from dashboard.store.notes import NewNote, add_note
from dashboard.store.plant import NOTHING, read_plant
from dashboard.store.sites import read_sites
from dashboard.store.trial_setup import (
    Invitation,
    NewTrial,
    add_trial,
    companies,
    guests,
    invite,
    lines,
)
from tests.fixtures.second_site import (
    FIRST_STAFF,
    OTHER,
    OTHER_VALUE,
    SECOND_STAFF,
    SEES_OF_SITES,
    add_second_site,
)
from tests.fixtures.tenants import VALUES, Tenants, seed
from tests.fixtures.years import NOW

CANARIES = {**VALUES, OTHER: OTHER_VALUE}
ALWAYS = {"viewer", "account"}  # what somebody sees of itself


@pytest.fixture(scope="module")
def sites(migrated_module_url: str) -> Tenants:
    found = seed(migrated_module_url)
    add_second_site(found)
    return found


def _seen(sites: Tenants, viewer: str) -> dict[str, str]:
    views = sites.owner(
        "SELECT relname FROM pg_class WHERE relnamespace = 'visible'::regnamespace ORDER BY 1"
    )
    with sites.viewing(viewer) as connection:
        return {
            view: "\n".join(
                row[0] for row in connection.execute(f"SELECT v::text FROM visible.{view} v")
            )
            for (view,) in views
        }


def _canaries(text: str) -> set[str]:
    return {name for name, value in CANARIES.items() if name in text or f"{value:g}" in text}


@pytest.mark.parametrize("viewer", SEES_OF_SITES)
def test_every_view_holds_the_sites_of_the_viewer_and_no_other(sites: Tenants, viewer: str) -> None:
    seen = _seen(sites, viewer)
    for view, text in seen.items():
        assert _canaries(text) <= SEES_OF_SITES[viewer], f"visible.{view}: {text[:300]}"
    assert _canaries("\n".join(seen.values())) == SEES_OF_SITES[viewer]


@pytest.mark.parametrize("viewer", [*FIRST_STAFF, *SECOND_STAFF, "alpha", "gamma", "Lobby"])
def test_nothing_counts_what_is_at_the_other_site(sites: Tenants, viewer: str) -> None:
    own = 2 if viewer in {*SECOND_STAFF, "gamma"} else 1
    with sites.viewing(viewer) as connection:
        assert [site.key for site in read_sites(connection)] == [("s", "t")[own - 1]]
        for view in ("point", "latest", "limit_value", "point_role"):
            points = connection.execute(f"SELECT point_id FROM visible.{view}").fetchall()
            assert all((point > 4) == (own == 2) for (point,) in points), view


def test_what_could_not_be_read_is_counted_for_the_site_that_its_topic_begins_with(
    sites: Tenants,
) -> None:
    seen = {viewer: _seen(sites, viewer)["quarantine_summary"] for viewer in SEES_OF_SITES}
    assert {viewer for viewer, text in seen.items() if "of no site" in text} == {"both"}
    assert {viewer for viewer, text in seen.items() if OTHER in text} == {"both", *SECOND_STAFF}
    assert {viewer for viewer, text in seen.items() if "BETA" in text} == {"both", *FIRST_STAFF}


def test_an_account_that_is_for_no_site_sees_nothing(sites: Tenants) -> None:
    for view, text in _seen(sites, "nowhere").items():
        assert not text or view in ALWAYS, view


def test_a_guest_of_a_trial_sees_its_site_and_no_other(sites: Tenants) -> None:
    with sites.viewing("gamma-guest") as connection:
        assert [site.key for site in read_sites(connection)] == ["t"]
        assert read_plant(connection, NOW, "s") == NOTHING
        assert set(read_plant(connection, NOW, "t").all_points) == {"main/reference", "hall/gamma"}
    with sites.viewing("early") as connection:
        assert [site.key for site in read_sites(connection)] == ["s"]


def test_a_trial_gives_away_no_point_of_another_site(sites: Tenants) -> None:
    rows = sites.rows("gamma", "SELECT DISTINCT point_id FROM visible.point_window ORDER BY 1")
    assert rows == [(5,), (6,)]
    listed = sites.rows("gamma", "SELECT point_id FROM visible.trial_point WHERE trial_id = 4")
    assert listed == []


def test_a_plant_is_that_of_the_site_that_was_asked_for(sites: Tenants) -> None:
    with sites.viewing("both") as connection:
        first, second = (read_plant(connection, NOW, key) for key in ("s", "t"))
    assert (first.key, str(first.zone)) == ("s", "Europe/Helsinki")
    assert (second.key, str(second.zone)) == ("t", "Asia/Kathmandu")
    assert set(second.points) == {"main/reference", "hall/gamma"}
    assert first.points["main/reference"].point_id != second.points["main/reference"].point_id


@pytest.mark.parametrize(
    ("viewer", "others"), [("engineer", SECOND_STAFF), ("other-engineer", FIRST_STAFF)]
)
def test_the_access_log_of_an_engineer_names_nobody_of_the_other_site(
    sites: Tenants, viewer: str, others: tuple[str, ...]
) -> None:
    names = {
        name
        for (name,) in sites.owner(
            "SELECT display_name FROM account WHERE login = ANY (%s)", list(others)
        )
    }
    with sites.viewing(viewer) as connection:
        told = entries(connection)
        assert told
        assert not names & {entry.who for entry in told}
        assert {company.key for company in companies(connection)} == (
            {"alpha", "beta"} if viewer == "engineer" else {"gamma"}
        )
        assert {guest.login for guest in guests(connection)} == (
            {"guest", "early"} if viewer == "engineer" else {"gamma-guest"}
        )
        assert {line.site for line in lines(connection)} == {"s" if viewer == "engineer" else "t"}


def _trial(**changes: object) -> NewTrial:
    facts: dict[str, object] = {
        "line_id": 2,
        "company_id": 1,
        "key": "new",
        "name": {"fi": "U", "sv": "N", "en": "N"},
        "source_stream": "permeate",
        "first_day": date(2099, 1, 1),
        "last_day": date(2099, 2, 1),
        "points": [3],
    }
    return NewTrial(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [{"line_id": 4}, {"company_id": 3}, {"points": [6]}, {"line_id": 4, "points": [6]}],
    ids=["line", "company", "point", "all"],
)
def test_an_engineer_of_one_site_makes_no_trial_with_what_is_of_the_other(
    sites: Tenants, changes: dict[str, object]
) -> None:
    with sites.viewing("engineer") as connection:
        with pytest.raises((NotAllowed, EntryUnfit)):
            add_trial(connection, _trial(**changes))
        connection.rollback()
    assert sites.owner("SELECT count(*) FROM trial") == [(4,)]


def test_a_trial_of_one_site_takes_no_point_of_the_other_from_who_sees_both(
    sites: Tenants,
) -> None:
    with sites.viewing("both") as connection:
        with pytest.raises(EntryUnfit):
            add_trial(connection, _trial(points=[3, 6]))
        number = add_trial(connection, _trial())
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("INSERT INTO trial_point VALUES (%s, 6)", (number,))
        with pytest.raises(psycopg.errors.ForeignKeyViolation), connection.transaction():
            connection.execute(
                "SELECT visible.change_trial(%s, 1, '{}', 'permeate', '2099-01-01', '2099-02-01',"
                " NULL, NULL, ARRAY[3, 6])",
                (number,),
            )
        connection.rollback()


def test_nobody_is_invited_to_or_from_the_other_site(sites: Tenants) -> None:
    stranger, own = (
        int(sites.viewers[login].removeprefix("account:")) for login in ("gamma-guest", "guest")
    )
    for trial, account in ((1, stranger), (3, own)):
        with sites.viewing("engineer") as connection:
            with pytest.raises(NotAllowed):
                invite(connection, Invitation(trial, account, NOW))
            connection.rollback()


@pytest.mark.parametrize(
    "place", [{"point_id": 5}, {"trial_id": 3}, {"trial_id": 1, "point_id": 6}]
)
def test_no_note_is_written_at_the_other_site(sites: Tenants, place: dict[str, int]) -> None:
    with sites.viewing("operator") as connection:
        with pytest.raises(NotAllowed):
            add_note(connection, NewNote("seen", NOW, **place))  # type: ignore[arg-type]
        connection.rollback()


def test_a_site_that_is_taken_is_gone_at_once_and_given_it_is_back(sites: Tenants) -> None:
    try:
        sites.owner(
            "DELETE FROM account_site USING site WHERE site.site_id = account_site.site_id"
            " AND key = 't' AND account_id = (SELECT account_id FROM account WHERE login = 'both')"
        )
        assert _canaries("\n".join(_seen(sites, "both").values())) == set(VALUES)
    finally:
        sites.owner(
            "INSERT INTO account_site SELECT account_id, site_id FROM account, site"
            " WHERE login = 'both' AND key = 't'"
        )
    assert OTHER in _canaries("\n".join(_seen(sites, "both").values()))
