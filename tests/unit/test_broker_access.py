"""Topic rules, password lines and certificates, without a broker."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from deploy.broker_access.authority import certificates
from deploy.broker_access.password_file import hash_password, passwords
from deploy.broker_access.topic_rules import Rules, acl_text, topic_rules
from deploy.errors import BrokerAccessError
from schemas.site.model import Site
from schemas.site.reader import read

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SITE = """
site = { key = "s", name = { fi = "S", en = "S", sv = "S" }, time_zone = "Europe/Helsinki" }
line = [
    { key = "main", kind = "main", name = { fi = "M", en = "M", sv = "M" } },
    { key = "own", kind = "pilot", name = { fi = "O", en = "O", sv = "O" } },
    { key = "hall", kind = "pilot", name = { fi = "H", en = "H", sv = "H" } },
]
company = [{ key = "alpha", name = "A" }, { key = "beta", name = "B" }]
"""
POINT = """
[[point]]
key = "{key}"
line = "{line}"
tag = "{line} {key}"
area = "A"
name = {{ fi = "P", en = "P", sv = "P" }}
kind = "measurement"
unit = "1"
"""
TRIAL = """
[[trial]]
key = "{key}"
line = "{line}"
company = "{company}"
name = {{ fi = "T", en = "T", sv = "T" }}
source_stream = "raw"
starts = {starts}
ends = {ends}
points = {points}
"""
MAPPINGS = """
[[mapping]]
key = "alpha"
topic = "gateway/alpha"
value = [{ point = "hall/a", pointer = "/a" }]

[[mapping]]
key = "both"
topic = "gateway/both"
value = [{ point = "main/plant", pointer = "/p" }, { point = "own/o", pointer = "/o" }]

