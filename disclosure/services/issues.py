"""What people raised at an open day is published with what came of it (活动后10个工作日内公开意见办理结果)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, holdings
from bureaus.models import Officer, Place
from bureaus.models.written import check_text
from bureaus.services.calendar import calendar_for
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date, midnight
from disclosure.figures.entries import public_issues_of
from disclosure.models import Booth, Count, HotIssue, IssueAnswer, IssuePublication, Measure, OpenDay
from disclosure.services.answers import StillTells, tells
from disclosure.services.items import may_with
from inquiries import deadlines
from inquiries.models import Duty
from inquiries.services.duties import finish_duty, head_of, lock_duty, open_duty
from inquiries.services.refusals import ChangedMeanwhile, NeedsReason

PUBLISH_ISSUE = "publish_issue"
# In working days of the day's end; of an answer that comes late, so many from when it is found.
PUBLISHED_WITHIN, PUBLISHED_AT_LEAST = 10, 3
KEPT_INSIDE = "kept_inside"
MOST_OF_REASON = 1000


# What `ask_for_publications` promises, asked once more of the rows: the worker looks every hour.
OWED_ANSWERS = "select count(*) from disclosure_issueanswer where taken_back_at is null"
UNOWED_ANSWERS = """
    select a.issue_id::text
    from disclosure_issueanswer a
    join disclosure_hotissue i on i.id = a.issue_id
    join disclosure_booth b on b.id = i.booth_id
    join disclosure_openday d on d.id = b.open_day_id
    where a.taken_back_at is null and i.taken_back_at is null and not d.is_history
        and a.recorded_at < %(an_hour_ago)s::timestamptz - interval '1 hour'
        and not exists (
            select from disclosure_issueanswer later
            where later.issue_id = a.issue_id and later.id > a.id and later.taken_back_at is null)
        and not exists (select from disclosure_issuepublication p where p.answer_id = a.id)
        and not exists (
            select from inquiries_duty u
            where u.district_id = a.district_id and u.kind = 'publish_issue' and u.inquiry_id is null
                and u.subject = i.id::text
                and (u.done_at is null or (u.decision = 'kept_inside' and u.done_at >= a.recorded_at)))
