"""Rules and ladders are edited as editions: previewed, saved, and followed by what is open."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from bureaus.models import Officer
from bureaus.models.calendar import CalendarVersion
from bureaus.models.scope import WORKER, scope
from bureaus.services.calendar import edit_days
from bureaus.workdays import SHANGHAI
from bureaus.workdays import Day as WorkingDay
from inquiries.ladder import SHIPPED, Anchor, Ladder
from inquiries.models import AnswerRule, Duty, Event, Inquiry, RuleBook
from inquiries.models import Ladder as Edition
from inquiries.services.chasing import chase_batch
from inquiries.services.dispatching import return_until
from inquiries.services.extending import ask_extension, decide_extension
from inquiries.services.merging import merge_inquiries
from inquiries.services.moving import ask_assist
from inquiries.services.previewing import preview_calendar, preview_ladder, preview_rule
from inquiries.services.refusals import EditionChanged, NoExtensionLeft, NotYours, RulesIncomplete
from inquiries.services.remeasuring import remeasure_dues, remeasure_duties
from inquiries.services.rules import change_rule, issue_ladder, issue_rules, shipped_rules
from inquiries.services.verifying import verify_promises, write_daily_roots
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

PAGE = "/settings/rules/consultation/ordinary/"


def consultation(**words: Any) -> AnswerRule:
    given = {
        "amount": 3,
        "unit": "working_days",
        "extensions": 2,
        "extension_amount": 5,
        "source": "本区规定",
    }
    return AnswerRule(kind="consultation", urgency="ordinary", **given | words)


def follow(cast: Cast, now: datetime, limit: int = 200) -> int:
    with scope(role=WORKER, district=cast.district.pk):
        return remeasure_dues(district=cast.district, now=now, limit=limit)


def entered(officer: Officer) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def typed(**words: Any) -> dict[str, Any]:
    return {
        "seen": 1,
        "amount": 3,
        "unit": "working_days",
        "end": "end_of_day",
        "extensions": 2,
        "extension_amount": 5,
        "dispatch_minutes": 240,
        "return_days": 1,
        "source": "本区规定",
        "do": "look",
    } | words


def stamp(page: str) -> str:
    found = re.search(r'name="previewed" value="(\w+)"', page)
    assert found
    return found[1]


def test_a_shorter_rule_brings_the_open_due_forward_and_keeps_the_first(
    ask: Ask, cast: Cast, now: datetime
) -> None:
    inquiry = ask()
    was = inquiry.due_at
    change_rule(district=cast.district, rule=consultation(), by=cast.zhou_ning, now=now, seen=1)
    assert follow(cast, now) == 1
    inquiry.refresh_from_db()
    assert inquiry.due_at < was == inquiry.original_due_at
    assert inquiry.rule.book.number == 2
    assert Event.objects.filter(inquiry=inquiry, code="due_moved_by_rule").count() == 1
    assert follow(cast, now) == 0


def test_a_changed_rule_changes_when_a_dispatch_is_owed_and_until_when_a_return_is_allowed(
    ask: Ask, cast: Cast, now: datetime
) -> None:
    def owed() -> tuple[datetime, datetime, datetime]:
        inquiry = ask(by=cast.wu_fang)
        dispatch = Duty.objects.get(inquiry=inquiry, kind="dispatch")
        return dispatch.due_at, return_until(inquiry), return_until(inquiry, is_complex=True)

    # Wednesday 20 May, ten o'clock: half a working day, and one or two whole ones, as shipped.
    midnight = now.replace(hour=0, minute=0)
    days = [midnight + n * timedelta(days=1) for n in range(8)]
    assert owed() == (now.replace(hour=14, minute=45), days[2], days[3])
    edited = consultation(dispatch_minutes=60, return_days=3)
    change_rule(district=cast.district, rule=edited, by=cast.zhou_ning, now=now, seen=1)
    assert owed() == (now + timedelta(hours=1), days[6], days[7])


def test_following_goes_on_where_it_was_cut_off(ask: Ask, cast: Cast, now: datetime) -> None:
    ask(), ask(question="婚姻登记要什么材料？")
    change_rule(district=cast.district, rule=consultation(), by=cast.zhou_ning, now=now, seen=1)
    assert [follow(cast, now, limit=1) for _ in range(3)] == [1, 1, 0]


def test_what_was_granted_stays_granted_under_a_rule_without_extensions(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    with web_as(cast.li_min):
        ask_extension(inquiry.pk, days=4, reason="需要实地查看", by=cast.li_min, now=now)
    with web_as(cast.sun_wei):
        decide_extension(inquiry.pk, grant=True, by=cast.sun_wei, now=now)
    inquiry.refresh_from_db()
    was = inquiry.due_at
    rule = consultation(amount=5, extensions=0, extension_amount=0)
    change_rule(district=cast.district, rule=rule, by=cast.zhou_ning, now=now, seen=1)
    follow(cast, now)
    inquiry.refresh_from_db()
    assert inquiry.due_at == was


def test_what_a_lead_was_granted_is_not_taken_back_for_its_riders(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    lead, rider = ask(), ask(question="再问一次。")
    with web_as(cast.wu_fang):
        merge_inquiries(rider.pk, into=lead.pk, by=cast.wu_fang, now=now)
    with web_as(cast.li_min):
        ask_extension(lead.pk, days=4, reason="需要实地查看", by=cast.li_min, now=now)
    with web_as(cast.sun_wei):
        decide_extension(lead.pk, grant=True, by=cast.sun_wei, now=now)
    lead.refresh_from_db()
    was = lead.due_at
    issue_rules(district=cast.district, rules=shipped_rules(), by=cast.zhou_ning, now=now)
    follow(cast, now)
    lead.refresh_from_db()
    assert lead.due_at == was


def test_a_rule_that_puts_dues_into_the_past_chases_none_of_them_at_once(
    ask: Ask, cast: Cast, now: datetime, clock: As
) -> None:
    inquiry, other = ask(), ask(question="社区日间照料周末开门吗？")
    later = now + timedelta(days=2)
    change_rule(district=cast.district, rule=consultation(amount=1), by=cast.zhou_ning, now=later, seen=1)
    follow(cast, later)
    for row in (inquiry, other):
        row.refresh_from_db()
        assert row.due_at <= later < (row.next_chase_at or later)
    assert inquiry.next_chase_at != other.next_chase_at
    write_daily_roots(now=later)
    assert not [found for found in verify_promises(now=later) if found.broken]


def test_a_new_ladder_moves_the_next_chase_and_takes_no_step_twice(
    ask: Ask, cast: Cast, now: datetime, clock: As
) -> None:
    inquiry = ask()
    later = (inquiry.next_chase_at or now) + timedelta(minutes=1)
    with clock():
        chase_batch(Inquiry, now=later)
    inquiry.refresh_from_db()
    assert (inquiry.chase_number, inquiry.chase_step) == (1, 0)
    shipped = SHIPPED["ordinary"]
    ladder = Ladder((shipped.steps[0], *shipped.steps[2:]), shipped.repeat)
    issue_ladder(district=cast.district, meant_for="ordinary", ladder=ladder, by=cast.zhou_ning, now=later)
    assert follow(cast, later) == 1
    was = inquiry.next_chase_at
    inquiry.refresh_from_db()
    assert inquiry.chase_number == 1
    assert inquiry.chase_step == 0
    assert later < (was or later) < (inquiry.next_chase_at or later)
    assert Event.objects.filter(inquiry=inquiry, code="steps_moved").count() == 1


def test_open_duties_follow_their_ladder(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.he_jing):
        ask_assist(
            inquiry.pk, of=cast.streets, request="请查看。", due_at=inquiry.due_at, by=cast.he_jing, now=now
        )
    half, *rest = SHIPPED["duty"].steps
    ladder = Ladder((replace(half, anchor=Anchor("span", Fraction(1, 5))), *rest), SHIPPED["duty"].repeat)
    made = issue_ladder(district=cast.district, meant_for="duty", ladder=ladder, by=cast.zhou_ning, now=now)
    owed = Duty.objects.open().get(kind="assist")
    with scope(role=WORKER, district=cast.district.pk):
        followed = remeasure_duties(district=cast.district, now=now)
        assert followed == Duty.objects.open().filter(ladder=made).count() >= 1
        assert remeasure_duties(district=cast.district, now=now) == 0
    was = owed.next_chase_at
    owed.refresh_from_db()
    # It moved, and says so on the duty's own chain.
    assert owed.next_chase_at != was
    assert Event.objects.filter(duty=owed, code="steps_moved").count() == 1
    assert not [found for found in verify_promises(now=now) if found.broken]


def test_the_preview_says_what_following_then_does(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry, later = ask(), now + timedelta(days=2)
    ask(kind="help", question="楼道灯坏了。")
    with web_as(cast.zhou_ning, later):
        preview = preview_rule(district=cast.district, rule=consultation(amount=1), now=later)
    assert (preview.looked, preview.earlier, preview.later, preview.past_now) == (1, 1, 0, 1)
    [change] = preview.shown
    change_rule(district=cast.district, rule=consultation(amount=1), by=cast.zhou_ning, now=later, seen=1)
    follow(cast, later)
    inquiry.refresh_from_db()
    assert change.would_be_due_at == inquiry.due_at
    assert change.would_come.at == inquiry.next_chase_at


def test_the_preview_of_a_ladder_says_what_following_does_where_steps_were_taken_in_another_order(
    ask: Ask, cast: Cast, web_as: As, clock: As, now: datetime
) -> None:
    inquiry, later = ask(), now
    for _ in range(2):
        later = (inquiry.next_chase_at or now) + timedelta(minutes=1)
        with clock():
            chase_batch(Inquiry, now=later)
        inquiry.refresh_from_db()
    half, before, *rest = SHIPPED["ordinary"].steps
    again = replace(half, anchor=Anchor("due", Fraction(0)))
    ladder = Ladder((before, again, *rest), SHIPPED["ordinary"].repeat)
    # The half-time reminder was sent: the next is neither it nor earlier.
    urge = inquiry.next_chase_at
    with web_as(cast.zhou_ning, later):
        preview = preview_ladder(district=cast.district, meant_for="ordinary", ladder=ladder, now=later)
    issue_ladder(district=cast.district, meant_for="ordinary", ladder=ladder, by=cast.zhou_ning, now=later)
    follow(cast, later)
    inquiry.refresh_from_db()
    assert inquiry.next_chase_at == urge
    assert (preview.looked, preview.chases) == (1, 0)


def test_the_preview_of_a_closed_day_says_where_the_next_chase_goes_that_lay_on_it(
    ask: Ask, cast: Cast, web_as: As, now: datetime, clock: As
) -> None:
    inquiry = ask()
    later = inquiry.due_at + timedelta(minutes=1)
    with clock():
        chase_batch(Inquiry, now=later)
    inquiry.refresh_from_db()
    was, due_at = inquiry.next_chase_at or now, inquiry.due_at
    closed = {was.astimezone(SHANGHAI).date(): WorkingDay(False, "停电", "区政府通知")}

    def edit() -> CalendarVersion:
        return edit_days(days=closed, by=None, now=later, district_id=cast.district.pk)

    with web_as(cast.zhou_ning, later):
        preview = preview_calendar(district=cast.district, edit=edit, now=later)
    edit()
    follow(cast, later)
    inquiry.refresh_from_db()
    assert inquiry.next_chase_at is not None
    assert (inquiry.due_at, inquiry.next_chase_at > was) == (due_at, True)
    assert [change.would_come.at for change in preview.shown] == [inquiry.next_chase_at]
    assert Event.objects.filter(inquiry=inquiry, code="steps_moved").count() == 1


def test_the_preview_of_a_ladder_names_who_is_chased_next(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    ask()
    shipped = SHIPPED["ordinary"]
    first = replace(shipped.steps[0], recipients=("section_head",), anchor=Anchor("span", Fraction(1, 5)))
    ladder = Ladder((first, *shipped.steps[1:]), shipped.repeat)
    with web_as(cast.zhou_ning):
        preview = preview_ladder(district=cast.district, meant_for="ordinary", ladder=ladder, now=now)
    assert (preview.moved, preview.chases_earlier) == (0, 1)
    assert preview.shown[0].coming.names == ("李敏",)
    assert preview.shown[0].would_come.names == ("何静",)


def test_a_preview_writes_nothing_and_asks_no_query_per_row(
    ask: Ask, cast: Cast, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(6):
        ask(question=f"第{number}问")
    client = entered(cast.zhou_ning)
    with django_assert_max_num_queries(45):
        shown = client.post(PAGE, typed()).content.decode()
    assert "What this would do" in shown
    assert RuleBook.objects.filter(district=cast.district).count() == 1


def test_the_director_previews_a_rule_and_then_saves_it(ask: Ask, cast: Cast) -> None:
    client = entered(cast.zhou_ning)
    page = client.post(PAGE, typed()).content.decode()
    saved = client.post(PAGE, typed(do="save", previewed=stamp(page), note="市里新规"))
    assert saved["Location"] == "/settings/rules/"
    book = RuleBook.objects.get(district=cast.district, number=2)
    assert book.by == cast.zhou_ning
    assert book.rules.count() == 21
    assert book.rules.get(kind="consultation", urgency="ordinary").amount == 3


def test_nothing_is_saved_that_was_not_previewed(cast: Cast) -> None:
    client = entered(cast.zhou_ning)
    page = client.post(PAGE, typed()).content.decode()
    again = client.post(PAGE, typed(do="save", previewed=stamp(page), amount=1))
    assert "You changed something since the preview" in again.content.decode()
    assert not RuleBook.objects.filter(district=cast.district, number=2).exists()


def test_what_was_typed_is_kept_on_an_error_that_names_its_field(cast: Cast) -> None:
    page = entered(cast.zhou_ning).post(PAGE, typed(extensions=2, extension_amount=0, source="本区通知"))
    shown = page.content.decode()
    assert page.status_code == 422
    assert "A rule with extensions says how long one is." in shown
    assert 'value="本区通知"' in shown


def test_another_edition_saved_meanwhile_is_said_and_nothing_typed_is_lost(cast: Cast, now: datetime) -> None:
    client = entered(cast.zhou_ning)
    page = client.post(PAGE, typed()).content.decode()
    issue_rules(district=cast.district, rules=shipped_rules(), by=cast.zhou_ning, now=now)
    refused = client.post(PAGE, typed(do="save", previewed=stamp(page)))
    assert refused.status_code == 409
    assert "another edition" in refused.content.decode()
    assert 'value="本区规定"' in refused.content.decode()
    with pytest.raises(EditionChanged):
        change_rule(district=cast.district, rule=consultation(), by=cast.zhou_ning, now=now, seen=1)


def ladder_typed(client: Client, path: str, **words: Any) -> dict[str, Any]:
    """What the page's form holds, as a browser would send it, with some of it typed over."""
    form = client.get(path).context["form"]
    given: dict[str, Any] = {"seen": form["seen"].value(), "do": "look"}
    for bound in (form.rows.management_form, *form.rows.forms, form.repeat):
        for field in bound:
            value = field.value()
            if value not in (None, False):
                given[field.html_name] = value
    return given | words


