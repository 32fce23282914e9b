"""What people raised at an open day is published with what came of it (活动后10个工作日内公开意见办理结果)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, holdings
from bureaus.models import Officer, Place
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date
from disclosure.figures.entries import public_issues_of
from disclosure.models import Booth, Count, HotIssue, IssueAnswer, IssuePublication, Measure, OpenDay
from disclosure.services.answers import StillTells, tells
from disclosure.services.items import may_with
from inquiries.services.refusals import ChangedMeanwhile


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


@dataclass(frozen=True)
class Opinion:
    """An issue and what came of it, as everybody reads it."""

    words: str
    raised: Count
    place: Place
    answer: str
    answered_on: date


def publish_issue(issue_id: int, *, seen: int, by: Officer, now: datetime) -> IssuePublication:
    """Everybody reads the issue with its last answer, whose key is `seen`, on the page of its day.

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
            return IssuePublication.objects.create(
                answer=answer, issue=issue, published_at=now, published_by=by
            )
    except IntegrityError as faster:
        raise ChangedMeanwhile from faster


def withdraw_issue(issue_id: int, *, by: Officer, now: datetime) -> None:
    """Nobody outside reads it any more. Raises NotYoursToPublishIssue, IssueNotPublic."""
    issue = _to_publish(issue_id, by=by, now=now)
    rows = IssuePublication.objects.filter(issue=issue, withdrawn_at=None)
    if not rows.update(withdrawn_at=now, withdrawn_by=by):
        raise IssueNotPublic


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
