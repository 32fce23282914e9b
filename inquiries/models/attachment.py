"""Files that came with a question or an answer, encrypted and kept by their content."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer
from bureaus.models.fields import DataKey
from bureaus.models.guards import undeletable
from inquiries.models.inquiry import Inquiry


class Attachment(models.Model):
    """One file of an inquiry. `stored_as` is the digest of the encrypted content."""

    inquiry = models.ForeignKey(
        Inquiry, models.PROTECT, related_name="attachments", verbose_name=_("inquiry")
    )
    name = models.TextField(_("name"))
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField(_("size in bytes"))
    digest = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=80)
    key = models.ForeignKey(DataKey, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [models.UniqueConstraint(name="attachment_once", fields=["inquiry", "digest"])]
        triggers = undeletable()

    def __str__(self) -> str:
        return str(self.pk)