"""


class NotYoursToPublishIssue(Refusal):
    sentence = _("The answer to an issue is published and withdrawn by who publishes items of its bureau.")


class IssueNotAnswered(Refusal):
    sentence = _("Only an issue that is answered is published.")


class AnsweredItself(Refusal):
    sentence = _("Whoever answered it cannot publish it. Another person has to.")


class IssuePublicAlready(Refusal):
    sentence = _("This answer is public already.")


class IssueNotPublic(Refusal):
    sentence = _("This issue is not public.")


class IssueNotOwed(Refusal):
    sentence = _("No publication of this issue is owed.")


@dataclass(frozen=True)
class Opinion:
    """An issue and what came of it, as everybody reads it."""

    words: str
    raised: Count
    place: Place
    answer: str
    answered_on: date


def publish_issue(issue_id: int, *, seen: int, by: Officer, now: datetime) -> IssuePublication:
    """Everybody reads the issue with its last answer, whose key is `seen`, on the page of its day: it is owed no more.

    Raises NotYoursToPublishIssue, IssueNotAnswered, ChangedMeanwhile, AnsweredItself, StillTells, IssuePublicAlready.
    """
    issue = _to_publish(issue_id, by=by, now=now)
    answer = last_answer(issue)
    if answer is None or issue.taken_back_at is not None:
        raise IssueNotAnswered
    if answer.pk != seen:
        raise ChangedMeanwhile
    if answer.recorded_by_id == by.pk:
        raise AnsweredItself
    if tells(issue.words) or tells(answer.text):
        raise StillTells
    if IssuePublication.objects.filter(answer=answer).exists():
        raise IssuePublicAlready
    try:
        with transaction.atomic():
            IssuePublication.objects.filter(issue=issue, withdrawn_at=None).update(
                withdrawn_at=now, withdrawn_by=by
            )
            published = IssuePublication.objects.create(
                answer=answer, issue=issue, published_at=now, published_by=by
            )
    except IntegrityError as faster:
        raise ChangedMeanwhile from faster
    if owed := owed_of(issue):
        finish_duty(lock_duty(owed.pk, by=by, now=now), by=by, now=now, decision="published")
    return published


def withdraw_issue(issue_id: int, *, by: Officer, now: datetime) -> None:
    """Nobody outside reads it any more. Raises NotYoursToPublishIssue, IssueNotPublic."""
    issue = _to_publish(issue_id, by=by, now=now)
    rows = IssuePublication.objects.filter(issue=issue, withdrawn_at=None)
    if not rows.update(withdrawn_at=now, withdrawn_by=by):
        raise IssueNotPublic


def keep_inside(issue_id: int, *, reason: str, by: Officer, now: datetime) -> None:
    """It is decided that this answer is not published, and why; a later answer is owed to be published again.

    Raises NotYoursToPublishIssue, NeedsReason, TooLong, NotPlainText, IssueNotOwed.
    """
    issue = _to_publish(issue_id, by=by, now=now)
    check_text(reason, field="reason", most=MOST_OF_REASON)
    if not reason.strip():
        raise NeedsReason(field="reason")
    owed = owed_of(issue)
    if owed is None:
        raise IssueNotOwed
    duty = lock_duty(owed.pk, by=by, now=now)
    finish_duty(duty, by=by, now=now, decision=KEPT_INSIDE, reply=reason.strip())


def owed_of(issue: HotIssue) -> Duty | None:
    """The open duty to publish it."""
    return _duties(issue.district_id).filter(subject=str(issue.pk), done_at=None).first()


def kept_inside(issue: HotIssue) -> Duty | None:
    """The last decision not to publish what was answered."""
    return _duties(issue.district_id).filter(subject=str(issue.pk), decision=KEPT_INSIDE).last()


def _duties(district_id: int) -> QuerySet[Duty]:
    return Duty.objects.filter(district=district_id, kind=PUBLISH_ISSUE, inquiry=None).order_by("pk")


def ask_for_publications(*, district: Place, now: datetime) -> int:
    """Of every issue whose last answer is not public, publication is owed (意见办理结果公开); gives how many are new.

    Due within ten working days of the day's end, three of them left at least. Owed by the head of the booth's bureau,
    or by the district's where that stands no longer: nobody else publishes it. What was published and withdrawn again,
    or kept inside with a reason, is owed no more; nor is an issue that was taken back.
    """
    duties = list(_duties(district.pk))
    slips = {
        str(key)
        for key in HotIssue.objects.filter(district=district, taken_back_at__isnull=False).values_list(
            "pk", flat=True
        )
    }
    owing = {duty.subject: duty.pk for duty in duties if duty.done_at is None}
    for subject in slips & owing.keys():
        duty = lock_duty(owing[subject], by=None, now=now)
        finish_duty(duty, by=None, now=now, decision="taken_back")
    settled = {duty.subject: duty.done_at for duty in duties if duty.decision == KEPT_INSIDE}
    later = IssueAnswer.objects.filter(issue=OuterRef("issue"), pk__gt=OuterRef("pk"), taken_back_at=None)
    answers = IssueAnswer.objects.filter(
        ~Exists(later),
        district=district,
        taken_back_at=None,
        publication=None,
        issue__taken_back_at=None,
        issue__booth__open_day__is_history=False,
    )
    opened = 0
    for answer in answers.select_related("issue__booth__open_day", "issue__booth__place").order_by("pk"):
        subject, decided_at = str(answer.issue_id), settled.get(str(answer.issue_id))
        decided = (
            decided_at is not None and answer.recorded_at is not None and decided_at >= answer.recorded_at
        )
        if decided or subject in owing:
            continue
        booth = answer.issue.booth
        place = booth.place if booth.place.abolished_on is None else district
        open_duty(
            kind=PUBLISH_ISSUE,
            place=place,
            post=head_of(place),
            due_at=_due_of(booth.open_day, now=now),
            now=now,
            by=None,
            subject=subject,
            request=answer.issue.words,
        )
        opened += 1
    return opened


def _due_of(day: OpenDay, *, now: datetime) -> datetime:
    calendar = calendar_for(day.district_id)
    return max(
        deadlines.due(midnight(day.last_on), deadlines.Rule(PUBLISHED_WITHIN), calendar).due_at,
        deadlines.due(now, deadlines.Rule(PUBLISHED_AT_LEAST), calendar).due_at,
    )


def _to_publish(issue_id: int, *, by: Officer, now: datetime) -> HotIssue:
    issue = HotIssue.objects.select_related("booth__place").get(pk=issue_id)
    if not may_with(holdings(by, now=now), Act.PUBLISH_ITEM, issue.booth.place):
        raise NotYoursToPublishIssue
    return issue


def last_answer(issue: HotIssue) -> IssueAnswer | None:
    """What the bureau says to it now."""
    return IssueAnswer.objects.filter(issue=issue, taken_back_at=None).order_by("-pk").first()


def opinions_of(day: OpenDay) -> Sequence[Opinion]:
    """What is published of the day, by bureau. Three statements."""
    booths = {booth.pk: booth for booth in Booth.objects.filter(open_day=day).select_related("place")}
    public = {
        row.issue_id: row
        for row in IssuePublication.objects.filter(issue__booth__in=booths, withdrawn_at=None).select_related(
            "answer"
        )
    }
    issues = public_issues_of(booths.values())
    issues.sort(key=lambda issue: (booths[issue.booth_id].place.path, issue.pk))
    return [
        Opinion(
            issue.words,
            Count(issue.raised_by or 0, Measure.PERSON, bool(issue.raised_more)),  # type: ignore[attr-defined]
            booths[issue.booth_id].place,
            public[issue.pk].answer.text,
            local_date(public[issue.pk].answer.recorded_at or public[issue.pk].published_at),
        )
        for issue in issues
    ]
