"""What an officer narrows her list by again and again, kept under a name; shared by a lead with her place."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.written import Written


class SavedView(Written):
    """Filters of the list of today under a name: its owner's, or of everybody at a place and below it."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="+", null=True, verbose_name=_("shared with")
    )
    name = models.CharField(_("name"), max_length=40)
    # As they stand in the address.
    filters = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                name="view_named_once", fields=["owner", "place", "name"], nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name


class StartView(models.Model):
    """The view with which an officer's list of today begins."""

    officer = models.OneToOneField(Officer, models.PROTECT, primary_key=True, related_name="+")
    # The migration has the constraint, by which the database removes the rows of others, which a remover does not see.
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="+", db_constraint=False)

    def __str__(self) -> str:
        return f"{self.officer_id} {self.view_id}"
