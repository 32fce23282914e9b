"""Papers get their number when they are first issued, and keep it."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from bureaus.models import Officer, Place
from bureaus.workdays import local_date
from inquiries.documents.papers import PAPERS, at_hand, signed_by
from inquiries.models import IssuedPaper
from inquiries.services.acting import begin, finish
from inquiries.services.refusals import NotInThisState


def issue_paper(inquiry_id: int, *, kind: str, by: Officer, now: datetime) -> IssuedPaper:
    """The paper stands under the next number of its bureau, kind and year; issued again, under the one it has.

    1. Locks the inquiry, so that a paper gets one number. 2. Locks the count until the transaction ends, so that a
    number that is taken back leaves no gap. Raises NotInThisState where there is no such paper to number, NotYours.
    """
    paper = PAPERS[kind]
    seen = begin(inquiry_id, act=None, by=by, now=now, seen=None)
    about = at_hand(seen).get(kind)
    if about is None or paper.issued_by is None:
        raise NotInThisState
    signs = signed_by(kind, seen, about)
    inquiry = begin(inquiry_id, act=paper.issued_by, by=by, now=now, seen=None, place=signs)
    issued = IssuedPaper.objects.filter(inquiry=inquiry, kind=kind, about=about).first()
    if issued is not None:
        return issued
    bureau = Place.objects.get(pk=signs.bureau_id)
    year = local_date(now).year
    with connection.cursor() as cursor:
        cursor.execute("select bida_next_paper(%s, %s, %s)", [bureau.pk, kind, year])
        [number] = cursor.fetchone() or (0,)
    issued = IssuedPaper.objects.create(
        district_id=inquiry.district_id,
        inquiry=inquiry,
        kind=kind,
        about=about,
        bureau=bureau,
        word=f"{bureau.name}{paper.word}",
        year=year,
        number=number,
        issued_at=now,
        by=by,
    )
    finish(
        inquiry, "paper_issued", by=by, now=now, changed=[], place_id=bureau.pk, paper=issued.pk, kind=kind
    )
    return issued
