"""What a place publishes: a working copy, each version that was published, and what stands in public now."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.models import Officer, Place, Post
from bureaus.models.guards import append_only, undeletable
from bureaus.models.written import Written
from disclosure.checklist import CHOICES


class Item(Written):
    """A disclosure item (公开事项): its working copy, and how far that has come on its way to the public."""

    class Stage(models.TextChoices):
        WRITING = "writing", pgettext_lazy("stage of an item", "being written")
        REVIEW = "review", pgettext_lazy("stage of an item", "under review")
        PASSED = "passed", pgettext_lazy("stage of an item", "passed, to be published")
        SETTLED = "settled", pgettext_lazy("stage of an item", "published as written")

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="items", verbose_name=_("published by"))
    kind = models.CharField(_("kind"), max_length=12, choices=CHOICES)
    # Whoever holds this post answers for it; None: whoever answers for the place.
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, related_name="+", verbose_name=_("responsible post")
    )
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.WRITING)
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), blank=True)
    parts = models.JSONField(default=dict, blank=True)
    files = models.JSONField(default=list, blank=True)
    # When what it says was made or last changed: the 20 working days of art. 26 count from here.
    made_on = models.DateField(_("made or changed on"))
    effective_on = models.DateField(_("in force from"), null=True)
    expires_on = models.DateField(_("in force until"), null=True)
    review_on = models.DateField(_("to be looked at by"))
    author = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("written by"))
    reviewer = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    review_words = models.TextField(_("words of the review"), blank=True)
    live_number = models.PositiveIntegerField(null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    withdrawn_why = models.CharField(_("why withdrawn"), max_length=200, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(_("changed"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("disclosure item")
        verbose_name_plural = _("disclosure items")
        indexes = [models.Index(name="item_by_place", fields=["place", "kind", "id"])]
        constraints = [
            models.UniqueConstraint(name="item_district_key", fields=["id", "district"]),
            models.CheckConstraint(
                name="item_passed_by_another",
                condition=~Q(stage__in=["passed", "settled"])
                | (Q(reviewer__isnull=False, reviewed_at__isnull=False) & ~Q(reviewer=F("author"))),
            ),
            models.CheckConstraint(
                name="item_in_force_in_order",
                condition=Q(expires_on=None) | Q(effective_on=None) | Q(expires_on__gte=F("effective_on")),
            ),
            models.CheckConstraint(
                name="item_withdrawn_is_not_live",
                condition=Q(withdrawn_at=None) | Q(live_number=None),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="reviewed_stays_as_reviewed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF (NEW.title, NEW.body, NEW.parts, NEW.files, NEW.author_id, NEW.effective_on, NEW.expires_on,
                        NEW.made_on)
                        IS DISTINCT FROM (OLD.title, OLD.body, OLD.parts, OLD.files, OLD.author_id, OLD.effective_on,
                        OLD.expires_on, OLD.made_on) AND NEW.stage <> 'writing'
                    THEN
                        RAISE EXCEPTION 'what was reviewed is published as it was reviewed'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'item_reviewed_stays_as_reviewed';
                    END IF;
                    IF (NEW.place_id, NEW.kind, NEW.district_id, NEW.created_at)
                        IS DISTINCT FROM (OLD.place_id, OLD.kind, OLD.district_id, OLD.created_at)
                    THEN
                        RAISE EXCEPTION 'an item stays with its place and its kind'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'item_keeps_its_origin';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return self.title


class ItemVersion(Written):
    """What was published, as it was published. Numbers run 1, 2, 3… for each item."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="versions", verbose_name=_("item"))
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), blank=True)
    parts = models.JSONField(default=dict, blank=True)
    files = models.JSONField(default=list, blank=True)
    made_on = models.DateField(_("made or changed on"))
    effective_on = models.DateField(_("in force from"), null=True)
    expires_on = models.DateField(_("in force until"), null=True)
    author = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("written by"))
    reviewer = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("reviewed by"))
    reviewed_at = models.DateTimeField(_("reviewed"))
    # 先审查后公开: what the reviewer answered for, each.
    no_state_secret = models.BooleanField(_("no state secret"))
    no_trade_secret = models.BooleanField(_("no trade secret"))
    no_personal_data = models.BooleanField(_("no personal data"))
    published_at = models.DateTimeField(pgettext_lazy("item", "published"))
    published_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name=_("published by")
    )

    class Meta:
        verbose_name = _("published version")
        verbose_name_plural = _("published versions")
        constraints = [
            models.UniqueConstraint(name="item_version_once", fields=["item", "number"]),
            models.CheckConstraint(
                name="item_version_was_reviewed",
                condition=Q(no_state_secret=True, no_trade_secret=True, no_personal_data=True)
                & ~Q(reviewer=F("author")),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="as_reviewed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    PERFORM FROM disclosure_item i WHERE i.id = NEW.item_id AND i.stage = 'passed'
                        AND i.district_id = NEW.district_id
                        AND (i.title, i.body, i.parts, i.files, i.author_id, i.reviewer_id, i.reviewed_at)
                            IS NOT DISTINCT FROM (NEW.title, NEW.body, NEW.parts, NEW.files, NEW.author_id,
                            NEW.reviewer_id, NEW.reviewed_at)
                        AND NEW.number = 1 + coalesce(
                            (SELECT max(v.number) FROM disclosure_itemversion v WHERE v.item_id = NEW.item_id), 0);
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'only what passed its review is published, and as it passed'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'item_version_as_reviewed';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"


class PublicItem(models.Model):
    """What stands in public now: one row for each item that is published and not withdrawn, seen by everybody.

    Whoever reads without signing in sees these rows and those of their versions, and of items nothing else.
    """

    item = models.OneToOneField(Item, models.PROTECT, primary_key=True, related_name="public")
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="public_items")
    kind = models.CharField(max_length=12, choices=CHOICES)
    current = models.ForeignKey(ItemVersion, models.PROTECT, related_name="+")
    title = models.CharField(_("title"), max_length=120)
    # Title, parts and text without marks, by which it is found.
    words = models.TextField()
    first_published_at = models.DateTimeField()
    published_at = models.DateTimeField()

    class Meta:
        verbose_name = _("item in public")
        verbose_name_plural = _("items in public")
        indexes = [
            models.Index(name="public_item_newest", fields=["district", "-published_at", "-item"]),
            models.Index(name="public_item_by_place", fields=["place", "kind", "item"]),
        ]

    def __str__(self) -> str:
        return self.title


class ItemFile(models.Model):
    """A file of an item, kept by its content. It is public only while a public version names it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="kept_files", verbose_name=_("item"))
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField(_("size in bytes"))
    digest = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=90)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("file of an item")
        verbose_name_plural = _("files of items")
        constraints = [models.UniqueConstraint(name="item_file_once", fields=["item", "digest"])]
        triggers = append_only()

    def __str__(self) -> str:
        return self.name


class ItemStep(Written):
    """Who did what to an item, when, and in what words: how it came to be as it is."""

    class What(models.TextChoices):
        WRITTEN = "written", pgettext_lazy("step of an item", "written")
        SUBMITTED = "submitted", pgettext_lazy("step of an item", "sent to be reviewed")
        PASSED = "passed", pgettext_lazy("step of an item", "passed the review")
        RETURNED = "returned", pgettext_lazy("step of an item", "sent back by the review")
        PUBLISHED = "published", pgettext_lazy("step of an item", "published")
        CONFIRMED = "confirmed", pgettext_lazy("step of an item", "looked at, and still right")
        WITHDRAWN = "withdrawn", pgettext_lazy("step of an item", "withdrawn")

    item = models.ForeignKey(Item, models.PROTECT, related_name="steps", verbose_name=_("item"))
    what = models.CharField(max_length=10, choices=What)
    number = models.PositiveIntegerField(null=True)
    words = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("step of an item")
        verbose_name_plural = _("steps of items")
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.item_id} {self.what}"
