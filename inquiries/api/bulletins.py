"""The numbered reports of a district, frozen when they were made."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.directory import district_of, items_of
from bureaus.api.door import Door
from bureaus.api.files import BytesRenderer, file_response
from bureaus.api.problems import CannotStand, Unprocessable
from bureaus.models import ApiScope, Place
from bureaus.models.scope import of_one_moment
from bureaus.serializers import Strict, Upload
from inquiries.documents.own_forms import NotAForm, UnknownNames, fill_form
from inquiries.figures import CannotAsk, Measured, Period
from inquiries.models import Bulletin
from inquiries.serializers.statistics import PeriodOut, within_centuries
from inquiries.services.bulletins import freeze_bulletin, run_again

# Of a form as it is sent; unpacked it may be five times that.
MOST_BYTES = 10 * 2**20


class BulletinIn(Strict):
    locals()["from"] = serializers.DateField(validators=[within_centuries], help_text="first day")
    to = serializers.DateField(validators=[within_centuries], help_text="last day, which must be over")


class BulletinOut(serializers.ModelSerializer[Bulletin]):
    period = serializers.SerializerMethodField()

    class Meta:
        model = Bulletin
        fields: tuple[str, ...] = ("id", "year", "number", "period", "version", "made_at")

    def get_period(self, bulletin: Bulletin) -> PeriodOut:
        """Both days included."""
        days: dict[str, date] = {"from": bulletin.first_on, "to": bulletin.last_on}
        return PeriodOut(days).data  # type: ignore[return-value]


class WholeBulletinOut(BulletinOut):
    small = serializers.SerializerMethodField(help_text="names of the numbers that speak of fewer than five")

    class Meta(BulletinOut.Meta):
        fields = (*BulletinOut.Meta.fields, "figures", "definitions", "small")

    def get_small(self, bulletin: Bulletin) -> list[str]:
        """By the keys that lead to the number, a point between them."""
        told = bulletin.figures
        numbers = {f"counts.{name}": Measured(n or 0, of) for name, (n, of) in told["counts"].items()}
        numbers |= {f"times.{name}": Measured(spread["n"]) for name, spread in told["times"].items()}
        numbers |= {f"standings.{each['bureau']}": Measured(each["n"]) for each in told["standings"]}
        for bureau, bands in told["late_now"].items():
            numbers |= {f"late_now.{bureau}.{band}": Measured(n) for band, n in enumerate(bands)}
        return sorted(name for name, measured in numbers.items() if measured.small)


class MovedOut(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="figure.basis, or figure.basis.bureau")
    then = serializers.ListField(child=serializers.IntegerField(allow_null=True), allow_null=True)
    now = serializers.ListField(child=serializers.IntegerField(allow_null=True), allow_null=True)
    small = serializers.SerializerMethodField(help_text="it speaks of fewer than five now, or did then")

    def get_small(self, moved: Any) -> bool:
        """Whether so few are meant that they might be known."""
        return any(Measured(told[0] or 0, told[1]).small for told in (moved.then, moved.now) if told)


@of_one_moment
class Bulletins(Door):
    """The bulletins; a POST freezes one more."""

    scope = ApiScope.STATISTICS
    scopes = {"POST": ApiScope.ACT}
    tag = "bulletins"
    body = BulletinIn
    answers = {"GET": (200, items_of(BulletinOut, "BulletinsOut")), "POST": (201, WholeBulletinOut)}

    def get(self, request: Request) -> Response:
        """Of the reader's district, newest first; for who sees all of it."""
        found = Bulletin.objects.filter(district=district_of(request)).order_by("-year", "-number")
        return Response({"items": BulletinOut(found.defer("figures", "definitions"), many=True).data})

    def post(self, request: Request) -> Response:
        """The figures of a period that is over, as they stand now, under the year's next number."""
        given = self.taken(request)
        try:
            period = Period(given["from"], given["to"])
        except CannotAsk as wrong:
            raise Unprocessable({wrong.field: [ErrorDetail(str(wrong), code="cannot_ask")]}) from wrong
        district = get_object_or_404(Place, pk=district_of(request))
        made = freeze_bulletin(district=district, period=period, by=self.officer, now=timezone.now())
        return Response(WholeBulletinOut(made).data, status=201)


class OneBulletin(Door):
    """One bulletin with its figures, and their definitions as they were."""

    scope = ApiScope.STATISTICS
    tag = "bulletins"
    answers = {"GET": (200, WholeBulletinOut)}

    def get(self, request: Request, pk: int) -> Response:
        """As it was frozen."""
        return Response(WholeBulletinOut(get_object_or_404(Bulletin, pk=pk)).data)


@of_one_moment
class Moved(Door):
    """What is another number now than in the bulletin, which stays as it is."""

    scope = ApiScope.STATISTICS
    tag = "bulletins"
    answers = {"GET": (200, items_of(MovedOut, "BulletinMovedOut"))}

    def get(self, request: Request, pk: int) -> Response:
        """By name."""
        bulletin = get_object_or_404(Bulletin.objects.select_related("district"), pk=pk)
        return Response({"items": MovedOut(run_again(bulletin, now=timezone.now()), many=True).data})


class FormIn(Strict):
    form = Upload(help_text=".xlsx or .docx with names such as {{answered.happened}}")


class FilledForm(Door):
    """The district's own form, filled with what the bulletin froze."""

    scope = ApiScope.STATISTICS
    tag = "bulletins"
    parser_classes = (MultiPartParser,)
    renderer_classes = (BytesRenderer,)
    body = FormIn
    media = {"POST": (BytesRenderer.media_type,)}
    answers = {"POST": (200, None)}

    def post(self, request: Request, pk: int) -> HttpResponse:
        """Every name in its place; one that no figure has is refused, and nothing is kept of the form."""
        bulletin = get_object_or_404(Bulletin, pk=pk)
        form = self.taken(request)["form"]
        try:
            if form.size > MOST_BYTES:
                raise NotAForm
            filled = fill_form(form.read(), bulletin)
        except (NotAForm, UnknownNames) as wrong:
            raise CannotStand({"form": [ErrorDetail(str(wrong), code="cannot_fill")]}) from wrong
        return file_response(filled, name=form.name)
