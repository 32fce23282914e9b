"""Files that come with a question or an answer: known by their content, encrypted, read through the same access."""

from __future__ import annotations

import hashlib
from datetime import datetime

import filetype
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from bureaus.access import Act
from bureaus.models import Officer
from bureaus.models.fields import decrypt, decrypt_bytes, encrypt, encrypt_bytes
from bureaus.models.written import check_text
from bureaus.services.keys import make_key
from bureaus.services.refusals import Refusal
from inquiries.models import Attachment
from inquiries.services.acting import begin, finish

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 20
# What a citizen or an officer sends: pictures, documents, sound. Nothing that a browser would run.
TYPES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "audio/mpeg": "mp3",
    "audio/x-wav": "wav",
    "audio/m4a": "m4a",
    "video/mp4": "mp4",
}


class TooLarge(Refusal):
    sentence = _("A file may have at most 10 MB, and an inquiry at most 20 files.")
    field = "file"


class NotThisType(Refusal):
    sentence = _(
        "Pictures, PDF, Word, Excel, sound and MP4 are taken. This file is something else, whatever its name."
    )
    field = "file"


def check_file(name: str, content: bytes) -> str:
    """The type, read from the content. Raises TooLarge, NotThisType, NotPlainText."""
    if len(content) > MOST_BYTES:
        raise TooLarge
    kind = filetype.guess(content) if content else None
    if kind is None or kind.mime not in TYPES:
        raise NotThisType
    check_text(name, field="file")
    return str(kind.mime)


def attach_file(
    inquiry_id: int, *, name: str, content: bytes, by: Officer | None, now: datetime, seen: int | None = None
) -> Attachment:
    """The file is kept with the inquiry, encrypted under a key of its own; the same content is kept once.

    The type is read from the content, never from the name. The content is written before the row commits: a crash
    leaves a file nobody points at, never a row without its file. Raises TooLarge, NotThisType, NotYours.
    """
    inquiry = begin(inquiry_id, act=Act.LOG_CONTACT, by=by, now=now, seen=seen)
    digest = hashlib.sha256(content).hexdigest()
    standing = Attachment.objects.filter(inquiry=inquiry, digest=digest).first()
    if standing is not None:
        return standing
    if inquiry.attachments.count() >= MOST_FILES:
        raise TooLarge
    mime = check_file(name, content)
    key = make_key(district_id=inquiry.district_id)
    sealed = encrypt_bytes(content, key)
    address = hashlib.sha256(sealed).hexdigest()
    stored_as = default_storage.save(f"attachments/{address[:2]}/{address}", ContentFile(sealed))
    attachment = Attachment.objects.create(
        inquiry=inquiry,
        name=encrypt(name[-200:], key),
        content_type=mime,
        size=len(content),
        digest=digest,
        stored_as=stored_as,
        key=key,
        added_at=now,
        added_by=by,
    )
    finish(inquiry, "attached", by=by, now=now, changed=[], attachment=attachment.pk, digest=digest)
    return attachment


def open_attachment(attachment: Attachment) -> tuple[str, bytes]:
    """The name and content in clear of a file the reader sees. Raises KeyDestroyed for what was erased."""
    with default_storage.open(attachment.stored_as) as stored:
        content = decrypt_bytes(stored.read(), attachment.key)
    return decrypt(attachment.name, attachment.key), content
