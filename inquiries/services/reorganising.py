"""What an abolished place owed is owed by its successor: passed on in batches, earliest due first, an event each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from bureaus.access import Roll
from bureaus.models import Edit, Officer, Place, Post
from bureaus.services.restructuring import Goes, NewPlace, split_place
from inquiries.figures.reading import standing
from inquiries.models import Duty, Inquiry, SetAside, Sight, Subscription, Topic
from inquiries.models.duty import DutyKind
from inquiries.services.acting import begin, finish, give_back_pen
from inquiries.services.chasing import set_aside
from inquiries.services.citizens import tell_citizen
from inquiries.services.dispatching import check_place, give_to, let_see, take_back
from inquiries.services.duties import finish_duty, lock_duty
from inquiries.services.history import record_event
from inquiries.services.measuring import next_chase
from inquiries.services.refusals import AboutThatOffice, DutyDone
from inquiries.services.telling import tell_duty
from inquiries.services.texts import pass_texts

BATCH = 200


@dataclass(frozen=True)
class Owed:
    """How much is open at a place and below it, sealed matters too; and the topics that usually go there."""

    inquiries: int
    duties: int
    topics: int


def owed_at(place: Place) -> Owed:
    """A number, whoever asks. Writes nothing."""
    with connection.cursor() as cursor:
        cursor.execute("select inquiries, duties from bida_owed_at(%s)", [place.path])
        inquiries, duties = cursor.fetchone()
    topics = Topic.objects.filter(default_bureau__path__startswith=place.path).count()
    return Owed(inquiries, duties, topics)


def point_to_successor(
    gone: Collection[int], successor: Place, /, *, by: Officer | None, now: datetime
) -> None:
    """Topics that usually went to these places, webhooks and standard texts of theirs, go to their successor."""
    Topic.objects.filter(default_bureau__in=gone).update(default_bureau=successor, version=F("version") + 1)
    Subscription.objects.filter(bureau__in=gone, ended_at=None).update(bureau=successor)
    pass_texts(gone, successor, by=by, now=now)


def split_with_topics(
    *,
    place: Place,
    parts: Sequence[Place | NewPlace],
    goes: Goes,
    topics: Mapping[int, int],
    on: date,
    by: Officer | None,
    now: datetime,
    basis: str = "",
) -> list[Place]:
    """The place is split, and each topic that it usually answered is answered by the part it goes to; its standard
    texts are each part's.

    Raises as split_place.
    """
    usual = list(Topic.objects.filter(default_bureau=place).values_list("pk", flat=True))
    into = split_place(place=place, parts=parts, goes=goes, on=on, by=by, now=now, basis=basis)
    for pk in usual:
        if 0 < topics.get(pk, 0) < len(into):
            Topic.objects.filter(pk=pk).update(default_bureau=into[topics[pk]], version=F("version") + 1)
    for part in into[1:]:
        pass_texts([place.pk], part, by=by, now=now)
    return into


@dataclass(frozen=True)
class _Heirs:
    """Who stands in the stead of each abolished place of a district, and who answers there now."""

    after: dict[int, Place]
    # Of a place that was split: its parts, which take by topic what no post had.
    parts: dict[int, list[int]]
    # The one of them that complaints about it are about.
    concerned: dict[int, Place]
    roll: Roll

    @classmethod
    def of(cls, district: Place, *, now: datetime) -> _Heirs | None:
        """None where no place of the district was ever abolished."""
        found = standing(district.pk)
        if not found:
            return None
        splits = Edit.objects.filter(district=district, code=Edit.Code.PLACE_SPLIT)
        named = {row.place_id: row.named for row in splits if row.place_id is not None}
        chosen = {pk: given["concerned"] for pk, given in named.items() if "concerned" in given}
        offices = {pk: found.get(part, part) for pk, part in chosen.items()}
        places = Place.objects.in_bulk({*found.values(), *offices.values()})
        return cls(
            after={pk: places[heir] for pk, heir in found.items()},
            parts={pk: given["into"] for pk, given in named.items()},
            concerned={pk: places[office] for pk, office in offices.items()},
            roll=Roll(district.pk, now=now),
        )

    def of_post(self, place: Place, post: Post | None) -> tuple[Place, Post | None]:
        """The post that took over from this one with its place, else the place's successor."""
        passed = set()
        while post is not None and post.closed_on is not None and post.pk not in passed:
            passed.add(post.pk)
            post = Post.objects.filter(pk=post.successor_id or 0).select_related("place").first()
        if post is None or post.closed_on is not None or post.place.abolished_on is not None:
            return self.after[place.pk], None
        return post.place, post


