"""The papers of an inquiry: which there are, one under its number, the scan of one that was signed, a letter posted."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.directory import items_of
from bureaus.api.door import Door
from bureaus.api.files import BytesRenderer, file_response
from bureaus.api.problems import CannotStand
from bureaus.letterhead import docx_of
from bureaus.models import ApiScope
from bureaus.models.fields import KeyDestroyed
from bureaus.serializers import Day, LabelOut, Strict, Text, Upload, Whole, in_both
from inquiries.api.reading import whole
from inquiries.documents.papers import PAPERS, at_hand, write_paper
from inquiries.models import Duty, Inquiry, IssuedPaper
from inquiries.serializers.acting import ActOut, ClearIn
from inquiries.services.attaching import MOST_BYTES, TooLarge
from inquiries.services.calling import log_letter
from inquiries.services.citizens import TOLD_OF
from inquiries.services.papers import issue_paper
from inquiries.services.reading import read_clear
from inquiries.services.signing import SIGNED, enter_signed_paper, signers_of


class PaperOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    title = LabelOut()
    numbered = serializers.BooleanField(help_text="whether it gets a number when it is issued")
    number = serializers.CharField(allow_null=True, help_text="null: not issued, or a paper without a number")
    issued_at = serializers.DateTimeField(allow_null=True)


def _told(code: str, issued: IssuedPaper | None) -> dict[str, Any]:
    return {
        "code": code,
        "title": in_both(PAPERS[code].title),
        "numbered": PAPERS[code].issued_by is not None,
        "number": str(issued) if issued else None,
        "issued_at": issued.issued_at if issued else None,
    }


def _about(inquiry: Inquiry, code: str) -> int:
    """The row that the paper is about. Raises Http404 for a paper there is not."""
    about = at_hand(inquiry).get(code)
    if about is None:
        raise Http404
    return about


def _file(inquiry: Inquiry, code: str, clear: dict[str, str]) -> HttpResponse:
    about = _about(inquiry, code)
    issued = inquiry.issued_papers.filter(kind=code, about=about).first()
    official = write_paper(code, inquiry, about, clear=clear, issued=issued, now=timezone.now())
    with translation.override("zh-hans"):
        name = f"{PAPERS[code].title} {inquiry.reference}.docx"
    return file_response(docx_of(official), name=name)


def _inquiry(pk: int) -> Inquiry:
    return get_object_or_404(Inquiry.objects.select_related("holder", "district", "citizen__key"), pk=pk)


class Papers(Door):
    """The papers there are of an inquiry now."""

    scope = ApiScope.INQUIRIES
    tag = "papers"
    answers = {"GET": (200, items_of(PaperOut, "PapersOut"))}

    def get(self, request: Request, pk: int) -> Response:
        """Each with its number, where it has one."""
        inquiry = _inquiry(pk)
        issued = {(each.kind, each.about): each for each in inquiry.issued_papers.all()}
        found = [_told(code, issued.get((code, about))) for code, about in at_hand(inquiry).items()]
        return Response({"items": PaperOut(found, many=True).data})


class OnePaper(Door):
    """One paper as a .docx, the citizen masked."""

    scope = ApiScope.INQUIRIES
    tag = "papers"
    words = {"paper": PAPERS.keys}
    renderer_classes = (BytesRenderer,)
    media = {"GET": (BytesRenderer.media_type,)}
    answers = {"GET": (200, None)}

    def get(self, request: Request, pk: int, paper: str) -> HttpResponse:
        """In Chinese, in the form of GB/T 9704-2012."""
        return _file(_inquiry(pk), paper, {})


class IssuedPapers(Door):
    """The paper is issued under the next number of its bureau and year; again, it keeps the one it has."""

    scope = ApiScope.ACT
    tag = "papers"
    words = {"paper": PAPERS.keys}
    answers = {"POST": (201, PaperOut)}
    also = {"POST": ((200, PaperOut),)}

    def post(self, request: Request, pk: int, paper: str) -> Response:
        """Its number; 200 where it had one."""
        _about(_inquiry(pk), paper)
        now = timezone.now()
        issued = issue_paper(pk, kind=paper, by=self.officer, now=now)
        return Response(PaperOut(_told(paper, issued)).data, status=201 if issued.issued_at == now else 200)


class PaperInClear(Door):
    """One paper with name and address: an act with a reason, on record before it is answered."""

    scope = ApiScope.PERSONAL
    tag = "papers"
    words = {"paper": PAPERS.keys}
    body = ClearIn
    renderer_classes = (BytesRenderer,)
    media = {"POST": (BytesRenderer.media_type,)}
    answers = {"POST": (200, None)}

    def post(self, request: Request, pk: int, paper: str) -> HttpResponse:
        """404 for a paper that shows no citizen, and where she was erased."""
        inquiry = _inquiry(pk)
        _about(inquiry, paper)
        if not PAPERS[paper].shows_citizen:
            raise Http404
        reason = self.taken(request)["reason"]
        try:
            clear = read_clear(pk, reason=reason, by=self.officer, now=timezone.now())
        except KeyDestroyed as gone:
            raise Http404 from gone
        return _file(inquiry, paper, clear)


class SignedIn(Strict):
    seen = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    duty = serializers.IntegerField(
        min_value=1, max_value=2**62, help_text="the approval or extension that it decides"
    )
    post = serializers.IntegerField(min_value=1, max_value=2**62, help_text="of whoever signed")
    signed_on = Day()
    file = Upload(help_text="the scan: a picture or PDF of at most 10 MB")


class SignedPapers(Door):
    """The scan of a decision that was signed on paper is entered, and decides what waited for it."""

    scope = ApiScope.ACT
    tag = "papers"
    parser_classes = (MultiPartParser,)
    body = SignedIn
    answers = {"POST": (201, ActOut)}

    def post(self, request: Request, pk: int) -> Response:
        """The draft is approved, or the extension granted, by who held the post that day."""
        inquiry, given = _inquiry(pk), self.taken(request)
        waiting = Duty.objects.open().select_related("place", "inquiry")
        duty = waiting.filter(pk=given["duty"], inquiry=inquiry, kind__in=SIGNED).first()
        if duty is None:
            raise CannotStand(_unknown("duty"))
        post = next((each for each in signers_of(duty) if each.pk == given["post"]), None)
        if post is None:
            raise CannotStand(_unknown("post"))
        upload = given["file"]
        if upload.size > MOST_BYTES:
            raise TooLarge
        enter_signed_paper(
            pk,
            duty=duty,
            post=post,
            signed_on=given["signed_on"],
            name=upload.name or "",
            content=upload.read(),
            by=self.officer,
            now=timezone.now(),
            seen=given["seen"],
        )
        return Response(ActOut({"done": "signed-paper", "inquiry": whole(pk)}).data, status=201)


def _unknown(field: str) -> dict[str, list[ErrorDetail]]:
    return {field: [ErrorDetail(_("There is no such key."), code="invalid_choice")]}


class LetterIn(Strict):
    seen = Whole(min_value=0, max_value=2**31 - 1)
    what = serializers.ChoiceField(choices=[(what, what) for what in TOLD_OF], help_text="what it tells")
    posted_on = Day()
    number = Text(required=False, allow_blank=True, max_length=40, help_text="of a registered letter")


class Letters(Door):
    """A letter to the citizen was posted; what was owed to be told by it is done."""

    scope = ApiScope.ACT
    tag = "papers"
    body = LetterIn
    answers = {"POST": (201, ActOut)}

    def post(self, request: Request, pk: int) -> Response:
        """On record, with the day and the number."""
        _inquiry(pk)
        given = self.taken(request)
        log_letter(
            pk,
            what=given["what"],
            posted_on=given["posted_on"],
            number=given.get("number", ""),
            by=self.officer,
            now=timezone.now(),
            seen=given["seen"],
        )
        return Response(ActOut({"done": "letter", "inquiry": whole(pk)}).data, status=201)
