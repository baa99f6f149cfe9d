"""Every limit of the ingest that refuses somebody, by its name in the counter and in the log."""

from enum import StrEnum

EVERYBODY = "everybody"


class IngestLimit(StrEnum):
    """A limit of the ingest; docs/limits.md says what each holds, and what sets it."""

    PAYLOAD_BYTES = "payload_bytes"
    STAMP_TOO_OLD = "stamp_too_old"
    STAMP_IN_FUTURE = "stamp_in_future"
    QUARANTINE = "quarantine"
    QUARANTINE_OF_A_SENDER = "quarantine_of_a_sender"
    QUARANTINE_DAYS = "quarantine_days"
    STREAMS = "streams"
    STREAMS_OF_A_SENDER = "streams_of_a_sender"
    UNREAD_PLACES = "unread_places"
    INTAKE = "intake"
    INTAKE_OF_GUESTS = "intake_of_guests"
    SPOOL = "spool"
    SPOOL_OF_A_GUEST = "spool_of_a_guest"

    @property
    def sentence(self) -> str:
        """What happened and what an administrator can do about it."""
        return _SENTENCES[self]

    @property
    def interval_s(self) -> float:
        """How often the log says it: what lasts until somebody changes the site, once an hour."""
        return 3_600.0 if self is IngestLimit.UNREAD_PLACES else 60.0


_SENTENCES = {
    IngestLimit.PAYLOAD_BYTES: (
        "a message is larger than is read and went to quarantine unread. Let it send less at a "
        "time, or raise VIRTAAMA_INGEST_PAYLOAD_LIMIT_BYTES"
    ),
    IngestLimit.STAMP_TOO_OLD: (
        "a device time is before the earliest one that is taken (VIRTAAMA_INGEST_EARLIEST, or "
        "when the site or the trial began); the message went to quarantine. Look at the clock of "
        "the device"
    ),
    IngestLimit.STAMP_IN_FUTURE: (
        "a device time is too far after the reception; the message went to quarantine. Look at "
        "the clock of the device and at ours, or raise VIRTAAMA_INGEST_FUTURE_TOLERANCE_S"
    ),
    IngestLimit.QUARANTINE: (
        "quarantine is full (VIRTAAMA_INGEST_QUARANTINE_LIMIT_BYTES); bad messages are counted "
        "and not kept. Make room with `virtaama quarantine purge`"
    ),
    IngestLimit.QUARANTINE_OF_A_SENDER: (
        "its share of quarantine is full (VIRTAAMA_INGEST_QUARANTINE_SENDER_LIMIT_BYTES); its bad"
        " messages are counted and not kept. Mend the sender, then make room with `virtaama "
        "quarantine purge`"
    ),
    IngestLimit.QUARANTINE_DAYS: (
        "messages that were last seen longer ago than VIRTAAMA_INGEST_QUARANTINE_KEEP_DAYS have "
        "left quarantine"
    ),
    IngestLimit.STREAMS: (
        "local stamps come on more topics than are remembered near a repeated hour; the quietest "
        "is forgotten, and its stamps of that hour may be read as the other one. Raise "
        "VIRTAAMA_INGEST_STREAMS_LIMIT if it is meant so"
    ),
    IngestLimit.STREAMS_OF_A_SENDER: (
        "it has local stamps on more topics than are remembered near a repeated hour; the "
        "quietest is forgotten, and its stamps of that hour may be read as the other one. Raise "
        "VIRTAAMA_INGEST_STREAMS_SENDER_LIMIT if it is meant so"
    ),
    IngestLimit.UNREAD_PLACES: (
        "the mapping leaves more places of its payloads unread than are listed; further ones are "
        "counted together. Ignore what is not meant to be read, look at what the sender sends, or"
        " raise VIRTAAMA_INGEST_UNREAD_PLACES_LIMIT"
    ),
    IngestLimit.INTAKE: (
        "as much waits as may (VIRTAAMA_INGEST_INTAKE_LIMIT_MESSAGES and _BYTES); the broker "
        "keeps what comes until some of it is stored"
    ),
    IngestLimit.INTAKE_OF_GUESTS: (
        "it has more waiting than guests may (VIRTAAMA_INGEST_INTAKE_GUEST_LIMIT_PERCENT); its "
        "messages go to the spool and are stored later"
    ),
    IngestLimit.SPOOL: (
        "the spool is full (VIRTAAMA_INGEST_SPOOL_LIMIT_BYTES) or its disk is; nothing is "
        "acknowledged, and the broker keeps what comes until the database is back"
    ),
    IngestLimit.SPOOL_OF_A_GUEST: (
        "it has used up its share of the spool (VIRTAAMA_INGEST_SPOOL_GUEST_LIMIT_PERCENT); its "
        "messages are refused and stored nowhere here (the broker hears: quota exceeded) until "
        "the database has taken what waits"
    ),
}
