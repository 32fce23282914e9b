"""A sealed matter is investigated from a redacted copy, by a place that sees nothing else of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client

from bureaus.models import Notice, Officer
from bureaus.models.posts import Post
from bureaus.services.posts import begin_tenure, open_post
from inquiries.models import Chase, Duty, Event, Inquiry
from inquiries.services import refusals
from inquiries.services.answering import answer_inquiry
from inquiries.services.attaching import attach_file
from inquiries.services.chasing import chase_batch
from inquiries.services.dispatching import dispatch_inquiry
from inquiries.services.moving import answer_duty, ask_assist, reclassify_inquiry
from inquiries.services.recording import CitizenGiven
from inquiries.services.redacting import send_copy
from inquiries.services.verifying import verify_promises
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

WORDS = "有人反映某科室收取好处费，请核实收费流程。"
CALLER = CitizenGiven(name="张三丰", phone="13840005021", address="春和路8号")
DAYS = timedelta(days=4)
HIDDEN = ["answer", "draft", "contact", "rating", "attachment", "pen", "sight", "setaside"]


@pytest.fixture
def tip_off(ask: Ask, cast: Cast) -> Inquiry:
    """About the relief section of the civil affairs bureau; the director is its reader."""
    return ask(
        by=cast.zhou_ning,
        kind="tip_off",
        question="救助科收钱，我叫张三丰。",
        about_place=cast.relief,
        citizen=CALLER,
    )


@pytest.fixture
def copy(tip_off: Inquiry, cast: Cast, web_as: As, now: datetime) -> Duty:
    """With the culture bureau."""
    with web_as(cast.zhou_ning):
        return send_copy(
            tip_off.pk, to=cast.culture, text=WORDS, due_at=now + DAYS, by=cast.zhou_ning, now=now
        )


def enter(officer: Officer) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_place_owes_its_findings_by_a_time_and_the_copy_is_kept(tip_off: Inquiry, copy: Duty) -> None:
    tip_off.refresh_from_db()
    assert (tip_off.redacted, copy.request, copy.place.name) == (WORDS, WORDS, "文化体育局")
    assert copy.next_chase_at is not None
    assert tip_off.next_chase_at is not None


def test_what_waited_to_be_dispatched_stays_with_the_district(tip_off: Inquiry, copy: Duty) -> None:
    waiting = Duty.objects.get(inquiry=tip_off, kind="dispatch")
    assert waiting.done_at is not None
    pen = tip_off.pens.get(until_at=None)
    assert (pen.part, pen.place_id) == ("handler", tip_off.district_id)


def test_the_place_sees_the_copy_and_no_other_row(
    tip_off: Inquiry, copy: Duty, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.zhou_ning):
        attach_file(tip_off.pk, name="材料.pdf", content=b"%PDF-1.4 x", by=cast.zhou_ning, now=now)
    with web_as(cast.tang_rui), connection.cursor() as cursor:
        assert Duty.objects.get().request == WORDS
        assert not Inquiry.objects.exists()
        cursor.execute("select count(*) from inquiries_citizen")
        assert cursor.fetchone() == (0,)
        for table in HIDDEN:
            cursor.execute(f"select count(*) from inquiries_{table}")
            assert cursor.fetchone() == (0,), table
        assert [event.duty_id for event in Event.objects.all()] == [copy.pk]


def test_its_pages_show_the_copy_and_nothing_that_names_the_matter(
    tip_off: Inquiry, copy: Duty, cast: Cast
) -> None:
    client = enter(cast.tang_rui)
    for path in ("/", f"/duties/{copy.pk}/", "/notices/"):
        page = client.get(path).content.decode()
        assert not [word for word in (tip_off.reference, "张", "救助科收钱") if word in page]
        assert path == "/notices/" or WORDS in page
    assert client.get(f"/inquiries/{tip_off.pk}/").status_code == 404


def test_narrowing_today_by_words_does_not_tell_which_the_sealed_matter_has(copy: Duty, cast: Cast) -> None:
    client = enter(cast.tang_rui)
    assert f"/duties/{copy.pk}/" in client.get("/").content.decode()
    for words in ("张三丰", "救助科"):
        assert f"/duties/{copy.pk}/" not in client.get("/", {"q": words}).content.decode()


@pytest.mark.parametrize("reader", ["li_min", "sun_wei", "ma_chao", "wu_fang", "bai_lu", "xu_kai"])
def test_nobody_else_sees_the_copy(reader: str, copy: Duty, cast: Cast, web_as: As) -> None:
    with web_as(getattr(cast, reader)):
        assert not Duty.objects.filter(pk=copy.pk).exists()
        assert not Event.objects.filter(duty=copy.pk).exists()
    assert enter(getattr(cast, reader)).get(f"/duties/{copy.pk}/").status_code == 404


def test_whoever_also_holds_a_post_of_the_office_concerned_does_not_see_it(
    copy: Duty, cast: Cast, web_as: As, now: datetime
) -> None:
    post = open_post(place=cast.civil, role=Post.Role.HANDLER, title="兼任", by=None, now=now)
    begin_tenure(post=post, officer=cast.tang_rui, from_on=now.date(), by=None, now=now)
    with web_as(cast.tang_rui):
        assert not Duty.objects.filter(pk=copy.pk).exists()
    with web_as(cast.cao_lei):
        assert Duty.objects.filter(pk=copy.pk).exists()


def test_it_never_goes_to_the_office_concerned_nor_up_to_the_district(
    tip_off: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.zhou_ning):
        for place, refusal in (
            (cast.relief, refusals.AboutThatOffice),
            (cast.civil, refusals.AboutThatOffice),
            (cast.district, refusals.NowhereToGo),
            (cast.elsewhere, refusals.NowhereToGo),
        ):
            with pytest.raises(refusal):
                send_copy(tip_off.pk, to=place, text=WORDS, due_at=now + DAYS, by=cast.zhou_ning, now=now)


@pytest.mark.parametrize("leak", ["请找张三丰核实", "电话 138-4000 5021", "住在春和路 8 号"])
def test_a_copy_that_still_names_the_citizen_is_refused(
    leak: str, tip_off: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.zhou_ning):
        with pytest.raises(refusals.StillNames):
            send_copy(tip_off.pk, to=cast.culture, text=leak, due_at=now + DAYS, by=cast.zhou_ning, now=now)
        with pytest.raises(refusals.StillNames):
            ask_assist(
                tip_off.pk, of=cast.culture, request=leak, due_at=now + DAYS, by=cast.zhou_ning, now=now
            )


def test_only_a_sealed_matter_has_copies_with_words_and_a_day(
    ask: Ask, tip_off: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    plain = ask(by=cast.wu_fang)
    with web_as(cast.wu_fang), pytest.raises(refusals.NotSealed):
        send_copy(plain.pk, to=cast.culture, text=WORDS, due_at=now + DAYS, by=cast.wu_fang, now=now)
    with web_as(cast.zhou_ning):
        with pytest.raises(refusals.NeedsWords):
            send_copy(tip_off.pk, to=cast.culture, text=" ", due_at=now + DAYS, by=cast.zhou_ning, now=now)
        with pytest.raises(refusals.DayPassed):
            send_copy(tip_off.pk, to=cast.culture, text=WORDS, due_at=now, by=cast.zhou_ning, now=now)
        far = now + timedelta(days=367)
        with pytest.raises(refusals.TooFarAhead):
            send_copy(tip_off.pk, to=cast.culture, text=WORDS, due_at=far, by=cast.zhou_ning, now=now)


def test_a_day_too_far_ahead_is_refused_at_its_field(
    client: Client, tip_off: Inquiry, cast: Cast, now: datetime
) -> None:
    client.force_login(cast.zhou_ning)
    given = {
        "send-copy-seen": tip_off.version,
        "send-copy-to": cast.culture.pk,
        "send-copy-text": WORDS,
        "send-copy-until_on": "2036-01-02",
    }
    page = f"/inquiries/{tip_off.pk}/"
    response = client.post(f"{page}send-copy/", given, headers={"accept-language": "en"})
    assert response.status_code == 422
    [shown] = [act["form"] for act in response.context["acts"] if act["open"]]
    assert shown.errors == {"until_on": ["This day is more than a year away. Give an earlier one."]}
    assert not Duty.objects.filter(inquiry=tip_off, kind="investigate").exists()


@pytest.mark.parametrize("stranger", ["wu_fang", "cao_lei", "sun_wei", "bai_lu"])
def test_only_a_named_reader_sends_one(stranger: str, tip_off: Inquiry, cast: Cast, now: datetime) -> None:
    with pytest.raises(refusals.NotSealedReader):
        send_copy(
            tip_off.pk, to=cast.streets, text=WORDS, due_at=now + DAYS, by=getattr(cast, stranger), now=now
        )


def test_the_findings_reach_the_reader_and_end_the_duty(
    tip_off: Inquiry, copy: Duty, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.tang_rui):
        answer_duty(copy.pk, reply="已核实，未发现问题。", by=cast.tang_rui, now=now)
    copy.refresh_from_db()
    assert copy.next_chase_at is None
    told = Notice.objects.get(kind="findings")
    assert (told.recipient, told.reference, told.url) == (cast.zhou_ning, "", f"/inquiries/{tip_off.pk}/")
    assert "已核实，未发现问题。" in enter(cast.zhou_ning).get(f"/inquiries/{tip_off.pk}/").content.decode()


def test_the_findings_of_two_places_stand_in_one_time_line(
    tip_off: Inquiry, copy: Duty, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.zhou_ning):
        other = send_copy(
            tip_off.pk, to=cast.streets, text=WORDS, due_at=now + DAYS, by=cast.zhou_ning, now=now
        )
    for duty, words in ((copy, "已核实，未发现问题。"), (other, "确有其事。")):
        officer = cast.tang_rui if duty is copy else cast.ma_chao
        with web_as(officer):
            answer_duty(duty.pk, reply=words, by=officer, now=now)
    shown = enter(cast.zhou_ning).get(f"/inquiries/{tip_off.pk}/").content.decode()
    assert "已核实，未发现问题。" in shown
    assert "确有其事。" in shown


@pytest.mark.parametrize("stranger", ["zhou_ning", "wu_fang", "li_min", "bai_lu"])
def test_nobody_but_the_place_gives_its_findings(
    stranger: str, copy: Duty, cast: Cast, now: datetime
) -> None:
    with pytest.raises(refusals.NotYours):
        answer_duty(copy.pk, reply="没有问题", by=getattr(cast, stranger), now=now)


def test_it_is_chased_at_the_place_and_above_it_at_named_readers_alone(
    tip_off: Inquiry, copy: Duty, cast: Cast, clock: As, now: datetime
) -> None:
    at = now
    for _ in range(12):
        at += timedelta(days=2)
        with clock():
            chase_batch(Inquiry, now=at)
            chase_batch(Duty, now=at)
    assert Chase.objects.filter(duty=copy).count() > 3
    urls = {f"/duties/{pk}/" for pk in Duty.objects.filter(apart=True).values_list("pk", flat=True)}
    told = set(Notice.objects.filter(url__in=urls).values_list("recipient__username", "reference"))
    assert told == {("tang_rui", ""), ("cao_lei", "")}
    named = set(
        Notice.objects.filter(reference=tip_off.reference).values_list("recipient__username", flat=True)
    )
    assert named == {"zhou_ning"}


def test_an_acknowledgement_owed_for_a_copy_can_be_given(
    copy: Duty, cast: Cast, clock: As, web_as: As, now: datetime
) -> None:
    with clock():
        chase_batch(Duty, now=now + timedelta(days=14))
    owed = Duty.objects.get(kind="acknowledge", apart=True)
    with web_as(cast.cao_lei):
        answer_duty(owed.pk, reply="已知悉", by=cast.cao_lei, now=now + timedelta(days=14))


def test_the_answer_settles_what_was_asked_for_it(
    tip_off: Inquiry, copy: Duty, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.zhou_ning):
        answer_inquiry(tip_off.pk, EXPLAINED, by=cast.zhou_ning, now=now)
    copy.refresh_from_db()
    assert copy.decision == "settled"
    assert [f.promise for f in verify_promises(now=now) if f.broken and "chain" in f.promise] == []


def test_assistance_for_a_sealed_matter_shows_the_request_and_no_more(
    tip_off: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.zhou_ning):
        duty = ask_assist(
            tip_off.pk, of=cast.culture, request=WORDS, due_at=now + DAYS, by=cast.zhou_ning, now=now
        )
    with web_as(cast.tang_rui):
        assert not Inquiry.objects.exists()
        answer_duty(duty.pk, reply="已核实", by=cast.tang_rui, now=now)
    with web_as(cast.li_min):
        assert not Duty.objects.filter(pk=duty.pk).exists()


def test_who_assisted_before_it_was_sealed_goes_on_by_the_request_alone(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.wu_fang, kind="help")
    with web_as(cast.wu_fang):
        dispatch_inquiry(inquiry.pk, to=cast.streets, by=cast.wu_fang, now=now)
    with web_as(cast.wu_fang):
        duty = ask_assist(
            inquiry.pk, of=cast.culture, request=WORDS, due_at=now + DAYS, by=cast.wu_fang, now=now
        )
        reclassify_inquiry(
            inquiry.pk, kind="tip_off", urgency="ordinary", reason="举报", by=cast.wu_fang, now=now
        )
    with web_as(cast.tang_rui):
        assert not Inquiry.objects.exists()
        answer_duty(duty.pk, reply="已核实", by=cast.tang_rui, now=now)
    assert all(not finding.broken for finding in verify_promises(now=now) if "chain" in finding.promise)


def test_no_copy_is_forged_onto_a_sealed_matter_nor_moved_to_one(
    tip_off: Inquiry, copy: Duty, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    other = ask(by=cast.zhou_ning, kind="tip_off")
    columns = (
        "district_id, kind, inquiry_id, subject, place_id, request, terms, opened_at, due_at, ladder_id, "
    )
    columns += "decision, reply, version, next_chase_at, chase_number, chase_step, chase_level, event_count, event_hash"
    with web_as(cast.tang_rui), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            cursor.execute(
                f"insert into inquiries_duty ({columns}, apart) values (%s, 'investigate', %s, 'x', %s, '', '{{}}', "
                "now(), now(), %s, '', '', 1, now(), 0, -1, '', 0, '', true)",
                [cast.district.pk, other.pk, cast.culture.pk, tip_off.ladder_id],
            )
        with pytest.raises(IntegrityError, match="where it hangs"), transaction.atomic():
            cursor.execute("update inquiries_duty set inquiry_id = %s where id = %s", [other.pk, copy.pk])
