"""Saved views of the list of today: kept, shared, named anew, begun with, removed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from bureaus.access import MAY, Act, Holding
from bureaus.models import Officer, Place
from bureaus.models.written import check_text
from bureaus.services.refusals import Refusal
from inquiries.access import covers
from inquiries.models import SavedView, StartView
from inquiries.services.refusals import NotYours

MOST = 30


class NothingNarrowed(Refusal):
    sentence = _("Narrow the list first: a view is what narrows it.")


class NeedsName(Refusal):
    sentence = _("Give the view a name.")
    field = "name"


class NameTaken(Refusal):
    sentence = _("There is a view of this name already.")
    field = "name"


class TooManyViews(Refusal):
    sentence = _("You have thirty views. Remove one first.")


class NotYoursToShare(Refusal):
    sentence = _("A view is shared with a place by those who lead there.")
    field = "place"


class NotYourView(Refusal):
    sentence = _("This view is its owner's, or of those who lead at its place.")


def save_view(
    *,
    name: str,
    filters: Mapping[str, str],
    place: Place | None,
    by: Officer,
    held: list[Holding],
    now: datetime,
) -> SavedView:
    """What narrows the list now is kept under the name, for the officer or for all at the place and below.

    Raises NothingNarrowed, NeedsName, NameTaken, TooManyViews, NotYoursToShare, and NotYours without a post.
    """
    if not filters:
        raise NothingNarrowed
    if place is not None and not _leads(held, place):
        raise NotYoursToShare
    if SavedView.objects.filter(owner=by).count() >= MOST:
        raise TooManyViews
    name = _name(name, by=by, place_id=place.pk if place else None)
    if not held:
        raise NotYours
    return SavedView.objects.create(
        district_id=held[0].post.place.root_id,
        owner=by,
        place=place,
        name=name,
        filters=dict(filters),
        made_at=now,
    )


def rename_view(view_id: int, *, name: str, by: Officer, held: list[Holding]) -> None:
    """The view has the name. Raises NotYourView, NeedsName, NameTaken."""
    view = _kept_by(view_id, by=by, held=held)
    if name.strip() != view.name:
        view.name = _name(name, by=view.owner, place_id=view.place_id)
        view.save(update_fields=["name"])


def remove_view(view_id: int, *, by: Officer, held: list[Holding]) -> None:
    """The view is gone, and with it the beginning of whose list it was. Raises NotYourView."""
    _kept_by(view_id, by=by, held=held).delete()


def start_with(view_id: int | None, *, by: Officer) -> None:
    """The officer's list of today begins with this view that she sees, or with None as it is."""
    if view_id is None:
        StartView.objects.filter(officer=by).delete()
        return
    view = SavedView.objects.get(pk=view_id)
    StartView.objects.update_or_create(officer=by, defaults={"view": view})


def _leads(held: list[Holding], place: Place) -> bool:
    return any(Act.SHARE_VIEWS in MAY[holding.post.role] and covers(holding, place) for holding in held)


def _name(name: str, *, by: Officer, place_id: int | None) -> str:
    name = name.strip()
    if not name:
        raise NeedsName
    check_text(name, field="name")
    if SavedView.objects.filter(owner=by, place=place_id, name=name).exists():
        raise NameTaken
    return name


def _kept_by(view_id: int, *, by: Officer, held: list[Holding]) -> SavedView:
    view = SavedView.objects.select_for_update(of=("self",)).select_related("place", "owner").get(pk=view_id)
    if view.owner_id != by.pk and (view.place is None or not _leads(held, view.place)):
        raise NotYourView
    return view
