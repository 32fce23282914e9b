"""The tree of places: a district, its bureaus, their units and sections."""

from __future__ import annotations

from collections.abc import Iterable

import phonenumbers
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from phonenumbers import shortnumberinfo
from pypinyin import Style, lazy_pinyin
from stdnum import numdb
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as InvalidNumber


def check_uscc(value: str) -> None:
    """Refuses what is not a unified social credit code (GB 32100)."""
    try:
        uscc.validate(value)
    except InvalidNumber as wrong:
        raise ValidationError(
            _("%(value)s is not a unified social credit code."), params={"value": value}
        ) from wrong


def check_region(value: str) -> None:
    """Refuses what is not a code of GB/T 2260; a city without counties has its own."""
    known = numdb.get("cn/loc").info(value)
    if len(value) != 6 or not value.isdigit() or not known[-1][1]:
        raise ValidationError(_("%(value)s is not a region code of GB/T 2260."), params={"value": value})


def check_hotline(value: str) -> None:
    """Refuses what is neither a valid telephone number nor a valid short number in China."""
    try:
        number = phonenumbers.parse(value, "CN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not (
        phonenumbers.is_valid_number(number) or shortnumberinfo.is_valid_short_number_for_region(number, "CN")
    ):
        raise ValidationError(
            _(
                "%(value)s is not a telephone number. Give it with its area code, or a short number such as 12345."
            ),
            params={"value": value},
        )


def sort_key(name: str) -> str:
    """The pinyin by which Chinese lists are ordered."""
    return " ".join(lazy_pinyin(name, style=Style.TONE3))[:200]


class PlaceQuerySet(models.QuerySet["Place"]):
    def standing(self) -> PlaceQuerySet:
        """Places not abolished."""
        return self.filter(abolished_on=None)

    def under(self, places: Iterable[Place]) -> PlaceQuerySet:
        """The given places and everything below them."""
        wanted = Q(pk__in=[])
        for place in places:
            wanted |= Q(path__startswith=place.path)
        return self.filter(wanted)


