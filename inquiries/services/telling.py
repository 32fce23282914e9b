"""Who is told what inside the office: rows for notices, holding reference and due, never content."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bureaus.access import Recipient, Roll
from bureaus.services.notices import NoticeRow, write_notices
from inquiries.models import Duty, Inquiry, Sight


def fit_to_know(inquiry: Inquiry | None, recipients: Iterable[Recipient]) -> list[Recipient]:
    """Those of the recipients who may know of the inquiry: of a sealed one its named readers, and if none of them is
    among the recipients, all its named readers."""
    found = list(recipients)
    if inquiry is None or not inquiry.sealed:
        return found
    named = set(
        Sight.objects.filter(inquiry=inquiry, officer__isnull=False, officer__is_active=True).values_list(
            "officer_id", flat=True
        )
    )
    return [r for r in found if r.officer_id in named] or [
        Recipient(pk, None) for pk in sorted(filter(None, named))
    ]


def tell_duty(duty: Duty, *, now: datetime, roll: Roll | None = None) -> None:
    """The post that owes the duty has a notice of it, in the next digest."""
    roll = roll or Roll(duty.district_id, now=now)
    reference = duty.inquiry.reference if duty.inquiry else ""
    write_notices(
        rows=[
            NoticeRow(
                district_id=duty.district_id,
                recipient_id=recipient.officer_id,
                cause_kind="duty",
                cause_id=str(duty.pk),
                kind=duty.kind,
                reference=reference,
                due_at=duty.due_at,
                url=f"/inquiries/{duty.inquiry_id}/" if duty.inquiry_id else f"/duties/{duty.pk}/",
                acting=recipient.acting,
                # A sealed matter does not go to the addresses of a place, which others there read.
                place_id=None if duty.inquiry and duty.inquiry.sealed else duty.place_id,
            )
            for recipient in fit_to_know(
                duty.inquiry, roll.reach("handler", place_id=duty.place_id, post_id=duty.post_id)
            )
        ],
        now=now,
    )


def tell_inquiry(
    inquiry: Inquiry,
    kind: str,
    recipients: Iterable[Recipient],
    *,
    now: datetime,
    alone: bool = False,
    level: str = "",
) -> None:
    """These officers have a notice that `kind` happened to the inquiry; `alone` what came back to them."""
    write_notices(
        rows=[
            NoticeRow(
                district_id=inquiry.district_id,
                recipient_id=recipient.officer_id,
                cause_kind=kind,
                cause_id=f"{inquiry.pk}.{inquiry.version}",
                kind=kind,
                level=level,
                reference=inquiry.reference,
                due_at=inquiry.due_at,
                url=f"/inquiries/{inquiry.pk}/",
                alone=alone or inquiry.urgency == "critical",
                urgent=inquiry.urgency != "ordinary",
                place_id=None if inquiry.sealed else inquiry.holder_id,
                acting=recipient.acting,
            )
            for recipient in fit_to_know(inquiry, recipients)
        ],
        now=now,
    )
