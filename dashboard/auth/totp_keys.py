"""Secrets of second factors as the database keeps them: encrypted with keys that it does not have.

Whoever reads a backup cannot make codes. Fernet of the library `cryptography`: AES in CBC mode with
an HMAC, both from one key of 256 bits.
"""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from dashboard.auth import totp
from dashboard.auth.errors import NoTotpKey, SecondFactorUnreadable


class TotpKeys:
    """The first key encrypts, any decrypts; without one nothing is encrypted, nor decrypted.

    Raises ValueError for a text that is no key.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys = MultiFernet([Fernet(key) for key in keys]) if keys else None

    @classmethod
    def of(cls, keys: str) -> "TotpKeys":
        """Return the keys of a text that parts them by commas."""
        return cls([key.strip() for key in keys.split(",") if key.strip()])

    def __bool__(self) -> bool:
        """Whether there is one."""
        return self._keys is not None

    def encrypt(self, secret: str) -> str:
        """Return what is stored of a secret. Raises NoTotpKey."""
        if self._keys is None:
            raise NoTotpKey
        return self._keys.encrypt(secret.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """Return a secret; one from before there were keys stands as it is.

        Raises SecondFactorUnreadable without the key that encrypted it.
        """
        if totp.is_secret(stored):
            return stored
        if self._keys is None:
            raise SecondFactorUnreadable
        try:
            return self._keys.decrypt(stored.encode()).decode()
        except InvalidToken:
            raise SecondFactorUnreadable from None

    def renew(self, stored: str) -> str:
        """Return the same secret, encrypted anew. Raises NoTotpKey, SecondFactorUnreadable."""
        return self.encrypt(self.decrypt(stored))


def new_key() -> str:
    """Return a random key."""
    return Fernet.generate_key().decode()
