"""What lives as long as the process: database, plants, key figures, feeds, sessions."""

from dataclasses import dataclass, replace

from dash import get_app

from dashboard.auth.auth_store import AuthStore
from dashboard.auth.session_cache import SessionCache
from dashboard.limits.connections import KnownAddresses
from dashboard.limits.known_browsers import KnownBrowsers
from dashboard.limits.refusals import Refusals
from dashboard.limits.turns import TurnLimits, Turns
from dashboard.limits.writing import write_limits
from dashboard.live.streams import Access, Feeds, StreamLimits
from dashboard.settings import DashboardSettings
from dashboard.store.database import Database
from dashboard.store.kpi_cache import KpiCache
from dashboard.store.plant import Plants
from dashboard.store.unknown_topics import Suggest
from schemas.catalogue.key_figures import key_figures

# Requests of an unknown browser take turns too: a crowd costs those who are known next to nothing.
STRANGERS_AT_ONCE = 4
FROM_KNOWN_ADDRESSES_AT_ONCE = 2  # besides: there no crowd is before them
STRANGERS_OF_ONE_ADDRESS = 2
STRANGERS_WAITING_MAX = 1_000


@dataclass(frozen=True)
class PushOffer:
    """By which key browsers may be told of alarms (None: by none), and through which hosts."""

    key: str | None
    hosts: str


@dataclass(frozen=True)
class Services:
    """One of each, made once."""

    database: Database
    plants: Plants
    kpis: KpiCache
    feeds: Feeds
    auth_store: AuthStore
    session_cache: SessionCache
    refusals: Refusals
    turns: Turns
    guest_calls: Turns
    stranger_calls: Turns
    known_addresses: KnownAddresses
    known_browsers: KnownBrowsers
    suggest: Suggest
    push: PushOffer


def make_services(settings: DashboardSettings, suggest: Suggest) -> Services:
    """Make all services; nothing connects yet.

    The catalogue is read now: what contradicts itself in it is told at start, and no page waits.
    """
    key_figures()
    database = Database(
        settings.database_url.get_secret_value(),
        max_connections=settings.dashboard_pool_max_connections,
        query_timeout_s=settings.dashboard_query_timeout_s,
        write_limits=write_limits(settings),
    )
    auth_store, plants, kpis = (
        AuthStore(database.pool, settings.totp_keys),
        Plants(database),
        KpiCache(database.open),
    )
    session_cache = SessionCache(auth_store)

    refusals = Refusals()
    turns = TurnLimits(
        settings.dashboard_pool_max_connections,
        settings.dashboard_questions_per_viewer_max,
        settings.dashboard_questions_of_guests_max,
        settings.dashboard_questions_waiting_max,
        settings.dashboard_questions_of_guests_waiting_max,
        settings.dashboard_question_wait_max_s,
    )
    streams = StreamLimits(
        settings.dashboard_streams_max,
        settings.dashboard_streams_of_guests_max,
        settings.dashboard_streams_per_viewer_max,
    )

    def forget_plants() -> None:
        plants.forget()
        kpis.forget()

    access = Access(
        auth_store.living, session_cache.forget_hashes, session_cache.forget_all, forget_plants
    )
    return Services(
        database,
        plants,
        kpis,
        Feeds(plants, settings.dashboard_push_interval_s, access, streams, refusals),
        auth_store,
        session_cache,
        refusals,
        Turns(turns, refusals),
        _guest_calls(turns, refusals),
        _stranger_calls(turns, refusals),
        KnownAddresses(),
        KnownBrowsers(),
        suggest,
        PushOffer(settings.dashboard_push_key, settings.push_hosts),
    )


def _guest_calls(turns: TurnLimits, refusals: Refusals) -> Turns:
    """Return the turns of requests of guests: twice as many as there are questions to answer.

    What Dash does with a call takes milliseconds of the thread that serves everybody.
    """
    at_once, of_one = 2 * turns.guests_max, 2 * turns.each_max
    limits = replace(turns, all_max=at_once, guests_max=at_once, each_max=of_one)
    return Turns(limits, refusals)


def _stranger_calls(turns: TurnLimits, refusals: Refusals) -> Turns:
    """Return the turns of those who have not signed in, by their address.

    Who comes from where the plant's people are is no guest there.
    """
    of_all, strangers = STRANGERS_AT_ONCE + FROM_KNOWN_ADDRESSES_AT_ONCE, STRANGERS_AT_ONCE
    limits = replace(turns, all_max=of_all, guests_max=strangers, each_max=STRANGERS_OF_ONE_ADDRESS)
    return Turns(replace(limits, guests_waiting_max=STRANGERS_WAITING_MAX), refusals)


def services() -> Services:
    """Return the services of the running app."""
    found = get_app().server.state.services
    assert isinstance(found, Services)
    return found
