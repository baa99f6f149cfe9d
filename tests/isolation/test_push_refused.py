"""The page of a person's browsers refuses one too many: counted, logged, and said."""

import base64
from pathlib import Path
from typing import Any

from dashboard.limits.limit import Limit
from tests.fixtures.dashboard import PUSH_KEY
from tests.fixtures.push_service import BrowserKeys
from tests.fixtures.refusing import refusing
from tests.fixtures.web import serving


def _asked(name: str, host: str = "fcm.googleapis.com") -> dict[str, Any]:
    """Return what the page of a browser sends when its button is pressed."""
    keys = BrowserKeys()
    texts = [base64.urlsafe_b64encode(each).decode() for each in (keys.p256dh, keys.auth)]
    sent = {"endpoint": f"https://{host}/{name}", "p256dh": texts[0], "auth": texts[1]}
    sent |= {"key": PUSH_KEY, "agent": "Firefox Linux"}
    outputs = [{"id": name, "property": "children"} for name in ("notice-devices", "notice-said")]
    return {
        "output": "..notice-devices.children...notice-said.children..",
        "outputs": outputs,
        "inputs": [{"id": "notice-sent", "property": "data", "value": sent}, []],
        "changedPropIds": ["notice-sent.data"],
    }


def test_one_browser_too_many_is_refused_counted_and_told_and_others_have_theirs(
    migrated_url: str, tmp_path: Path
) -> None:
    limits = {"push_devices_per_account_max": 1, "push_devices_max": 2}
    with serving(migrated_url, tmp_path, **limits) as web:
        web.cookies = {name: f"{sent}; virtaama_language=en" for name, sent in web.cookies.items()}
        assert "notice-list" in web.call("operator", _asked("a")).text
        with refusing(Limit.PUSH_DEVICES_PER_ACCOUNT, web.dashboard):
            assert "1 devices" in web.call("operator", _asked("b")).text
        assert "notice-list" in web.call("engineer", _asked("c")).text
        with refusing(Limit.PUSH_DEVICES, web.dashboard):
            assert "no room" in web.call("administrator", _asked("d")).text
        assert "does not allow" in web.call("administrator", _asked("e", "127.0.0.1")).text
        assert "notice-list" not in web.call("alpha", _asked("f")).text
        kept = web.tenants.owner("SELECT endpoint FROM push_subscription ORDER BY 1")
    assert [endpoint[-1] for (endpoint,) in kept] == ["a", "c"]
