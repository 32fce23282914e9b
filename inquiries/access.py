"""May this officer do this act to this inquiry? The table is bureaus.access.MAY; here is what it covers."""

from __future__ import annotations

from datetime import datetime

from bureaus.access import MAY, Act, Holding, Role, acts_of, holdings
from bureaus.models import Officer, Place, Post, Tenure
from bureaus.workdays import local_date
from inquiries.models import Duty, Inquiry, Sight
from inquiries.models.duty import DutyKind

DISTRICT_ROLES = frozenset({Role.DIRECTOR, Role.CLERK})
# Who reads everything and owes nothing of it.
WATCHERS = frozenset({Role.AUDITOR})

# Whose figures of officers are those of the people below, too.
SUPERIORS = frozenset({Role.SECTION_HEAD, Role.VICE_HEAD, Role.BUREAU_HEAD, Role.DIRECTOR})
# Who is above whom at one place; of two places the one above is.
_RANK = {
    Role.DIRECTOR: 4,
    Role.BUREAU_HEAD: 4,
    Role.VICE_HEAD: 3,
    Role.SECTION_HEAD: 2,
    Role.LIAISON: 1,
    Role.CLERK: 1,
    Role.HANDLER: 1,
    Role.AUDITOR: 5,
}

# Acts that are the handling place's own, so that a district's post does them only where the district holds.
OWN_HAND = frozenset(
    {
        Act.SIGN_FOR,
        Act.ANSWER,
        Act.RETURN,
        Act.DISPUTE,
        Act.REASSIGN,
        Act.EXTEND,
        Act.ASK_CITIZEN,
        Act.ASK_CORRECTION,
        Act.CONSULT,
        Act.WITHDRAW,
        Act.ASK_COORDINATION,
    }
)


def covers(holding: Holding, place: Place) -> bool:
    """Whether the post stands at the place or above it."""
    return place.path.startswith(holding.post.place.path)


def officers_below(held: list[Holding], *, now: datetime) -> frozenset[int]:
    """The officers whose figures these posts may read: with a post below one of them, and none beside or above it.

    Deputising for a post puts nobody beside its holder. Whoever has no post any more is taken by those she had. One
    query.
    """
    above = [holding for holding in held if holding.post.role in SUPERIORS]
    if not above:
        return frozenset()
    today = local_date(now)
    led = Place.objects.under([holding.post.place for holding in above])
    there = Tenure.objects.filter(post__place__in=led).values("officer")
    had: dict[int, list[Tenure]] = {}
    for tenure in Tenure.objects.filter(officer__in=there, from_on__lte=today).select_related("post__place"):
        had.setdefault(tenure.officer_id, []).append(tenure)
    found = set()
    for officer, tenures in had.items():
        runs = [each for each in tenures if each.until_on is None or each.until_on > today] or tenures
        own = [each.post for each in runs if each.part == Tenure.Part.HOLDER]
        if any(
            any(_is_below(each.post, holding) for each in runs)
            and not any(_is_beside_or_above(post, holding) for post in own)
            for holding in above
        ):
            found.add(officer)
    return frozenset(found)


def _is_below(post: Post, holding: Holding) -> bool:
    if post.place_id == holding.post.place_id:
        return _RANK[Role(post.role)] < _RANK[Role(holding.post.role)]
    return covers(holding, post.place)


def _is_beside_or_above(post: Post, holding: Holding) -> bool:
    if post.place_id == holding.post.place_id:
        return _RANK[Role(post.role)] >= _RANK[Role(holding.post.role)]
    return post.role in SUPERIORS and holding.post.place.path.startswith(post.place.path)


def is_named_reader(officer: Officer, inquiry: Inquiry) -> bool:
    """Whether a sealed inquiry names this officer."""
    return Sight.objects.filter(inquiry=inquiry, officer=officer).exists()


def may(
    officer: Officer,
    act: Act,
    inquiry: Inquiry,
    *,
    now: datetime,
    place: Place | None = None,
    held: list[Holding] | None = None,
) -> bool:
    """Whether a post of the officer allows the act on this inquiry where it is held, or at `place`."""
    if inquiry.sealed and not is_named_reader(officer, inquiry):
        return False
    target = place or inquiry.holder
    for holding in holdings(officer, now=now) if held is None else held:
        if act not in MAY[holding.post.role] or not covers(holding, target):
            continue
        if act in OWN_HAND and holding.post.role in DISTRICT_ROLES and target.pk != holding.post.place_id:
            continue
        return True
    return False


# The act that ends a duty of these kinds; every other is acknowledged.
ENDED_BY: dict[str, Act] = {
    DutyKind.CIRCULAR: Act.SIGN_CIRCULAR,
    DutyKind.TELL: Act.LOG_CONTACT,
    DutyKind.CALENDAR: Act.EDIT_CALENDAR,
    DutyKind.BULLETIN_REVIEW: Act.REVIEW_BULLETIN,
    DutyKind.BULLETIN_SIGN: Act.SIGN_BULLETIN,
    DutyKind.BULLETIN_PUBLISH: Act.PUBLISH_BULLETIN,
}


def may_end(held: list[Holding], duty: Duty, act: Act | None = None) -> bool:
    """Whether a post of the duty's place or above it allows the act, or where none is named the one that ends it."""
    fits = [holding for holding in held if covers(holding, duty.place)]
    if duty.apart:
        # The district's office stands above every place, and is told no more of a sealed matter for that.
        fits = [holding for holding in fits if holding.post.place_id != duty.district_id]
    needed = act or ENDED_BY.get(duty.kind, Act.ACKNOWLEDGE)
    return any(needed in MAY[holding.post.role] for holding in fits)


def acts_now(
    officer: Officer, inquiry: Inquiry, *, now: datetime, held: list[Holding] | None = None
) -> frozenset[Act]:
    """Every act this officer's posts, where known those in `held`, allow on this inquiry, whatever its state."""
    if inquiry.sealed and not is_named_reader(officer, inquiry):
        return frozenset()
    return acts_of_posts(holdings(officer, now=now) if held is None else held, inquiry)


def acts_of_posts(held: list[Holding], inquiry: Inquiry) -> frozenset[Act]:
    """What these posts allow where the inquiry is held, without a query; the reader of a sealed one is named."""
    return frozenset(act for act in acts_of(held) if allowed_by_posts(held, act, inquiry))


def allowed_by_posts(held: list[Holding], act: Act, inquiry: Inquiry) -> bool:
    """Whether one of these posts allows the act where the inquiry is held, without a query, as `acts_of_posts`."""
    return any(
        act in MAY[holding.post.role]
        and covers(holding, inquiry.holder)
        and not (
            act in OWN_HAND
            and holding.post.role in DISTRICT_ROLES
            and inquiry.holder_id != holding.post.place_id
        )
        for holding in held
    )