def test_the_director_changes_a_ladder(cast: Cast) -> None:
    client, path = entered(cast.zhou_ning), "/settings/ladders/ordinary/"
    given = ladder_typed(client, path, **{"step-2-value": "2", "step-2-recipients": ["handler"]})
    page = client.post(path, given).content.decode()
    assert client.post(path, given | {"do": "save", "previewed": stamp(page)}).status_code == 302
    made = Edition.objects.get(district=cast.district, meant_for="ordinary", number=2)
    assert made.steps["steps"][2]["anchor"] == {"due": 2}
    assert made.steps["steps"][2]["recipients"] == ["handler"]
    assert [step["key"] for step in made.steps["steps"]] == [step.key for step in SHIPPED["ordinary"].steps]


def test_a_new_step_finds_its_place_and_one_left_out_goes(cast: Cast) -> None:
    client, path = entered(cast.zhou_ning), "/settings/ladders/ordinary/"
    new = {
        "step-6-level": "urge",
        "step-6-value": "2",
        "step-6-anchor": "due",
        "step-6-recipients": ["director"],
    }
    given = ladder_typed(client, path, **new, **{"step-5-drop": "on"})
    page = client.post(path, given).content.decode()
    client.post(path, given | {"do": "save", "previewed": stamp(page)})
    made = Edition.objects.get(district=cast.district, meant_for="ordinary", number=2)
    keys = [step["key"] for step in made.steps["steps"]]
    assert keys[2:4] == ["urge", "urge_2_4"]
    assert "circular_public" not in keys


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"step-2-recipients": []}, "Step 3: nobody receives it. Tick at least one."),
        ({"step-2-value": ""}, "Give a number."),
        ({"step-0-value": "120"}, "A percentage of the working days lies between 0 and 100."),
        ({"step-2-value": "1.5"}, "Step 3: days are a whole number, not 3/2."),
        ({"step-2-level": "shout"}, "Select a valid choice."),
        ({"repeat-recipients": []}, "nobody receives it"),
    ],
)
def test_a_wrong_ladder_says_what_and_where_and_keeps_what_was_typed(
    cast: Cast, words: dict[str, Any], says: str
) -> None:
    client, path = entered(cast.zhou_ning), "/settings/ladders/ordinary/"
    page = client.post(path, ladder_typed(client, path, **{"step-3-value": "4"}) | words)
    assert page.status_code == 422
    assert says in page.content.decode()
    assert 'name="step-3-value" value="4"' in page.content.decode()


