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


def below_the_district(recipients: Iterable[Recipient], roll: Roll, place_id: int) -> list[Recipient]:
    """Those of the recipients whose post is not of the district's office: who is told of a redacted copy."""
    office = roll.path[place_id][0]
    return [r for r in recipients if r.post_id is not None and roll.place_of.get(r.post_id) != office]


def tell_duty(duty: Duty, *, now: datetime, roll: Roll | None = None) -> None:
    """The post that owes the duty has a notice of it, in the next digest."""
    roll = roll or Roll(duty.district_id, now=now)
    owing = roll.reach("handler", place_id=duty.place_id, post_id=duty.post_id)
    inquiry = None if duty.apart else duty.inquiry
    write_notices(
        rows=[
            NoticeRow(
                district_id=duty.district_id,
                recipient_id=recipient.officer_id,
                cause_kind="duty",
                cause_id=str(duty.pk),
                kind=duty.kind,
                reference=inquiry.reference if inquiry else "",
                due_at=duty.due_at,
                url=f"/inquiries/{inquiry.pk}/" if inquiry else f"/duties/{duty.pk}/",
                acting=recipient.acting,
                # A sealed matter does not go to the addresses of a place, which others there read.
                place_id=None if duty.apart or (inquiry and inquiry.sealed) else duty.place_id,
            )
            for recipient in (
                below_the_district(owing, roll, duty.place_id) if duty.apart else fit_to_know(inquiry, owing)
            )
        ],
        now=now,
    )


def tell_asker(duty: Duty, *, now: datetime) -> None:
    """Who asked has a notice that the duty is done; without a reference, which the doer does not know."""
    if duty.asked_by_id is None:
        return
    write_notices(
        rows=[
            NoticeRow(
                district_id=duty.district_id,
                recipient_id=duty.asked_by_id,
                cause_kind="findings",
                cause_id=str(duty.pk),
                kind="findings",
                reference="",
                url=f"/inquiries/{duty.inquiry_id}/",
                alone=True,
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
