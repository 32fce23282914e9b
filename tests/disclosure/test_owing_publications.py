"""Once an issue is answered, publishing the answer is owed (意见办理结果公开), until it is public or kept inside."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bureaus.models import Place
from bureaus.workdays import SHANGHAI, local_date
from disclosure.models import Booth, HotIssue, IssueAnswer, OpenDay
from disclosure.services.desk import Stamp, answer_issue, collect_issue, take_back
from disclosure.services.issues import (
    IssueNotOwed,
    NotYoursToPublishIssue,
    ask_for_publications,
    keep_inside,
    publish_issue,
    withdraw_issue,
)
from disclosure.services.open_days import open_booth
from disclosure.tasks import keep_items_current as clocked
from inquiries.models import Duty
from inquiries.services.duties import head_of, url_of
from inquiries.services.moving import answer_duty
from inquiries.services.refusals import NeedsReason, NotInThisState
from inquiries.services.verifying import verify_promises
from tests.conftest import As, Cast
from tests.disclosure.planned import Abolish
from tests.disclosure.planned import abolish as abolish  # fixtures
from tests.disclosure.planned import day as day
from tests.inquiries.conftest import Enter, page

pytestmark = pytest.mark.django_db

# The day is 2026-06-20, a Saturday in the days of the dragon boats; ten working days after it is 2026-07-03.
HELD = datetime(2026, 6, 20, 10, tzinfo=SHANGHAI)
LAWS_DAY = date(2026, 7, 3)


@pytest.fixture
def booth(day: OpenDay, cast: Cast, now: datetime) -> Booth:
    return open_booth(open_day=day, place=cast.civil, by=None, now=now)


@pytest.fixture
def issue(booth: Booth, cast: Cast, web_as: As) -> HotIssue:
    return collected(booth, cast, web_as, "小区门口没有公交站")


def collected(booth: Booth, cast: Cast, web_as: As, words: str) -> HotIssue:
    with web_as(cast.li_min, HELD):
        return collect_issue(
            booth=booth, words=words, people=3, at_least=False, stamp=Stamp(words), by=cast.li_min, now=HELD
        )


def answered(
    issue: HotIssue, cast: Cast, web_as: As, at: datetime = HELD, text: str = "九月设站。"
) -> IssueAnswer:
    with web_as(cast.li_min, at):
        return answer_issue(issue=issue, text=text, stamp=Stamp(f"{issue.pk}{text}"), by=cast.li_min, now=at)


def owes(cast: Cast, clock: As, at: datetime = HELD) -> int:
    with clock():
        return ask_for_publications(district=cast.district, now=at)


def owing() -> dict[str, tuple[Place, date]]:
    rows = Duty.objects.filter(kind="publish_issue", done_at=None).select_related("place")
    return {duty.request: (duty.place, local_date(duty.due_at - timedelta(seconds=1))) for duty in rows}


def test_an_answered_issue_is_owed_to_the_public_ten_working_days_after_the_day(
    issue: HotIssue, cast: Cast, web_as: As, clock: As
) -> None:
    assert owes(cast, clock) == 0
    answered(issue, cast, web_as)
    assert owes(cast, clock) == 1
    assert owing() == {issue.words: (cast.civil, LAWS_DAY)}
    duty = Duty.objects.get(kind="publish_issue")
    assert (duty.post, url_of(duty)) == (head_of(cast.civil), f"/issues/{issue.pk}/")
    assert owes(cast, clock, HELD + timedelta(days=30)) == 0


def test_an_answer_that_nobody_owes_to_the_public_breaks_a_promise(
    issue: HotIssue, cast: Cast, web_as: As, clock: As
) -> None:
    def broken(at: datetime) -> list[str]:
        [found] = [f for f in verify_promises(now=at) if "hot issue" in f.promise]
        assert found.checked == IssueAnswer.objects.count()
        return list(found.references)

    answered(issue, cast, web_as)
    at = HELD
    # The worker has two rounds to find it.
    assert broken(at + timedelta(hours=1)) == []
    assert broken(at + timedelta(hours=3)) == [str(issue.pk)]
    owes(cast, clock)
    assert broken(at + timedelta(hours=3)) == []
    with web_as(cast.sun_wei, at):
        keep_inside(issue.pk, reason="涉及未定规划。", by=cast.sun_wei, now=at + timedelta(hours=1))
    assert broken(at + timedelta(hours=3)) == []
    later = answered(issue, cast, web_as, at + timedelta(hours=2), "十月设站。")
    assert broken(at + timedelta(hours=6)) == [str(issue.pk)]
    with web_as(cast.sun_wei, at):
        publish_issue(issue.pk, seen=later.pk, by=cast.sun_wei, now=at + timedelta(hours=3))
        withdraw_issue(issue.pk, by=cast.sun_wei, now=at + timedelta(hours=3))
    assert broken(at + timedelta(hours=6)) == []


def test_what_is_answered_late_is_never_overdue_at_once(
    issue: HotIssue, booth: Booth, cast: Cast, web_as: As, clock: As
) -> None:
    other = collected(booth, cast, web_as, "路灯不亮")
    tenth = datetime(2026, 7, 3, 17, tzinfo=SHANGHAI)
    for each in (issue, other):
        answered(each, cast, web_as, tenth)
    assert owes(cast, clock, tenth) == 2
    assert {due for _place, due in owing().values()} == {date(2026, 7, 8)}


def test_publishing_ends_it_and_words_do_not(issue: HotIssue, cast: Cast, web_as: As, clock: As) -> None:
    answer = answered(issue, cast, web_as)
    owes(cast, clock)
    duty = Duty.objects.get(kind="publish_issue")
    with web_as(cast.sun_wei, HELD):
        with pytest.raises(NotInThisState):
            answer_duty(duty.pk, reply="已公开", by=cast.sun_wei, now=HELD)
        publish_issue(issue.pk, seen=answer.pk, by=cast.sun_wei, now=HELD)
    duty.refresh_from_db()
    assert (duty.decision, duty.done_by, duty.next_chase_at) == ("published", cast.sun_wei, None)
    with web_as(cast.sun_wei, HELD):
        withdraw_issue(issue.pk, by=cast.sun_wei, now=HELD)
    assert owes(cast, clock) == 0
    # A later answer is another result.
    answered(issue, cast, web_as, text="十月设站。")
    assert owes(cast, clock) == 1


def test_it_is_kept_inside_with_a_reason_until_another_answer_is_given(
    issue: HotIssue, cast: Cast, web_as: As, clock: As
) -> None:
    answered(issue, cast, web_as)
    with web_as(cast.sun_wei, HELD), pytest.raises(IssueNotOwed):
        keep_inside(issue.pk, reason="涉及在建项目", by=cast.sun_wei, now=HELD)
    owes(cast, clock)
    with web_as(cast.li_min, HELD), pytest.raises(NotYoursToPublishIssue):
        keep_inside(issue.pk, reason="涉及在建项目", by=cast.li_min, now=HELD)
    with web_as(cast.sun_wei, HELD):
        with pytest.raises(NeedsReason):
            keep_inside(issue.pk, reason=" ", by=cast.sun_wei, now=HELD)
        keep_inside(issue.pk, reason="涉及在建项目", by=cast.sun_wei, now=HELD)
    duty = Duty.objects.get(kind="publish_issue")
    assert (duty.decision, duty.reply) == ("kept_inside", "涉及在建项目")
    assert owes(cast, clock, HELD + timedelta(days=1)) == 0
    answered(issue, cast, web_as, HELD + timedelta(days=2), "十月设站。")
    assert owes(cast, clock, HELD + timedelta(days=2)) == 1


def test_an_issue_that_was_a_slip_is_owed_no_more(issue: HotIssue, cast: Cast, web_as: As, clock: As) -> None:
    answered(issue, cast, web_as)
    owes(cast, clock)
    with web_as(cast.li_min, HELD):
        take_back(booth=issue.booth, what="issue", entry_id=issue.pk, by=cast.li_min, now=HELD)
    assert owes(cast, clock) == 0
    assert Duty.objects.get(kind="publish_issue").decision == "taken_back"


def test_where_the_bureau_stands_no_longer_the_district_owes_and_publishes(
    issue: HotIssue, booth: Booth, cast: Cast, web_as: As, clock: As, abolish: Abolish
) -> None:
    other = collected(booth, cast, web_as, "路灯不亮")
    answers = {issue: answered(issue, cast, web_as)}
    owes(cast, clock)
    answers[other] = answered(other, cast, web_as)
    abolish(cast.civil, cast.culture, HELD)
    owes(cast, clock)
    # What was owed goes to the heir; what is found later is the district's, which alone publishes both.
    assert {words: place for words, (place, _due) in owing().items()} == {
        issue.words: cast.culture,
        other.words: cast.district,
    }
    with web_as(cast.wu_fang, HELD):
        for each, answer in answers.items():
            publish_issue(each.pk, seen=answer.pk, by=cast.wu_fang, now=HELD)
    assert owing() == {}


def test_its_page_says_by_when_and_keeps_it_inside(
    issue: HotIssue, cast: Cast, web_as: As, clock: As, enter: Enter
) -> None:
    answered(issue, cast, web_as)
    owes(cast, clock)
    path = f"/issues/{issue.pk}/"
    client = enter(cast.sun_wei)
    assert "To be published" in page(client, path)
    assert "Keep it inside" not in page(enter(cast.li_min), path)
    client.post(f"{path}publish/", {"do": "keep", "reason": "涉及在建项目"})
    shown = page(client, path)
    assert "涉及在建项目" in shown
    assert "To be published" not in shown


def test_the_clock_s_own_door_asks_for_publication(issue: HotIssue, cast: Cast, web_as: As) -> None:
    answered(issue, cast, web_as)
    clocked()
    assert issue.words in owing()