def test_a_wrong_ladder_is_refused_in_chinese_to_who_reads_chinese(cast: Cast) -> None:
    cast.zhou_ning.language = "zh-hans"
    client, path = entered(cast.zhou_ning), "/settings/ladders/ordinary/"
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    client.post("/language/", {"language": "zh-hans"})
    with translation.override("zh-hans"):
        page = client.post(path, ladder_typed(client, path) | {"step-2-recipients": []})
    assert "第3步" in page.content.decode()


@pytest.mark.parametrize("path", ["/settings/rules/", PAGE, "/settings/ladders/duty/"])
def test_only_the_director_edits_rules(cast: Cast, path: str) -> None:
    assert entered(cast.zhou_ning).get(path).status_code == 200
    for other in (cast.wu_fang, cast.sun_wei, cast.li_min, cast.bai_lu):
        assert entered(other).get(path).status_code == 403
    assert Client().get(path)["Location"].startswith("/sign-in/")


def test_a_director_edits_no_other_districts_rules(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotYours):
        issue_rules(district=cast.elsewhere, rules=shipped_rules(), by=cast.zhou_ning, now=now)
    with pytest.raises(NotYours):
        issue_ladder(
            district=cast.elsewhere,
            meant_for="duty",
            ladder=SHIPPED["duty"],
            by=cast.zhou_ning,
            now=now,
        )


