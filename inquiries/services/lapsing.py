"""A tenure that lapses on its day leaves nothing behind unseen."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from bureaus.access import Roll
from bureaus.models import Place, Post, Tenure
from bureaus.services.calendar import calendar_for
from bureaus.workdays import local_date
from inquiries import deadlines
from inquiries.models import Duty, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.duties import finish_duty, open_duty, tell_fallen


def owe_hand_overs(*, district: Place, now: datetime) -> int:
    """What a tenure that ended without a slip (交接单) left open is to be handed over within a working day; gives how
    many tenures of the district began to owe that.

    1. The section head, or whoever answers for the place, owes the hand-over, once for each tenure: who takes what, in
    words. 2. Whoever answers for the post now is told of what it owes, as when an account is disabled. 3. Once nothing
    of before is open, or the same officer holds the post again, the duty is done.
    Of a post the last tenure that ended counts, and of what it owes now what it owed then.
    """
    left = {str(tenure.pk): tenure for tenure in _left_open(district, now=now)}
    known = {duty.subject: duty for duty in Duty.objects.filter(district=district, kind=DutyKind.SLIP)}
    for subject, duty in known.items():
        if duty.done_at is None and subject not in left:
            finish_duty(duty, by=None, now=now, decision="settled")
    new = [tenure for subject, tenure in left.items() if subject not in known]
    if not new:
        return 0
    roll, begun = Roll(district.pk, now=now), 0
    for tenure in new:
        reached = roll.reach("section_head", place_id=tenure.post.place_id)
        if not reached or reached[0].post_id is None:
            continue
        head = Post.objects.select_related("place").get(pk=reached[0].post_id)
        open_duty(
            kind=DutyKind.SLIP,
            place=head.place,
            post=head,
            due_at=deadlines.due(now, deadlines.Rule(1), calendar_for(district.pk)).due_at,
            now=now,
            by=None,
            subject=str(tenure.pk),
            request=f"{tenure.post}：{tenure.officer.name}，{tenure.until_on:%Y-%m-%d}",
            roll=roll,
        )
        tell_fallen(tenure.post, roll, now)
        begun += 1
    return begun


def _left_open(district: Place, *, now: datetime) -> list[Tenure]:
    """Of each open post the last holder's tenure that ended, where it has no slip, the post still owes something of its
    time, and the officer does not hold it again."""
    today = local_date(now)
    inquiries = Inquiry.objects.unanswered().filter(
        post=OuterRef("post"), recorded_at__date__lt=OuterRef("until_on")
    )
    duties = (
        Duty.objects.open()
        .filter(post=OuterRef("post"), opened_at__date__lt=OuterRef("until_on"))
        .exclude(kind=DutyKind.SLIP)
    )
    again = Tenure.objects.filter(
        Q(until_on=None) | Q(until_on__gt=today),
        post=OuterRef("post"),
        officer=OuterRef("officer"),
        part=Tenure.Part.HOLDER,
        from_on__lte=today,
    )
    # What an earlier tenure left open is open for a later one too, so the last of these is the last of all.
    ended = (
        Tenure.objects.filter(
            Exists(inquiries) | Exists(duties),
            Q(post__place=district) | Q(post__place__district=district),
            post__closed_on=None,
            part=Tenure.Part.HOLDER,
            until_on__lte=today,
        )
        .annotate(again=Exists(again))
        .select_related("post__place", "officer", "hand_over")
        .order_by("post", "-until_on", "-pk")
        .distinct("post")
    )
    return [tenure for tenure in ended if not tenure.again and not hasattr(tenure, "hand_over")]
