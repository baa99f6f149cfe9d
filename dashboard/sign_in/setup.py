"""Everything of the way in, put together from the settings."""

from functools import partial

from fastapi import FastAPI

from dashboard.auth.oidc_login import OidcSignIn
from dashboard.auth.oidc_provider import Provider, ProviderAccess
from dashboard.auth.password_hashing import Hashing, HashingLimits
from dashboard.auth.password_login import SignIn, SignInLimits
from dashboard.settings import DashboardSettings
from dashboard.sign_in.oidc_routes import OidcRoutes
from dashboard.sign_in.password_routes import PasswordRoutes, end_session
from dashboard.sign_in.second_factor_routes import SecondFactorRoutes
from dashboard.web.services import Services


def add_sign_in_routes(server: FastAPI, services: Services, settings: DashboardSettings) -> None:
    """Register the routes of the way in; they must come before Dash's own."""
    auth_store, session_cache, secure = (
        services.auth_store,
        services.session_cache,
        settings.dashboard_secure_cookies,
    )
    access = _access(settings)
    limits = _sign_in_limits(settings)
    oidc = None if access is None else OidcSignIn(auth_store, Provider(access), limits)
    label = None if access is None else settings.dashboard_oidc_label or ""
    waiting = HashingLimits(
        settings.dashboard_hashes_waiting_max, settings.dashboard_hashes_waiting_per_address_max
    )
    known = services.known_addresses, services.known_browsers
    hashing = Hashing(waiting, *known, services.refusals)
    sign_in = SignIn(auth_store, limits)
    PasswordRoutes(services, sign_in, hashing, secure_cookies=secure, provider=label).add_to(server)
    OidcRoutes(
        oidc,
        label,
        partial(end_session, auth_store=auth_store, session_cache=session_cache),
        secure=secure,
    ).add_to(server)
    SecondFactorRoutes(auth_store, session_cache, hashing, limits).add_to(server)


def _sign_in_limits(settings: DashboardSettings) -> SignInLimits:
    return SignInLimits(
        name_limit_attempts=settings.dashboard_sign_ins_per_name_max,
        client_limit_attempts=settings.dashboard_sign_ins_per_address_max,
        window_s=settings.dashboard_sign_in_window_s,
        departures_max=settings.dashboard_departures_max,
        sessions_max=settings.dashboard_sessions_per_account_max,
        failures_logged_max=settings.dashboard_sign_in_failures_logged_per_hour_max,
    )


def _access(settings: DashboardSettings) -> ProviderAccess | None:
    issuer, client_id = settings.dashboard_oidc_issuer, settings.dashboard_oidc_client_id
    secret = settings.dashboard_oidc_client_secret
    if issuer is None or client_id is None or secret is None:
        return None
    return ProviderAccess(issuer, client_id, secret.get_secret_value())
