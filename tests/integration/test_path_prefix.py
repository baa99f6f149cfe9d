"""The dashboard below a path of a proxy: every address that leaves it carries the path."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from deploy.accounts import link_oidc
from deploy.stack.ports import free_port
from tests.fixtures.between import Between
from tests.fixtures.cells import cells
from tests.fixtures.command_line import virtaama_process
from tests.fixtures.oidc import OidcProvider, PlainBrowser
from tests.fixtures.people import add_person
from tests.fixtures.reverse_proxy import PREFIX, caddy, cutting, nginx, samples
from tests.fixtures.web import NOBODY, Web, serving
from tests.fixtures.web_calls import Caller

# Attributes of HTML, and properties of components in JSON, that hold an address.
_ADDRESS = re.compile(r'\b(?:href|src|action|data|url)"?[=:] ?"(/[^"]*)"')
_OF_THE_DOCS: dict[str, Callable[[Between, int], str]] = {
    "nginx": lambda between, port: nginx(between, samples("nginx")[1], port),
    "nginx that cuts the path off": lambda between, port: nginx(
        between, cutting(samples("nginx")[1]), port
    ),
    "Caddy": lambda between, port: caddy(between, samples("caddy")[1], port),
}


@pytest.fixture(scope="module")
def web_below(
    migrated_module_url: str, oidc_provider: OidcProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """Both companies, served below the path, with a provider to sign in through."""
    settings = {"path_prefix": f"{PREFIX}/", **oidc_provider.settings}
    with serving(migrated_module_url, tmp_path_factory.mktemp("below"), **settings) as found:
        yield found


def test_every_address_in_every_page_carries_the_path(web_below: Web) -> None:
    caller = Caller(web_below, "engineer")
    said = [web_below.ask(NOBODY, "/sign-in").text]
    for path in (
        "/",
        "/flows",
        "/password",
        "/second-factor",
        "/trials/1/package",
        "/trials/77/package",
    ):
        said.append(web_below.ask("engineer", path).text)
    said.append(web_below.ask("engineer", "/_dash-layout").text)
    for path in caller.page_paths(("1", "77", "x")):
        said += [web_below.call("engineer", call.body).text for call in caller.pages(path)]
    for one in caller.callbacks:
        said += [
            web_below.call("engineer", caller.call(one, place).body).text
            for place in caller.places(one)
        ]
    found = {address for text in said for address in _ADDRESS.findall(text)}
    assert len(found) > 20
    assert not {one for one in found if not one.startswith(f"{PREFIX}/")}


def test_scripts_and_styles_are_there_below_the_path_and_without_it(web_below: Web) -> None:
    page = web_below.ask("engineer", "/").text
    files = [one for one in _ADDRESS.findall(page) if "/assets/" in one or "_dash-comp" in one]
    assert len(files) > 10
    for path in files:
        for asked in (path, path.removeprefix(PREFIX)):
            assert web_below.ask(NOBODY, asked).status == 200, asked


@pytest.mark.parametrize("proxy", _OF_THE_DOCS)
def test_behind_a_proxy_of_the_docs_somebody_signs_in_looks_and_leaves(
    web_below: Web, between: Between, proxy: str
) -> None:
    address = _OF_THE_DOCS[proxy](between, web_below.dashboard.port)
    login = f"visitor{list(_OF_THE_DOCS).index(proxy)}"
    password = add_person(web_below.tenants.url, login, "operator")
    browser = PlainBrowser(address)
    bare = browser.get(PREFIX)
    assert bare.status_code in {301, 302, 308}
    assert urlsplit(bare.headers["location"]).path == f"{PREFIX}/"
    sent_away = browser.get(f"{PREFIX}/flows?a=1")
    assert sent_away.headers["location"] == f"{PREFIX}/sign-in?next=%2Fflows%3Fa%3D1"
    language = browser.get(f"{sent_away.headers['location']}&language=en")
    assert "Path=/virtaama/;" in language.headers["set-cookie"]
    form = {"login": login, "password": password, "next": "/flows?a=1"}
    entered = browser.post(f"{PREFIX}/sign-in", **form)
    assert (entered.status_code, entered.headers["location"]) == (303, f"{PREFIX}/flows?a=1")
    assert "Path=/virtaama/;" in entered.headers["set-cookie"]
    assert 'lang="en"' in browser.get(f"{PREFIX}/flows").text
    assert browser.get(f"{PREFIX}/live/allowed").status_code == 204
    left = browser.post(f"{PREFIX}/sign-out")
    assert left.headers["location"] == f"{PREFIX}/sign-in"
    assert not browser.session
    assert browser.get(f"{PREFIX}/flows").status_code == 303


def test_a_provider_leads_back_below_the_path(
    web_below: Web, between: Between, oidc_provider: OidcProvider
) -> None:
    address = _OF_THE_DOCS["nginx"](between, web_below.dashboard.port)
    add_person(web_below.tenants.url, "maija", "operator")
    link_oidc(web_below.tenants.url, "maija", oidc_provider.issuer, "s-maija")
    oidc_provider.sit("s-maija")
    browser = PlainBrowser(address + PREFIX)
    left = browser.get("/sign-in/oidc")
    asked = parse_qs(urlsplit(left.headers["location"]).query)
    assert asked["redirect_uri"] == [f"{address}{PREFIX}/sign-in/oidc/return"]
    assert "Path=/virtaama/sign-in/oidc;" in left.headers["set-cookie"]
    entered = browser.sign_in("/flows")
    assert (entered.status_code, entered.headers["location"]) == (303, f"{PREFIX}/flows")
    assert browser.session
    assert browser.get("/flows").status_code == 200


@pytest.mark.parametrize("sample", [0, 1])
def test_no_proxy_of_the_docs_holds_values_back(
    web_below: Web, between: Between, sample: int
) -> None:
    """With a name of its own (0) or below a path (1), what is pushed comes at once."""
    path = ("/live", f"{PREFIX}/live")[sample]
    for start, language in ((nginx, "nginx"), (caddy, "caddy")):
        address = start(between, samples(language)[sample], web_below.dashboard.port)
        cookie = {"Cookie": web_below.cookies["engineer"]}
        with httpx2.stream("GET", address + path, headers=cookie, timeout=15) as stream:
            assert next(stream.iter_lines()) == "event: values"


def test_a_host_that_the_proxy_does_not_pass_on_is_refused_and_not_believed(
    web_below: Web, between: Between
) -> None:
    sample = samples("nginx")[1].replace("proxy_set_header Host $http_host;", "")
    browser = PlainBrowser(nginx(between, sample, web_below.dashboard.port))
    assert browser.post(f"{PREFIX}/sign-in", login="x", password="y").status_code == 403


@pytest.mark.parametrize("prefix", cells(("/trends", "/assets/x", "/live"), quick={"/assets/x"}))
def test_a_path_that_begins_like_an_address_of_ours_is_refused_with_a_sentence(
    database_url: str, prefix: str
) -> None:
    said = virtaama_process(
        "dashboard",
        database_url=database_url,
        dashboard_port=str(free_port()),
        dashboard_path_prefix=prefix,
    )
    assert said.code == 1
    assert f"VIRTAAMA_DASHBOARD_PATH_PREFIX is {prefix}" in said.err
