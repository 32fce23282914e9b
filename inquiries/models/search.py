"""What is found by words, and what a client that keeps a copy must forget. Both are written by triggers alone."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from bureaus.models import Place
from inquiries.models.inquiry import Inquiry


class Terms(models.Model):
    """The words of one inquiry: every two neighbouring Chinese characters, and whole words of other scripts.

    A table of its own, because under row-level security an array operator, which may leak, keeps the planner from a GIN
    index. It is read only joined to the inquiry, whose policy stands.
    """

    inquiry = models.OneToOneField(
        Inquiry, models.PROTECT, primary_key=True, related_name="terms", db_constraint=False
    )
    terms = ArrayField(models.TextField())

    class Meta:
        indexes = [GinIndex(name="terms_by_word", fields=["terms"])]

    def __str__(self) -> str:
        return f"{self.inquiry_id}"


class ChangeEra(models.Model):
    """Changes are in the order of their transactions, which a cluster counts from its beginning, or from a restore.

    What is changed after one is counted from a base above all that was restored, so that the order goes on.
    """

    base = models.BigIntegerField(primary_key=True)
    # bida_origin(): the cluster as pg_control_system() calls it, the database in it, and its time line.
    cluster = models.CharField(max_length=80)
    # The last change that came with the restore: a copy that knows of later ones holds what was lost.
    restored = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.base}"


class Tombstone(models.Model):
    """A place, or with none the district, no longer sees an inquiry."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", db_constraint=False)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_constraint=False)
    inquiry_id = models.BigIntegerField()
    # The transaction that wrote it, as of the inquiry's own changes.
    changed_xid = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="tombstone_by_change", fields=["district", "changed_xid", "id"])]

    def __str__(self) -> str:
        return f"{self.inquiry_id}"
