"""Quarantined messages as text for a terminal. What strangers sent cannot move the cursor."""

from collections.abc import Sequence
from datetime import UTC, datetime

from ingest.database.quarantine_queries import Quarantined, QuarantinedMessage
from ingest.decoding.rejection import Reason
from schemas.visible_text import visible

TOPIC_LIMIT_CHARS = 40
DETAIL_MIN_CHARS = 20
PAYLOAD_LIMIT_CHARS = 4_000
HEX_BYTES_PER_LINE = 16


def table(found: Sequence[Quarantined], width_chars: int) -> list[str]:
    """Return a heading and a line for each; topic and detail are cut to the width."""
    topics = [_cut(printable(each.topic), TOPIC_LIMIT_CHARS) for each in found]
    topic_width = max(map(len, ["topic", *topics]))
    left = f"{'id':>7} {'count':>7} {'bytes':>8}  {'last seen, UTC':19}  {'reason':18}  "
    left += f"{'topic':{topic_width}}  "
    detail_width = max(DETAIL_MIN_CHARS, width_chars - len(left))
    return [f"{left}detail"] + [
        f"{each.quarantine_id:7} {each.count:7} {each.size_bytes:8}  {_time(each.last_seen)}  "
        f"{each.reason:18}  {topic:{topic_width}}  {_cut(printable(each.detail), detail_width)}"
        for each, topic in zip(found, topics, strict=True)
    ]


def story(found: QuarantinedMessage) -> list[str]:
    """Return all that is known of one message; its payload as text if it is UTF-8, else in hex."""
    if found.replayed_at is None:
        state = "waits"
    else:
        state = f"was replayed at {_time(found.replayed_at)} UTC"
    seen = f"{_time(found.first_seen)} UTC"
    if found.count > 1:
        seen += f", then until {_time(found.last_seen)} UTC {found.count} times in all"
    sentence = next((each.sentence for each in Reason if each.value == found.reason), "")
    kind, payload = _payload(found.payload)
    return [
        f"message   {found.quarantine_id}, {state}",
        f"topic     {printable(found.topic)}",
        f"reason    {found.reason}: {sentence}",
        f"detail    {printable(found.detail)}",
        f"seen      {seen}",
        f"payload   {found.size_bytes} bytes, {kind}",
        *payload,
    ]


def printable(text: str) -> str:
    """Return `text` with everything escaped that would not stand as one character on a line."""
    return visible(text, kept="")


def _payload(payload: bytes) -> tuple[str, list[str]]:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        kind = "not UTF-8, so in hexadecimal"
        lines = [
            payload[at : at + HEX_BYTES_PER_LINE].hex(" ")
            for at in range(0, min(len(payload), PAYLOAD_LIMIT_CHARS // 2), HEX_BYTES_PER_LINE)
        ]
        whole = len(payload) <= PAYLOAD_LIMIT_CHARS // 2
    else:
        kind = "text"
        lines = [printable(line) for line in text[:PAYLOAD_LIMIT_CHARS].split("\n")]
        whole = len(text) <= PAYLOAD_LIMIT_CHARS
    return (kind if whole else f"{kind}; the beginning, --raw writes all"), lines


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
