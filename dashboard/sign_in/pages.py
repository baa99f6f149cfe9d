"""The pages before the app: plain forms that need no script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote

from dashboard.sign_in.paths import HOME, OIDC, OIDC_CODE, PASSWORD, SIGN_IN, SIGN_OUT
from dashboard.texts import LANGUAGE_NAMES, text
from dashboard.web.hyphens import hyphenated
from dashboard.web.installed_app import head_html
from schemas.languages import LANGUAGES

_PAGE = """<!DOCTYPE html>
<html lang="{language}"{scheme}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{refresh}<title>{title} · Virtaama</title>
<link rel="icon" href="{prefix}/assets/favicon.ico">
{installed}
<link rel="stylesheet" href="{prefix}/assets/1_ground.css">
<link rel="stylesheet" href="{prefix}/assets/5_sign_in.css">
</head>
<body class="sign-in">
<main>
<h1>{heading}</h1>
{body}
</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Field:
    """One field of a form: its name, the key of its label, and how browsers treat it."""

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    value: str = ""


@dataclass(frozen=True)
class Form:
    """A form: where it goes, what it asks, the key of its button, and what is said above it."""

    action: str
    fields: Sequence[Field]
    button: str
    message: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PageStyle:
    """How the reader reads: language, colours (None: the system's), below which path of a proxy."""

    language: str
    scheme: str | None
    prefix: str

    def text(self, key: str) -> str:
        """Return a text of the catalogue."""
        return text(key, self.language)


@dataclass(frozen=True)
class Asked:
    """What the sign-in form begins with: a name, where to go, what is said above it."""

    login: str = ""
    target: str = HOME
    message: str = ""


def sign_in_page(look: PageStyle, asked: Asked, *, code: bool, provider: str | None) -> str:
    """Return the sign-in form; with `code` it also asks for the second factor.

    `provider` is the label of the way through the OpenID Connect provider, empty for our own
    words, None if there is no such way.
    """
    fields = [
        Field("login", "sign_in.login", autocomplete="username", value=asked.login),
        Field("password", "sign_in.password", "password", "current-password"),
    ]
    if code:
        fields.append(Field("code", "sign_in.code", autocomplete="one-time-code"))
    form = Form(SIGN_IN, fields, "sign_in.sign_in", asked.message, {"next": asked.target})
    ways = form_html(look, form) + _provider(look, asked.target, provider)
    return page(look, "sign_in.sign_in", ways + _languages(look, asked.target))


def code_page(look: PageStyle, *, target: str) -> str:
    """Return the form that asks for the second factor of whom the provider has proven."""
    fields = [Field("code", "sign_in.code", autocomplete="one-time-code")]
    form = Form(OIDC_CODE, fields, "sign_in.sign_in", "", {"next": target})
    hint = paragraph(look.text("sign_in.code_only"))
    return page(look, "sign_in.sign_in", hint + form_html(look, form))


def password_page(look: PageStyle, *, message: str, must: bool) -> str:
    """Return the form that changes the password; whoever `must` has no other page to go to."""
    fields = [
        Field("old", "sign_in.old_password", "password", "current-password"),
        Field("new", "sign_in.new_password", "password", "new-password"),
        Field("again", "sign_in.again", "password", "new-password"),
    ]
    hint = paragraph(text("sign_in.must_change", look.language)) if must else ""
    rules = paragraph(text("sign_in.rules", look.language))
    form = form_html(look, Form(PASSWORD, fields, "sign_in.change_password", message))
    leave = form_html(look, Form(SIGN_OUT, (), "sign_in.sign_out"))
    back = "" if must else home_link(look)
    return page(look, "sign_in.change_password", hint + form + rules + leave + back)


def away_page(look: PageStyle) -> str:
    """Return what is shown while the database is away; it asks again by itself."""
    body = f'<p role="alert">{escape(look.text("app.database_away"))}</p>'
    return page(look, "app.away", body, refresh_s=3)


def failed_page(look: PageStyle, number: str) -> str:
    """Return what is shown for a failure that the log tells by this number."""
    body = f'<p role="alert">{escape(look.text("app.failed_hint").format(number=number))}</p>'
    return page(look, "app.failed", body + home_link(look))


def nothing_page(look: PageStyle) -> str:
    """Return what a person is shown where there is no page, whether signed in or not."""
    words = paragraph(look.text("app.not_found_address"))
    return page(look, "app.not_found", words + home_link(look))


def home_link(look: PageStyle) -> str:
    """Return the way back into the app as HTML."""
    words = escape(look.text("sign_in.home"))
    return f'<p class="sign-in-home"><a href="{look.prefix}{HOME}">{words}</a></p>'


def paragraph(words: str) -> str:
    """Return a text as HTML."""
    return f"<p>{escape(words)}</p>"


def form_html(look: PageStyle, form: Form) -> str:
    """Return a form as HTML."""
    parts = [f'<form method="post" action="{look.prefix}{form.action}">']
    if form.message:
        parts.append(f'<p class="sign-in-message" role="alert">{escape(form.message)}</p>')
    for name, value in form.hidden.items():
        parts.append(f'<input type="hidden" name="{name}" value="{escape(value)}">')
    parts += [_field(look, one) for one in form.fields]
    parts.append(f"<button>{escape(text(form.button, look.language))}</button></form>")
    return "\n".join(parts)


def _field(look: PageStyle, one: Field) -> str:
    return (
        f'<label for="{one.name}">{escape(text(one.label, look.language))}</label>'
        f'<input id="{one.name}" name="{one.name}" type="{one.kind}" '
        f'autocomplete="{one.autocomplete}" value="{escape(one.value)}" required>'
    )


def _provider(look: PageStyle, target: str, label: str | None) -> str:
    if label is None:
        return ""
    words = escape(label or look.text("sign_in.provider"))
    address = f"{look.prefix}{OIDC}?next={quote(target, safe='')}"
    return f'<a class="sign-in-provider" href="{address}">{words}</a>'


def _languages(look: PageStyle, target: str) -> str:
    address, after = f"{look.prefix}{SIGN_IN}", quote(target, safe="")
    links = [
        f'<a lang="{one}" hreflang="{one}"{_current(one == look.language)} '
        f'href="{address}?language={one}&amp;next={after}">{LANGUAGE_NAMES[one]}</a>'
        for one in LANGUAGES
    ]
    label = escape(look.text("app.language"))
    return f'<nav class="sign-in-languages" aria-label="{label}">{" · ".join(links)}</nav>'


def _current(is_current: bool) -> str:
    return ' aria-current="true"' if is_current else ""


def page(look: PageStyle, title: str, body: str, *, refresh_s: int = 0) -> str:
    """Return a whole page; `title` is a key of the catalogue, `body` is HTML."""
    refresh = f'<meta http-equiv="refresh" content="{refresh_s}">\n' if refresh_s else ""
    words = text(title, look.language)
    return _PAGE.format(
        language=look.language,
        scheme=f' data-mantine-color-scheme="{look.scheme}"' if look.scheme else "",
        prefix=look.prefix,
        installed=head_html(look.prefix, look.scheme),
        refresh=refresh,
        title=escape(words),
        heading=escape(hyphenated(words, look.language)),
        body=body,
    )
