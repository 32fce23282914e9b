"""Contact data in clear: an act with a reason, on record before it is shown."""

from __future__ import annotations

from datetime import datetime

from bureaus.access import Act
from bureaus.models import Officer
from bureaus.models.fields import decrypt
from bureaus.models.written import check_text
from inquiries.models import ClearReading
from inquiries.services.acting import begin
from inquiries.services.refusals import NeedsReason


def read_clear(inquiry_id: int, *, reason: str, by: Officer, now: datetime) -> dict[str, str]:
    """The citizen's contact data in clear, after the reading is in the access log. Raises NeedsReason, NotYours,
    KeyDestroyed for what was erased."""
    inquiry = begin(inquiry_id, act=Act.READ_CLEAR, by=by, now=now, seen=None)
    if not reason.strip():
        raise NeedsReason
    # Inserted in bulk, past the model's own check: the web role may not read back what it logs.
    check_text(reason.strip(), field="reason", most=200)
    citizen = inquiry.citizen
    if citizen is None or citizen.key is None:
        return {}
    tokens = {
        name: getattr(citizen, name)
        for name in ("name", "phone", "email", "address", "identity_number")
        if getattr(citizen, name)
    }
    ClearReading.objects.bulk_create(
        [
            ClearReading(
                district_id=inquiry.district_id,
                officer=by,
                inquiry=inquiry,
                fields=",".join(tokens),
                reason=reason.strip(),
                at=now,
            )
        ]
    )
    return {name: decrypt(token, citizen.key) for name, token in tokens.items()}
