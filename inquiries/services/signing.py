"""A decision that was signed on paper counts: its scan is kept, and the approver's duty ends."""

from __future__ import annotations

from datetime import date, datetime

import filetype
from django.db.models import Q

from bureaus.access import MAY, Act
from bureaus.models import Officer, Post, Tenure
from bureaus.services.notices import NoticeRow, write_notices
from bureaus.workdays import local_date
from inquiries.access import is_named_reader
from inquiries.models import Draft, Duty, Inquiry, SignedPaper
from inquiries.models.duty import DutyKind
from inquiries.services.acting import begin, finish
from inquiries.services.answering import approve_draft
from inquiries.services.attaching import attach_file
from inquiries.services.extending import end_extension
from inquiries.services.refusals import (
    DutyDone,
    NobodyThen,
    NotAScan,
    NothingToSign,
    SignedAnotherDay,
    SignedByDrafter,
    WrongSigner,
)
from inquiries.states import OPEN

SIGNED = (DutyKind.APPROVAL, DutyKind.EXTENSION)


def enter_signed_paper(
    inquiry_id: int,
    *,
    duty: Duty,
    post: Post,
    signed_on: date,
    name: str,
    content: bytes,
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> SignedPaper:
    """The draft is approved, or the extension granted, by whoever held the post that day; the scan is the proof.

    1. Refuses: NotYours, NothingToSign, DutyDone, WrongSigner for a post that does not decide it or whose holder may
    not read a sealed matter, NobodyThen, SignedAnotherDay, SignedByDrafter, NotAScan, TooLarge. 2. Keeps the scan with
    the inquiry. 3. An event names the duty, the scan, post, signer and day. 4. The duty ends as if it had been decided
    here, entered by `by`. 5. The signer is told at once, so that nothing is signed in a name unknown to its bearer.
    """
    inquiry = begin(inquiry_id, act=Act.ENTER_PAPER, by=by, now=now, seen=seen, states=OPEN)
    waiting = Duty.objects.select_for_update(of=("self",)).select_related("place").get(pk=duty.pk)
    if waiting.inquiry_id != inquiry.pk or waiting.kind not in SIGNED:
        raise NothingToSign
    if waiting.done_at is not None:
        raise DutyDone
    signer = _signer(inquiry, waiting, post, signed_on, now=now)
    draft = None
    if waiting.kind == DutyKind.APPROVAL:
        draft = Draft.objects.select_for_update().get(inquiry=inquiry, decided_at=None)
        if draft.drafted_by_id == signer.pk:
            raise SignedByDrafter
    kind = filetype.guess(content) if content else None
    if kind is None or not (kind.mime == "application/pdf" or kind.mime.startswith("image/")):
        raise NotAScan
    scan = attach_file(inquiry.pk, name=name, content=content, by=by, now=now)
    # The file moved the chain on.
    inquiry = begin(inquiry_id, act=Act.ENTER_PAPER, by=by, now=now, seen=None, states=OPEN)
    entered = SignedPaper.objects.create(
        district_id=inquiry.district_id,
        inquiry=inquiry,
        duty=waiting,
        scan=scan,
        post=post,
        signer=signer,
        signed_on=signed_on,
        entered_by=by,
        entered_at=now,
    )
    finish(
        inquiry,
        "signed_on_paper",
        by=by,
        now=now,
        changed=[],
        place_id=waiting.place_id,
        duty=waiting.pk,
        attachment=scan.pk,
        post=post.pk,
        signer=signer.pk,
        signed_on=signed_on.isoformat(),
    )
    if draft is not None:
        approve_draft(inquiry, draft, waiting, approver=signer, by=by, now=now)
    else:
        end_extension(inquiry, waiting, grant=True, by=by, now=now)
    write_notices(
        rows=[
            NoticeRow(
                district_id=inquiry.district_id,
                recipient_id=signer.pk,
                cause_kind="signed_on_paper",
                cause_id=str(waiting.pk),
                kind="signed_on_paper",
                reference=inquiry.reference,
                url=f"/inquiries/{inquiry.pk}/",
                alone=True,
            )
        ],
        now=now,
    )
    return entered


def deciding(duty: Duty) -> Act:
    """The act by which such a duty is decided."""
    if duty.kind == DutyKind.APPROVAL:
        return Act.APPROVE
    at_district = duty.place_id == duty.district_id
    return Act.DECIDE_SECOND_EXTENSION if at_district else Act.DECIDE_FIRST_EXTENSION


def signers_of(duty: Duty) -> list[Post]:
    """The open posts that decide the duty: at its place or above, and allowed to."""
    roles = [role for role, acts in MAY.items() if deciding(duty) in acts]
    posts = Post.objects.filter(place__in=duty.place.above_ids, role__in=roles, closed_on=None)
    return list(posts.select_related("place").order_by("-place__path", "pk"))


def _signer(inquiry: Inquiry, duty: Duty, post: Post, signed_on: date, *, now: datetime) -> Officer:
    """Who held the post that day, else deputised."""
    if post not in signers_of(duty):
        raise WrongSigner
    if not local_date(duty.opened_at) <= signed_on <= local_date(now):
        raise SignedAnotherDay
    then = Tenure.objects.filter(
        Q(until_on=None) | Q(until_on__gt=signed_on), post=post, from_on__lte=signed_on
    )
    found = then.select_related("officer").order_by("-part", "pk").first()
    if found is None:
        raise NobodyThen
    if inquiry.sealed and not is_named_reader(found.officer, inquiry):
        raise WrongSigner
    return found.officer
