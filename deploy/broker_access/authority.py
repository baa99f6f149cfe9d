"""A certificate authority of our own, for a demonstration or a plant without one.

Its key signs one server certificate and is then forgotten: nobody can sign another one with it. Who
trusts it trusts this broker and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.errors import BrokerAccessError

VALID_DAYS = 397
RENEWED_BEFORE = timedelta(days=30)
BACKDATED = timedelta(hours=1)  # for clients whose clock is late


@dataclass(frozen=True)
class Certificates:
    """PEM texts: what clients trust, and what the broker shows and keeps secret."""

    authority: bytes
    server: bytes
    server_key: bytes


def certificates(hosts: list[str], now: datetime) -> Certificates:
    """Make an authority and a certificate of the broker for the names or addresses in `hosts`.

    Raises BrokerAccessError if a host is neither a name nor an address.
    """
    names = [_name(host) for host in hosts]
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name, server_name = _subject("Virtaama local authority"), _subject(hosts[0])
    authority_id = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(authority_id, critical=False)
        .sign(authority_key, SHA256())
    )
    server = (
        _builder(server_name, authority_name, server_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_id),
            critical=False,
        )
        .sign(authority_key, SHA256())
    )
    return Certificates(
        authority=authority.public_bytes(Encoding.PEM),
        server=server.public_bytes(Encoding.PEM),
        server_key=server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host)
    except ValueError:
        raise BrokerAccessError(f"{host!r} is no host name and no address.") from None


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=VALID_DAYS))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def covers(certificate: bytes, hosts: Sequence[str], now: datetime) -> bool:
    """Tell whether a certificate (PEM) of ours is for just these hosts, and for a month yet."""
    found = x509.load_pem_x509_certificate(certificate)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    for_them = {str(name.value) for name in names} == set(hosts)
    return for_them and found.not_valid_after_utc > now + RENEWED_BEFORE
