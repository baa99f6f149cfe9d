"""What can go wrong on the way in.

    VirtaamaError                  (schemas.errors)
    └── AccessError                base of everything raised here
        ├── SignInRefused          name, password or code is wrong, or the account is closed
        ├── SignInPaused           too many tries; says how long to wait
        ├── CodeNeeded             the password is right and the account has a second factor
        ├── SecondFactorUnreadable the key that encrypted the second factor is not there
        ├── NoTotpKey              there is no key to encrypt a second factor with
        ├── IdentityUnproven       what came back from the provider proves nothing
        ├── ProviderAway           the OpenID Connect provider does not answer, or makes no sense
        ├── SessionEnded           the session expired, was revoked, or its account was disabled
        └── PasswordUnfit          a new password is too short, too long or too easy

The sentences are keys of no catalogue: a page shows its own text for each class.
"""

from schemas.errors import VirtaamaError


class AccessError(VirtaamaError):
    """Base of every error that `dashboard.auth` raises on purpose."""


class SignInRefused(AccessError):  # noqa: N818 - names the state, as the sentence does
    """One answer for all reasons, so that nobody learns which names exist."""

    def __init__(self) -> None:
        super().__init__("Name, password or code is wrong, or the account is locked for a while.")


class SignInPaused(AccessError):  # noqa: N818
    """Too many tries for this name or from this address, whether the name exists or not."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"Too many tries. Wait {wait_s:.0f} s and try again.")
        self.wait_s = wait_s


class CodeNeeded(AccessError):  # noqa: N818
    """The password was right; ask for the code of the second factor."""

    def __init__(self) -> None:
        super().__init__("Give the six digits that your authenticator shows.")


class SecondFactorUnreadable(AccessError):  # noqa: N818 - names the state
    """The password was right, but codes cannot be compared; an administrator has to help."""

    def __init__(self) -> None:
        super().__init__(
            "The second factor was encrypted with a key that VIRTAAMA_DASHBOARD_TOTP_KEYS does not "
            "hold. Put the key back, or take the factor away: `virtaama account totp LOGIN "
            "--remove`."
        )


class NoTotpKey(AccessError):  # noqa: N818
    """Second factors are kept encrypted or not at all."""

    def __init__(self) -> None:
        super().__init__(
            "No second factor can be set without a key. Put the one that `virtaama account "
            "new-totp-key` prints into VIRTAAMA_DASHBOARD_TOTP_KEYS."
        )


class IdentityUnproven(AccessError):  # noqa: N818
    """The message is for the log; a person is refused as with a wrong password."""


class ProviderAway(AccessError):  # noqa: N818
    """The provider cannot be asked now; a password still opens. The message is for the log."""


class SessionEnded(AccessError):  # noqa: N818
    """There is no living session for this token."""

    def __init__(self) -> None:
        super().__init__("The session has ended. Sign in again.")


class PasswordUnfit(AccessError):  # noqa: N818
    """A new password does not keep the rules; the message says which."""