def pass_on(*, district: Place, now: datetime, limit: int = BATCH) -> int:
    """A batch of what is owed at abolished places is owed by their successors; gives how many were looked at.

    Inquiries first, then the duties that are left, each by due; then sealed matters about an office that was abolished.
    The holder is the progress, so a run that is cut off goes on where it stopped; a matter reopened later passes with
    the next. One that cannot pass is set aside with its error.
    """
    heirs = _Heirs.of(district, now=now)
    if heirs is None:
        return 0
    aside = SetAside.objects.filter(retry_at__gt=now)
    inquiries = Inquiry.objects.filter(~Exists(aside.filter(inquiry=OuterRef("pk"))), district=district)
    duties = Duty.objects.open().filter(~Exists(aside.filter(duty=OuterRef("pk"))), district=district)
    # The holder's path may have become that of the office it is about.
    concerned = (
        Q(about_place__in=heirs.after)
        | Q(about_place__isnull=False, answered_at=None, pk__in=_held_by_the_concerned(district))
        | Q(pk__in=_seen_by_the_concerned(district, heirs))
    )
    return (
        _each(inquiries.unanswered().filter(holder__in=heirs.after), _pass_inquiry, heirs, now, limit)
        or _each(duties.filter(place__in=heirs.after), _pass_duty, heirs, now, limit)
        or _each(inquiries.filter(concerned), _keep_from_the_concerned, heirs, now, limit)
    )


def _held_by_the_concerned(district: Place) -> list[int]:
    open_ones = Inquiry.objects.unanswered().filter(district=district, about_place__isnull=False)
    return [
        row.pk
        for row in open_ones.select_related("holder", "about_place")
        if row.about_place and row.about_place.bureau_id == row.holder.bureau_id
    ]


def _seen_by_the_concerned(district: Place, heirs: _Heirs) -> list[int]:
    """Whoever handled it did so at a place that has become the office it is about, and whose eyes that has now."""
    rows = Sight.objects.filter(place__in=heirs.after, inquiry__about_place__isnull=False)
    return [
        row.inquiry_id
        for row in rows.select_related("inquiry__about_place")
        if (about := row.inquiry.about_place)
        and about.bureau_id == heirs.after[row.place_id].bureau_id != district.pk
    ]


def _each(
    rows: QuerySet[Inquiry] | QuerySet[Duty],
    step: Callable[..., None],
    heirs: _Heirs,
    now: datetime,
    limit: int,
) -> int:
    found: Sequence[Inquiry | Duty] = list(rows.order_by("due_at", "pk")[:limit])
    for row in found:
        try:
            with transaction.atomic():
                step(row.pk, heirs, now=now)
                of_row = {"inquiry" if isinstance(row, Inquiry) else "duty": row}
                SetAside.objects.filter(**of_row).delete()
        except Exception as failure:
            set_aside(row, failure, now=now)
    return len(found)


def _pass_inquiry(inquiry_id: int, heirs: _Heirs, *, now: datetime) -> None:
    inquiry = begin(inquiry_id, act=None, by=None, now=now, seen=None)
    was = inquiry.holder
    if inquiry.answered_at is not None or was.pk not in heirs.after:
        return
    to, post = heirs.of_post(was, inquiry.post)
    topic = inquiry.topic
    if post is None and topic and topic.default_bureau_id in heirs.parts.get(was.pk, ()):
        to = Place.objects.standing().filter(pk=topic.default_bureau_id or 0).first() or to
    try:
        check_place(inquiry, to)
    except AboutThatOffice:
        _to_the_district(inquiry, now=now)
        return
    if inquiry.merged_into_id is None:
        changed = give_to(inquiry, to, post=post, by=None, now=now, roll=heirs.roll)
    else:
        # It rides: its lead is pursued, and whoever holds that.
        Sight.objects.filter(inquiry=inquiry, reason=Sight.Reason.HOLDS).update(reason=Sight.Reason.HELD)
        let_see(inquiry, to, Sight.Reason.HOLDS, post=post, now=now, roll=heirs.roll)
        inquiry.holder, inquiry.post = to, post
        changed = ["holder", "post"]
    if was.bureau_id != to.bureau_id and inquiry.merged_into_id is None:
        tell_citizen(inquiry, "handed_over", by=None, now=now)
    finish(inquiry, "passed", by=None, now=now, changed=changed, place_id=to.pk, was=was.pk)


def _to_the_district(inquiry: Inquiry, *, now: datetime) -> None:
    """A sealed matter never goes to the office it is about: the district dispatches it anew."""
    if inquiry.merged_into_id is None:
        take_back(inquiry, reason="", by=None, now=now, code="passed", counted=False)
        return
    was = inquiry.holder_id
    inquiry.holder, inquiry.post = Place.objects.get(pk=inquiry.district_id), None
    finish(inquiry, "passed", by=None, now=now, changed=["holder", "post"], was=was)


