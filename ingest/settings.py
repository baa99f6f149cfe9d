"""Settings of the ingest process, read from VIRTAAMA_… variables and checked at start."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from ingest.broker_url import BrokerAddress, parse_broker_url
from ingest.limit_settings import LimitSettings
from ingest.partitions import filter_problem
from ingest.spool.spool import LIMIT_MIN_BYTES, WAL_RESERVE_BYTES
from schemas.database_url import DatabaseUrl

DEFAULT_CLIENT_ID = "virtaama-ingest"


class IngestSettings(LimitSettings):
    """Everything that the operator can set; each has its unit in its name.

    Memory is bounded by `ingest_intake_limit_bytes` plus three batches of
    `ingest_batch_limit_bytes` plus five packets of `ingest_packet_limit_bytes`, and with a spool
    one portion of the drain (512 KiB) and what SQLite caches (2 MiB).
    Raises pydantic.ValidationError with all that is missing or wrong.
    """

    database_url: DatabaseUrl
    """Where the readings go: postgresql://user:password@host:port/database"""
    mqtt_url: SecretStr
    """Where the messages come from: mqtt:// or mqtts://user:password@host:port"""
    ingest_client_id: str = Field(default=DEFAULT_CLIENT_ID, min_length=1, max_length=200)
    """Our name at the broker; the broker keeps what we have not acknowledged under it."""
    ingest_partitions: tuple[tuple[str, ...], ...] = ()
    """The MQTT filters of each partition, as JSON, the same for all processes. Empty: one process
    takes all topics of the site."""
    ingest_partition: int = Field(default=1, ge=1)
    """Which of the partitions this process is, from 1 on; it needs a client id of its own."""
    ingest_session_expiry_s: int = Field(default=604_800, ge=60, le=0xFFFF_FFFF)
    """How long the broker keeps our messages while we are away."""
    ingest_keepalive_s: int = Field(default=30, ge=5, le=3_600)
    """A silent broker connection is given up after one and a half of these."""
    ingest_receive_maximum_messages: int = Field(default=40_000, ge=1, le=65_535)
    """Messages on the way to us that we have not acknowledged."""
    ingest_packet_limit_bytes: int = Field(default=16_777_216, ge=1_024, le=268_435_455)
    """The broker discards what is larger than this instead of sending it."""
    ingest_retained_limit_bytes: int = Field(default=1_048_576, ge=0)
    """What the broker had kept before we subscribed is taken beside what comes now, so much of it
    at a time. 0: it is not taken apart, and comes before everything newer."""
    ingest_intake_limit_messages: int = Field(default=40_000, ge=1)
    """Received messages that wait; beyond, the socket is not read."""
    ingest_intake_limit_bytes: int = Field(default=67_108_864, ge=1)
    """Topics and payloads of the received messages that wait; beyond, the socket is not read."""
    ingest_batch_limit_messages: int = Field(default=10_000, ge=1)
    """Messages in one transaction."""
    ingest_batch_limit_bytes: int = Field(default=1_048_576, ge=1)
    """Topics and payloads in one transaction; one larger message makes one of its own."""
    ingest_guest_batch_limit_messages: int = Field(default=1_000, ge=1)
    """The same of guests: what cannot be read costs the database ten times a reading."""
    ingest_guest_batch_limit_bytes: int = Field(default=262_144, ge=1)
    """The same of guests."""
    ingest_intake_guest_limit_percent: int = Field(default=50, ge=1, le=100)
    """The part of the intake that guests may fill; what is beyond goes to the spool at once, if
    there is one."""
    ingest_flush_interval_s: float = Field(default=0.1, gt=0, le=60)
    """How long a message waits for others before it is written."""
    ingest_database_timeout_s: float = Field(default=30.0, gt=0)
    """A database that does not answer a statement within this counts as away."""
    ingest_spool_folder: Path | None = None
    """Where messages wait while the database is away: a folder of this process alone. None: they
    stay with the broker."""
    ingest_spool_limit_bytes: int = Field(default=4_294_967_296, ge=LIMIT_MIN_BYTES)
    """The size of the spool; beyond, nothing is acknowledged until the database is back."""
    ingest_spool_guest_limit_percent: int = Field(default=20, ge=1, le=100)
    """The share of the spool for each line or mapping of a running trial, and for all topics that
    the site does not describe; beyond it their messages are refused and counted."""
    ingest_spool_after_s: float = Field(default=5.0, gt=0)
    """A batch that the database has not stored within this goes to the spool."""
    ingest_drain_limit_messages_per_s: float = Field(default=10_000.0, gt=0)
    """How fast the spool is emptied beside the live messages."""
    ingest_retry_limit_s: float = Field(default=10.0, gt=0)
    """The longest wait between two tries to reach the broker or the database."""
    ingest_stop_timeout_s: float = Field(default=10.0, gt=0)
    """How long a stop may take to finish the batch in hand."""
    ingest_endpoint_host: str = Field(default="127.0.0.1", min_length=1)
    """Where `/metrics` and `/health` are served."""
    ingest_endpoint_port: int | None = Field(default=None, ge=1, le=65_535)
    """The port of `/metrics` and `/health`. None: they are not served."""
    ingest_stall_limit_s: float = Field(default=60.0, gt=0)
    """Not healthy: messages wait, and none was committed or spooled for so long."""
    ingest_metrics_interval_s: float = Field(default=60.0, gt=0)
    """How often the counters are logged."""

    @field_validator("mqtt_url")
    @classmethod
    def _mqtt_url_is_one(cls, url: SecretStr) -> SecretStr:
        parse_broker_url(url.get_secret_value())
        return url

    @field_validator("ingest_partitions")
    @classmethod
    def _partitions_are_filters(cls, shares: tuple[tuple[str, ...], ...]) -> object:
        for share in shares:
            if not share:
                raise ValueError("a partition without a filter has nothing to do: leave it out")
            for text in share:
                if problem := filter_problem(text):
                    raise ValueError(f"the filter {text!r} {problem}")
        return shares

    @model_validator(mode="after")
    def _partition_is_one(self) -> Self:
        if self.ingest_partition > max(1, len(self.ingest_partitions)):
            raise ValueError(f"there is no partition {self.ingest_partition}")
        if self.ingest_partitions and self.ingest_client_id == DEFAULT_CLIENT_ID:
            raise ValueError(
                "each partition needs an ingest_client_id of its own, that never changes"
            )
        return self

    @model_validator(mode="after")
    def _limits_fit_together(self) -> Self:
        if self.ingest_batch_limit_messages > self.ingest_intake_limit_messages:
            raise ValueError("a batch has more messages than the intake: lower the batch's limit")
        if self.ingest_batch_limit_bytes > self.ingest_intake_limit_bytes:
            raise ValueError("a batch has more bytes than the intake: lower the batch's limit")
        if self.ingest_receive_maximum_messages > self.ingest_intake_limit_messages:
            raise ValueError("the receive maximum does not fit into the intake: lower it")
        return self

    @property
    def broker(self) -> BrokerAddress:
        """Where the broker is and who we are there."""
        return parse_broker_url(self.mqtt_url.get_secret_value())

    @property
    def spool_guest_limit_bytes(self) -> int:
        """What one guest may have in the spool, of the part that messages can use."""
        usable_bytes = self.ingest_spool_limit_bytes - WAL_RESERVE_BYTES
        return usable_bytes * self.ingest_spool_guest_limit_percent // 100
