"""By when an answer is owed, and how it is pursued: versioned rows that the district edits."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import append_only


class Kind(models.TextChoices):
    """What the citizen wants of us."""

    CONSULTATION = "consultation", _("consultation")
    SUGGESTION = "suggestion", _("suggestion")
    HELP = "help", _("help")
    COMPLAINT = "complaint", _("complaint")
    TIP_OFF = "tip_off", _("tip-off")
    PRAISE = "praise", _("praise")
    DISCLOSURE = "disclosure", _("disclosure application")


class Urgency(models.TextChoices):
    ORDINARY = "ordinary", _("ordinary")
    URGENT = "urgent", _("urgent")
    CRITICAL = "critical", _("critical")


class RuleBook(models.Model):
    """One edition of a district's answer rules; the highest number is in force."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="rule_books", verbose_name=_("district"))
    number = models.PositiveIntegerField(_("edition"))
    made_at = models.DateTimeField(_("made at"))
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("edition of the answer rules")
        verbose_name_plural = _("editions of the answer rules")
        constraints = [models.UniqueConstraint(name="rule_book_number_once", fields=["district", "number"])]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.number}"


class AnswerRule(models.Model):
    """How long an answer to one kind and urgency may take."""

    class Unit(models.TextChoices):
        HOURS = "hours", _("hours")
        WORKING_DAYS = "working_days", _("working days")
        CALENDAR_DAYS = "calendar_days", _("calendar days")

    class End(models.TextChoices):
        END_OF_DAY = "end_of_day", _("end of day (24:00)")
        END_OF_BUSINESS = "end_of_business", _("end of business")

    book = models.ForeignKey(RuleBook, models.PROTECT, related_name="rules", verbose_name=_("edition"))
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    urgency = models.CharField(_("urgency"), max_length=8, choices=Urgency)
    amount = models.PositiveSmallIntegerField(_("amount"))
    unit = models.CharField(_("unit"), max_length=13, choices=Unit)
    end = models.CharField(_("ends at"), max_length=15, choices=End, default=End.END_OF_DAY)
    extensions = models.PositiveSmallIntegerField(_("extensions allowed"), default=0)
    extension_amount = models.PositiveSmallIntegerField(_("each of"), default=0)
    needs_approval = models.BooleanField(_("answers need approval"), default=False)
    dispatch_minutes = models.PositiveSmallIntegerField(_("dispatch within (working minutes)"), default=240)
    return_days = models.PositiveSmallIntegerField(_("return within (working days)"), default=1)
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        verbose_name = _("answer rule")
        verbose_name_plural = _("answer rules")
        constraints = [
            models.UniqueConstraint(name="answer_rule_once", fields=["book", "kind", "urgency"]),
            models.CheckConstraint(name="answer_rule_amount", condition=Q(amount__gte=1)),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return gettext("%(kind)s, %(time)s") % {"kind": self.get_kind_display(), "time": self.time_words}

    @property
    def time_words(self) -> str:
        """How long an answer may take, such as "5 working days"."""
        return str(_AMOUNT_OF[self.Unit(self.unit)] % {"n": self.amount})

    @property
    def extension_words(self) -> str:
        """How often and how far it may be extended, such as "2 × at most 5 working days"; empty where it may not."""
        if not self.extensions:
            return ""
        longer = _AMOUNT_OF[self.Unit(self.unit)] % {"n": self.extension_amount}
        return gettext("%(times)s × at most %(time)s") % {"times": self.extensions, "time": longer}


_AMOUNT_OF = {
    AnswerRule.Unit.HOURS: ngettext_lazy("%(n)d hour", "%(n)d hours", "n"),
    AnswerRule.Unit.WORKING_DAYS: ngettext_lazy("%(n)d working day", "%(n)d working days", "n"),
    AnswerRule.Unit.CALENDAR_DAYS: ngettext_lazy("%(n)d calendar day", "%(n)d calendar days", "n"),
}


class Ladder(models.Model):
    """One edition of the steps by which an inquiry of an urgency, or a duty, is chased."""

    class For(models.TextChoices):
        ORDINARY = "ordinary", _("ordinary")
        URGENT = "urgent", _("urgent")
        CRITICAL = "critical", _("critical")
        DUTY = "duty", _("duties")

    district = models.ForeignKey(Place, models.PROTECT, related_name="ladders", verbose_name=_("district"))
    meant_for = models.CharField(_("for"), max_length=8, choices=For)
    number = models.PositiveIntegerField(_("edition"))
    steps = models.JSONField(_("steps"))
    made_at = models.DateTimeField(_("made at"))
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("ladder")
        verbose_name_plural = _("ladders")
        constraints = [
            models.UniqueConstraint(name="ladder_number_once", fields=["district", "meant_for", "number"])
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.meant_for} {self.number}"
