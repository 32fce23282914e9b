"""Officers hold posts for a time; what is owed stays with the post."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from bureaus.models import Absence, DutyTurn, HandOver, Officer, Place, Post, Tenure
from bureaus.services.places import may_keep
from bureaus.services.refusals import Refusal


class NeedsHandOver(Refusal):
    sentence = _("This post still owes something. Name who takes it over, and the slip is written.")
    field = "to_officer"


class AlreadyEnded(Refusal):
    sentence = _("This tenure has already ended.")


class WrongOfficer(Refusal):
    sentence = _("Only an active officer of the same district can hold this post.")
    field = "officer"


# How many open items a post owes, asked of every app above; each registers its counter in AppConfig.ready.
_counters: list[Callable[[Post], int]] = []


def count_with(counter: Callable[[Post], int]) -> None:
    """The app's counter is asked when a tenure ends."""
    if counter not in _counters:
        _counters.append(counter)


def open_items(post: Post) -> int:
    """How much the post owes now, in all apps."""
    return sum(counter(post) for counter in _counters)


def open_post(*, place: Place, role: str, title: str, by: Officer | None, now: datetime) -> Post:
    """The place has this post, for somebody to hold."""
    may_keep(by, now=now)
    post = Post(place=place, role=role, title=title.strip())
    post.full_clean(exclude=["place"])
    post.save()
    return post


def begin_tenure(
    *,
    post: Post,
    officer: Officer,
    from_on: date,
    by: Officer | None,
    now: datetime,
    part: str = Tenure.Part.HOLDER,
    until_on: date | None = None,
) -> Tenure:
    """The officer holds the post, or deputises (B角), from that day. Raises WrongOfficer, ValidationError for a
    second holder at the same time."""
    may_keep(by, now=now)
    if not officer.is_active or officer.district_id != post.place.root_id:
        raise WrongOfficer
    tenure = Tenure(post=post, officer=officer, part=part, from_on=from_on, until_on=until_on)
    tenure.full_clean(exclude=["post", "officer"])
    tenure.save()
    return tenure


def end_tenure(
    *,
    tenure: Tenure,
    until_on: date,
    by: Officer,
    now: datetime,
    to_officer: Officer | None = None,
    note: str = "",
) -> HandOver | None:
    """The tenure ends on that day; where the post still owes something, with a hand-over slip (交接单).

    Who takes over holds the post from that day. Raises NeedsHandOver, AlreadyEnded, WrongOfficer.
    """
    may_keep(by, now=now)
    tenure = Tenure.objects.select_for_update(of=("self",)).select_related("post__place").get(pk=tenure.pk)
    if tenure.until_on is not None and tenure.until_on <= until_on:
        raise AlreadyEnded
    owed = open_items(tenure.post) if tenure.part == Tenure.Part.HOLDER else 0
    if owed and to_officer is None:
        raise NeedsHandOver
    tenure.until_on = until_on
    tenure.save(update_fields=["until_on"])
    if to_officer is None:
        return None
    begin_tenure(post=tenure.post, officer=to_officer, from_on=until_on, by=by, now=now)
    return HandOver.objects.create(
        tenure=tenure, to_officer=to_officer, open_items=owed, note=note, by=by, at=now
    )


def disable_officer(*, officer: Officer, by: Officer, now: datetime) -> Officer:
    """The account cannot sign in any more; from the next chase on its items reach the section head."""
    may_keep(by, now=now)
    officer.is_active = False
    officer.save(update_fields=["is_active"])
    return officer


def note_absence(
    *,
    officer: Officer,
    from_at: datetime,
    until_at: datetime,
    by: Officer | None,
    now: datetime,
    why: str = "",
) -> Absence:
    """The officer is away; the deputy acts meanwhile (代)."""
    if by is not None and by.pk != officer.pk:
        may_keep(by, now=now)
    absence = Absence(officer=officer, from_at=from_at, until_at=until_at, why=why)
    absence.full_clean(exclude=["officer"])
    absence.save()
    return absence


def list_turn(
    *,
    place: Place,
    officer: Officer,
    from_at: datetime,
    until_at: datetime,
    by: Officer | None,
    now: datetime,
    rank: int = 1,
) -> DutyTurn:
    """The duty roster (值班表) of the place has the officer for that time, in that order. Raises WrongOfficer."""
    may_keep(by, now=now)
    if not officer.is_active or officer.district_id != place.root_id:
        raise WrongOfficer
    turn = DutyTurn(place=place, officer=officer, from_at=from_at, until_at=until_at, rank=rank)
    turn.full_clean(exclude=["place", "officer"])
    turn.save()
    return turn
