"""Who stands behind a cookie, remembered for a moment."""

from typing import Any

from dashboard.auth.session_cache import REMEMBERED_MAX, SESSION_COOKIE, SessionCache


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
