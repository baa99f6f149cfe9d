"""What is served without a session: the way in, and files that are the same for everybody."""

from dashboard.web.installed_app import MANIFEST

SIGN_IN, SIGN_OUT, PASSWORD, SCREEN = "/sign-in", "/sign-out", "/password", "/screen"
OIDC, OIDC_RETURN, OIDC_CODE = "/sign-in/oidc", "/sign-in/oidc/return", "/sign-in/oidc/code"
SECOND_FACTOR = "/second-factor"
LIVE = "/live"
USED = "/live/used"
FILES = ("/assets/", "/_dash-component-suites/")
# Browsers ask for the first by themselves; Dash has the other.
FAVICONS = ("/favicon.ico", "/_favicon.ico")
# At the root, for it stands for the pages below its own address.
SERVICE_WORKER = "/service-worker.js"
HOME = "/"
NEXT_MAX_CHARACTERS = 500


def is_open(path: str) -> bool:
    """Tell whether a path needs no session."""
    ways = {SIGN_IN, SCREEN, OIDC, OIDC_RETURN, OIDC_CODE, SERVICE_WORKER, MANIFEST}
    return path in ways or path in FAVICONS or path.startswith(FILES)


def is_unattended(path: str) -> bool:
    """Tell whether pages ask this by themselves, also when nobody sits before them."""
    return path != USED and path.startswith((LIVE, "/_dash-update-component"))


def safe_next(wanted: str | None) -> str:
    """Return where to go after signing in: an address of ours, or the first page."""
    if (
        not wanted
        or len(wanted) > NEXT_MAX_CHARACTERS
        or not wanted.startswith("/")
        # Browsers read both as the name of another host.
        or wanted.startswith(("//", "/\\"))
        or not wanted.isprintable()
        or wanted.startswith((SIGN_IN, SIGN_OUT, PASSWORD, "/_dash-", "/live"))
    ):
        return HOME
    return wanted
