"""Officers hold posts for a time; what is owed stays with the post."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.access import Roll, holdings
from bureaus.models import Absence, DutyTurn, HandOver, Officer, Place, Post, Tenure
from bureaus.services.edits import record_edit
from bureaus.services.places import may_keep
from bureaus.services.refusals import Refusal
from bureaus.workdays import SHANGHAI


class NeedsHandOver(Refusal):
    sentence = _("This post still owes something. Name who takes it over, and the slip is written.")
    field = "to_officer"


class AlreadyEnded(Refusal):
    sentence = _("This tenure has already ended.")


class AlreadyDisabled(Refusal):
    sentence = _("This account is disabled already.")


class AlreadyHeld(Refusal):
    sentence = _("Somebody holds this post then.")
    field = "officer"


class NotOnDutyThere(Refusal):
    sentence = _("This officer holds no post of that bureau or above it, and could do nothing there.")
    field = "officer"


class WrongOfficer(Refusal):
    sentence = _("Only an active officer of the same district can hold this post.")
    field = "officer"


# How many open items each of these posts owes, asked of every app above; each registers its counter in
# AppConfig.ready.
Counter = Callable[[Collection[int]], Mapping[int, int]]
_counters: list[Counter] = []


def count_with(counter: Counter) -> None:
    """The app's counter is asked when a tenure ends."""
    if counter not in _counters:
        _counters.append(counter)


def open_items(post: Post) -> int:
    """How much the post owes now, in all apps."""
    return open_items_of([post.pk])[post.pk]


def open_items_of(posts: Collection[int]) -> dict[int, int]:
    """How much each of these posts, by its key, owes now, in all apps."""
    counted = [counter(posts) for counter in _counters]
    return {post: sum(owed[post] for owed in counted) for post in posts}


@dataclass(frozen=True)
class OpenItem:
    """One thing a post owes, as a page names it."""

    words: str
    due_at: datetime
    url: str


_listers: list[Callable[[Post], list[OpenItem]]] = []
_rostered: list[Callable[[Place, Collection[Place]], list[OpenItem]]] = []
_fallen: list[Callable[[Post, Roll, datetime], None]] = []


def list_with(lister: Callable[[Post], list[OpenItem]]) -> None:
    """The app names what a post owes, as far as the reader may see it."""
    if lister not in _listers:
        _listers.append(lister)


def roster_with(lister: Callable[[Place, Collection[Place]], list[OpenItem]]) -> None:
    """The app names what of a place and those below it, but for some of those, reaches whoever is on duty there."""
    if lister not in _rostered:
        _rostered.append(lister)


def tell_fallen_with(tell: Callable[[Post, Roll, datetime], None]) -> None:
    """The app tells those to whom what a post owes has fallen."""
    if tell not in _fallen:
        _fallen.append(tell)


def items_of(post: Post) -> list[OpenItem]:
    """What the post owes, earliest due first, as far as the reader may see it."""
    return sorted((item for lister in _listers for item in lister(post)), key=lambda item: item.due_at)


def open_post(*, place: Place, role: str, title: str, by: Officer | None, now: datetime) -> Post:
    """The place has this post, for somebody to hold."""
    may_keep(by, district_id=place.root_id, now=now)
    post = Post(place=place, role=role, title=title.strip())
    post.full_clean(exclude=["place"])
    post.save()
    record_edit("post_opened", district_id=place.root_id, place=place, by=by, now=now, post=post.pk)
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
    """The officer holds the post, or deputises (B角), from that day. Raises WrongOfficer, AlreadyHeld, and
    ValidationError for a tenure that ends before it begins."""
    may_keep(by, district_id=post.place.root_id, now=now)
    if not officer.is_active or officer.district_id != post.place.root_id:
        raise WrongOfficer
    if part == Tenure.Part.HOLDER:
        # Said in words here; of two who put somebody in at once the exclusion constraint refuses one.
        overlaps = Q(until_on=None) | Q(until_on__gt=from_on)
        if until_on is not None:
            overlaps &= Q(from_on__lt=until_on)
        standing = Tenure.objects.filter(overlaps, post=post, part=part).select_related("officer").first()
        if standing is not None:
            raise AlreadyHeld(
                _("%(name)s holds this post then. End that tenure first, or put in a deputy.")
                % {"name": standing.officer.name}
            )
    tenure = Tenure(post=post, officer=officer, part=part, from_on=from_on, until_on=until_on)
    tenure.full_clean(exclude=["post", "officer"])
    tenure.save()
    _record_tenure("tenure_begun", tenure, by=by, now=now)
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
    tenure = Tenure.objects.select_for_update(of=("self",)).select_related("post__place").get(pk=tenure.pk)
    may_keep(by, district_id=tenure.post.place.root_id, now=now)
    if tenure.until_on is not None and tenure.until_on <= until_on:
        raise AlreadyEnded
    owed = open_items(tenure.post) if tenure.part == Tenure.Part.HOLDER else 0
    if owed and to_officer is None:
        raise NeedsHandOver
    tenure.until_on = until_on
    tenure.save(update_fields=["until_on"])
    _record_tenure("tenure_ended", tenure, by=by, now=now)
    if to_officer is None:
        return None
    begin_tenure(post=tenure.post, officer=to_officer, from_on=until_on, by=by, now=now)
    return HandOver.objects.create(
        tenure=tenure, to_officer=to_officer, open_items=owed, note=note, by=by, at=now
    )


