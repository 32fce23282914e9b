"""Personal data at rest: every citizen, attachment and address has a data key of its own, wrapped by the master keys.

Destroying the data key erases what it wrote, wherever a copy of the ciphertext lies. The masters are in
settings.FIELD_KEYS, outside the database: the first wraps, all unwrap, so a new master is put in front and
`manage.py rotate_keys` re-wraps. See docs/decisions/0010-field-encryption.md.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from functools import lru_cache

import pgtrigger
import phonenumbers
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bureaus.models.places import Place


class KeyDestroyed(Exception):
    """The data was erased by destroying its key; nobody can read it again."""

    def __str__(self) -> str:
        return _("This personal data has been erased and cannot be read again.")


class KeyUnreadable(Exception):
    """No master key in FIELD_KEYS opens this data key, or the text was not written with it."""

    def __str__(self) -> str:
        return _("This personal data cannot be read with the keys this installation holds.")


class NotAPhone(ValueError):
    """The text is no telephone number."""

    def __str__(self) -> str:
        return _("This is not a telephone number. Give a mobile number, or a landline with its area code.")


class DataKey(models.Model):
    """One data key, wrapped by a master key. It has no clear form in the database, in logs or in its repr."""

    # Made here, not by the database: an insert under row-level security then needs no row back.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(
        Place, models.PROTECT, related_name="+", verbose_name=gettext_lazy("district")
    )
    wrapped = models.BinaryField(gettext_lazy("wrapped key"))
    wrapped_by = models.CharField(gettext_lazy("fingerprint of the master key"), max_length=16)
    destroyed_at = models.DateTimeField(gettext_lazy("destroyed at"), null=True, editable=False)

    class Meta:
        verbose_name = gettext_lazy("data key")
        verbose_name_plural = gettext_lazy("data keys")
        constraints = [
            models.CheckConstraint(
                name="data_key_destroyed_holds_nothing",
                condition=Q(destroyed_at=None, wrapped_by__gt="")
                | Q(destroyed_at__isnull=False, wrapped=b"", wrapped_by=""),
            )
        ]
        indexes = [
            models.Index(
                name="data_key_to_rotate", fields=["wrapped_by", "id"], condition=Q(destroyed_at=None)
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="destroyed_for_ever",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__destroyed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


def fresh_key(district_id: int) -> DataKey:
    """A new data key, not yet saved; `bureaus.services.keys` saves one or many."""
    wrapped, wrapped_by = wrap(Fernet.generate_key())
    return DataKey(district_id=district_id, wrapped=wrapped, wrapped_by=wrapped_by)


def encrypt(text: str, key: DataKey) -> str:
    """The text as a token that only `key` opens. Raises KeyDestroyed, KeyUnreadable."""
    return encrypt_bytes(text.encode(), key).decode("ascii")


def decrypt(token: str, key: DataKey) -> str:
    """The clear text of a token that `encrypt` made. Raises KeyDestroyed, KeyUnreadable."""
    return decrypt_bytes(token.encode("ascii"), key).decode()


def encrypt_bytes(content: bytes, key: DataKey) -> bytes:
    """The content of a file as a token that only `key` opens. Raises KeyDestroyed, KeyUnreadable."""
    return Fernet(unwrap(key)).encrypt(content)


def decrypt_bytes(token: bytes, key: DataKey) -> bytes:
    """The clear content of a token that `encrypt_bytes` made. Raises KeyDestroyed, KeyUnreadable."""
    try:
        return Fernet(unwrap(key)).decrypt(token)
    except InvalidToken:
        raise KeyUnreadable from None


def wrap(plain: bytes) -> tuple[bytes, str]:
    """A data key wrapped by the first master key, and that master's fingerprint."""
    return _masters(tuple(settings.FIELD_KEYS)).encrypt(plain), current_fingerprint()


def unwrap(key: DataKey) -> bytes:
    """The data key in clear, for the moment of use. Raises KeyDestroyed, KeyUnreadable."""
    if key.destroyed_at is not None:
        raise KeyDestroyed
    try:
        return _masters(tuple(settings.FIELD_KEYS)).decrypt(bytes(key.wrapped))
    except InvalidToken:
        raise KeyUnreadable from None


def current_fingerprint() -> str:
    """Names the first master key without telling anything of it: the masters are 256 random bits."""
    return hashlib.sha256(str(settings.FIELD_KEYS[0]).encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def _masters(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def keyed_hash(text: str, purpose: str) -> str:
    """HMAC-SHA256 of the text in hex: finds a number again without holding it.

    The key is settings.HASH_KEY, not a field key: rotating field keys must not lose what was found by hash.
    The purpose ("phone:7" for the phones of district 7) keeps one hash from being compared with another.
    """
    own = hmac.digest(str(settings.HASH_KEY).encode(), purpose.encode(), "sha256")
    return hmac.new(own, text.encode(), "sha256").hexdigest()


def normalise_phone(text: str) -> str:
    """The number in E.164 form (+8613840005021), an extension after ";ext=". Raises NotAPhone."""
    try:
        number = phonenumbers.parse(re.sub(r"\s*(转|轉|分机)\s*", " ext. ", text), "CN")
    except phonenumbers.NumberParseException:
        raise NotAPhone from None
    if not phonenumbers.is_possible_number(number):
        raise NotAPhone
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain};ext={number.extension}" if number.extension else plain


def mask_name(name: str | None) -> str:
    """张** for any name: the surname's first character, and not even the length of the rest."""
    name = (name or "").strip()
    return f"{name[0]}**" if len(name) > 1 else "*" * len(name)


def mask_phone(phone: str | None) -> str:
    """138****5021 for a full number; a number too short to hide within shows nothing."""
    main = (phone or "").split(";")[0]
    if main.strip().startswith(("+86", "0086")):
        main = main.strip().removeprefix("+86").removeprefix("0086")
        main = main if main.strip().startswith("1") else f"0{main.strip()}"
    digits = "".join(character for character in main if character.isdigit())
    if not digits:
        return ""
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 10 else "****"
