"""Anything else that is owed: opened, done, and chased by the one engine."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from bureaus.access import Act, Roll, holdings
from bureaus.models import Officer, Place, Post
from bureaus.services.calendar import calendar_for
from bureaus.services.notices import withdraw_unsent
from bureaus.services.posts import OpenItem
from inquiries import deadlines
from inquiries.access import may_end
from inquiries.models import Draft, Duty, Inquiry
from inquiries.models.duty import IN_WORKING_DAYS, DutyKind
from inquiries.models.inquiry import FROM_A_SOURCE
from inquiries.models.rules import Urgency
from inquiries.services.history import record_event
from inquiries.services.measuring import ladder_for, next_chase
from inquiries.services.refusals import DayPassed, DutyDone, DutyOpenAlready, NotYours, TooFarAhead
from inquiries.services.telling import tell_duty, tell_inquiry

# A part that is owed later than this is a slip of the hand.
OWED_WITHIN = timedelta(days=366)


@dataclass(frozen=True)
class Kind:
    """What an app that brings a kind of duty says of it: its name, its page, and what happens once it is done."""

    label: str | Promise
    url: Callable[[Duty], str]
    # False where only its own act ends it, and a reply in words does not.
    in_words: bool = True
    # Whether it is owed so many working days after it was opened, and not on a day that somebody named.
    working_days: bool = False


# Filled by `register` in AppConfig.ready; the kinds of the life cycle are DutyKind itself.
_brought: dict[str, Kind] = {}


def register(code: str, kind: Kind) -> None:
    """A kind of duty that an app above brings. Raises ValueError for a code that is taken."""
    if code in _brought or code in DutyKind.values:
        raise ValueError(f"a kind of duty called {code} is there already")
    _brought[code] = kind


def label_of(duty: Duty) -> str:
    """The kind's name in the reader's language."""
    if duty.kind in _brought:
        return str(_brought[duty.kind].label)
    label = str(DutyKind(duty.kind).label)
    of_what = _OF_WHAT.get((duty.kind, duty.subject.partition(".")[0]))
    if duty.kind == DutyKind.ACKNOWLEDGE:
        # Of the answer, or of another duty, of which several may be supervised at once.
        supervised = duty.subject.partition(".duty.")[2].partition(".")[2]
        of_what = _name_of_kind(supervised) if supervised else None
    return _("%(kind)s: %(name)s") % {"kind": label, "name": of_what} if of_what else label


# What two duties of one kind differ in, by the first word of their subject.
_OF_WHAT: dict[tuple[str, str], str | Promise] = {
    (DutyKind.RELAY, "answer"): pgettext_lazy("word to the source", "the answer"),
    (DutyKind.RELAY, "extension"): pgettext_lazy("word to the source", "the extension"),
    (DutyKind.RELAY, "return"): pgettext_lazy("word to the source", "the return"),
    (DutyKind.CIRCULAR, "circular_inside"): gettext_lazy("the list inside the government"),
    (DutyKind.CIRCULAR, "circular_public"): gettext_lazy("the public list"),
}


def _name_of_kind(code: str) -> str | Promise | None:
    if code in _brought:
        return _brought[code].label
    return DutyKind(code).label if code in DutyKind.values else None


def ends_in_words(duty: Duty) -> bool:
    """Whether a reply in words ends it; a kind that an app above brings says so itself."""
    return duty.kind not in _brought or _brought[duty.kind].in_words


def in_working_days(duty: Duty) -> bool:
    """Whether its due follows the calendar; a kind that an app above brings says so itself."""
    return _brought[duty.kind].working_days if duty.kind in _brought else duty.kind in IN_WORKING_DAYS


def url_of(duty: Duty) -> str:
    """The page on which the duty is done, relative to the site."""
    if duty.kind in _brought:
        return _brought[duty.kind].url(duty)
    return f"/duties/{duty.pk}/" if duty.own_chain else f"/inquiries/{duty.inquiry_id}/"


def check_by_when(due_at: datetime, *, now: datetime) -> None:
    """Another place is asked for its part by a time ahead, within a year. Raises DayPassed, TooFarAhead."""
    if due_at <= now:
        raise DayPassed
    if due_at > now + OWED_WITHIN:
        raise TooFarAhead


def open_duty(
    *,
    kind: str,
    place: Place,
    due_at: datetime,
    now: datetime,
    by: Officer | None,
    inquiry: Inquiry | None = None,
    post: Post | None = None,
    asked_place: Place | None = None,
    subject: str = "",
    request: str = "",
    terms: dict[str, Any] | None = None,
    apart: bool = False,
    roll: Roll | None = None,
    tell: bool = True,
) -> Duty:
    """The place owes something from now on and is told; the engine chases it until it is done.

    With an inquiry the event joins that inquiry's chain (its row is locked by the caller, who saves it), else the
    duty's own. `apart` shows the place this row alone. Raises DutyOpenAlready where the same is still open.
    """
    if Duty.objects.filter(
        district_id=place.root_id, kind=kind, inquiry=inquiry, subject=subject, place=place, done_at=None
    ).exists():
        raise DutyOpenAlready
    calendar = calendar_for(place.root_id)
    duty = Duty(
        district_id=place.root_id,
        kind=kind,
        inquiry=inquiry,
        subject=subject,
        place=place,
        post=post,
        asked_by=by,
        asked_place=asked_place,
        request=request,
        terms=terms or {},
        apart=apart,
        opened_at=now,
        due_at=due_at,
        calendar_version_id=calendar.version,
        ladder=ladder_for(place.root_id, "duty"),
    )
    duty.next_chase_at = next_chase(duty, now=now, calendar=calendar)
    duty.save()
    if inquiry is not None and not apart:
        record_event(inquiry, f"{kind}_opened", by=by, now=now, place_id=place.pk, duty=duty.pk)
    else:
        record_event(duty, "opened", by=by, now=now, place_id=place.pk)
        duty.save(update_fields=["event_count", "event_hash"])
    if tell:
        tell_duty(duty, now=now, roll=roll)
    return duty


def owe_source(
    inquiry: Inquiry, what: str, *, number: int, place: Place, by: Officer | None, now: datetime
) -> None:
    """Whoever passed it on is owed word of the `what`-th answer, extension or return, until the receipt is logged.

    Nothing where nobody passed it on. The caller has locked the inquiry and saves it.
    """
    if inquiry.channel not in FROM_A_SOURCE:
        return
    open_duty(
        kind=DutyKind.RELAY,
        place=place,
        post=inquiry.post if place.pk == inquiry.holder_id else None,
        due_at=deadlines.due(now, deadlines.Rule(1), calendar_for(inquiry.district_id)).due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        subject=f"{what}.{number}",
    )


def head_of(place: Place) -> Post | None:
    """The post that decides for a bureau, or for the district's office: what waits for a decision is owed by it."""
    role = Post.Role.DIRECTOR if place.kind == Place.Kind.DISTRICT else Post.Role.BUREAU_HEAD
    return Post.objects.filter(place=place, role=role, closed_on=None).order_by("pk").first()


