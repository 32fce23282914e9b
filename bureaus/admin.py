"""The rarely changed tables. Read-only, unless a table names the service that writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import CheckboxSelectMultiple, ModelChoiceField, ModelForm, MultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from bureaus.models import (
    Absence,
    ApiKey,
    ApiScope,
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
from bureaus.services.accounts import open_account, renew_password
from bureaus.services.api_keys import issue_key, revoke_key
from bureaus.services.places import change_hotline, open_place, publish_hotline
from bureaus.services.posts import begin_tenure, list_turn, note_absence, open_post
from bureaus.services.refusals import Refusal

Service = Callable[..., Model]


if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _KeyForm = ModelForm[ApiKey]
    _AccountForm = ModelForm[Officer]
else:
    _ModelAdmin = admin.ModelAdmin  # generic for the type checker only
    _KeyForm = _AccountForm = ModelForm


class ByService(_ModelAdmin):
    """A table that is only read, unless `adds` or `changes` names a service: the form's fields are its arguments."""

    adds: ClassVar[Service | None] = None
    # Takes the row as `row` beside the fields.
    changes: ClassVar[Service | None] = None
    actions: Any = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only where a service adds."""
        return self.adds is not None and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only where a service changes: what else changes, changes by an act of its own."""
        return self.changes is not None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: what was there stays on record."""
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool) -> None:
        """The service has written the row, and `obj` stands for it."""
        service = type(self).changes if change else type(self).adds
        if service is None or not isinstance(request.user, Officer):
            raise Refusal(_("This table is only read here."))
        # The service has the row as it stands, not as the form has filled it in.
        row = {"row": type(obj)._default_manager.get(pk=obj.pk)} if change else {}
        made = service(by=request.user, now=timezone.now(), **row, **form.cleaned_data)
        obj.pk = made.pk
        request.made = made  # type: ignore[attr-defined]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A refusal is said at its field, or above the form, and what was typed is kept."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refused:
            request.refused = refused.field, str(refused)  # type: ignore[attr-defined]
        except ValidationError as refused:
            request.refused = "", " ".join(refused.messages)  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form of the table; once more with the refusal, where the service gave one."""
        form = super().get_form(request, obj, change=change, **kwargs)
        field, words = getattr(request, "refused", ("", ""))
        if not words:
            return form

        class Refused(form):  # type: ignore[misc, valid-type]
            def clean(self) -> Any:
                given = super().clean()
                self.add_error(field if field in self.fields else None, words)
                return given

        return Refused


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
    changes = staticmethod(change_hotline)
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


# More are not handed over in one go.
MOST_PASSWORDS = 20


class AccountForm(_AccountForm):
    district = ModelChoiceField(
        label=_("district"), queryset=Place.objects.filter(kind=Place.Kind.DISTRICT, abolished_on=None)
    )


class KeyForm(_KeyForm):
    scopes = MultipleChoiceField(label=_("scopes"), choices=ApiScope, widget=CheckboxSelectMultiple)


@admin.register(ApiKey)
class ApiKeyAdmin(ByService):
    adds = staticmethod(issue_key)
    form = KeyForm
    list_display = (
        "name",
        "prefix",
        "scopes",
        "district",
        "bureau",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_select_related = ("district", "bureau")
    fields = ("name", "scopes", "district", "bureau", "officer", "per_minute", "expires_at")
    actions = ("revoke",)

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool) -> None:
        """The key is shown once, here."""
        super().save_model(request, obj, form, change)
        messages.warning(
            request,
            _("Copy the key now, it is not shown again: %(key)s") % {"key": request.made.token},  # type: ignore[attr-defined]
        )

    @admin.action(description=_("Revoke"), permissions=["add"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        """The chosen keys open nothing from now on."""
        for key in chosen:
            revoke_key(key=key, by=request.user, now=timezone.now())  # type: ignore[arg-type]


@admin.register(Officer)
class OfficerAdmin(ByService):
    adds = staticmethod(open_account)
    form = AccountForm
    list_display = ("username", "name", "district", "is_active")
    list_select_related = ("district",)
    search_fields = ("username", "name")
    actions = ("renew",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """An account is opened without rights; what it may do comes from its posts."""
        fields = ["username", "name", "district", "language", "external_id"]
        return fields if obj is None else [*fields, "is_active", "is_staff"]

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool) -> None:
        """The password is shown once, here."""
        super().save_model(request, obj, form, change)
        self._show(request, request.made)  # type: ignore[attr-defined]

    @admin.action(description=_("Give a new password"), permissions=["add"])
    def renew(self, request: HttpRequest, chosen: QuerySet[Officer]) -> None:
        """The chosen accounts have fresh passwords, each shown once."""
        for officer in chosen.order_by("pk")[:MOST_PASSWORDS]:
            try:
                made = renew_password(officer=officer, by=request.user, now=timezone.now())  # type: ignore[arg-type]
            except Refusal as refused:
                messages.error(request, f"{officer.username}: {refused}")
            else:
                self._show(request, made)

    def _show(self, request: HttpRequest, officer: Officer) -> None:
        messages.warning(
            request,
            _("Hand over the password now, it is not shown again. %(username)s: %(password)s")
            % {"username": officer.username, "password": officer.fresh_password},
        )


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


# Words of Django that its Chinese lacks, points as English does, or says as a programmer would.
WORDS_DJANGO_LACKS = (
    gettext_noop("Model name"),
    gettext_noop("Add link"),
    gettext_noop("Change or view list link"),
    gettext_noop(":"),
    gettext_noop("This field is required."),
)

# What an officer may do comes from the posts.
admin.site.unregister(Group)
admin.site.site_header = admin.site.site_title = _("Bida")
admin.site.index_title = _("Administration")
