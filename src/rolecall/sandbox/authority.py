"""A certificate authority that has signed nothing, so that AWS clients in the sandbox's environment trust no server.

Not every client goes where AWS_ENDPOINT_URL says: the AWS CLI 1 sends sqs, rds, emr and health commands to AWS all the
same, and a program may name an endpoint. With this as their AWS_CA_BUNDLE such calls end before anything is sent. The
sandbox itself is plain HTTP on loopback and needs none.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


def nobodys_authority() -> str:
    """A self-signed authority as PEM text. Its key is thrown away."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rolecall sandbox: no server is trusted here")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