[[mapping]]
key = "tagged"
topic = "tags/{tag}/value"
value = [
    { point = "hall/b", pointer = "", tag = "B 1" },
    { point = "main/ref", pointer = "", tag = "R" },
]
"""


def _site(folder: Path, *trials: str) -> Site:
    places = ("main/plant", "main/ref", "own/o", "hall/a", "hall/b")
    points = [POINT.format(line=ref.split("/")[0], key=ref.split("/")[1]) for ref in places]
    (folder / "site.toml").write_text("".join([SITE, *points, *trials, MAPPINGS]), "utf-8")
    return read(folder / "site.toml")


def _trial(key: str, line: str, company: str, points: list[str], **dates: str) -> str:
    dates = {"starts": "2026-11-01", "ends": "2026-11-30", **dates}
    quoted = "[" + ", ".join(f'"{point}"' for point in points) + "]"
    return TRIAL.format(key=key, line=line, company=company, points=quoted, **dates)


def test_a_company_publishes_its_own_points_on_its_own_line(tmp_path: Path) -> None:
    site = _site(
        tmp_path,
        _trial("a1", "hall", "alpha", ["hall/a", "main/ref"]),
        _trial("a2", "own", "alpha", ["own/o"]),
        _trial("b", "hall", "beta", ["hall/b"]),
    )
    reads = ("s/#", "gateway/alpha", "gateway/both", "tags/+/value")
    assert topic_rules(site, NOW) == [
        Rules("ingest", reads=reads),
        Rules("ingest-retained", reads=(*reads, "$SYS/broker/version"), password_of="ingest"),
        Rules("plant", writes=("s/main", "s/main/plant", "s/main/ref", "tags/R/value")),
        # The whole line `own` is alpha's; of the hall only its point; `both` holds the plant's too.
        Rules("gateway-alpha", writes=("gateway/alpha", "s/hall/a", "s/own", "s/own/o")),
        Rules("gateway-beta", writes=("s/hall/b", "tags/B 1/value")),
    ]


@pytest.mark.parametrize(
    ("now", "running"),
    [
        ("2026-10-24T20:59:59Z", False),
        ("2026-10-24T21:00:00Z", True),  # midnight at the site, in summer
        ("2026-10-25T21:59:59Z", True),  # the clocks change in the night, this day has 25 hours
        ("2026-10-25T22:00:00Z", False),
    ],
)
def test_a_gateway_is_let_in_from_the_first_day_to_the_last(
    tmp_path: Path, now: str, running: bool
) -> None:
    site = _site(
        tmp_path,
        _trial("a", "hall", "alpha", ["hall/a"], starts="2026-10-25", ends="2026-10-25"),
    )
    rules = {one.account: one for one in topic_rules(site, datetime.fromisoformat(now))}
    assert ("gateway-alpha" in rules) == running
    assert ("s/hall/a" in rules["plant"].writes) != running


def test_two_companies_on_one_point_are_an_error(tmp_path: Path) -> None:
    site = _site(
        tmp_path,
        _trial("a", "hall", "alpha", ["hall/a"]),
        _trial("b", "hall", "beta", ["hall/a"]),
    )
    with pytest.raises(BrokerAccessError, match="hall/a is in running trials of alpha and beta"):
        topic_rules(site, NOW)


def test_an_access_list_names_each_topic_on_a_line_of_its_own() -> None:
    assert acl_text([Rules("a", writes=("s/x",)), Rules("b", reads=("s/#",))]).splitlines()[1:] == [
        *("", "user a", "topic write s/x"),
        *("", "user b", "topic read s/#"),
    ]
    for topic in ("x\nuser ingest\ntopic readwrite #", "x\r", " x", "x\u2028y"):
        with pytest.raises(BrokerAccessError, match="cannot stand in an access list"):
            acl_text([Rules("a", writes=(topic,))])


def test_a_password_line_is_salted_pbkdf2() -> None:
    _, kind, rounds, salt, found = hash_password("secret").split("$")
    assert kind == "7"
    again = hashlib.pbkdf2_hmac("sha512", b"secret", base64.b64decode(salt), int(rounds))
    assert base64.b64decode(found) == again
    assert hash_password("secret") != hash_password("secret")


def test_passwords_that_are_known_stay_and_accounts_that_are_gone_go() -> None:
    first = passwords("", ["a", "b"])
    assert set(first.fresh) == {"a", "b"}
    assert not any(secret in first.text for secret in first.fresh.values())
    second = passwords(first.text, ["b", "c"])
    assert set(second.fresh) == {"c"}
    line = next(line for line in first.text.splitlines() if line.startswith("b:"))
    assert line in second.text.splitlines()
    assert "a:" not in second.text
    third = passwords(second.text, ["b", "c"], renew=["b"])
    assert set(third.fresh) == {"b"}


def test_a_second_connection_of_an_account_has_its_password_whenever_it_is_made() -> None:
    first = passwords("", ["a"])
    later = passwords(first.text, ["a"], same={"a-too": "a"})
    lines = dict(line.split(":", 1) for line in later.text.splitlines())
    assert lines["a-too"] == lines["a"] == first.text.strip().removeprefix("a:")
    renewed = passwords(later.text, ["a"], ["a"], {"a-too": "a"})
    fresh = dict(line.split(":", 1) for line in renewed.text.splitlines())
    assert fresh["a-too"] == fresh["a"] != lines["a"]
    assert set(renewed.fresh) == {"a"}


def test_a_certificate_is_for_its_hosts_and_signed_by_its_authority() -> None:
    made = certificates(["127.0.0.1", "broker.example"], NOW)
    authority = x509.load_pem_x509_certificate(made.authority)
    server = x509.load_pem_x509_certificate(made.server)
    server.verify_directly_issued_by(authority)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["broker.example"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("127.0.0.1")]
    assert server.not_valid_after_utc - NOW == timedelta(days=397)
    assert b"PRIVATE" not in made.authority + made.server
    with pytest.raises(BrokerAccessError, match="no host name"):
        certificates(["käyttö.example"], NOW)
