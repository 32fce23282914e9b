"""What is asked of figures and lists: days, places, words."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import DayInput, RowChoice, area
from bureaus.models import Place
from bureaus.models.scope import Scope
from inquiries.figures.desk import Offered
from inquiries.models import Bulletin, Topic
from inquiries.models.inquiry import STATE_LABELS, Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.states import OPEN

# No figure is older, and the arithmetic of a year earlier stays inside the calendar.
FIRST_DAY, LAST_DAY = date(2001, 1, 1), date(2199, 12, 31)


class AskedForm(forms.Form):
    """The days, and whose figures. Without days it is this month so far."""

    first_on = forms.DateField(label=_("From"), widget=DayInput, required=False)
    last_on = forms.DateField(label=_("Until"), widget=DayInput, required=False)
    place = RowChoice(Place.objects.none(), label=_("Place"), required=False, empty_label=_("All that I see"))

    def __init__(self, *args: Any, seen: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen_places = Place.objects.filter(pk__in=seen.places, parent__isnull=False)
        offered = seen_places
        if seen.district is not None:
            # Units and sections have pages of their own; an address may ask for one, the list names bureaus.
            asked = (self.data or {}).get("place", "")
            wanted = Q(kind=Place.Kind.BUREAU)
            if asked.isascii() and asked.isdigit() and len(asked) < 19:
                wanted |= Q(pk=int(asked))
            offered = seen_places.filter(wanted)
        self.fields["place"].queryset = offered.order_by("path")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        given: dict[str, Any] = super().clean() or {}
        today = timezone.localdate()
        given["last_on"] = given.get("last_on") or today
        given["first_on"] = given.get("first_on") or given["last_on"].replace(day=1)
        for name in ("first_on", "last_on"):
            if not FIRST_DAY <= given[name] <= LAST_DAY:
                self.add_error(name, _("Give a day between 2001 and 2199."))
        if "first_on" in given and "last_on" in given and given["first_on"] > given["last_on"]:
            self.add_error("last_on", _("The period ends before it begins."))
        return given


class BulletinForm(forms.Form):
    """The days a bulletin is of, both over, its foreword, and the earlier one that it corrects or withdraws."""

    first_on = forms.DateField(label=_("From"), widget=DayInput)
    last_on = forms.DateField(label=_("Until"), widget=DayInput)
    words = forms.CharField(
        label=_("Foreword"),
        required=False,
        max_length=2000,
        widget=area(4),
        help_text=_("Stands before the figures, as it is typed."),
    )
    replaces = RowChoice(Bulletin.objects.none(), required=False, widget=forms.HiddenInput)
    withdraws = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, district: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        earlier = Bulletin.objects.filter(district=district).defer("figures", "definitions")
        self.fields["replaces"].queryset = earlier  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The days within the calendar and in their order."""
        given: dict[str, Any] = super().clean() or {}
        for name in ("first_on", "last_on"):
            if given.get(name) and not FIRST_DAY <= given[name] <= LAST_DAY:
                self.add_error(name, _("Give a day between 2001 and 2199."))
        begins, ends = given.get("first_on"), given.get("last_on")
        if begins and ends and begins > ends:
            self.add_error("last_on", _("The period ends before it begins."))
        return given


class StepForm(forms.Form):
    """What is decided of a draft or a bulletin, and why."""

    reason = forms.CharField(
        label=_("In words"),
        required=False,
        max_length=2000,
        widget=area(2),
        help_text=_("Needed where it is sent back, refused or kept inside."),
    )


def _any(choices: Any) -> list[tuple[str, Any]]:
    return [("", _("all")), *getattr(choices, "choices", choices)]


class SearchForm(forms.Form):
    """Words, a reference, a number of the source or a telephone number, and what narrows them."""

    q = forms.CharField(
        label=_("Reference, telephone or words"), required=False, max_length=100, strip=True,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )  # fmt: skip
    state = forms.ChoiceField(label=_("State"), required=False, choices=[])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=_any(Kind))
    urgency = forms.ChoiceField(label=_("Urgency"), required=False, choices=_any(Urgency))
    channel = forms.ChoiceField(label=_("Channel"), required=False, choices=_any(Channel))
    bureau = RowChoice(Place.objects.none(), label=_("Held by"), required=False, empty_label=_("all"))
    topic = RowChoice(Topic.objects.none(), label=_("Topic"), required=False, empty_label=_("all"))
    asked_from = forms.DateField(label=_("Asked from"), required=False, widget=DayInput)
    asked_until = forms.DateField(label=_("Asked until"), required=False, widget=DayInput)

    def __init__(self, *args: Any, seen: Scope, district: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Those no longer used too: what was about them stays so.
        topics = Topic.objects.filter(district=district).order_by("name", "pk")
        self.fields["topic"].queryset = topics  # type: ignore[attr-defined]
        offered = Place.objects.filter(pk__in=seen.places).exclude(kind=Place.Kind.SECTION)
        self.fields["bureau"].queryset = offered.order_by("path")  # type: ignore[attr-defined]
        self.fields["state"].choices = [  # type: ignore[attr-defined]
            ("", _("all")),
            ("unanswered", _("unanswered")),
            ("overdue", _("overdue")),
            *STATE_LABELS,
        ]

    def clean(self) -> dict[str, Any]:
        """The days within the calendar and in their order."""
        given: dict[str, Any] = super().clean() or {}
        for name in ("asked_from", "asked_until"):
            if given.get(name) and not FIRST_DAY <= given[name] <= LAST_DAY:
                self.add_error(name, _("Give a day between 2001 and 2199."))
        begins, ends = given.get("asked_from"), given.get("asked_until")
        if begins and ends and begins > ends:
            self.add_error("asked_until", _("The period ends before it begins."))
        return given


# The groups of the list of today, in its order.
GROUPS = [
    ("overdue", _("Overdue")),
    ("today", _("Due today")),
    ("soon", _("Within three working days")),
    ("later", _("Later")),
    ("citizen", _("Waiting for the citizen")),
    ("approver", _("Waiting for a decision")),
]


class TodayForm(forms.Form):
    """What narrows the list of today; choices are offered by the list, so that they cost one question."""

    group = forms.ChoiceField(label=_("Due"), required=False, choices=_any(GROUPS))
    state = forms.ChoiceField(
        label=_("State"), required=False,
        choices=_any([(code, words) for code, words in STATE_LABELS if code in OPEN]),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=_any(Kind))
    urgency = forms.ChoiceField(label=_("Urgency"), required=False, choices=_any(Urgency))
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    place = forms.ChoiceField(label=_("Place"), required=False)
    post = forms.ChoiceField(label=_("Post"), required=False)
    q = forms.CharField(label=_("Words in the question"), required=False, max_length=100)

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, found in (("topic", offered.topics), ("place", offered.places), ("post", offered.posts)):
            choices = _any([(str(pk), words) for pk, words in found])
            self.fields[name].choices = choices  # type: ignore[attr-defined]
            if len(choices) < 2 and not self.data.get(name):
                del self.fields[name]

    def given(self) -> dict[str, str]:
        """What was asked for, in the order of the fields."""
        return {name: value for name in self.fields if (value := self.cleaned_data.get(name))}
