"""What ends a duty, as it is typed."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import DayInput, MomentInput, area


class CallForm(forms.Form):
    """A call to the citizen: when, and with what result."""

    result = forms.ChoiceField(
        label=_("Result"),
        choices=[
            ("told", _("The citizen was told")),
            ("not_reached", _("Not reached; try again")),
            ("could_not", _("Could not be told, after three attempts")),
        ],
        widget=forms.RadioSelect,
    )
    at = forms.DateTimeField(
        label=_("When you called"), required=False, widget=MomentInput, help_text=_("Empty: just now.")
    )
    reply = forms.CharField(label=_("In words"), widget=area(2), max_length=2000, required=False)


class DutyForm(forms.Form):
    reply = forms.CharField(label=_("What was done"), widget=area(3), max_length=2000)


class AcknowledgeForm(forms.Form):
    """A supervision (督办) is acknowledged with what will be done, and by when the citizen has the answer."""

    reply = forms.CharField(label=_("Why it is late, and what will be done"), widget=area(3), max_length=2000)
    planned_on = forms.DateField(
        label=_("Answered by"), widget=DayInput, help_text=_("The due stays as it is, and so does the chase.")
    )


class CircularForm(forms.Form):
    """The director signs the circular or refuses it; either way the reason is on record."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("signed", _("Sign it")), ("refused", _("Refuse it"))],
        widget=forms.RadioSelect,
    )
    reply = forms.CharField(label=_("Reason"), widget=area(3), max_length=2000)
