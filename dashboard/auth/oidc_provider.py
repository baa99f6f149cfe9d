"""The OpenID Connect provider: where to send a person, and who returned. The protocol is Authlib's.

Nothing is asked of the provider before somebody wants to sign in through it.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import StarletteOAuth2App
from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError

from dashboard.auth.auth_store import Identity
from dashboard.auth.errors import IdentityUnproven, ProviderAway
from dashboard.auth.oidc_issuer import SUBJECT_MAX_CHARACTERS, is_web_address

SCOPE = "openid email"
REQUEST_TIMEOUT_S = 5.0
EXCHANGE_TIMEOUT_S = 10.0  # all requests of one sign-in together
METADATA_KEPT_S = 3600.0
CLOCK_LEEWAY_S = 60
# By a key that only the provider has: a shared secret, or no signature, proves nothing here.
SIGNATURES = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class ProviderAccess:
    """Which provider, and who we are to it."""

    issuer: str
    client_id: str
    client_secret: str


@dataclass(frozen=True)
class AuthorizationRequest:
    """Where to send a browser, and what only we may know until it returns."""

    url: str
    state: str
    nonce: str
    code_verifier: str


@dataclass(frozen=True)
class AuthorizationCode:
    """What came back: the code, and what was kept when the browser left."""

    code: str
    nonce: str
    code_verifier: str
    redirect_uri: str


class Provider:
    """One provider; its description is read when first needed, and again after an hour."""

    def __init__(self, access: ProviderAccess) -> None:
        self._access = access
        self._app: Any = None
        self._app_until_s = 0.0

    async def authorization_request(self, redirect_uri: str) -> AuthorizationRequest:
        """Return where a browser goes to prove who sits before it. Raises ProviderAway."""
        with _told():
            async with asyncio.timeout(EXCHANGE_TIMEOUT_S):
                app = await self._described()
                made = await app.create_authorization_url(redirect_uri)
        return AuthorizationRequest(
            made["url"], made["state"], made["nonce"], made["code_verifier"]
        )

    async def identity(self, answer: AuthorizationCode) -> Identity:
        """Return whom the provider vouches for. Raises ProviderAway, IdentityUnproven."""
        with _told():
            async with asyncio.timeout(EXCHANGE_TIMEOUT_S):
                app = await self._described()
                token = await app.fetch_access_token(
                    answer.redirect_uri,
                    grant_type="authorization_code",
                    code=answer.code,
                    code_verifier=answer.code_verifier,
                )
                return self._identity_of(await self._claims(app, token, answer.nonce))

    async def _claims(self, app: Any, token: Any, nonce: str) -> Mapping[str, Any]:
        """Return the claims of a valid id_token, with the e-mail if only `userinfo` tells it."""
        claims = await app.parse_id_token(
            token,
            nonce,
            claims_options={
                "iss": {"essential": True, "value": self._access.issuer},
                "aud": {"essential": True, "value": self._access.client_id},
            },
            leeway=CLOCK_LEEWAY_S,
        )
        if claims is None:
            raise IdentityUnproven("the provider sent no id_token")
        if "email" in claims or "userinfo_endpoint" not in app.server_metadata:
            return dict(claims)
        told = await app.userinfo(token=token)
        if told.get("sub") != claims["sub"]:
            raise IdentityUnproven("userinfo tells of somebody else")
        return {**claims, **{name: told.get(name) for name in ("email", "email_verified")}}

    def _identity_of(self, claims: Mapping[str, Any]) -> Identity:
        subject, email = claims["sub"], claims.get("email")
        if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_MAX_CHARACTERS:
            raise IdentityUnproven("the subject is no text of 1 to 255 characters")
        if not subject.isprintable():
            raise IdentityUnproven("the subject holds control characters")
        # Not ASCII: a letter that looks or folds like another one would be somebody else's address.
        plain = isinstance(email, str) and email.isascii() and email.isprintable()
        verified = str(email).lower() if plain and claims.get("email_verified") is True else None
        return Identity(self._access.issuer, subject, verified)

    async def _described(self) -> Any:
        """Return Authlib's client, made from what the provider says about itself."""
        if self._app is None or time.monotonic() >= self._app_until_s:
            url = get_well_known_url(self._access.issuer, external=True)
            async with httpx2.AsyncClient(timeout=REQUEST_TIMEOUT_S) as client:
                answer = await client.get(url)
                answer.raise_for_status()
            self._app = self._client(answer.json())
            self._app_until_s = time.monotonic() + METADATA_KEPT_S
        return self._app

    def _client(self, told: Mapping[str, Any]) -> StarletteOAuth2App:
        """Return a client for a provider's description. Raises ProviderAway if it is not fit."""
        if told["issuer"] != self._access.issuer:
            raise ProviderAway(f"it calls itself {told['issuer']!r}, not {self._access.issuer!r}")
        kept = {name: told[name] for name in ENDPOINTS}
        if "userinfo_endpoint" in told:
            kept["userinfo_endpoint"] = told["userinfo_endpoint"]
        for name, address in kept.items():
            if not is_web_address(address):
                raise ProviderAway(f"its {name} is no https address")
        said = told.get("id_token_signing_alg_values_supported", ["RS256"])
        signatures = [one for one in SIGNATURES if one in said]
        if not signatures:
            raise ProviderAway(f"it signs with {said}, none of which is accepted")
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = "client_secret_basic" in methods
        return StarletteOAuth2App(
            None,
            "oidc",
            client_id=self._access.client_id,
            client_secret=self._access.client_secret,
            client_kwargs={
                "scope": SCOPE,
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": f"client_secret_{'basic' if basic else 'post'}",
                "timeout": REQUEST_TIMEOUT_S,
            },
            issuer=self._access.issuer,
            id_token_signing_alg_values_supported=signatures,
            **kept,
        )


@contextmanager
def _told() -> Iterator[None]:
    """Turn what may go wrong with a provider into the two things that it means."""
    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
        raise ProviderAway(f"no good answer: {type(error).__name__} {str(error)!r}") from error
    except (AuthlibBaseError, JoseError) as error:
        raise IdentityUnproven(f"{type(error).__name__} {str(error)!r}") from error
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        said = f"{type(error).__name__} {str(error)!r}"
        raise ProviderAway(f"an answer without sense: {said}") from error
