"""Everything of the way in, put together from the settings."""

from functools import partial

from fastapi import FastAPI

from dashboard.auth.oidc_login import OidcSignIn
from dashboard.auth.oidc_provider import Provider, ProviderAccess
from dashboard.auth.password_hashing import Hashing
from dashboard.settings import DashboardSettings
from dashboard.sign_in.oidc_routes import OidcDoor
from dashboard.sign_in.password_routes import Door, end_session
from dashboard.sign_in.second_factor_routes import SecondFactorDoor
from dashboard.web.services import Services


def open_doors(server: FastAPI, services: Services, settings: DashboardSettings) -> None:
    """Register the routes of the way in; they must come before Dash's own."""
    gate, watch, secure = services.gate, services.watch, settings.dashboard_secure_cookies
    access = _access(settings)
    oidc = None if access is None else OidcSignIn(gate, Provider(access))
    label = None if access is None else settings.dashboard_oidc_label or ""
    hashing = Hashing(services.refusals)
    Door(gate, watch, hashing, secure_cookies=secure, provider=label).add_to(server)
    OidcDoor(oidc, label, partial(end_session, gate=gate, watch=watch), secure=secure).add_to(
        server
    )
    SecondFactorDoor(gate, watch, hashing).add_to(server)


def _access(settings: DashboardSettings) -> ProviderAccess | None:
    issuer, client_id = settings.dashboard_oidc_issuer, settings.dashboard_oidc_client_id
    secret = settings.dashboard_oidc_client_secret
    if issuer is None or client_id is None or secret is None:
        return None
    return ProviderAccess(issuer, client_id, secret.get_secret_value())
