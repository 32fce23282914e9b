"""The files of an inquiry: which there are, one more, and what is in one."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.directory import items_of
from bureaus.api.door import Door
from bureaus.api.files import BytesRenderer, file_response
from bureaus.models import ApiScope
from bureaus.models.fields import KeyDestroyed
from bureaus.serializers import Strict, Upload
from inquiries.models import Attachment, Inquiry
from inquiries.serializers.acting import ClearIn
from inquiries.services.attaching import MOST_BYTES, TooLarge, attach_file
from inquiries.services.reading import read_attachment


class FileIn(Strict):
    file = Upload(help_text="picture, PDF, Word, Excel, sound or MP4, told by its content; at most 10 MB")


class AttachmentOut(serializers.ModelSerializer[Attachment]):
    sha256 = serializers.CharField(source="digest", help_text="of the content")

    erased_at = serializers.DateTimeField(source="key.destroyed_at", allow_null=True)

    class Meta:
        model = Attachment
        fields = ("id", "content_type", "size", "sha256", "added_at", "erased_at")


class Attachments(Door):
    """The files of an inquiry; a POST adds one."""

    scope = ApiScope.INQUIRIES
    scopes = {"POST": ApiScope.ACT}
    tag = "attachments"
    parser_classes = (MultiPartParser,)
    body = FileIn
    answers = {"GET": (200, items_of(AttachmentOut, "AttachmentsOut")), "POST": (201, AttachmentOut)}
    also = {"POST": ((200, AttachmentOut),)}

    def get(self, request: Request, pk: int) -> Response:
        """Oldest first, without their names: these may name somebody."""
        inquiry = get_object_or_404(Inquiry, pk=pk)
        return Response(
            {"items": AttachmentOut(inquiry.attachments.select_related("key").order_by("pk"), many=True).data}
        )

    def post(self, request: Request, pk: int) -> Response:
        """Kept with the inquiry; 200 where the same content is there already."""
        get_object_or_404(Inquiry, pk=pk)
        upload, now = self.taken(request)["file"], timezone.now()
        if upload.size > MOST_BYTES:
            raise TooLarge
        kept = attach_file(pk, name=upload.name, content=upload.read(), by=self.officer, now=now)
        return Response(AttachmentOut(kept).data, status=201 if kept.added_at == now else 200)


class Content(Door):
    """What is in a file: an act with a reason, on record before it is answered."""

    scope = ApiScope.PERSONAL
    tag = "attachments"
    body = ClearIn
    renderer_classes = (BytesRenderer,)
    media = {"POST": (BytesRenderer.media_type,)}
    answers = {"POST": (200, None)}

    def post(self, request: Request, pk: int, number: int) -> HttpResponse:
        """Its bytes, under its name; 404 for what was erased."""
        found = get_object_or_404(
            Attachment.objects.select_related("key", "inquiry"),
            pk=number,
            inquiry__in=Inquiry.objects.filter(pk=pk),
        )
        reason = self.taken(request)["reason"]
        try:
            name, content = read_attachment(found, reason=reason, by=self.officer, now=timezone.now())
        except (KeyDestroyed, FileNotFoundError) as gone:
            raise Http404 from gone
        return file_response(content, name=name)
