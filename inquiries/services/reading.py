"""Contact data and files in clear: an act with a reason, on record before it is shown."""

from __future__ import annotations

from datetime import datetime

from bureaus.access import Act
from bureaus.models import Officer
from bureaus.models.fields import decrypt
from bureaus.models.written import check_text
from inquiries.models import Attachment, ClearReading, Inquiry
from inquiries.services.acting import begin
from inquiries.services.attaching import open_attachment
from inquiries.services.refusals import CitizenErased, NeedsReason


def read_clear(inquiry_id: int, *, reason: str, by: Officer, now: datetime) -> dict[str, str]:
    """The citizen's contact data in clear, after the reading is in the access log. Raises NeedsReason, NotYours,
    CitizenErased."""
    inquiry = begin(inquiry_id, act=Act.READ_CLEAR, by=by, now=now, seen=None)
    _check(reason)
    citizen = inquiry.citizen
    if citizen is None or citizen.key is None:
        return {}
    if citizen.erased_at is not None:
        raise CitizenErased
    tokens = {
        name: getattr(citizen, name)
        for name in ("name", "phone", "email", "address", "identity_number")
        if getattr(citizen, name)
    }
    _log(inquiry, ",".join(tokens), reason, by=by, now=now)
    return {name: decrypt(token, citizen.key) for name, token in tokens.items()}


def read_attachment(attachment: Attachment, *, reason: str, by: Officer, now: datetime) -> tuple[str, bytes]:
    """The name and content of a file the reader sees, after the reading is in the access log: a file may show who
    asked. Raises NeedsReason, KeyDestroyed for what was erased, FileNotFoundError."""
    _check(reason)
    opened = open_attachment(attachment)
    _log(attachment.inquiry, f"attachment {attachment.pk}", reason, by=by, now=now)
    return opened


def _check(reason: str) -> None:
    if not reason.strip():
        raise NeedsReason
    check_text(reason.strip(), field="reason", most=200)


def _log(inquiry: Inquiry, fields: str, reason: str, *, by: Officer, now: datetime) -> None:
    # Inserted in bulk, past the model's own check: the web role may not read back what it logs.
    ClearReading.objects.bulk_create(
        [
            ClearReading(
                district_id=inquiry.district_id,
                officer=by,
                inquiry=inquiry,
                fields=fields,
                reason=reason.strip(),
                at=now,
            )
        ]
    )