def _record_tenure(code: str, tenure: Tenure, *, by: Officer | None, now: datetime) -> None:
    place = tenure.post.place
    days = {"from": tenure.from_on.isoformat()}
    if tenure.until_on is not None:
        days["until"] = tenure.until_on.isoformat()
    named = {"post": tenure.post_id, "officer": tenure.officer_id} | days
    record_edit(code, district_id=place.root_id, place=place, by=by, now=now, **named)


def disable_officer(*, officer: Officer, by: Officer, now: datetime) -> Officer:
    """The account cannot sign in any more; what its posts owe falls at once to whoever answers for them now, told so.

    Raises NotYourPlaces, AlreadyDisabled.
    """
    may_keep(by, district_id=officer.district_id, now=now)
    if not officer.is_active:
        raise AlreadyDisabled
    held = _posts_held(officer, now=now)
    officer.is_active = False
    officer.save(update_fields=["is_active"])
    record_edit("officer_disabled", district_id=officer.district_id, by=by, now=now, officer=officer.pk)
    if held and officer.district_id is not None:
        roll = Roll(officer.district_id, now=now)
        for post in held:
            for tell in _fallen:
                tell(post, roll, now)
    return officer


@dataclass(frozen=True)
class Falling:
    """What a post owes now, with how much of it the reader does not see, and whom it would reach, deputies marked."""

    post: Post
    items: list[OpenItem]
    unseen: int
    to: list[tuple[str, bool]]


def falls_to(officer: Officer, *, now: datetime) -> list[Falling]:
    """What each post of the officer at that instant owes, and whom it would reach without her. Writes nothing."""
    held = _posts_held(officer, now=now)
    if not held or officer.district_id is None:
        return []
    roll = Roll(officer.district_id, now=now, without=officer.pk)
    falling = []
    for post in held:
        items = items_of(post)
        to = roll.reach("handler", place_id=post.place_id, post_id=post.pk)
        names = [(roll.names[one.officer_id], one.acting) for one in to]
        falling.append(Falling(post, items, open_items(post) - len(items), names))
    return falling


def _posts_held(officer: Officer, *, now: datetime) -> list[Post]:
    return [held.post for held in holdings(officer, now=now) if not held.acting]


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
        may_keep(by, district_id=officer.district_id, now=now)
    absence = Absence(officer=officer, from_at=from_at, until_at=until_at, why=why)
    absence.full_clean(exclude=["officer"])
    absence.save()
    _record_span("absence_noted", officer, from_at, until_at, officer.district_id, by=by, now=now)
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
    """The duty roster (值班表) of the place has the officer for that time, in that order. Raises WrongOfficer, and
    NotOnDutyThere for one who holds no post of the bureau or above it, and so could do nothing there."""
    may_keep(by, district_id=place.root_id, now=now)
    if not officer.is_active or officer.district_id != place.root_id:
        raise WrongOfficer
    own = [h.post.place for h in holdings(officer, now=now) if not h.acting]
    if not any(place.path.startswith(at.path) or at.bureau_id == place.bureau_id for at in own):
        raise NotOnDutyThere
    turn = DutyTurn(place=place, officer=officer, from_at=from_at, until_at=until_at, rank=rank)
    turn.full_clean(exclude=["place", "officer"])
    turn.save()
    _record_span("turn_listed", officer, from_at, until_at, place.root_id, place=place, by=by, now=now)
    return turn


@dataclass(frozen=True)
class OnDuty:
    """Who is on duty at a place within some hours, in the order they are reached; who of them is away then; and what
    is open there now that reaches them."""

    turns: list[DutyTurn]
    away: list[Absence]
    items: list[OpenItem]


def on_duty(place: Place, *, from_at: datetime, until_at: datetime) -> OnDuty:
    """The duty roster of the place in those hours as it stands. Writes nothing."""
    within = DutyTurn.objects.filter(from_at__lt=until_at, until_at__gt=from_at)
    turns = list(within.filter(place=place).select_related("officer").order_by("rank", "pk"))
    # Below a place with a roster of its own, that one is asked first.
    nearer = (
        Place.objects.filter(path__startswith=place.path, duty_turns__in=within)
        .exclude(pk=place.pk)
        .distinct()
    )
    away = Absence.objects.filter(
        officer__in=[turn.officer_id for turn in turns], from_at__lt=until_at, until_at__gt=from_at
    )
    items = [item for lister in _rostered for item in lister(place, nearer)]
    return OnDuty(
        turns,
        list(away.select_related("officer").order_by("from_at")),
        sorted(items, key=lambda item: item.due_at),
    )


def drop_turn(*, turn: DutyTurn, by: Officer, now: datetime) -> None:
    """The line is off the duty roster."""
    may_keep(by, district_id=turn.place.root_id, now=now)
    _record_span(
        "turn_dropped",
        turn.officer,
        turn.from_at,
        turn.until_at,
        turn.place.root_id,
        place=turn.place,
        by=by,
        now=now,
    )
    turn.delete()


def _record_span(
    code: str,
    officer: Officer,
    from_at: datetime,
    until_at: datetime,
    district_id: int | None,
    *,
    by: Officer | None,
    now: datetime,
    place: Place | None = None,
) -> None:
    first, last = (f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for at in (from_at, until_at))
    named = {"officer": officer.pk, "from": first, "until": last}
    record_edit(code, district_id=district_id, place=place, by=by, now=now, **named)
