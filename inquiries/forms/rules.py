"""An answer rule and a ladder as the district's director types them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.forms.controls import Ticks
from inquiries import ladder as steps
from inquiries.models import AnswerRule
from inquiries.models.chase import Level
from inquiries.services.rules import check_rule, say_step


class EditionForm(forms.Form):
    """An edit of something that comes in editions: which was seen, and which typed values were previewed."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    previewed = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class RuleForm(EditionForm):
    amount = forms.IntegerField(label=_("Answer within"), min_value=1, max_value=2000)
    unit = forms.ChoiceField(label=_("Counted in"), choices=AnswerRule.Unit)
    end = forms.ChoiceField(
        label=_("Ends at"), choices=AnswerRule.End, help_text=_("Hours run round the clock to the minute.")
    )
    extensions = forms.IntegerField(
        label=_("Extensions allowed"), min_value=0, max_value=9, help_text=_("How many times; 0: none.")
    )
    extension_amount = forms.IntegerField(
        label=_("Each of at most"),
        min_value=0,
        max_value=2000,
        help_text=_("Counted in the unit above. Two of five working days are 2 and 5."),
    )
    dispatch_minutes = forms.IntegerField(
        label=_("Dispatch within (working minutes)"),
        min_value=1,
        max_value=30000,
        help_text=_("What is critical is dispatched within these minutes at any hour."),
    )
    return_days = forms.IntegerField(
        label=_("Return within (working days)"),
        min_value=1,
        max_value=30,
        help_text=_("A complex matter has one working day more."),
    )
    needs_approval = forms.BooleanField(label=_("Every answer needs approval"), required=False)
    source = forms.CharField(
        label=_("Source"), max_length=200, help_text=_("The law with its article, or the practice.")
    )
    note = forms.CharField(label=_("Why this edition"), max_length=300, required=False)

    def __init__(self, *args: Any, kind: str, urgency: str, **kwargs: Any) -> None:
        self.kind, self.urgency = kind, urgency
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """A due can be reckoned by what was typed."""
        given = super().clean() or {}
        if not self.errors:
            try:
                check_rule(self.rule())
            except forms.ValidationError as wrong:
                self.add_error(None, wrong)
        return given

    def rule(self) -> AnswerRule:
        """The rule as typed, unsaved."""
        words = {name: self.cleaned_data[name] for name in RULE_FIELDS}
        return AnswerRule(kind=self.kind, urgency=self.urgency, **words)


RULE_FIELDS = (
    *("amount", "unit", "end", "extensions", "extension_amount"),
    *("dispatch_minutes", "return_days", "needs_approval", "source"),
)

ROLES = [
    ("handler", pgettext_lazy("whom", "handler")),
    ("section_head", pgettext_lazy("whom", "section head")),
    ("vice_head", pgettext_lazy("whom", "vice head in charge")),
    ("bureau_head", pgettext_lazy("whom", "bureau head")),
    ("director", pgettext_lazy("whom", "district director")),
    ("duty_roster", pgettext_lazy("whom", "duty roster")),
]
ANCHORS = [
    ("span", _("% of the working days from asked to due")),
    ("due", _("working days after the due day (− before it)")),
    ("hours", _("% of the hours from asked to due")),
    ("office_minutes", _("office minutes after the due instant")),
]
PERCENT = ("span", "hours")


