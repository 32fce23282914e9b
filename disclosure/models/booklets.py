"""Booklets (办事指南、政策汇编): public items bound into one paper, edition after edition."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.models import Officer, Place
from bureaus.models.guards import append_only, undeletable, written_once
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


class BookletPublication(models.Model):
    """An edition that everybody may read, until a later one is published or this is withdrawn."""

    edition = models.OneToOneField(
        BookletEdition,
        models.PROTECT,
        primary_key=True,
        related_name="publication",
        verbose_name=_("edition of a booklet"),
    )
    booklet = models.ForeignKey(Booklet, models.PROTECT, related_name="publications", db_index=False)
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("publication of a booklet")
        verbose_name_plural = _("publications of booklets")
        constraints = [
            models.UniqueConstraint(
                name="booklet_published_once", fields=["booklet"], condition=Q(withdrawn_at=None)
            ),
            models.CheckConstraint(
                name="booklet_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
        triggers = [
            written_once(
                "never_rewritten",
                pgtrigger.Condition(
                    "OLD.withdrawn_at IS NOT NULL OR (NEW.edition_id, NEW.booklet_id, NEW.published_at, "
                    "NEW.published_by_id) IS DISTINCT FROM (OLD.edition_id, OLD.booklet_id, OLD.published_at, "
                    "OLD.published_by_id)"
                ),
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return str(self.edition_id)
