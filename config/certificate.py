"""A certificate for `make run HTTPS=1`, signed by an authority of this machine that tablets are told to trust.

Both lie under var/https. The authority may sign for addresses of private networks and for this machine's names, and
for nothing else: who steals its key cannot stand in for other sites.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Android and iOS refuse a server's certificate that is good for longer than 825 days.
AUTHORITY_LASTS, SERVER_LASTS, RENEWED_BEFORE = timedelta(days=3650), timedelta(days=397), timedelta(days=30)
PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Files:
    """Where the certificates and the server's key lie."""

    folder: Path

    @property
    def authority(self) -> Path:
        """What a tablet is told to trust."""
        return self.folder / "bida-authority.crt"

    @property
    def authority_key(self) -> Path:
        """What signs the next certificate of the server."""
        return self.folder / "authority.key"

    @property
    def server(self) -> Path:
        """What the web server shows."""
        return self.folder / "server.crt"

    @property
    def server_key(self) -> Path:
        """The web server's own."""
        return self.folder / "server.key"


def names_of_this_machine() -> list[str]:
    """By which names and addresses a tablet in the same network may reach it."""
    found = ["localhost", "127.0.0.1"]
    host = socket.gethostname().lower()
    if host not in ("", "localhost"):
        found += [host] if "." in host else [host, f"{host}.local"]
    try:
        found += [str(each[4][0]) for each in socket.getaddrinfo(host, None, socket.AF_INET)]
    except OSError:
        pass  # A machine that does not know its own name.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            # Nothing is sent: it tells by which address this machine would speak to others.
            asked.connect(("192.0.2.1", 9))
            found.append(asked.getsockname()[0])
        except OSError:
            pass  # No network yet; this machine alone.
    return list(dict.fromkeys(found))


def prepare(folder: Path, names: list[str], *, now: datetime) -> Files:
    """The server's certificate is good for these names, and for a month or more; the authority stays while it may.

    A tablet that trusts the authority goes on trusting when an address changes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    files = Files(folder)
    authority = _read(files.authority, now=now)
    if authority is None or not files.authority_key.exists() or not _may_sign(authority, names):
        _make_authority(files, names, now=now)
        files.server.unlink(missing_ok=True)
    server = _read(files.server, now=now)
    if server is None or not files.server_key.exists() or not set(names) <= set(_names_in(server)):
        _make_server(files, names, now=now)
    return files


def trust(files: Files) -> ssl.SSLContext:
    """For a client on this machine that trusts this authority alone."""
    return ssl.create_default_context(cafile=str(files.authority))


def _read(file: Path, *, now: datetime) -> x509.Certificate | None:
    """The certificate that lies there, None where it ends soon or is none."""
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError):
        return None
    return found if found.not_valid_after_utc - now > RENEWED_BEFORE else None


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _general(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _names_in(certificate: x509.Certificate) -> list[str]:
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [*held.get_values_for_type(x509.DNSName), *map(str, held.get_values_for_type(x509.IPAddress))]


def _may_sign(authority: x509.Certificate, names: list[str]) -> bool:
    """Whether every name lies within what the authority was made for."""
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
    domains = {each.value for each in permitted or [] if isinstance(each, x509.DNSName)}
    networks = [each.value for each in permitted or [] if isinstance(each, x509.IPAddress)]
    for name in names:
        address = _address(name)
        if address is None:
            if name not in domains:
                return False
        elif not any(address in network for network in networks):  # type: ignore[operator]
            return False
    return True


def _make_authority(files: Files, names: list[str], *, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    networks = [ipaddress.ip_network(each) for each in PRIVATE]
    for address in filter(None, map(_address, names)):
        if not any(address in network for network in networks):
            networks.append(ipaddress.ip_network(str(address)))
    permitted: list[x509.GeneralName] = [x509.IPAddress(network) for network in networks]
    permitted += [x509.DNSName(name) for name in names if _address(name) is None]
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"Bida on {socket.gethostname()} ({now:%Y-%m-%d})"[:64])]
    )
    made = (
        _begun(name, name, key.public_key(), now=now, lasts=AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(files.authority_key, _private(key))
    _write(files.authority, made.public_bytes(serialization.Encoding.PEM))


def _make_server(files: Files, names: list[str], *, now: datetime) -> None:
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    signer = serialization.load_pem_private_key(files.authority_key.read_bytes(), None)
    assert isinstance(signer, Key)  # noqa: S101  # nosec B101: of our own making
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bida")])
    made = (
        _begun(name, authority.subject, key.public_key(), now=now, lasts=SERVER_LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    _write(files.server_key, _private(key))
    _write(files.server, made.public_bytes(serialization.Encoding.PEM))


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    *,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    # A day back: the clock of a tablet may be behind.
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - timedelta(days=1))
        .not_valid_after(now.astimezone(UTC) + lasts)
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


def _private(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, and readable to its owner only."""
    handle, draft = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as draft_file:
        draft_file.write(content)
    Path(draft).replace(file)