def test_an_edition_is_whole_and_lawful(cast: Cast, now: datetime) -> None:
    with pytest.raises(RulesIncomplete):
        issue_rules(district=cast.district, rules=shipped_rules()[1:], by=cast.zhou_ning, now=now)
    rule = AnswerRule(kind="disclosure", urgency="ordinary", amount=480, unit="hours", source="x")
    with pytest.raises(ValidationError, match="working days"):
        change_rule(district=cast.district, rule=rule, by=cast.zhou_ning, now=now, seen=1)


def test_an_extension_says_its_unit_on_the_pages_of_rules_and_on_its_form(
    fresh: Callable[..., Inquiry], cast: Cast, web_as: As
) -> None:
    now = timezone.now()
    rule = consultation(amount=10, unit="calendar_days", extensions=1, extension_amount=7)
    change_rule(district=cast.district, rule=rule, by=cast.zhou_ning, now=now, seen=1)
    client = entered(cast.zhou_ning)
    for page in ("/settings/rules/", PAGE):
        assert "1 × at most 7 calendar days" in client.get(page).content.decode()
    inquiry = fresh()
    shown = entered(cast.li_min).get(f"/inquiries/{inquiry.pk}/").context["acts"]
    [form] = [act["form"] for act in shown if act["deed"].code == "extend"]
    assert str(form.fields["days"].label) == "By how many calendar days"
    assert form.fields["days"].help_text == "The rule allows 1 × at most 7 calendar days; 0 used."
    with web_as(cast.li_min), pytest.raises(NoExtensionLeft, match="at least 1 and at most 7, not 9"):
        ask_extension(inquiry.pk, days=9, reason="需要实地查看", by=cast.li_min, now=now)


def test_what_cannot_be_extended_is_not_offered_an_extension(
    fresh: Callable[..., Inquiry], cast: Cast
) -> None:
    inquiry = fresh(urgency="urgent")
    shown = entered(cast.li_min).get(f"/inquiries/{inquiry.pk}/").context["acts"]
    assert not {"extend"} & {act["deed"].code for act in shown}