class Place(models.Model):
    """A node of the organisation: district, bureau, affiliated unit or section."""

    class Kind(models.TextChoices):
        DISTRICT = "district", _("district")
        BUREAU = "bureau", _("bureau")
        UNIT = "unit", _("affiliated unit")
        SECTION = "section", _("section")

    class Body(models.TextChoices):
        DEPARTMENT = "department", _("department")
        SUBDISTRICT = "subdistrict", _("sub-district")
        VERTICAL = "vertical", _("vertically managed body")
        UTILITY = "utility", _("public utility")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    body = models.CharField(_("kind of body"), max_length=12, choices=Body, default=Body.DEPARTMENT)
    district = models.ForeignKey(
        "self", models.PROTECT, related_name="+", null=True, verbose_name=_("district")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", null=True, blank=True, verbose_name=_("above")
    )
    name = models.CharField(_("name"), max_length=80)
    full_name = models.CharField(_("full name"), max_length=160, blank=True)
    city = models.CharField(_("city"), max_length=40, blank=True)
    sort_key = models.CharField(max_length=200, editable=False)
    # Every ancestor's id and the own one, each closed by a slash: "3/17/" is bureau 17 of district 3.
    path = models.CharField(max_length=100, unique=True, editable=False)
    region = models.CharField(_("region code"), max_length=6, blank=True, validators=[check_region])
    uscc = models.CharField(
        _("unified social credit code"), max_length=18, blank=True, validators=[check_uscc]
    )
    external_id = models.CharField(_("key in the directory"), max_length=80, blank=True)
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="predecessors",
        null=True,
        blank=True,
        verbose_name=_("successor"),
    )
    abolished_on = models.DateField(_("abolished on"), null=True, blank=True)
    is_example = models.BooleanField(_("example"), default=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["sort_key", "pk"]
        constraints = [
            models.CheckConstraint(
                name="place_district_is_the_root",
                condition=Q(kind="district", parent=None, district=None)
                | (~Q(kind="district") & Q(parent__isnull=False, district__isnull=False)),
            ),
            models.CheckConstraint(
                name="place_abolished_names_its_successor",
                condition=Q(abolished_on=None) | Q(successor__isnull=False),
            ),
            models.UniqueConstraint(
                name="place_external_id_once",
                fields=["district", "external_id"],
                condition=~Q(external_id=""),
            ),
            models.UniqueConstraint(
                name="place_name_once",
                fields=["parent", "name"],
                condition=Q(abolished_on=None),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def root_id(self) -> int:
        """The district's id, for a district its own."""
        return self.district_id or self.pk

    @property
    def above_ids(self) -> tuple[int, ...]:
        """Ids from the district down to this place."""
        return tuple(int(part) for part in self.path.split("/") if part)

    @property
    def bureau_id(self) -> int:
        """The bureau this place belongs to; the district's own offices answer for themselves."""
        above = self.above_ids
        return above[1] if len(above) > 1 else above[0]


class _OfKind(models.Manager[Place]):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def get_queryset(self) -> models.QuerySet[Place]:
        return super().get_queryset().filter(kind=self.kind)


class District(Place):
    objects = _OfKind(Place.Kind.DISTRICT)  # type: ignore[assignment, misc]  # a proxy narrows the rows, not the type

    class Meta:
        proxy = True
        verbose_name = _("district")
        verbose_name_plural = _("districts")


class Bureau(Place):
    objects = _OfKind(Place.Kind.BUREAU)  # type: ignore[assignment, misc]

    class Meta:
        proxy = True
        verbose_name = _("bureau")
        verbose_name_plural = _("bureaus")


class Unit(Place):
    objects = _OfKind(Place.Kind.UNIT)  # type: ignore[assignment, misc]

    class Meta:
        proxy = True
        verbose_name = _("affiliated unit")
        verbose_name_plural = _("affiliated units")


class Section(Place):
    objects = _OfKind(Place.Kind.SECTION)  # type: ignore[assignment, misc]

    class Meta:
        proxy = True
        verbose_name = _("section")
        verbose_name_plural = _("sections")


# The character of a province as these numbers begin with it.
_PROVINCE = "[京津沪渝冀豫云滇辽黑湘皖鲁新苏浙赣鄂桂甘陇晋蒙陕秦吉闽贵黔粤青藏川蜀宁琼]"
# What stands in the footer of the public pages, and its shape: 网站标识码, ICP备案号, 公安备案号.
FOOTER_SHAPES = {
    "site_code": "^[0-9]{10}$",
    "icp_number": f"^{_PROVINCE}ICP备[0-9]{{8,10}}号(-[0-9]{{1,3}})?$",
    "police_number": f"^{_PROVINCE}公网安备[0-9]{{14}}号$",
}


class DistrictSettings(models.Model):
    """What a district decides for itself."""

    class Callbacks(models.TextChoices):
        """Of which answers the district asks the citizen of itself."""

        NONE = "none", _("of none")
        FLAGGED = "flagged", _("of those that did not solve it or follow dissatisfaction")
        EVERY = "every", _("of every one")

    district = models.OneToOneField(
        Place, models.PROTECT, related_name="settings", verbose_name=_("district")
    )
    digest_hour = models.PositiveSmallIntegerField(_("hour of the morning digest"), default=8)
    inside_ranges = models.JSONField(
        _("inside address ranges that channels may reach"), default=list, blank=True
    )
    sms_url = models.CharField(_("address of the SMS gateway"), max_length=300, blank=True)
    sms_body = models.TextField(_("body sent to the SMS gateway"), blank=True)
    callbacks = models.CharField(
        _("callbacks are owed"),
        max_length=8,
        choices=Callbacks,
        default=Callbacks.FLAGGED,
        db_default="flagged",
    )
    public_list_from_on = models.DateField(
        _("imported matters reach public lists from"), null=True, blank=True
    )

    site_code = models.CharField(_("code of the website"), max_length=10, blank=True, db_default="")
    icp_number = models.CharField(_("ICP number"), max_length=40, blank=True, db_default="")
    police_number = models.CharField(_("police number"), max_length=40, blank=True, db_default="")
    embed_hosts = models.JSONField(
        _("websites that may embed the figures"), default=list, blank=True, db_default=[]
    )

    class Meta:
        verbose_name = _("district settings")
        verbose_name_plural = _("district settings")
        constraints = [
            *(
                models.CheckConstraint(
                    name=f"{name}_has_its_shape", condition=Q(**{name: ""}) | Q(**{f"{name}__regex": shape})
                )
                for name, shape in FOOTER_SHAPES.items()
            ),
            models.CheckConstraint(
                name="digest_hour_is_an_hour", condition=Q(digest_hour__gte=0, digest_hour__lte=23)
            ),
        ]

    def __str__(self) -> str:
        return str(self.district_id)

    @property
    def police_digits(self) -> str:
        """The digits by which the police's own page finds the number."""
        return "".join(char for char in self.police_number if char.isdigit())


class Hotline(models.Model):
    """A line of a place, with what it is for and when it is answered."""

    class Purpose(models.TextChoices):
        ROUTINE = "routine", _("routine matters")
        SUPERVISION = "supervision", _("supervision and complaints")
        APPROVAL = "approval", _("administrative approvals")

    place = models.ForeignKey(Place, models.PROTECT, related_name="hotlines", verbose_name=_("place"))
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose)
    # Blank where a source names the line but not its number, as the reports of 2016 do.
    number = models.CharField(
        pgettext_lazy("telephone", "number"), max_length=24, blank=True, validators=[check_hotline]
    )
    extension = models.CharField(pgettext_lazy("telephone", "extension"), max_length=8, blank=True)
    hours = models.CharField(pgettext_lazy("telephone", "hours"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("hotline")
        verbose_name_plural = _("hotlines")
        constraints = [
            models.UniqueConstraint(name="hotline_once", fields=["place", "purpose", "number", "extension"])
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.number}".strip()