class _WhomForm(forms.Form):
    recipients = forms.MultipleChoiceField(label=_("To"), choices=ROLES, widget=Ticks, required=False)
    copies = forms.MultipleChoiceField(label=_("Copy to"), choices=ROLES, widget=Ticks, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class StepForm(_WhomForm):
    key = forms.SlugField(widget=forms.HiddenInput, max_length=30, required=False)
    level = forms.ChoiceField(
        label=_("Level"),
        initial=Level.REMINDER,
        choices=[choice for choice in Level.choices if choice[0] != Level.DIGEST],
    )
    value = forms.DecimalField(label=_("When"), required=False, max_digits=7, decimal_places=2)
    anchor = forms.ChoiceField(label=_("Counted in"), choices=ANCHORS, initial="due")
    acknowledge = forms.BooleanField(label=_("Must be acknowledged"), required=False)
    drop = forms.BooleanField(label=_("Leave this step out"), required=False)
    field_order = ("key", "level", "value", "anchor", "recipients", "copies", "acknowledge", "drop")

    def clean(self) -> dict[str, Any]:
        """A number that fits what it counts."""
        given = super().clean() or {}
        if given.get("drop") or not self.has_changed():
            return given
        value, anchor = given.get("value"), given.get("anchor")
        if value is None:
            if "value" not in self.errors:
                self.add_error("value", _("Give a number."))
        elif anchor == "span" and not 0 <= value <= 100:
            self.add_error("value", _("A percentage of the working days lies between 0 and 100."))
        elif anchor == "hours" and not 0 <= value <= 1000:
            self.add_error("value", _("A percentage of the hours lies between 0 and 1000."))
        return given


class RepeatForm(_WhomForm):
    """Whom the line in the digest reaches once the steps are used up."""


class LadderForm(EditionForm):
    """The steps as rows; two empty ones take what is new."""

    def __init__(self, *args: Any, ladder: steps.Ladder, edition: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ladder, self.edition = ladder, edition
        rows = forms.formset_factory(StepForm, extra=2, max_num=20, absolute_max=20)
        given = self.data if self.is_bound else None
        self.rows = rows(given, prefix="step", initial=[_typed(step) for step in ladder.steps])
        self.repeat = RepeatForm(
            given,
            prefix="repeat",
            initial={"recipients": ladder.repeat.recipients, "copies": ladder.repeat.copies},
        )
        self.given: steps.Ladder | None = None

    def is_valid(self) -> bool:
        """Whether the rows make a ladder; what is wrong stands at its row."""
        # Each is asked, so that every error is shown at once.
        if not all([super().is_valid(), self.rows.is_valid(), self.repeat.is_valid()]):
            return False
        kept = [form for form in self.rows.forms if _kept(form)]
        kept.sort(key=_climbing)
        read = {
            "steps": [_step(form.cleaned_data, self.edition, n) for n, form in enumerate(kept, 1)],
            "repeat": steps.to_data(self.ladder)["repeat"]
            | {name: list(self.repeat.cleaned_data[name]) for name in ("recipients", "copies")},
        }
        try:
            self.given = steps.from_data(read)
        except steps.BadLadder as bad:
            wrong: forms.Form = self.repeat if bad.row is None or bad.row >= len(kept) else kept[bad.row]
            wrong.add_error(bad.field if bad.field in wrong.fields else None, say_step(bad))
            return False
        return True


def _kept(form: forms.Form) -> bool:
    return bool(form.initial or form.has_changed()) and not form.cleaned_data.get("drop")


def _typed(step: steps.Step) -> dict[str, Any]:
    value = step.anchor.value * (100 if step.anchor.kind in PERCENT else 1)
    return {
        "key": step.key,
        "level": step.level,
        "value": f"{float(value):g}",
        "anchor": step.anchor.kind,
        "recipients": list(step.recipients),
        "copies": list(step.copies),
        "acknowledge": step.acknowledge,
    }


def _climbing(form: forms.Form) -> tuple[int, int, float]:
    """Lower levels first, and of one level what comes earlier: nobody has to number rows."""
    given = form.cleaned_data
    value = float(given["value"])
    later = {"span": 0, "hours": 0, "due": 1 if value < 0 else 3, "office_minutes": 2}[given["anchor"]]
    return steps.RANK[given["level"]], later, value


def _step(given: Mapping[str, Any], edition: int, number: int) -> dict[str, Any]:
    value = Fraction(given["value"]) / (100 if given["anchor"] in PERCENT else 1)
    return {
        # A key of its own edition, so that no matter takes it for a step it has climbed.
        "key": given["key"] or f"{given['level']}_{edition}_{number}",
        "level": given["level"],
        "anchor": {given["anchor"]: str(value)},
        "recipients": list(given["recipients"]),
        "copies": list(given["copies"]),
        "acknowledge": bool(given["acknowledge"]),
    }