def lock_duty(duty_id: int, *, by: Officer | None, now: datetime, act: Act | None = None) -> Duty:
    """The locked open duty, which `by` may end. Raises DutyDone, NotYours.

    Where it hangs on an inquiry, the caller has locked that first.
    """
    duty = Duty.objects.select_for_update(of=("self",)).select_related("place").get(pk=duty_id)
    if duty.done_at is not None:
        raise DutyDone
    if by is not None and not may_end(holdings(by, now=now), duty, act):
        raise NotYours
    return duty


def finish_duty(
    duty: Duty, *, by: Officer | None, now: datetime, decision: str = "done", reply: str = "", **learnt: Any
) -> None:
    """A locked duty is done and no longer chased; its event joins the inquiry's chain, saved by the caller.

    What was `learnt` with it joins its terms.
    """
    duty.terms = {**duty.terms, **learnt}
    duty.done_at = now
    duty.done_by = by
    duty.decision = decision
    duty.reply = reply
    duty.next_chase_at = None
    duty.version += 1
    withdraw_unsent(cause_kind="duty", cause_ids=[duty.pk], now=now)
    if duty.own_chain:
        record_event(duty, "done", by=by, now=now, place_id=duty.place_id, decision=decision)
    duty.save(
        update_fields=[
            "done_at",
            "done_by",
            "decision",
            "reply",
            "terms",
            "next_chase_at",
            "version",
            "event_count",
            "event_hash",
        ]
    )


