"""The second factor: codes that change every 30 seconds (RFC 6238), each good for one sign-in."""

import hmac
import re
from datetime import datetime

import pyotp

STEP_S = 30
SECRET_CHARACTERS = 32
ISSUER = "Virtaama"
# One step of clock difference to either side.
DRIFT_STEPS = 1


def new_secret() -> str:
    """Return a random secret of 160 bits in base 32."""
    return pyotp.random_base32(SECRET_CHARACTERS)


def is_secret(text: str) -> bool:
    """Tell whether a text could be a secret of `new_secret`."""
    return re.fullmatch(rf"[A-Z2-7]{{{SECRET_CHARACTERS}}}", text) is not None


def enrolment_url(secret: str, login: str) -> str:
    """Return what an authenticator reads from a QR code: otpauth://totp/…"""
    return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=login, issuer_name=ISSUER)


def step_of(code: str, secret: str, now: datetime) -> int | None:
    """Return the step that a code belongs to, or None if it is wrong or too old.

    Whoever stores the step and refuses it the next time makes the code good for once only.
    """
    totp = pyotp.TOTP(secret, interval=STEP_S)
    current = int(now.timestamp()) // STEP_S
    digits = code.replace(" ", "")
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
            found = step
    return found
