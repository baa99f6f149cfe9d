"""Settings of the dashboard that belong together, and what an issuer looks like."""

import pytest
from pydantic import ValidationError

from dashboard.auth.oidc_issuer import check_issuer
from dashboard.settings import DashboardSettings

WHOLE = {
    "dashboard_oidc_issuer": "https://login.example.fi/realms/plant",
    "dashboard_oidc_client_id": "virtaama",
    "dashboard_oidc_client_secret": "between us",
}


def _settings(**given: str) -> DashboardSettings:
    url = "postgresql://u:p@localhost/x"
    return DashboardSettings(database_url=url, **given)  # type: ignore[arg-type]


def test_a_provider_is_whole_or_absent_and_its_secret_is_masked() -> None:
    assert _settings().dashboard_oidc_issuer is None
    assert _settings(**WHOLE, dashboard_oidc_label="Plant").dashboard_oidc_label == "Plant"
    assert "between us" not in repr(_settings(**WHOLE))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("", ""), ("/", ""), ("/virtaama", "/virtaama"), ("/a/b-1.2/", "/a/b-1.2")],
)
def test_the_path_of_a_proxy_may_end_in_a_slash_or_not(written: str, meant: str) -> None:
    assert _settings(dashboard_path_prefix=written).dashboard_path_prefix == meant


@pytest.mark.parametrize(
    "prefix",
    [
        "virtaama",
        "//evil.example",
        "/a//b",
        "/../x",
        "/ä",
        "/a b",
        "/%2f",
        "/a?b",
        '/a"',
        "/a\r\nb:c",
    ],
)
def test_what_is_no_path_is_refused_with_a_sentence(prefix: str) -> None:
    with pytest.raises(ValidationError, match="must look like /virtaama"):
        _settings(dashboard_path_prefix=prefix)


@pytest.mark.parametrize("left_out", WHOLE)
def test_a_part_of_a_provider_names_what_is_missing(left_out: str) -> None:
    given = {name: value for name, value in WHOLE.items() if name != left_out}
    with pytest.raises(ValidationError, match=f"VIRTAAMA_{left_out.upper()} must be set beside"):
        _settings(**given)
    with pytest.raises(ValidationError, match=r"_ISSUER and .*_CLIENT_ID and .*_CLIENT_SECRET"):
        _settings(dashboard_oidc_label="Plant")


@pytest.mark.parametrize(
    "issuer",
    [
        *("http://login.example.fi", "login.example.fi", "https://", "ftp://x.example", ""),
        *("https://u:p@x.example", "https://x.example/?a=b", "https://x.example/#a"),
        *("https://x.example/\n", "https://[x", f"https://x.example/{'a' * 300}"),
        *("http://127.0.0.1.evil.example", "http://localhost.evil.example", "http://10.0.0.1"),
    ],
)
def test_an_issuer_that_anybody_could_pose_as_is_refused(issuer: str) -> None:
    with pytest.raises(ValueError, match="must look like https://"):
        check_issuer(issuer)


@pytest.mark.parametrize(
    "issuer",
    ["https://login.example.fi/realms/plant", "http://localhost:8080", "http://[::1]:1/x"],
)
def test_https_passes_and_http_on_this_machine(issuer: str) -> None:
    assert check_issuer(issuer) == issuer
