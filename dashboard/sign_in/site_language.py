"""In which language to answer whose browser states none of ours: in that of the site."""

from datetime import datetime

import psycopg

from dashboard.auth.auth_store import AuthStore
from dashboard.store.cache import Cache
from dashboard.store.plant import KEPT_S, Plants
from dashboard.texts import DEFAULT_LANGUAGE


class SiteLanguage:
    """Knows the languages of sites, as far as the asker sees them; safe to ask from threads."""

    def __init__(self, auth_store: AuthStore, plants: Plants) -> None:
        self._auth_store = auth_store
        self._plants = plants
        self._first: Cache[str | None] = Cache(KEPT_S, 1)

    def of_strangers(self, now: datetime) -> str | None:
        """Return what `of` has found for strangers, if it is young enough. Waits for nothing."""
        return self._first.peek("", now)

    def of(self, viewer: str | None, site: str, now: datetime) -> str:
        """Return the language of a site of the viewer's, else of the first; None is a stranger.

        A stranger is answered in that of the site that was loaded first, whatever the address says:
        which sites there are is nobody's business.
        """
        try:
            if viewer is None:
                found = self._first.get("", now, self._auth_store.site_language)
            else:
                languages = {each.key: each.language for each in self._plants.sites(viewer, now)}
                found = languages.get(site) or next(iter(languages.values()), None)
        except psycopg.OperationalError:
            found = None  # what is asked next says that the database is away
        return found or DEFAULT_LANGUAGE
