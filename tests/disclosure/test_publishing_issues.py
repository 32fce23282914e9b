"""What people raised at an open day, and what came of it, is read by everybody once another has published it."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from bureaus.models.scope import PORTAL, WORKER, scope
from disclosure.models import Booth, DayPlan, HotIssue, IssueAnswer, IssuePublication, OpenDay
from disclosure.services.answers import StillTells
from disclosure.services.desk import Stamp, answer_issue, collect_issue, raise_issue
from disclosure.services.handing_out import day_shown, hand_out_numbers
from disclosure.services.issues import (
    AnsweredItself,
    IssueNotAnswered,
    IssueNotPublic,
    IssuePublicAlready,
    NotYoursToPublishIssue,
    publish_issue,
    withdraw_issue,
)
from disclosure.services.plans import PlanGiven, hand_in_plan, write_plan
from inquiries.services.refusals import ChangedMeanwhile
from tests.conftest import As, Cast
from tests.disclosure.outside.portal import Outside
from tests.disclosure.planned import OF_DISTRICT
from tests.inquiries.conftest import Enter, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(booth: Booth, cast: Cast, web_as: As, now: datetime) -> HotIssue:
    """Twelve and more ask for a bus stop, on a day whose plan is issued."""
    with web_as(cast.wu_fang):
        given = PlanGiven(OF_DISTRICT, theme="公开", aim="")
        plan = write_plan(
            day=booth.open_day, place=cast.district, given=given, seen=0, by=cast.wu_fang, now=now
        )
        hand_in_plan(plan.pk, seen=plan.version, by=cast.wu_fang, now=now)
    with web_as(cast.li_min):
        found = collect_issue(
            booth=booth,
            words="小区门口没有公交站",
            people=10,
            at_least=True,
            stamp=Stamp("i"),
            by=cast.li_min,
            now=now,
        )
        raise_issue(issue=found, people=2, stamp=Stamp("r"), by=cast.li_min, now=now)
    return found


def answered(issue: HotIssue, cast: Cast, web_as: As, now: datetime, text: str = "九月设站。") -> IssueAnswer:
    with web_as(cast.li_min):
        return answer_issue(issue=issue, text=text, stamp=Stamp(text), by=cast.li_min, now=now)


def public_page(issue: HotIssue, cast: Cast) -> str:
    path = f"/public/{cast.district.pk}/open-days/{issue.booth.open_day_id}/"
    response = Client(headers={"accept-language": "en"}).get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_everybody_reads_it_once_it_is_published_and_no_more_once_it_is_withdrawn(
    issue: HotIssue, cast: Cast, web_as: As, now: datetime
) -> None:
    answer = answered(issue, cast, web_as, now)
    assert issue.words not in public_page(issue, cast)
    with web_as(cast.sun_wei):
        publish_issue(issue.pk, seen=answer.pk, by=cast.sun_wei, now=now)
    shown = public_page(issue, cast)
    for told in ("What people raised", issue.words, "九月设站。", cast.civil.name, "more than 12 people"):
        assert told in shown
    assert cast.li_min.name not in shown
    # A later answer is not public before it is published too, and then stands in the place of the first.
    later = answered(issue, cast, web_as, now, "十月设站。")
    assert "十月设站。" not in public_page(issue, cast)
    with web_as(cast.sun_wei):
        publish_issue(issue.pk, seen=later.pk, by=cast.sun_wei, now=now)
    assert "十月设站。" in public_page(issue, cast)
    assert "九月设站。" not in public_page(issue, cast)
    with web_as(cast.sun_wei):
        withdraw_issue(issue.pk, by=cast.sun_wei, now=now)
        with pytest.raises(IssueNotPublic):
            withdraw_issue(issue.pk, by=cast.sun_wei, now=now)
    assert issue.words not in public_page(issue, cast)


def test_a_day_without_a_plan_is_public_as_long_as_an_answer_of_it_is(
    booth: Booth, cast: Cast, web_as: As, now: datetime, portal: Outside
) -> None:
    with web_as(cast.li_min):
        issue = collect_issue(
            booth=booth, words="路灯不亮", people=3, at_least=False, stamp=Stamp("l"), by=cast.li_min, now=now
        )
    answer = answered(issue, cast, web_as, now)

    def seen() -> set[bool]:
        path = f"/public/{cast.district.pk}/open-days/{booth.open_day_id}/"
        inside = Client().get(path).status_code == 200
        with portal(), scope(role=PORTAL):
            return {inside, OpenDay.objects.filter(pk=booth.open_day_id).exists()}

    assert seen() == {False}
    with web_as(cast.sun_wei):
        publish_issue(issue.pk, seen=answer.pk, by=cast.sun_wei, now=now)
    assert seen() == {True}
    assert issue.words in public_page(issue, cast)
    with web_as(cast.sun_wei):
        withdraw_issue(issue.pk, by=cast.sun_wei, now=now)
    assert seen() == {False}


def test_what_is_not_answered_tells_who_or_is_ones_own_is_refused(
    issue: HotIssue, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.sun_wei), pytest.raises(IssueNotAnswered):
        publish_issue(issue.pk, seen=0, by=cast.sun_wei, now=now)
    telling = answered(issue, cast, web_as, now, "请打13840005021。")
    with web_as(cast.sun_wei), pytest.raises(StillTells):
        publish_issue(issue.pk, seen=telling.pk, by=cast.sun_wei, now=now)
    with web_as(cast.sun_wei):
        own = answer_issue(issue=issue, text="九月设站。", stamp=Stamp("o"), by=cast.sun_wei, now=now)
        with pytest.raises(AnsweredItself):
            publish_issue(issue.pk, seen=own.pk, by=cast.sun_wei, now=now)
    # The database says so too.
    with pytest.raises(DatabaseError, match="by another"), transaction.atomic():
        IssuePublication.objects.create(answer=own, issue=issue, published_at=now, published_by=cast.sun_wei)
    for officer in (cast.li_min, cast.cao_lei):
        with web_as(officer), pytest.raises(NotYoursToPublishIssue):
            publish_issue(issue.pk, seen=own.pk, by=officer, now=now)
    with web_as(cast.wu_fang):
        with pytest.raises(ChangedMeanwhile):
            publish_issue(issue.pk, seen=telling.pk, by=cast.wu_fang, now=now)
        publish_issue(issue.pk, seen=own.pk, by=cast.wu_fang, now=now)
        with pytest.raises(IssuePublicAlready):
            publish_issue(issue.pk, seen=own.pk, by=cast.wu_fang, now=now)


def test_what_was_published_is_kept(issue: HotIssue, cast: Cast, web_as: As, now: datetime) -> None:
    answer = answered(issue, cast, web_as, now)
    with web_as(cast.sun_wei):
        publish_issue(issue.pk, seen=answer.pk, by=cast.sun_wei, now=now)
    with pytest.raises(DatabaseError, match="keeps what was recorded"), transaction.atomic():
        IssuePublication.objects.update(published_by=cast.wu_fang)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        IssuePublication.objects.all().delete()


def test_its_page_publishes_and_withdraws(
    issue: HotIssue, cast: Cast, web_as: As, now: datetime, enter: Enter
) -> None:
    answer = answered(issue, cast, web_as, now)
    path = f"/issues/{issue.pk}/"
    assert f"{path}publish/" not in page(enter(cast.li_min), path)
    client = enter(cast.sun_wei)
    assert f"{path}publish/" in page(client, path)
    for given, public in (
        ({"do": "publish", "seen": "一"}, False),
        ({"do": "publish", "seen": answer.pk}, True),
        ({"do": "withdraw"}, False),
    ):
        assert client.post(f"{path}publish/", given).status_code == 302
        assert (issue.words in public_page(issue, cast)) is public
        assert ("Read by everybody" in page(client, path)) is public
    assert enter(cast.xu_kai).post(f"{path}publish/", {"do": "publish"}).status_code == 404


def test_a_portal_of_its_own_shows_it_as_the_worker_wrote_it_down(
    issue: HotIssue, cast: Cast, web_as: As, now: datetime, portal: Outside
) -> None:
    answer = answered(issue, cast, web_as, now)
    with web_as(cast.sun_wei):
        publish_issue(issue.pk, seen=answer.pk, by=cast.sun_wei, now=now)
    day = issue.booth.open_day
    with scope(role=WORKER, district=cast.district.pk):
        hand_out_numbers(district=cast.district, now=now)
    inside = day_shown(day)
    with portal(), scope(role=PORTAL):
        outside = day_shown(day)
    assert outside.opinions == inside.opinions
    assert [each.answer for each in outside.opinions] == ["九月设站。"]
    assert DayPlan.objects.exists()
