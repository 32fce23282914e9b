"""Which answer is to be published, and in which words."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import area
from disclosure.services.issues import MOST_OF_REASON


class ReferenceForm(forms.Form):
    reference = forms.CharField(label=_("Reference"), max_length=20)


class KeepInsideForm(forms.Form):
    reason = forms.CharField(label=_("Why it is not published"), widget=area(2), max_length=MOST_OF_REASON)


class ProposalForm(forms.Form):
    question = forms.CharField(label=_("Question, as everybody reads it"), widget=area(5), max_length=4000)
    answer = forms.CharField(label=_("Answer, as everybody reads it"), widget=area(8), max_length=8000)
