"""Browsers in which people are told of alarms: each sees and ends their own; no company has any."""

import psycopg
import pytest

from dashboard.limits.settings import LimitSettings
from dashboard.limits.writing import write_limits
from dashboard.store.database import Database
from dashboard.store.errors import EntryUnfit, LimitReached, NotAllowed
from dashboard.store.push_devices import NewDevice, OwnDevice, end, own, renew, subscribe
from tests.fixtures.push_service import BrowserKeys
from tests.fixtures.tenants import Tenants, seed

KEY = "B" * 87
STAFF = ("operator", "engineer", "administrator")


@pytest.fixture(scope="module")
def tenants(migrated_module_url: str) -> Tenants:
    return seed(migrated_module_url)


@pytest.fixture(autouse=True)
def _none(tenants: Tenants) -> None:
    tenants.owner("DELETE FROM push_subscription")


def _device(name: str, endpoint: str | None = None) -> NewDevice:
    keys = BrowserKeys()
    where = f"https://fcm.googleapis.com/{name}" if endpoint is None else endpoint
    return NewDevice(where, keys.p256dh, keys.auth, "fi", "Firefox · Linux")


def _subscribe(tenants: Tenants, viewer: str, name: str, **limits: int) -> None:
    allowed = {**write_limits(LimitSettings()), **limits}
    database = Database(tenants.url, max_connections=2, query_timeout_s=20, write_limits=allowed)
    database.start()
    try:
        with database.open_to_write(tenants.viewers[viewer]) as connection:
            subscribe(connection, _device(name), KEY)
    finally:
        database.stop()


def _own(tenants: Tenants, viewer: str) -> list[OwnDevice]:
    with tenants.viewing(viewer) as connection:
        return list(own(connection))


def test_a_person_sees_and_ends_their_own_browsers_and_no_others(tenants: Tenants) -> None:
    for viewer in STAFF:
        _subscribe(tenants, viewer, viewer)
    (mine,) = _own(tenants, "operator")
    (theirs,) = _own(tenants, "engineer")
    assert mine.subscription_id != theirs.subscription_id
    with tenants.viewing("operator") as connection:
        with pytest.raises(NotAllowed):
            end(connection, theirs.subscription_id)
        with pytest.raises(NotAllowed):
            end(connection, 1)
        end(connection, mine.subscription_id)
        assert not own(connection)
    assert _own(tenants, "engineer") == [theirs]


def test_who_is_no_staff_has_no_browser_told_and_sees_none(tenants: Tenants) -> None:
    _subscribe(tenants, "operator", "phone")
    for viewer in ("alpha", "beta", "guest", "Control room", "Lobby"):
        with tenants.viewing(viewer) as connection:
            assert not own(connection), viewer
            with pytest.raises(NotAllowed):
                subscribe(connection, _device("theirs"), KEY)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT endpoint FROM public.push_subscription")
    assert len(_own(tenants, "operator")) == 1


def test_a_browser_tells_whoever_chose_it_last(tenants: Tenants) -> None:
    _subscribe(tenants, "operator", "desk of the control room")
    _subscribe(tenants, "engineer", "desk of the control room")
    assert not _own(tenants, "operator")
    assert len(_own(tenants, "engineer")) == 1


def test_a_browser_with_another_address_stays_its_persons_and_can_be_made_nobody_elses(
    tenants: Tenants,
) -> None:
    _subscribe(tenants, "operator", "phone")
    (mine,) = _own(tenants, "operator")
    for viewer in ("engineer", "alpha"):
        with tenants.viewing(viewer) as connection, pytest.raises(NotAllowed):
            renew(connection, mine.digest, _device("moved"), KEY)
    with tenants.viewing("operator") as connection:
        renew(connection, mine.digest, _device("moved"), KEY)
        (moved,) = own(connection)
        assert (moved.label, moved.digest != mine.digest) == (mine.label, True)
        with pytest.raises(NotAllowed):  # what was ended stays so
            renew(connection, mine.digest, _device("again"), KEY)


def test_an_account_has_so_many_browsers_and_all_together_so_many(tenants: Tenants) -> None:
    limits = {"push_devices_per_account": 2, "push_devices": 3}
    for name in ("a", "b", "b"):  # one that asks anew is no further one
        _subscribe(tenants, "operator", name, **limits)
    with pytest.raises(LimitReached, match="push_devices_per_account allows 2"):
        _subscribe(tenants, "operator", "c", **limits)
    _subscribe(tenants, "engineer", "d", **limits)  # who is not held up by that
    with pytest.raises(LimitReached, match="push_devices allows 3"):
        _subscribe(tenants, "administrator", "e", **limits)


@pytest.mark.parametrize(
    "unfit",
    [
        _device("x", "http://fcm.googleapis.com/x"),
        _device("x", "https://" + "x" * 1_000),
        NewDevice("https://fcm.googleapis.com/x", b"short", b"sixteen bytes ok", "fi", "x"),
    ],
)
def test_what_is_no_browser_is_not_kept(tenants: Tenants, unfit: NewDevice) -> None:
    with tenants.viewing("operator") as connection, pytest.raises(EntryUnfit):
        subscribe(connection, unfit, KEY)


@pytest.mark.parametrize("change", ["disabled_at = now()", "role = 'guest', all_sites = false"])
def test_who_leaves_the_staff_is_told_nothing_more(tenants: Tenants, change: str) -> None:
    _subscribe(tenants, "operator", "phone")
    with psycopg.connect(tenants.url) as connection:
        connection.execute(f"UPDATE account SET {change} WHERE login = 'operator'".encode())
        left = connection.execute("SELECT FROM push_subscription").fetchall()
        connection.rollback()
    assert not left
