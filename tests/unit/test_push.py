"""Notices for browsers: encryption, signature, where they may go, what fits; without a network."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from dashboard.limits.push_settings import KNOWN, PushSettings, takes
from dashboard.notification.messages import OpenAlarm, Writer
from dashboard.notification.plan_file import Plan, PlanFileUnfit, Rule
from dashboard.notification.push_contact import contact_of
from dashboard.notification.push_keys import PushKey, new_private, read_push_key
from dashboard.notification.push_sender import Browser, PushSender, encrypted, is_public
from dashboard.notification.sender import SendFailed
from dashboard.pages.notices.browser_name import browser_name
from deploy.cli.notify import command
from tests.fixtures.push_service import BrowserKeys, check_authorization, from_text

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
ALL = ",".join(KNOWN)
RECORD_BYTES, OVERHEAD_BYTES = 4_096, 103  # what push services take, and what encryption adds
# The example of RFC 8291, appendix A.
RFC_BROWSER = BrowserKeys(
    ec.derive_private_key(
        int.from_bytes(from_text("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), ec.SECP256R1()
    ),
    from_text("BTBZMqHH6r4Tts7J_aSIgg"),
)
RFC_MESSAGE = from_text(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
    "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_browser_of_these_tests_reads_the_example_of_the_standard() -> None:
    assert RFC_BROWSER.decrypt(RFC_MESSAGE) == b"When I grow up, I want to be a watermelon"


@pytest.mark.parametrize("content", [b"{}", "Ylivuoto · ½ m³".encode(), b"x" * 3_900])
def test_only_the_browser_reads_what_is_sent_to_it(content: bytes) -> None:
    keys = BrowserKeys()
    sent = encrypted(content, Browser("https://a", keys.p256dh, keys.auth))
    assert keys.decrypt(sent) == content
    assert content not in sent or len(content) < 3
    assert sent != encrypted(content, Browser("https://a", keys.p256dh, keys.auth))


def test_a_push_service_can_tell_who_asks() -> None:
    pem, public = new_private()
    path = Path("/dev/null")
    with pytest.raises(PlanFileUnfit):
        read_push_key(path)
    key = _key(pem)
    claims = check_authorization(key.authorization("https://push.example", "https://v.fi", NOW))
    assert claims["key"] == key.public == public
    assert (claims["aud"], claims["sub"]) == ("https://push.example", "https://v.fi")
    assert 0 < claims["exp"] - NOW.timestamp() <= 24 * 3_600


@pytest.mark.parametrize(
    ("address", "contact", "stated"),
    [
        ("https://v.example.fi/a", None, "https://v.example.fi/a"),
        ("http://127.0.0.1:8050", None, None),
        ("https://virtaama.local", None, None),
        ("https://virtaama", None, None),
        ("https://10.0.0.7", None, None),
        ("https://virtaama.lan", "mailto:a@example.fi", "mailto:a@example.fi"),
        ("https://v.example.fi", "mailto:root@localhost", None),
    ],
)
def test_apple_refused_a_site_whose_contact_was_at_localhost(
    address: str, contact: str | None, stated: str | None
) -> None:
    plan = Plan(
        site="s",
        address=address,
        contact=contact,
        fallback=("boss",),
        priorities={"high": Rule()},
    )
    assert contact_of(plan) == stated


def test_a_message_had_more_decimals_than_anybody_measures_and_not_its_place() -> None:
    alarm = OpenAlarm(
        event_id=UUID(int=1),
        kind="raised",
        group_id=None,
        name={"fi": "Virtaama"},
        action=None,
        priority="high",
        recorded_at=NOW,
        raised_at=NOW,
        raised_value=601.994,
        place={"fi": "Tuleva jätevesi"},
        is_late=False,
        unit="m³/h",
        level=None,
        told_at=None,
        told_to=(),
    )
    written = Writer("fi", ZoneInfo("Europe/Helsinki"), "").alarm(alarm, 0, is_hole=False)
    assert "Virtaama · Tuleva jätevesi · 602 m³/h" in written.body


def _key(pem: str) -> PushKey:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    private = load_pem_private_key(pem.encode(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return PushKey(private)


def test_a_key_is_made_once_for_its_owner_alone_and_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / "push.pem"
    made = CliRunner().invoke(command, ["--new-push-key", str(file)])
    assert made.exit_code == 0
    public = read_push_key(file).public
    assert f"VIRTAAMA_DASHBOARD_PUSH_KEY={public}" in made.output
    assert "PRIVATE" not in made.output
    assert file.stat().st_mode & 0o777 == 0o600
    again = CliRunner().invoke(command, ["--new-push-key", str(file)])
    assert again.exit_code == 1
    assert "is there already" in again.output
    assert read_push_key(file).public == public


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QGd",
        "https://wns2-par02p.notify.windows.com/w/?token=a%2b",
    ],
)
def test_the_push_services_of_browsers_are_taken(endpoint: str) -> None:
    assert takes(ALL, endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/x",
        "https://evil.example#@fcm.googleapis.com/",
        "https://evil.example\\@fcm.googleapis.com/",
        "https://push.apple.com/x",
        "https://xpush.apple.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://10.0.0.1.notify.windows.com.local/x",
        "https://localhost/x",
        "https://fcm.googleapis.com\n/x",
        "https://fcm.googleapis.com/" + "x" * 1_000,
        "https://",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_endpoint_that_is_no_push_service_of_a_browser_is_not_asked(endpoint: str) -> None:
    assert not takes(ALL, endpoint)
    with pytest.raises(SendFailed, match="not a push service"):
        _sender(ALL).begin(_browser(endpoint), {}).result(5)


def test_the_site_may_name_a_host_of_its_own_and_only_that_one_may_be_private() -> None:
    own = f"{ALL},127.0.0.1"
    assert takes(own, "https://127.0.0.1:8443/x")
    assert not takes(own, "https://127.0.0.2/x")
    with pytest.raises(ValidationError, match="no name of a host"):
        PushSettings(push_hosts="https://push.example/x")
    assert (
        PushSettings(push_hosts=" A.example , *.b.example ").push_hosts == "a.example,*.b.example"
    )


def test_a_known_name_that_leads_into_the_plants_network_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("10.1.2.3", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
    with pytest.raises(SendFailed, match="private network"):
        _sender(ALL).begin(_browser("https://fcm.googleapis.com/x"), {}).result(5)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
        *("::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::127.0.0.1", "::a01:203"),
        *("64:ff9b::7f00:1", "64:ff9b::a01:203", "2002:7f00:1::", "2002:a01:203::1"),
    ],
)
def test_no_way_of_writing_an_address_leads_into_the_plants_network(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["142.250.74.10", "2a00:1450:400f:80c::200a", "64:ff9b::8efa:4a0a", "2002:8efa:4a0a::1"],
)
def test_an_address_of_the_world_is_asked_also_from_a_network_without_ipv4(address: str) -> None:
    assert is_public(address)


def _sender(hosts: str) -> PushSender:
    return PushSender(_key(new_private()[0]), hosts, "https://v.example.fi")


def _browser(endpoint: str) -> Browser:
    keys = BrowserKeys()
    return Browser(endpoint, keys.p256dh, keys.auth)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_longest_notice_fits_what_push_services_take(language: str) -> None:
    long = dict.fromkeys(("fi", "sv", "en"), "ä€" * 400)
    alarm = OpenAlarm(
        *(UUID(int=1), "raised", None, long, long, "high", NOW, NOW, 1234.5678, True, "m³/h"),
        *(1, NOW, (), long),
    )
    writer = Writer(language, ZoneInfo("Europe/Helsinki"), "https://v.example.fi/virtaama")
    for content in (
        writer.alarm(alarm, 1, is_hole=True),
        writer.summary([alarm] * 20, is_hole=True),
        writer.test(NOW.date()),
        writer.holes([NOW.date()] * 4),
    ):
        notice = {**content.notice, "path": "/virtaama/alarms/answer/" + "x" * 43}
        size = len(json.dumps(notice, ensure_ascii=False).encode())
        assert size + OVERHEAD_BYTES <= RECORD_BYTES, size


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36",
            "Chrome · Android",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36 Edg/140", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604", "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox · Linux"),
        ("", "?"),
    ],
)
def test_a_browser_is_called_by_what_it_says_of_itself(agent: str, name: str) -> None:
    assert browser_name(agent) == name
