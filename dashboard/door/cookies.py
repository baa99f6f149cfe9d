"""Cookies that only we read: no script sees them, and no other site's form sends them."""

from dataclasses import dataclass

from starlette.responses import Response


@dataclass(frozen=True)
class Cookie:
    """A cookie for `path`; without an age the browser forgets it when it is closed."""

    name: str
    path: str = "/"
    max_age_s: float | None = None

    def set(self, response: Response, token: str, *, secure: bool) -> None:
        """Give the browser a token; `secure` lets it travel over HTTPS only."""
        response.set_cookie(
            self.name,
            token,
            max_age=None if self.max_age_s is None else int(self.max_age_s),
            path=self.path,
            httponly=True,
            secure=secure,
            samesite="lax",
        )