def close_duties(
    inquiry: Inquiry,
    *,
    by: Officer | None,
    now: datetime,
    kinds: tuple[str, ...] = (),
    decision: str = "settled",
) -> list[int]:
    """The inquiry's open duties of these kinds, or all that only made sense before the answer, are done.

    Used where an act settles them: an answer ends the sign-for, the dispatch and the pending approval.
    """
    open_ones = Duty.objects.select_for_update().filter(inquiry=inquiry, done_at=None)
    if kinds:
        open_ones = open_ones.filter(kind__in=kinds)
    closed = []
    for duty in open_ones.order_by("pk"):
        finish_duty(duty, by=by, now=now, decision=decision)
        if duty.kind == DutyKind.APPROVAL:
            # Nobody waits for the draft any more; left open, it would refuse the next one.
            Draft.objects.filter(inquiry=inquiry, decided_at=None).update(
                decided_by=by, decided_at=now, approved=False
            )
        closed.append(duty.pk)
    return closed


def owed_by(posts: Collection[int]) -> dict[int, int]:
    """How many open inquiries and duties belong to each of these posts, sealed ones too: a number, whoever asks."""
    with connection.cursor() as cursor:
        cursor.execute("select post, bida_owed_by(post) from unnest(%s::bigint[]) as post", [list(posts)])
        return dict(cursor.fetchall())


def items_of(post: Post) -> list[OpenItem]:
    """What the post owes as far as the reader may see it: inquiries, then duties."""
    inquiries = Inquiry.objects.unanswered().filter(post=post).order_by("due_at", "pk")
    duties = Duty.objects.open().filter(post=post).select_related("inquiry").order_by("due_at", "pk")
    return [
        *(OpenItem(row.reference, row.due_at, f"/inquiries/{row.pk}/") for row in inquiries),
        *(
            OpenItem(
                f"{label_of(duty)} {duty.inquiry.reference if duty.inquiry else ''}".strip(),
                duty.due_at,
                url_of(duty),
            )
            for duty in duties
        ),
    ]


def rostered_at(place: Place, besides: Collection[Place]) -> list[OpenItem]:
    """The critical inquiries of the place and those below it, but for those of `besides`, that the reader may see."""
    there = Inquiry.objects.unanswered().filter(urgency=Urgency.CRITICAL, holder__path__startswith=place.path)
    for nearer in besides:
        there = there.exclude(holder__path__startswith=nearer.path)
    return [
        OpenItem(row.reference, row.due_at, f"/inquiries/{row.pk}/") for row in there.order_by("due_at", "pk")
    ]


def tell_fallen(post: Post, roll: Roll, now: datetime) -> None:
    """Whoever answers for the post now is told of what it owes."""
    to = roll.reach("handler", place_id=post.place_id, post_id=post.pk)
    for inquiry in Inquiry.objects.unanswered().filter(post=post):
        tell_inquiry(inquiry, "assigned", to, now=now)
    for duty in Duty.objects.open().filter(post=post).select_related("inquiry"):
        tell_duty(duty, now=now, roll=roll)
