"""Cookies that only we read: no script sees them, and no other site's form sends them."""

import re
from dataclasses import dataclass

from starlette.responses import Response

# All that `secrets.token_urlsafe` makes, and nothing that means something in a header.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}")


def is_token(text: str) -> bool:
    """Tell whether a text that somebody sent may be a token of ours, and so become a cookie."""
    return _TOKEN.fullmatch(text) is not None


@dataclass(frozen=True)
class Cookie:
    """A cookie for `path`; without an age the browser forgets it when it is closed."""

    name: str
    path: str = "/"
    max_age_s: float | None = None

    def set(self, response: Response, token: str, *, secure: bool) -> None:
        """Give the browser a token; `secure` lets it travel over HTTPS only.

        Raises ValueError if the text is no token.
        """
        if not is_token(token):
            raise ValueError("a cookie carries nothing but a token")
        response.set_cookie(
            self.name,
            token,
            max_age=None if self.max_age_s is None else int(self.max_age_s),
            path=self.path,
            httponly=True,
            secure=secure,
            samesite="lax",
        )
