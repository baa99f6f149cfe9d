"""Settings of what is accepted from a message: for the live service, and for a replay."""

from pydantic import AwareDatetime, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest.decoding.acceptance import DEFAULT_LIMITS, Limits, QuarantineLimits, StreamLimits
from ingest.decoding.timestamps import aware, microseconds

_KEPT = DEFAULT_LIMITS.quarantine


class LimitSettings(BaseSettings):
    """What the operator can set of `Limits`. Raises pydantic.ValidationError."""

    model_config = SettingsConfigDict(env_prefix="VIRTAAMA_", frozen=True)

    ingest_payload_limit_bytes: int = Field(default=DEFAULT_LIMITS.payload_limit_bytes, ge=1)
    """A larger payload goes to quarantine unread."""
    ingest_earliest: AwareDatetime = aware(DEFAULT_LIMITS.earliest_us)
    """Device times before this are quarantined: a clock that lost its battery says 1970."""
    ingest_future_tolerance_s: float = Field(
        default=DEFAULT_LIMITS.future_tolerance_us / 1e6, ge=0, le=86_400
    )
    """Device times later than the time of reception and this are quarantined."""

    ingest_quarantine_limit_bytes: int = Field(default=_KEPT.limit_bytes, ge=1_000_000)
    """What quarantine keeps in all; beyond it messages that cannot be read are counted only."""
    ingest_quarantine_sender_limit_bytes: int = Field(default=_KEPT.sender_limit_bytes, ge=100_000)
    """The same for each line or mapping, so that one sender does not fill it for all."""
    ingest_quarantine_keep_days: int = Field(default=_KEPT.keep_days, ge=1, le=36_500)
    """What was last seen longer ago leaves quarantine when something new comes into it."""

    ingest_streams_limit: int = Field(default=DEFAULT_LIMITS.streams.limit, ge=1)
    """Topics of local stamps whose order is remembered near a repeated hour; beyond, the quietest
    is forgotten."""
    ingest_streams_sender_limit: int = Field(default=DEFAULT_LIMITS.streams.sender_limit, ge=1)
    """The same for each line or mapping, so that one sender's topics do not displace others'."""
    ingest_unread_places_limit: int = Field(default=DEFAULT_LIMITS.unread_places_limit, ge=1)
    """Places in the payloads of a mapping that are listed as unread; beyond, they are counted
    together. A payload may have keys without end."""

    @property
    def limits(self) -> Limits:
        """What is accepted from a message."""
        return Limits(
            payload_limit_bytes=self.ingest_payload_limit_bytes,
            earliest_us=microseconds(self.ingest_earliest),
            future_tolerance_us=round(self.ingest_future_tolerance_s * 1e6),
            quarantine=QuarantineLimits(
                self.ingest_quarantine_limit_bytes,
                self.ingest_quarantine_sender_limit_bytes,
                self.ingest_quarantine_keep_days,
            ),
            streams=StreamLimits(self.ingest_streams_limit, self.ingest_streams_sender_limit),
            unread_places_limit=self.ingest_unread_places_limit,
        )
