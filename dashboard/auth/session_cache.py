"""Who stands behind a cookie: asked of the database, remembered for a moment."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

import psycopg

from dashboard.auth.auth_store import AuthStore
from dashboard.auth.cookies import is_token
from dashboard.auth.sessions import Device, Session, look_up, look_up_device, token_hash

SESSION_COOKIE = "virtaama_session"
DEVICE_COOKIE = "virtaama_screen"
REMEMBERED_S = 1.0  # a revoked session is out after this
# While the database is away nothing can be read, so a session that was alive may see that it is.
AWAY_GRACE_S = 120.0
REMEMBERED_MAX = 2_000

Who = Session | Device
_Key = tuple[bytes, bool]  # the hash of a token, and whether somebody used it


@dataclass(frozen=True)
class _Known:
    who: Who | None
    at_s: float


class SessionCache:
    """Looks up sessions and devices; safe to ask from several threads."""

    def __init__(
        self, auth_store: AuthStore, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._auth_store = auth_store
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._known: OrderedDict[_Key, _Known] = OrderedDict()

    def who(self, cookies: Mapping[str, str], *, used: bool = True) -> Who | None:
        """Return who sent these cookies; None for nobody.

        `used` is false for what a page asks by itself: it does not let a session live on.

        Raises psycopg.OperationalError if the database is away and did not know them lately.
        """
        session = cookies.get(SESSION_COOKIE)
        look = partial(look_up, used=used)
        if session and (who := self._find(session, look, used=used)) is not None:
            return who
        device = cookies.get(DEVICE_COOKIE)
        return self._find(device, look_up_device, used=used) if device else None

    def saw_lately(self, cookies: Mapping[str, str]) -> bool:
        """Tell whether these cookies were somebody's not long ago. Waits for nothing."""
        now_s = self._clock_s()
        for name in (SESSION_COOKIE, DEVICE_COOKIE):
            if not is_token(token := cookies.get(name, "")):
                continue
            for used in (True, False):
                known = self._known.get((token_hash(token), used))
                if known and known.who is not None and now_s - known.at_s < AWAY_GRACE_S:
                    return True
        return False

    @staticmethod
    def token_of(who: Who, cookies: Mapping[str, str]) -> bytes:
        """Return the hash of the token that told who sent these cookies."""
        name = SESSION_COOKIE if isinstance(who, Session) else DEVICE_COOKIE
        return token_hash(cookies[name])

    def forget(self, token: str) -> None:
        """Ask the database again the next time."""
        self.forget_hashes([token_hash(token)])

    def forget_hashes(self, hashes: Collection[bytes]) -> None:
        """Ask the database again the next time, for tokens with these hashes."""
        with self._lock:
            for known in hashes:
                for used in (True, False):
                    self._known.pop((known, used), None)

    def forget_all(self) -> None:
        """Ask the database about everybody the next time; waits for nothing."""
        self._known = OrderedDict()

    def _find(
        self, token: str, look: Callable[[AuthStore, str], Who | None], *, used: bool
    ) -> Who | None:
        if not is_token(token):
            return None
        key, now_s = (token_hash(token), used), self._clock_s()
        kept = self._known  # what is looked up while `forget_all` is called is not kept
        with self._lock:
            known = kept.get(key)
        if known is not None and now_s - known.at_s < REMEMBERED_S:
            return known.who
        try:
            who = look(self._auth_store, token)
        except psycopg.OperationalError:
            if known is not None and now_s - known.at_s < AWAY_GRACE_S:
                return known.who
            raise
        with self._lock:
            kept[key] = _Known(who, now_s)
            kept.move_to_end(key)
            while len(kept) > REMEMBERED_MAX:
                kept.popitem(last=False)
        return who
