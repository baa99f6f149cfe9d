"""What a request to the way in says: who sends it, how its sender reads, what was typed."""

from urllib.parse import parse_qsl

from fastapi import Request

from dashboard.sign_in.pages import PageStyle
from dashboard.web.request_user import chosen_scheme, language_of, prefix_of

KNOWN_COOKIE = "virtaama_known"
FIELD_MAX_CHARACTERS = 300
FORM_MAX_BYTES = 10_000
FIELDS_MAX = 20


def look_of(request: Request) -> PageStyle:
    """Return the reader's language, colours and path."""
    return PageStyle(
        language_of(request.state, request.cookies, request.headers),
        chosen_scheme(request.cookies),
        prefix_of(request.state),
    )


def client_of(request: Request) -> str:
    """Return the network address for the access log."""
    return request.client.host if request.client else ""


async def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a form: of one that is too long its beginning, of too many none."""
    body = b""
    async for chunk in request.stream():
        body = (body + chunk)[:FORM_MAX_BYTES]
    try:
        return dict(parse_qsl(body.decode(errors="replace"), max_num_fields=FIELDS_MAX))
    except ValueError:
        return {}


def field_of(fields: dict[str, str], name: str) -> str:
    """Return what was typed into a field, at most 300 characters."""
    return fields.get(name, "")[:FIELD_MAX_CHARACTERS]


def code_of(fields: dict[str, str]) -> str:
    """Return the code of a second factor without the gaps that people type."""
    return field_of(fields, "code").replace(" ", "")
