"""Booklets (办事指南、政策汇编): public items bound into one paper, edition after edition."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.models import Officer, Place
from bureaus.models.guards import append_only
from bureaus.models.written import Written
from disclosure.models.items import ItemVersion
from disclosure.models.open_days import Material


class Booklet(Written):
    """What a place hands out under one title. As a material it lies at booths and is counted there."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="booklets", verbose_name=_("published by"))
    title = models.CharField(_("title"), max_length=120)
    material = models.OneToOneField(
        Material, models.PROTECT, related_name="booklet", verbose_name=_("material")
    )

    class Meta:
        verbose_name = pgettext_lazy("paper", "booklet")
        verbose_name_plural = pgettext_lazy("paper", "booklets")
        constraints = [models.CheckConstraint(name="booklet_has_a_title", condition=~Q(title=""))]
        triggers = append_only()

    def __str__(self) -> str:
        return self.title


class BookletEdition(models.Model):
    """A booklet as it was put together one day. Numbers run 1, 2, 3… for each booklet."""

    booklet = models.ForeignKey(
        Booklet,
        models.PROTECT,
        related_name="editions",
        verbose_name=pgettext_lazy("paper", "booklet"),
        db_index=False,
    )
    number = models.PositiveIntegerField(_("number"))
    made_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name=_("made by"), db_index=False
    )
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("edition of a booklet")
        verbose_name_plural = _("editions of booklets")
        constraints = [
            models.UniqueConstraint(name="booklet_edition_once", fields=["booklet", "number"]),
            models.CheckConstraint(name="booklet_edition_from_one", condition=Q(number__gte=1)),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.booklet_id}/{self.number}"


class BookletEntry(models.Model):
    """A version that an edition holds, at its position."""

    edition = models.ForeignKey(
        BookletEdition, models.PROTECT, related_name="entries", verbose_name=_("edition"), db_index=False
    )
    position = models.PositiveSmallIntegerField()
    version = models.ForeignKey(
        ItemVersion, models.PROTECT, related_name="+", verbose_name=_("published version")
    )

    class Meta:
        verbose_name = _("entry of a booklet")
        verbose_name_plural = _("entries of booklets")
        constraints = [
            models.UniqueConstraint(name="booklet_position_once", fields=["edition", "position"]),
            models.UniqueConstraint(name="booklet_holds_once", fields=["edition", "version"]),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.edition_id}/{self.position}"
