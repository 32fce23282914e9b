"""A plan as its author types it, and what hangs on it: materials, tasks, and the notice to the bureaus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import DayInput, RowsChoice, Ticks, area
from bureaus.models import Hotline, Place, Post
from disclosure.documents.plan import SHORT, parts_for
from disclosure.models import Material, Measure
from disclosure.services.desk import MOST_BROUGHT
from disclosure.services.plans import MOST_OF_PART

_ONE_ON_EACH = _("One on each line.")
_HINTS: dict[str, Any] = {
    "answering": _("One on each line, the line of business first: 低保：社会救助科 吴小燕"),
    "leaders": _("One on each line: who, and when. 分管副局长 郑敏，9:00—10:30"),
    "meetings": _("One on each line: the day, who met, and what was settled."),
    "aim": _("Empty: the aim of the whole open day."),
    "lessons": "",
    "venue": "",
}


class _Lines(RowsChoice):
    """Hotlines, told apart by what they are for."""

    def label_from_instance(self, line: Hotline) -> str:
        """Whose, what for, and its number."""
        return f"{line.place} · {line.get_purpose_display()} {line.number}"


class PlanForm(forms.Form):
    """The parts of a plan; of the district with theme, aim and last day, of a bureau with its units and hotlines."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    theme = forms.CharField(label=_("Theme"), max_length=200)
    aim = forms.CharField(label=_("Aim"), max_length=300, required=False)
    until_on = forms.DateField(
        label=_("Last day"), widget=DayInput, required=False, help_text=_("Only where it is more than one.")
    )
    units = RowsChoice(
        label=_("Units taking part"), queryset=Place.objects.none(), required=False, widget=Ticks
    )
    hotlines = _Lines(
        label=_("Hotlines open that day"), queryset=Hotline.objects.none(), required=False, widget=Ticks
    )

    def __init__(self, *args: Any, place: Place, **given: Any) -> None:
        given.setdefault("label_suffix", "")
        super().__init__(*args, **given)
        of_district = place.kind == Place.Kind.DISTRICT
        for name in ("units", "hotlines") if of_district else ("theme", "until_on", "aim"):
            del self.fields[name]
        for code, label in parts_for(place).items():
            self.fields[code] = forms.CharField(
                label=label,  # type: ignore[arg-type]  # as in forms/summaries.py, lazy
                required=False,
                max_length=SHORT.get(code, MOST_OF_PART),
                help_text=_HINTS.get(code, _ONE_ON_EACH),
                widget=forms.TextInput() if code in SHORT else area(4),
            )
        if of_district:
            return
        self.fields["units"].queryset = Place.objects.standing().filter(  # type: ignore[attr-defined]
            kind=Place.Kind.UNIT, path__startswith=place.path
        )
        self.fields["hotlines"].queryset = (  # type: ignore[attr-defined]
            Hotline.objects.filter(place__path__startswith=place.path).select_related("place").order_by("pk")
        )
        for name in ("units", "hotlines"):
            # Below the people, where whoever fills it in looks for them; none to choose, nothing to ask.
            if not self.fields[name].queryset.exists():  # type: ignore[attr-defined]
                del self.fields[name]
        self.order_fields(["seen", "aim", "venue", "people", "units", "answering", "leaders", "hotlines"])


class PrintForm(forms.Form):
    """A material that is printed for the booth."""

    name = forms.CharField(label=_("Name of the material"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Material.Kind)
    printed = forms.IntegerField(label=_("Number printed"), min_value=1, max_value=MOST_BROUGHT)
    measure = forms.ChoiceField(
        label=_("Counted in"),
        choices=[
            (code, label)
            for code, label in Measure.choices
            if code not in (Measure.PERSON, Measure.VISIT, Measure.CASE)
        ],
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", "auto_id": "print_%s"} | given)


class TaskForm(forms.Form):
    """A task, and the post that answers for it."""

    what = forms.CharField(label=_("Task"), max_length=200)
    post = forms.TypedChoiceField(label=_("By which post"), coerce=int)
    due_on = forms.DateField(label=_("Due"), widget=DayInput)

    def __init__(self, *args: Any, posts: Sequence[Post], **given: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", "auto_id": "task_%s"} | given)
        self.fields["post"].choices = [("", "—"), *((post.pk, str(post)) for post in posts)]  # type: ignore[attr-defined]


class NoticeForm(forms.Form):
    """Which bureaus owe a plan, by when, and what they are told."""

    places = RowsChoice(label=_("Bureaus"), queryset=Place.objects.none(), widget=Ticks)
    due_on = forms.DateField(label=_("Due"), widget=DayInput)
    request = forms.CharField(label=_("What they are told"), required=False, widget=area(3), max_length=2000)

    def __init__(self, *args: Any, places: QuerySet[Place], **given: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", "auto_id": "notice_%s"} | given)
        self.fields["places"].queryset = places  # type: ignore[attr-defined]
