"""The rarely changed tables. Read-only, unless a table names the service that writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bureaus.models import (
    Absence,
    CalendarDay,
    CalendarVersion,
    CalendarYear,
    DistrictSettings,
    DutyTurn,
    HandOver,
    Hotline,
    OfficeHours,
    Officer,
    Place,
    Post,
    Tenure,
)
from bureaus.services.places import open_place, publish_hotline
from bureaus.services.posts import begin_tenure, list_turn, note_absence, open_post
from bureaus.services.refusals import Refusal

Service = Callable[..., Model]


if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin  # generic for the type checker only


class ByService(_ModelAdmin):
    """A table that is only read, or to which `adds` adds: the form's fields become the service's arguments."""

    adds: ClassVar[Service | None] = None
    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only where a service adds."""
        return self.adds is not None and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: what changes, changes by an act of its own."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: what was there stays on record."""
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool) -> None:
        """The service has written the row, and `obj` stands for it."""
        service = type(self).adds
        if service is None or change or not isinstance(request.user, Officer):
            raise Refusal(_("This table is only read here."))
        made = service(by=request.user, now=timezone.now(), **form.cleaned_data)
        obj.pk = made.pk

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A refusal is said in words above the form."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refused:
            messages.error(request, str(refused))
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
        return redirect(request.path)


@admin.register(Place)
class PlaceAdmin(ByService):
    adds = staticmethod(open_place)
    list_display = ("name", "kind", "body", "parent", "abolished_on")
    list_filter = ("kind", "body")
    list_select_related = ("parent",)
    search_fields = ("name", "full_name")
    fields = (
        "kind",
        "name",
        "full_name",
        "parent",
        "body",
        "city",
        "region",
        "uscc",
        "external_id",
        "is_example",
    )


@admin.register(Hotline)
class HotlineAdmin(ByService):
    adds = staticmethod(publish_hotline)
    list_display = ("place", "purpose", "number", "hours")
    list_select_related = ("place",)
    fields = ("place", "purpose", "number", "extension", "hours")


@admin.register(Post)
class PostAdmin(ByService):
    adds = staticmethod(open_post)
    list_display = ("place", "title", "role", "closed_on")
    list_filter = ("role",)
    list_select_related = ("place",)
    fields = ("place", "role", "title")


@admin.register(Tenure)
class TenureAdmin(ByService):
    adds = staticmethod(begin_tenure)
    list_display = ("post", "officer", "part", "from_on", "until_on")
    list_select_related = ("post__place", "officer")
    fields = ("post", "officer", "part", "from_on", "until_on")


@admin.register(Absence)
class AbsenceAdmin(ByService):
    adds = staticmethod(note_absence)
    list_display = ("officer", "from_at", "until_at", "why")
    list_select_related = ("officer",)


@admin.register(DutyTurn)
class DutyTurnAdmin(ByService):
    adds = staticmethod(list_turn)
    list_display = ("place", "officer", "from_at", "until_at", "rank")
    list_select_related = ("place", "officer")


@admin.register(Officer)
class OfficerAdmin(ByService):
    list_display = ("username", "name", "district", "is_active")
    list_select_related = ("district",)
    search_fields = ("username", "name")
    fields = ("username", "name", "district", "language", "is_active", "is_staff", "external_id")


@admin.register(HandOver)
class HandOverAdmin(ByService):
    list_display = ("tenure", "to_officer", "open_items", "at")
    list_select_related = ("tenure", "to_officer")


@admin.register(DistrictSettings)
class DistrictSettingsAdmin(ByService):
    list_display = ("district", "digest_hour")
    list_select_related = ("district",)


@admin.register(CalendarVersion, CalendarYear, CalendarDay, OfficeHours)
class CalendarAdmin(ByService):
    """The calendar is written from CSV and by its own acts; here it is read."""


admin.site.site_header = admin.site.site_title = _("Bida")
admin.site.index_title = _("Administration")
