"""The keys of second factors; part of the dashboard's settings, and read by the command line."""

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dashboard.auth.totp_keys import TotpKeys


class TotpSettings(BaseSettings):
    """The keys by which secrets of second factors are encrypted."""

    model_config = SettingsConfigDict(env_prefix="VIRTAAMA_", frozen=True)

    dashboard_totp_keys: SecretStr = SecretStr("")
    """Keys of `virtaama account new-totp-key`, parted by commas; the first encrypts. Empty: nobody
    can set a second factor."""

    @field_validator("dashboard_totp_keys")
    @classmethod
    def _keys_are_keys(cls, keys: SecretStr) -> SecretStr:
        try:
            TotpKeys.of(keys.get_secret_value())
        except ValueError:
            raise ValueError(
                "must be keys as `virtaama account new-totp-key` prints them, parted by commas"
            ) from None
        return keys

    @property
    def totp_keys(self) -> TotpKeys:
        """The keys, ready for use."""
        return TotpKeys.of(self.dashboard_totp_keys.get_secret_value())
