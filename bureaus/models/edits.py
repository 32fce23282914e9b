"""Who changed the tables that a district sets up, when, and what: the record of each edit."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bureaus.models.guards import append_only
from bureaus.models.places import Place
from bureaus.models.posts import Officer


class Edit(models.Model):
    """One edit by an officer. `named` holds ids, days and the names of places, topics and posts; never a citizen."""

    class Code(models.TextChoices):
        PLACE_OPENED = "place_opened", _("place opened")
        PLACE_RENAMED = "place_renamed", _("place renamed")
        PLACE_ABOLISHED = "place_abolished", _("place abolished")
        PLACES_MERGED = "places_merged", _("places merged")
        PLACE_SPLIT = "place_split", _("place split")
        PLACE_MOVED = "place_moved", _("place moved")
        HOTLINE_PUBLISHED = "hotline_published", _("hotline published")
        HOTLINE_CHANGED = "hotline_changed", _("hotline changed")
        POST_OPENED = "post_opened", _("post opened")
        TENURE_BEGUN = "tenure_begun", _("tenure begun")
        TENURE_ENDED = "tenure_ended", _("tenure ended")
        ABSENCE_NOTED = "absence_noted", _("absence noted")
        OFFICER_DISABLED = "officer_disabled", _("account disabled")
        ACCOUNT_OPENED = "account_opened", _("account opened")
        ACCOUNT_RENAMED = "account_renamed", _("account given another name")
        PASSWORD_RENEWED = "password_renewed", _("new password given")
        PASSWORD_CHANGED = "password_changed", _("own password changed")
        KEY_ISSUED = "key_issued", _("API key issued")
        KEY_REVOKED = "key_revoked", _("API key revoked")
        TURN_LISTED = "turn_listed", _("turn put on the duty roster")
        TURN_DROPPED = "turn_dropped", _("turn taken off the duty roster")
        DISTRICT_SET = "district_set", _("the district's settings changed")
        TOPIC_OPENED = "topic_opened", _("topic added")
        TOPIC_CHANGED = "topic_changed", _("topic changed")
        TOPIC_RETIRED = "topic_retired", _("topic retired")
        TOPIC_RESTORED = "topic_restored", _("topic taken up again")

    district = models.ForeignKey(
        Place, models.PROTECT, related_name="+", db_index=False, verbose_name=_("district")
    )
    code = models.CharField(_("edit"), max_length=20, choices=Code)
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="edits", null=True, db_index=False, verbose_name=_("place")
    )
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False, verbose_name=_("by"))
    named = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("edit")
        verbose_name_plural = _("edits")
        indexes = [models.Index(name="edit_of_district", fields=["district", "-id"])]
        triggers = append_only()

    def __str__(self) -> str:
        return self.get_code_display()