def _pass_duty(duty_id: int, heirs: _Heirs, *, now: datetime) -> None:
    hangs_on = Duty.objects.values_list("inquiry", flat=True).get(pk=duty_id)
    inquiry = begin(hangs_on, act=None, by=None, now=now, seen=None) if hangs_on else None
    try:
        duty = lock_duty(duty_id, by=None, now=now)
    except DutyDone:
        return
    was = duty.place
    if was.pk not in heirs.after:
        return
    to, post = heirs.of_post(was, duty.post)
    if inquiry is not None:
        try:
            check_place(inquiry, to)
        except AboutThatOffice:
            # Whoever asked owes it again.
            to, post = inquiry.holder, inquiry.post
    kept = None if duty.own_chain else inquiry
    twin = (
        Duty.objects.open()
        .select_for_update(of=("self",))
        .filter(district=duty.district_id, kind=duty.kind, inquiry=inquiry, subject=duty.subject, place=to)
        .first()
    )
    if twin is not None:
        _join(duty, twin, now=now)
    elif duty.kind == DutyKind.HAND_OVER and inquiry and inquiry.holder.bureau_id == to.bureau_id:
        # What was offered has come there by itself.
        finish_duty(duty, by=None, now=now, decision="lapsed")
    else:
        duty.place, duty.post, duty.version = to, post, duty.version + 1
        if duty.own_chain:
            record_event(duty, "passed", by=None, now=now, place_id=to.pk, was=was.pk)
        duty.save(update_fields=["place", "post", "version", "event_count", "event_hash"])
        if kept is not None:
            offered = duty.kind == DutyKind.HAND_OVER
            reason = Sight.Reason.OFFERED if offered else Sight.Reason.ASSISTS
            _let_see_once(kept, to, reason, post=post, now=now, roll=heirs.roll)
        tell_duty(duty, now=now, roll=heirs.roll)
    if kept is not None:
        if duty.kind in (DutyKind.APPROVAL, DutyKind.DISPUTE, DutyKind.COORDINATE):
            give_back_pen(kept, now=now)
        done = duty.done_at is not None
        code = f"{duty.kind}_{'done' if done else 'passed'}"
        finish(kept, code, by=None, now=now, changed=[], place_id=to.pk, duty=duty.pk, was=was.pk)


def _let_see_once(
    inquiry: Inquiry, place: Place, reason: str, *, post: Post | None, now: datetime, roll: Roll
) -> None:
    """Whoever sees it already sees it for the reason there was."""
    if inquiry.sealed or not Sight.objects.filter(inquiry=inquiry, place=place).exists():
        let_see(inquiry, place, reason, post=post, now=now, roll=roll)


def _join(duty: Duty, twin: Duty, *, now: datetime) -> None:
    """Both were asked of what is one place now: it owes them together, by the earlier time."""
    if duty.request and duty.request != twin.request:
        twin.request = "\n\n".join(filter(None, [twin.request, duty.request]))
    twin.due_at = min(twin.due_at, duty.due_at)
    twin.next_chase_at = next_chase(twin, now=now)
    twin.version += 1
    if twin.own_chain:
        record_event(twin, "passed", by=None, now=now, place_id=twin.place_id, duty=duty.pk)
    twin.save(update_fields=["request", "due_at", "next_chase_at", "version", "event_count", "event_hash"])
    finish_duty(duty, by=None, now=now, decision="joined")


def _keep_from_the_concerned(inquiry_id: int, heirs: _Heirs, *, now: datetime) -> None:
    """The office it is about is the successor now: nobody there sees it, and it does not handle it."""
    inquiry = begin(inquiry_id, act=None, by=None, now=now, seen=None)
    about = inquiry.about_place
    if about is None:
        return
    if about.pk in heirs.after:
        was, about = about.pk, heirs.concerned.get(about.pk, heirs.after[about.pk])
        inquiry.about_place = about
        finish(inquiry, "passed", by=None, now=now, changed=["about_place"], place_id=about.pk, was=was)
    office = f"{about.district_id}/{about.bureau_id}/"
    if about.bureau_id != inquiry.district_id:
        become = [pk for pk, heir in heirs.after.items() if heir.bureau_id == about.bureau_id]
        its_eyes = Q(place__path__startswith=office) | Q(place__in=become)
        Sight.objects.filter(its_eyes, inquiry=inquiry).delete()
    if (
        inquiry.answered_at is None
        and inquiry.holder.bureau_id == about.bureau_id
        and inquiry.holder_id != inquiry.district_id
    ):
        _to_the_district(inquiry, now=now)
