"""Keys by which machines use the REST API, and how often each was used."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bureaus.models.guards import undeletable
from bureaus.models.places import Place
from bureaus.models.posts import Officer


class ApiScope(models.TextChoices):
    """What a key may be used for."""

    DIRECTORY = "directory:read", _("read the directory")
    STATISTICS = "statistics:read", _("read statistics")
    INQUIRIES = "inquiries:read", _("read inquiries")
    RECORD = "inquiries:record", _("record inquiries")
    ACT = "inquiries:act", _("act on inquiries")
    PERSONAL = "personal:read", _("read personal data")
    WEBHOOKS = "webhooks:keep", _("keep webhooks")


# What is done in an officer's name; a key for it acts for an officer, and never does more than the officer may.
FOR_AN_OFFICER = frozenset({ApiScope.RECORD, ApiScope.ACT, ApiScope.PERSONAL})


class ApiKey(models.Model):
    """A key of a machine client. Only a hash of it is kept; the prefix names it in lists and logs."""

    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("prefix"), max_length=12, unique=True)
    # SHA-256 suffices: the key is 256 random bits, so there is nothing to guess.
    hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=20, choices=ApiScope), verbose_name=_("scopes"))
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    bureau = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("bureau")
    )
    officer = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("acts for")
    )
    per_minute = models.PositiveIntegerField(_("requests a minute"), default=600)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("made by")
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    revoked_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("revoked by")
    )
    # To the minute, so that a busy key is not written at every request.
    last_used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(name="api_key_has_scopes", condition=~Q(scopes=[])),
            models.CheckConstraint(name="api_key_has_a_rate", condition=Q(per_minute__gte=1)),
            models.CheckConstraint(
                name="api_key_expires_later", condition=Q(expires_at=None) | Q(expires_at__gt=F("made_at"))
            ),
        ]
        triggers = undeletable()

    # The key in clear, on the one object that came from issuing it.
    token: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    def is_live(self, now: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class ApiUse(models.Model):
    """How often a key was used in the minute that runs. The table is unlogged: a crash forgets one minute."""

    key = models.OneToOneField(ApiKey, models.PROTECT, primary_key=True, related_name="+")
    minute_at = models.DateTimeField()
    n = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("use of an API key")
        verbose_name_plural = _("uses of API keys")

    def __str__(self) -> str:
        return f"{self.key_id} {self.n}"
