"""Settings of what is accepted from a message: for the live service, and for a replay."""

from pydantic import AwareDatetime, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest.limits import DEFAULT_LIMITS, Limits
from ingest.stamps import aware, microseconds


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

    @property
    def limits(self) -> Limits:
        """What is accepted from a message."""
        return Limits(
            payload_limit_bytes=self.ingest_payload_limit_bytes,
            earliest_us=microseconds(self.ingest_earliest),
            future_tolerance_us=round(self.ingest_future_tolerance_s * 1e6),
        )
