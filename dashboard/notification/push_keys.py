"""The key by which push services know this site (VAPID, RFC 8292): made, read, signed with."""

import base64
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from dashboard.notification.plan_file import PlanFileUnfit

SIGNED_FOR = timedelta(hours=12)  # push services take 24 h at most


class PushKey:
    """The private key of a file; never shown, only its public half is."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._signing = ECKey.import_key(_pem(private))
        self.public = public_text(private)

    def authorization(self, origin: str, contact: str, now: datetime) -> str:
        """Return the header by which a push service knows who asks; `contact` is an address."""
        claims = {"aud": origin, "exp": int((now + SIGNED_FOR).timestamp()), "sub": contact}
        token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, self._signing)
        return f"vapid t={token}, k={self.public}"


def new_private() -> tuple[str, str]:
    """Return a new private key as PEM, and its public half."""
    private = ec.generate_private_key(ec.SECP256R1())
    return _pem(private).decode(), public_text(private)


def read_push_key(path: Path) -> PushKey:
    """Read the file that `virtaama notify --new-push-key` wrote. Raises PlanFileUnfit."""
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise PlanFileUnfit(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise PlanFileUnfit(f"{path} is no key of `virtaama notify --new-push-key`.")
    return PushKey(private)


def _pem(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_text(private: ec.EllipticCurvePrivateKey) -> str:
    """Return the public half as browsers want it."""
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
