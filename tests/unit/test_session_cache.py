"""Who stands behind a cookie, remembered for a moment."""

from typing import Any

from dashboard.auth.session_cache import (
    AWAY_GRACE_S,
    REMEMBERED_MAX,
    SESSION_COOKIE,
    SessionCache,
)
from dashboard.auth.sessions import Session

TOKEN = "a-token-that-might-be-one"
SESSION = Session(1, 1, "operator", "O", "operator", None, False, None)  # type: ignore[arg-type]


class _Nobody:
    """A gate that knows no session; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def session(self, _token_sha256: bytes, *, used: bool = True) -> Any:
        self.asked += 1


def test_invented_tokens_without_end_fill_no_memory() -> None:
    auth_store = _Nobody()
    watch = SessionCache(auth_store, lambda: 0.0)  # type: ignore[arg-type]
    for number in range(REMEMBERED_MAX + 500):
        assert watch.who({SESSION_COOKIE: f"token{number}"}) is None
    assert len(watch._known) == REMEMBERED_MAX
    asked = auth_store.asked
    assert watch.who({SESSION_COOKIE: f"token{number}"}) is None
    assert auth_store.asked == asked


def test_whom_we_saw_lately_is_told_from_who_invents_a_token() -> None:
    now_s = 0.0
    watch = SessionCache(_Nobody(), lambda: now_s)  # type: ignore[arg-type]
    cookies = {SESSION_COOKIE: TOKEN}
    assert not watch.saw_lately(cookies)
    watch._find(TOKEN, lambda *_: SESSION, used=True)
    assert watch.saw_lately(cookies)
    assert not watch.saw_lately({SESSION_COOKIE: "x" * len(TOKEN)})
    now_s = AWAY_GRACE_S
    assert not watch.saw_lately(cookies)
