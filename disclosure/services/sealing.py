"""What is sealed for the inside: anybody who has its public key writes, and only the inside reads.

A fresh X25519 key for each entry agrees with that of the inside on a key of one use (as RFC 9180 does), under which
Fernet encrypts. The private key is made of FIELD_KEYS, so that there is no further secret to keep: an entry opens as
long as the master it was sealed for is among them.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_LENGTH = 32


class Unopened(Exception):
    """No master key in FIELD_KEYS opens this, or it is no entry at all."""


def public_key() -> bytes:
    """The key to seal with: that of the first master."""
    return _private(str(settings.FIELD_KEYS[0])).public_key().public_bytes_raw()


def seal(content: bytes, public: bytes) -> bytes:
    """The content, which only the holder of the private key reads; not even whoever sealed it."""
    once = X25519PrivateKey.generate()
    own = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    return own + _cipher(shared, own + public).encrypt(content)


def open_sealed(sealed: bytes) -> bytes:
    """What was sealed. Raises Unopened."""
    own, token = sealed[:_LENGTH], sealed[_LENGTH:]
    for master in settings.FIELD_KEYS:
        private = _private(str(master))
        public = private.public_key().public_bytes_raw()
        try:
            shared = private.exchange(X25519PublicKey.from_public_bytes(own))
            return _cipher(shared, own + public).decrypt(token)
        except (InvalidToken, ValueError):
            continue
    raise Unopened


def _private(master: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(_derived(base64.urlsafe_b64decode(master), b"bida intake"))


def _cipher(shared: bytes, both: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(shared, b"bida intake entry" + both)))


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=_LENGTH, salt=None, info=purpose).derive(secret)
