"""The portal on a server of its own: what is published comes out, what is handed in goes in, and nothing else."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from bureaus.models import Place
from bureaus.models.scope import ALL_DISTRICTS, PORTAL, WEB, WORKER, scope
from disclosure import tasks
from disclosure.models import BookletEdition, DayPlan, HandedOut, Intake, ItemVersion, OpenDay, PublicState
from disclosure.services import outside, taking_in, visiting
from disclosure.services.booklets import make_edition, publish_booklet, withdraw_booklet
from disclosure.services.codes import give_new_code
from disclosure.services.handing_out import figures_shown, hand_out_numbers, overdue_shown
from disclosure.services.items import withdraw_item
from disclosure.services.outside import ask_outside
from disclosure.services.sealing import Unopened, open_sealed, public_key, seal
from disclosure.services.told import WAITS, told_of
from disclosure.services.visiting import Asked, Holder
from inquiries.models import Attachment, Duty, IdentitySeen, Inquiry, Rating
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.attaching import NotThisType
from inquiries.services.duties import open_duty
from inquiries.services.moving import answer_duty
from inquiries.services.recording import CitizenGiven
from inquiries.services.verifying import verify_promises
from tests.conftest import As, Cast
from tests.disclosure.planned import day as day  # fixtures
from tests.disclosure.planned import issued as issued
from tests.disclosure.stage import published, written
from tests.disclosure.test_asking_in_public import PNG, asks, solve
from tests.disclosure.test_booklets import edition as edition
from tests.disclosure.test_booklets import rewritten
from tests.disclosure.test_booklets import two as two

pytestmark = pytest.mark.django_db
Outside = Callable[[], AbstractContextManager[Client]]


@pytest.fixture
def portal(settings: LazySettings) -> Outside:
    """The portal runs while the block does: its pages, its middleware, its database role."""

    @contextmanager
    def running() -> Iterator[Client]:
        inside = settings.MIDDLEWARE, settings.ROOT_URLCONF
        settings.OUTSIDE = True
        settings.MIDDLEWARE, settings.ROOT_URLCONF = settings.OUTSIDE_MIDDLEWARE, settings.OUTSIDE_URLCONF
        try:
            yield Client(headers={"accept-language": "en"})
        finally:
            settings.OUTSIDE = False
            settings.MIDDLEWARE, settings.ROOT_URLCONF = inside

    return running


@pytest.fixture
def box(cast: Cast, now: datetime) -> None:
    """The inside has told to whom the portal seals."""
    with works(cast):
        taking_in.tell_key(now=now)


def works(cast: Cast) -> AbstractContextManager[None]:
    return scope(role=WORKER, district=cast.district.pk)


def takes_in(cast: Cast, now: datetime) -> int:
    """Everything that waits was looked at."""
    looked = 0
    while True:
        with works(cast):
            if not taking_in.take_in(district=cast.district, now=now):
                return looked
        looked += 1


def comes_by(cast: Cast, now: datetime) -> int:
    """The same, of what pages laid there by the clock of the suite too."""
    Intake.objects.update(again_at=now)
    return takes_in(cast, now)


def hands_in(cast: Cast, portal: Outside, now: datetime, **other: Any) -> Asked:
    given: dict[str, Any] = {
        "district": cast.district,
        "place": cast.civil,
        "kind": "consultation",
        "question": "低保怎么申请？",
        "citizen": CitizenGiven(name="张三", phone="13840005021"),
        "visitor": "v",
        "consent": visiting.CONSENT,
        "now": now,
    }
    with portal(), scope(role=PORTAL):
        return ask_outside(**given | other)


def follows(cast: Cast, portal: Outside, asked: Asked) -> str:
    with portal() as client:
        given = {"reference": asked.reference, "code": visiting.in_groups(asked.code)}
        return client.post(f"/public/{cast.district.pk}/follow/", given).content.decode()


# --- What the login reads ------------------------------------------------------------------------------------------

READS = {
    "django_migrations",
    *("bureaus_place", "bureaus_hotline", "bureaus_post", "bureaus_districtsettings"),
    *("disclosure_publicitem", "disclosure_itemversion", "disclosure_itemfile"),
    *("disclosure_publishedanswer", "disclosure_openday", "disclosure_summary"),
    *("disclosure_handedout", "disclosure_intakekey"),
    *("disclosure_booklet", "disclosure_bookletedition", "disclosure_bookletentry"),
    "disclosure_bookletpublication",
}
CALLS = {
    *("bida_knock_outside", "bida_public_state", "bida_draw_reference", "bida_day_is_public"),
    "bida_published_anew",
}


def rows(statement: str, *values: int | str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def test_the_login_reads_what_is_published_and_writes_to_the_box_alone(cast: Cast) -> None:
    may = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm') and "
    reads = f"{may} has_any_column_privilege('bida_portal', oid, 'select')"
    assert {name for (name,) in rows(reads)} == READS
    assert rows(f"{may} has_any_column_privilege('bida_portal', oid, 'insert')") == [("disclosure_intake",)]
    for act in ("update", "delete", "truncate"):
        assert not rows(f"{may} has_table_privilege('bida_portal', oid, %s)", act)
    assert not rows(f"{may} has_any_column_privilege('bida_portal', oid, 'update')")
    assert not rows(
        "select 1 from pg_auth_members where member = 'bida_portal'::regrole "
        "union all select 1 from pg_roles where rolname = 'bida_portal' and (rolsuper or rolcreaterole or rolbypassrls)"
    )


def test_it_takes_no_more_of_the_server_than_it_needs(cast: Cast, now: datetime) -> None:
    [(limit, config)] = rows("select rolconnlimit, rolconfig from pg_roles where rolname = 'bida_portal'")
    assert (limit, config) == (40, ["statement_timeout=10s"])
    # Counters are moved by one, in this hour; the largest entry is bounded.
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), scope(role=PORTAL):
        rows("select bida_knock('ask', 'v', 'infinity', 1)")
    with scope(role=PORTAL):
        knocked = "select bida_knock_outside('ask', 'v', %s::boolean)"
        assert [rows(knocked, one)[0][0] for one in ("true", "true", "false")] == [1, 2, 2]
    [(most,)] = rows("select pg_get_constraintdef(oid) from pg_constraint where conname = 'intake_at_most'")
    assert "octet_length(sealed) <=" in most


def test_it_calls_no_function_that_reads_past_the_policies_but_its_own() -> None:
    found = rows(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef "
        "and prorettype <> 'trigger'::regtype and has_function_privilege('bida_portal', oid, 'execute')"
    )
    assert {name for (name,) in found} == CALLS


@pytest.mark.parametrize(
    "statement",
    [
        "select * from inquiries_inquiry",
        "select * from inquiries_citizen",
        "select * from bureaus_officer",
        "select * from bureaus_datakey",
        "select * from disclosure_intake",
        "select * from disclosure_publicstate",
        "select * from disclosure_followcode",
        "select sms_url from bureaus_districtsettings",
        "select author_id from disclosure_itemversion",
        "select inquiry_id from disclosure_publishedanswer",
        "select made_by_id from disclosure_bookletedition",
        "select published_by_id from disclosure_bookletpublication",
        "delete from disclosure_intake",
        "update disclosure_intake set trouble = ''",
        "insert into disclosure_handedout (what) values ('')",
        "set role bida_web",
    ],
)
def test_it_is_refused_what_is_inside(cast: Cast, statement: str) -> None:
    refused = pytest.raises(DatabaseError, match="permission denied")
    with connection.cursor() as cursor:
        # As the login itself: a role that was set may be set back.
        if statement.startswith("set role"):
            [(member,)] = rows("select pg_has_role('bida_portal', 'bida_web', 'member')")
            assert not member
            return
        with refused, transaction.atomic(), scope(role=PORTAL):
            cursor.execute(statement)


def test_a_scope_that_it_sets_itself_opens_nothing(cast: Cast, web_as: As, now: datetime) -> None:
    item = published(cast, web_as, now).item
    with scope(role=PORTAL):
        rows("select set_config('bida.district', %s, true)", str(cast.district.pk))
        assert rows("select count(*) from disclosure_itemversion") == [(1,)]
        assert rows("select id from disclosure_publicitem i, lateral (select i.item_id as id) x") == [
            (item.pk,)
        ]


def test_a_draft_and_a_day_that_is_not_issued_are_not_there(
    booth: Any, cast: Cast, web_as: As, now: datetime
) -> None:
    written(cast, web_as, now)
    with scope(role=PORTAL):
        for table in ("itemversion", "publicitem", "itemfile", "openday", "summary", "publishedanswer"):
            assert rows(f"select count(*) from disclosure_{table}") == [(0,)], table


def test_outside_no_other_role_is_taken_on(portal: Outside) -> None:
    with portal():
        for role in (WEB, WORKER, "bida_owner"):
            with pytest.raises(ValueError, match="roles here"), scope(role=role):
                pass


# --- Its pages -----------------------------------------------------------------------------------------------------


def routes(patterns: list[Any], before: str = "") -> Iterator[tuple[str, str]]:
    for entry in patterns:
        route = f"{before}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield entry.name or "", route


def test_every_page_of_the_inside_is_a_404(portal: Outside, cast: Cast) -> None:
    every = list(routes(get_resolver("config.urls").url_patterns))
    shared = {route for _name, route in routes(get_resolver("config.portal_urls").url_patterns)}
    walked = 0
    with portal() as client:
        for _name, route in every:
            if route in shared or not route:
                continue
            path = re.sub(r"<uuid:\w+>", str(uuid.uuid4()), route)
            path = re.sub(r"<int:\w+>", str(cast.district.pk), path)
            path = re.sub(r"<\w+:\w+>|<\w+>|\(\?P[^)]*\)", "x", path)
            path = "/" + re.sub(r"[\^$?\\]|\.\*", "", path).lstrip("/")
            for answer in (client.get(path), client.post(path)):
                assert answer.status_code == 404, path
            walked += 1
    assert walked > 150
    assert shared == {
        *("", "healthz", "readyz", "language/"),
        *(route for _name, route in every if route.startswith("public/")),
    }


def test_its_pages_are_the_public_ones_as_the_inside_counts_them(
    portal: Outside, cast: Cast, web_as: As, now: datetime
) -> None:
    version = published(cast, web_as, now)
    with works(cast):
        hand_out_numbers(district=cast.district, now=now)
    here = f"/public/{cast.district.pk}/"
    names = [
        *("", "bureaus/", f"bureaus/{cast.civil.pk}/", "items/?q=民政", "answers/", "open-days/", "figures/"),
        *(
            "booklets/",
            "overdue/",
            "ask/",
            "follow/",
            "figures.csv",
            "figures.json",
            "overdue.csv",
            "overdue.json",
        ),
        *("feed.atom", "sitemap.xml"),
    ]
    with portal() as client:
        assert client.get("/").headers["Location"] == "/public/"
        for name in names:
            assert client.get(here + name).status_code == 200, name
        assert version.title in client.get(f"/public/items/{version.item_id}/").content.decode()
        assert "As of " in client.get(here + "figures/").content.decode()
        assert "Location" not in client.get("/readyz").headers
        assert client.get("/healthz").json() == {"alive": True}
        assert client.get("/readyz").status_code == 200
        missing = client.get("/no/such/page/")
        assert missing.status_code == 404
        assert "sign-in" not in missing.content.decode()
    outside_json = _json(portal, here + "figures.json")
    assert Client().get(here + "figures.json").json()["rows"] == outside_json["rows"]


def _json(portal: Outside, path: str) -> dict[str, Any]:
    with portal() as client:
        return dict(client.get(path).json())


def test_a_booklet_is_read_as_far_as_its_items_are_public_still(
    portal: Outside, edition: BookletEdition, two: list[ItemVersion], cast: Cast, web_as: As, now: datetime
) -> None:
    home = f"/public/{cast.district.pk}/booklets/"
    path = f"{home}{edition.booklet_id}/"

    def read(at: str) -> tuple[int, str]:
        with portal() as client:
            answer = client.get(at)
            return answer.status_code, answer.content.decode(errors="replace")

    # A draft is nowhere.
    assert read(path)[0] == 404
    assert "办事指南" not in read(home)[1]
    with web_as(cast.sun_wei):
        publish_booklet(edition.booklet_id, seen=1, by=cast.sun_wei, now=now)
    assert "办事指南" in read(home)[1]
    assert path in read(f"/public/{cast.district.pk}/sitemap.xml")[1]
    assert path in read(f"/public/{cast.district.pk}/feed.atom")[1]
    status, page = read(path)
    assert status == 200
    assert all(version.title in page for version in two)
    # The same as inside, to the last word.
    assert page.split("<article", 1)[1].split("</article>")[0] in Client().get(path).content.decode()
    assert read(f"{path}booklet.docx")[0] == 200
    rewritten(two[0], cast, web_as, now)
    with web_as(cast.sun_wei):
        withdraw_item(two[1].item_id, why="有误", by=cast.sun_wei, now=now)
    page = read(path)[1]
    assert two[1].title not in page
    assert f'href="/public/items/{two[0].item_id}/">民政局新职能' in page
    # A newer edition that is a draft still shows nothing, and a withdrawn booklet is gone.
    with web_as(cast.feng_bo):
        make_edition(edition.booklet_id, items=[two[0].item_id], seen=1, by=cast.feng_bo, now=now)
    with scope(role=PORTAL):
        assert rows("select number from disclosure_bookletedition") == [(1,)]
        assert rows("select bida_published_anew(id) from disclosure_bookletedition") == [(two[0].item_id,)]
    with web_as(cast.sun_wei):
        withdraw_booklet(edition.booklet_id, by=cast.sun_wei, now=now)
    assert read(path)[0] == 404
    with scope(role=PORTAL):
        for table in ("booklet", "bookletedition", "bookletentry", "bookletpublication"):
            assert rows(f"select count(*) from disclosure_{table}") == [(0,)], table
        assert rows("select bida_published_anew(%s)", edition.pk) == []


def test_a_coming_day_stands_on_its_pages_and_in_the_feed_once_it_is_issued(
    portal: Outside, issued: DayPlan, cast: Cast, now: datetime
) -> None:
    today = timezone.now()
    OpenDay.objects.filter(pk=issued.open_day_id).update(on=today.date() + timedelta(days=30))
    home = f"/public/{cast.district.pk}/"
    page = f"{home}open-days/{issued.open_day_id}/"
    with works(cast):
        hand_out_numbers(district=cast.district, now=today)
    with portal() as client:
        assert page in client.get(f"{home}open-days/").content.decode()
        assert "和顺广场" in client.get(page).content.decode()
        assert page in client.get(f"{home}feed.atom").content.decode()
    inside = Client().get(f"{home}feed.atom").content.decode()
    assert page in inside


# --- The box -------------------------------------------------------------------------------------------------------


def test_a_question_goes_in_by_the_page_and_is_recorded_under_the_reference_that_was_given(
    portal: Outside, box: None, cast: Cast, now: datetime
) -> None:
    path = f"/public/{cast.district.pk}/ask/"
    with portal() as client:
        first = client.post(path, {"do": "look", "question": "楼道灯坏了。"}).content.decode()
        token = re.search(r'name="token" value="([^"]+)"', first)
        riddle = re.search(r'<label for="id_riddle">([^<]+)<', first)
        assert token
        assert riddle
        sent = client.post(
            path,
            {
                "do": "send",
                "question": "楼道灯坏了。",
                "place": cast.civil.pk,
                "kind": "help",
                "name": "张三",
                "phone": "13840005021",
                "attached": SimpleUploadedFile("灯.png", PNG),
                "consent": "on",
                "token": token[1],
                "riddle": solve(riddle[1]),
            },
        ).content.decode()
    said = re.findall(r'<p class="p-code">([^<]+)</p>', sent)
    assert len(said) == 2
    assert "in a few minutes" in sent
    # What lies in the box says nothing.
    entry = Intake.objects.get()
    assert "张三".encode() not in bytes(entry.sealed)
    assert said[0].encode() not in bytes(entry.sealed)
    later = entry.at + timedelta(minutes=1)
    assert takes_in(cast, later) == 1
    inquiry = Inquiry.objects.get(reference=said[0])
    assert (inquiry.holder, inquiry.channel, inquiry.asked_at) == (cast.civil, "web", entry.at)
    assert str(inquiry.citizen) == "张** 138****5021"
    assert Attachment.objects.filter(inquiry=inquiry).count() == 1
    assert not Intake.objects.exists()
    # Inside the same code opens it too.
    with scope(role=WEB):
        assert visiting.matter_of(Holder(cast.district, said[0], said[1].replace(" ", ""))).question


def test_it_is_followed_from_the_first_moment_and_shows_the_answer(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    assert "Handed in. It is recorded within minutes" in follows(cast, portal, asked)
    takes_in(cast, now)
    assert "It is with the office that answers." in follows(cast, portal, asked)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    with web_as(cast.sun_wei, now):
        answer_inquiry(
            inquiry.pk, AnswerGiven("explained", "可以申请低保。", "portal"), by=cast.sun_wei, now=now
        )
    assert "可以申请低保" not in follows(cast, portal, asked)
    with works(cast):
        assert taking_in.tell_states(district=cast.district) == inquiry.pk
        assert taking_in.tell_states(district=cast.district) == 0
    shown = follows(cast, portal, asked)
    assert "可以申请低保。" in shown
    # What she wrote herself is not kept where the portal reads.
    assert "低保怎么申请" not in shown


def test_she_asks_again_and_rates_by_the_box(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    takes_in(cast, now)
    path, given = f"/public/{cast.district.pk}/follow/", {"reference": asked.reference, "code": asked.code}
    with portal() as client:
        said = client.post(path, {**given, "do": "again", "text": "还没有人来。"}).content.decode()
        assert "Thank you, it is handed in." in said
        # It is not answered: there is nothing to rate yet.
        assert client.post(path, {**given, "do": "rate", "satisfaction": "satisfied"}).status_code == 422
    assert takes_in(cast, now + timedelta(days=400)) == 1
    inquiry = Inquiry.objects.get(reference=asked.reference)
    assert inquiry.contacts.filter(what="asked_again").exists()
    with web_as(cast.sun_wei, now):
        answer_inquiry(
            inquiry.pk, AnswerGiven("explained", "可以申请低保。", "portal"), by=cast.sun_wei, now=now
        )
    with works(cast):
        taking_in.tell_states(district=cast.district)
    with portal() as client:
        client.post(path, {**given, "do": "rate", "satisfaction": "satisfied"})
    takes_in(cast, now + timedelta(days=400))
    assert Rating.objects.get(inquiry=inquiry).satisfaction == "satisfied"


def test_a_second_press_is_refused_once_and_never_rates_a_later_round(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    takes_in(cast, now)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    answer = AnswerGiven("explained", "可以申请低保。", "portal")
    with web_as(cast.sun_wei, now):
        answer_inquiry(inquiry.pk, answer, by=cast.sun_wei, now=now)
    with works(cast):
        taking_in.tell_states(district=cast.district)
    said = {"do": "rate", "satisfaction": "dissatisfied", "words": "没有说清楚。", "open_again": "on"}
    path, given = f"/public/{cast.district.pk}/follow/", {"reference": asked.reference, "code": asked.code}
    with portal() as client:
        for _n in range(2):
            assert client.post(path, {**given, **said}).status_code == 200
    Intake.objects.update(again_at=now)
    with works(cast):
        assert taking_in.take_in(district=cast.district, now=now)
    inquiry.refresh_from_db()
    assert inquiry.round == 2
    # Round 2 is answered before the worker comes to the second press.
    with web_as(cast.sun_wei, now):
        answer_inquiry(inquiry.pk, answer, by=cast.sun_wei, now=now)
    assert takes_in(cast, now) == 1
    assert not Intake.objects.exists()
    inquiry.refresh_from_db()
    assert (inquiry.round, inquiry.is_open) == (2, False)
    assert Rating.objects.filter(inquiry=inquiry).count() == 1


def test_what_is_added_to_a_matter_that_has_gone_on_is_gone(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    takes_in(cast, now)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    with portal(), scope(role=PORTAL):
        outside.do_outside(
            Holder(cast.district, asked.reference, asked.code), outside.AGAIN, {"text": "还没来。"}, now=now
        )
    with web_as(cast.sun_wei, now):
        answer_inquiry(
            inquiry.pk, AnswerGiven("explained", "可以申请低保。", "portal"), by=cast.sun_wei, now=now
        )
    assert takes_in(cast, now) == 1
    assert not Intake.objects.exists()
    assert not inquiry.contacts.filter(what="asked_again").exists()


def test_a_wrong_code_shows_nothing_and_is_counted(
    portal: Outside, box: None, cast: Cast, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    wrong = Asked(asked.reference, f"{(int(asked.code) + 1) % 10**12:012d}", None, False)
    assert "It is looked for." in follows(cast, portal, wrong)
    assert comes_by(cast, now) == 2
    for _n in range(9):
        assert "No matter has this reference and code" in follows(cast, portal, wrong)
    # The inside is asked once an hour, not at each press.
    assert not Intake.objects.exists()
    assert "Too often within an hour" in follows(cast, portal, asked)


def test_the_inside_counts_wrong_codes_itself_whatever_the_portal_says(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = asks(cast, web_as, now)

    def seeks(code: str) -> None:
        said = {"district": cast.district.pk, "do": "seek", "reference": asked.reference, "code": code}
        sealed = seal(
            json.dumps({**said, "round": None, "given": {"digest": "a" * 64}}).encode(), public_key()
        )
        with scope(role=PORTAL):
            Intake(district=cast.district, sealed=sealed, digest="x", at=now, again_at=now).save(
                force_insert=True
            )
        takes_in(cast, now)

    for n in range(10):
        seeks(f"{n:012d}")
    # The eleventh is right, and too late.
    seeks(asked.code)
    assert not PublicState.objects.exists()
    assert not Intake.objects.exists()


def test_what_would_be_refused_inside_is_refused_before_it_is_sealed(
    portal: Outside, box: None, cast: Cast, now: datetime
) -> None:
    with pytest.raises(NotThisType):
        hands_in(cast, portal, now, files=[("a.exe", b"MZ")])
    with pytest.raises(visiting.NeedsConsent):
        hands_in(cast, portal, now, consent=0)
    with pytest.raises(visiting.NotHere):
        hands_in(cast, portal, now, place=cast.elsewhere)
    assert not Intake.objects.exists()


def test_nothing_is_handed_in_before_the_inside_told_its_key(
    portal: Outside, cast: Cast, now: datetime
) -> None:
    with pytest.raises(outside.NoBoxYet):
        hands_in(cast, portal, now)


def test_one_that_does_not_open_stops_no_other_and_the_district_is_told(
    portal: Outside, box: None, cast: Cast, now: datetime
) -> None:
    with scope(role=PORTAL):
        Intake(district=cast.district, sealed=b"x" * 80, at=now, again_at=now).save(force_insert=True)
    asked = hands_in(cast, portal, now)
    assert takes_in(cast, now) == 2
    assert Inquiry.objects.filter(reference=asked.reference).exists()
    for hours in (2, 4):
        assert takes_in(cast, now + timedelta(hours=hours)) == 1
    left = Intake.objects.get()
    assert (left.tries, left.trouble) == (3, "Unopened")
    duty = Duty.objects.get(kind=taking_in.TAKE_IN)
    assert (duty.place, duty.done_at) == (cast.district, None)
    takes_in(cast, now + timedelta(days=1))
    assert Duty.objects.filter(kind=taking_in.TAKE_IN).count() == 1


def test_what_waits_in_the_box_is_seen_by_whoever_watches(
    portal: Outside, box: None, cast: Cast, now: datetime
) -> None:
    hands_in(cast, portal, now)
    now = timezone.now()
    for minutes, waits, well in ((9, 0, True), (11, 1, True), (61, 1, False)):
        Intake.objects.update(at=now - timedelta(minutes=minutes), trouble="Unopened")
        told = Client().get("/health").json()
        assert (told["set_aside"], told["well"]) == (waits, well)
        with scope(role=WORKER, district=ALL_DISTRICTS):
            [found] = [one for one in verify_promises(now=now) if "by the portal" in one.promise]
        assert (found.checked, found.broken) == (1, waits)
    assert found.references == [f"{Intake.objects.get().pk} Unopened"]


def test_an_entry_that_lies_there_twice_is_recorded_once(
    portal: Outside, box: None, cast: Cast, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    entry = Intake.objects.get()
    Intake(district=cast.district, sealed=entry.sealed, digest=entry.digest, at=now, again_at=now).save(
        force_insert=True
    )
    assert takes_in(cast, now) == 2
    assert Inquiry.objects.filter(reference=asked.reference).count() == 1
    assert Intake.objects.get().trouble == "NotDrawn"


@pytest.mark.parametrize(
    ("other", "trouble"),
    [
        ({"consent": 0}, "NeedsConsent"),
        ({"kind": "disclosure"}, "NotThisKind"),
        ({"place": "elsewhere"}, "NotHere"),
        ({"drawn": [2026, 4711]}, "NotDrawn"),
    ],
)
def test_whoever_took_the_portal_over_gets_nothing_past_the_checks(
    portal: Outside, box: None, cast: Cast, now: datetime, other: dict[str, Any], trouble: str
) -> None:
    hands_in(cast, portal, now)
    honest = Intake.objects.get()
    said = json.loads(open_sealed(bytes(honest.sealed))) | other
    if said["place"] == "elsewhere":
        said["place"] = cast.elsewhere.pk
    honest.delete()
    with scope(role=PORTAL):
        sealed = seal(json.dumps(said).encode(), public_key())
        Intake(district=cast.district, sealed=sealed, digest="x", at=now, again_at=now).save(
            force_insert=True
        )
    takes_in(cast, now)
    assert Intake.objects.get().trouble == trouble
    assert not Inquiry.objects.exists()


def test_nothing_is_laid_in_the_box_for_another_day(cast: Cast, now: datetime) -> None:
    [(moment,)] = rows("select now()")
    for at in (moment - timedelta(days=400), moment + timedelta(days=400)):
        with scope(role=PORTAL):
            Intake(district=cast.district, sealed=b"x", at=at, again_at=at).save(force_insert=True)
        laid = Intake.objects.order_by("-again_at" if at > moment else "again_at")[0]
        assert moment - timedelta(minutes=5) <= laid.at <= moment


def test_an_entry_opens_after_the_keys_were_rotated_and_not_without_them(settings: LazySettings) -> None:
    sealed = seal(b"words", public_key())
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    assert open_sealed(sealed) == b"words"
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    with pytest.raises(Unopened):
        open_sealed(sealed)


def test_keys_are_not_rotated_while_an_entry_waits_under_the_old_one(
    portal: Outside, box: None, cast: Cast, settings: LazySettings, now: datetime
) -> None:
    hands_in(cast, portal, now)
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    with pytest.raises(CommandError, match="waits under an older key: 1"):
        call_command("rotate_keys")
    takes_in(cast, now)
    call_command("rotate_keys")
    [(told,)] = rows("select public from disclosure_intakekey order by made_at desc limit 1")
    assert bytes(told) == public_key()
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    hands_in(cast, portal, now)
    takes_in(cast, now)
    assert Inquiry.objects.count() == 2


def test_a_new_first_key_is_told_to_the_portal(
    box: None, cast: Cast, settings: LazySettings, now: datetime
) -> None:
    old = settings.FIELD_KEYS
    for keys in ([Fernet.generate_key().decode(), *old], old):
        settings.FIELD_KEYS = keys
        now += timedelta(minutes=1)
        with works(cast):
            taking_in.tell_key(now=now)
        with scope(role=PORTAL):
            [(told,)] = rows("select public from disclosure_intakekey order by made_at desc limit 1")
        assert bytes(told) == public_key()


def test_a_code_that_was_replaced_opens_nothing_and_the_new_one_opens_it_there_too(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    takes_in(cast, now)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    with web_as(cast.wu_fang, now):
        code = give_new_code(inquiry.pk, identity=IdentitySeen.values[0], by=cast.wu_fang, now=now)
    new = Asked(asked.reference, code, None, False)
    # At once, before any worker comes by: what the old one showed is void.
    assert "It is looked for." in follows(cast, portal, asked)
    assert "It is looked for." in follows(cast, portal, new)
    assert comes_by(cast, now) == 2
    shown = follows(cast, portal, new)
    assert "You were given a new code at the desk" in shown
    assert "It is with the office that answers." in shown
    assert "No matter has this reference and code" in follows(cast, portal, asked)
    # It goes on being told of, and a still newer code makes this one void.
    with web_as(cast.sun_wei, now):
        answer = AnswerGiven("explained", "可以申请低保。", "portal")
        answer_inquiry(inquiry.pk, answer, by=cast.sun_wei, now=now)
    with works(cast):
        taking_in.tell_states(district=cast.district)
    assert "可以申请低保。" in follows(cast, portal, new)
    with web_as(cast.wu_fang, now):
        give_new_code(inquiry.pk, identity=IdentitySeen.values[0], by=cast.wu_fang, now=now)
    assert "可以申请低保。" not in follows(cast, portal, new)


def test_what_was_asked_inside_is_followed_rated_and_asked_again_outside(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = asks(cast, web_as, now)
    path, given = f"/public/{cast.district.pk}/follow/", {"reference": asked.reference, "code": asked.code}
    said = {**given, "do": "again", "text": "还没有人来。"}
    with portal() as client:
        # Nothing is added to what is not found yet.
        assert client.post(path, said).status_code == 422
    assert takes_in(cast, now + timedelta(days=400)) == 1
    assert "It is with the office that answers." in follows(cast, portal, asked)
    with portal() as client:
        assert client.post(path, said).status_code == 200
    takes_in(cast, now + timedelta(days=400))
    assert Inquiry.objects.get(reference=asked.reference).contacts.filter(what="asked_again").exists()


def test_a_code_that_is_replaced_while_the_old_one_is_looked_for_stays_void(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = asks(cast, web_as, now)
    assert "It is looked for." in follows(cast, portal, asked)
    with web_as(cast.wu_fang, now):
        inquiry = Inquiry.objects.get(reference=asked.reference)
        give_new_code(inquiry.pk, identity=IdentitySeen.values[0], by=cast.wu_fang, now=now)
    assert comes_by(cast, now) == 1
    assert "No matter has this reference and code" in follows(cast, portal, asked)
    assert not PublicState.objects.exists()


def test_what_the_district_has_ended_looking_into_is_tried_a_last_time_and_removed(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime, settings: LazySettings
) -> None:
    with scope(role=PORTAL):
        Intake(district=cast.district, sealed=b"x" * 80, at=now, again_at=now).save(force_insert=True)
    keys = settings.FIELD_KEYS
    asked = hands_in(cast, portal, now)
    # Its key is away for a while.
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    for hours in (0, 2, 4):
        assert takes_in(cast, now + timedelta(hours=hours)) == 2
    Intake.objects.update(at=timezone.now() - timedelta(hours=2))
    assert Client().get("/health").status_code == 503
    with works(cast):
        assert taking_in.remove_ended(district=cast.district, now=now) == 0
    duty = Duty.objects.get(kind=taking_in.TAKE_IN)
    with web_as(cast.wu_fang, now):
        answer_duty(duty.pk, reply="乱码，无法登记。", by=cast.wu_fang, now=now)
    settings.FIELD_KEYS = keys
    with works(cast):
        assert taking_in.remove_ended(district=cast.district, now=now) == 2
    # What could be recorded after all was recorded; the other is gone, and why stands with the duty.
    assert not Intake.objects.exists()
    assert Inquiry.objects.get().reference == asked.reference
    assert Client().get("/health").json()["set_aside"] == 0
    duty.refresh_from_db()
    assert (duty.done_by, duty.reply) == (cast.wu_fang, "乱码，无法登记。")


def lays(cast: Cast, now: datetime, n: int = 1) -> None:
    """Somebody lays in the box what nobody opens."""
    with scope(role=PORTAL):
        for _each in range(n):
            Intake(district=cast.district, sealed=b"x" * 80, at=now, again_at=now).save(force_insert=True)


def fails(cast: Cast, now: datetime) -> datetime:
    """What waits is tried three times."""
    for hours in (0, 2, 4):
        takes_in(cast, now + timedelta(hours=hours))
    return now + timedelta(hours=4)


def settles(cast: Cast, now: datetime) -> None:
    with works(cast):
        taking_in.settle_looking(district=cast.district, now=now)


def test_a_flooded_box_is_one_duty_that_says_how_much_waits_and_ends_with_it(
    portal: Outside, box: None, cast: Cast, now: datetime, settings: LazySettings
) -> None:
    keys = settings.FIELD_KEYS
    for _each in range(2):
        hands_in(cast, portal, now)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    now = fails(cast, now)
    hands_in(cast, portal, now)
    now = fails(cast, now)
    settles(cast, now)
    duty = Duty.objects.get(kind=taking_in.TAKE_IN)
    assert (duty.request, duty.done_at) == ("Unopened ×3", None)
    settings.FIELD_KEYS = keys
    takes_in(cast, now + timedelta(hours=2))
    settles(cast, now)
    duty.refresh_from_db()
    assert (duty.decision, duty.done_by, duty.next_chase_at) == ("settled", None, None)


def test_what_was_set_aside_after_the_end_is_looked_into_anew(
    box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    lays(cast, now)
    now = fails(cast, now)
    first = Duty.objects.get(kind=taking_in.TAKE_IN)
    lays(cast, now)
    with web_as(cast.wu_fang, now):
        answer_duty(first.pk, reply="乱码。", by=cast.wu_fang, now=now)
    now = fails(cast, now)
    with works(cast):
        assert taking_in.remove_ended(district=cast.district, now=now) == 1
    settles(cast, now)
    second = Duty.objects.get(kind=taking_in.TAKE_IN, done_at=None)
    assert Intake.objects.get().duty == second != first


def test_the_portal_hangs_nothing_on_a_duty(box: None, cast: Cast, now: datetime) -> None:
    lays(cast, now)
    fails(cast, now)
    duty = Duty.objects.get(kind=taking_in.TAKE_IN)
    with pytest.raises(DatabaseError, match="row-level security"), scope(role=PORTAL), transaction.atomic():
        Intake(district=cast.district, sealed=b"x", at=now, again_at=now, duty=duty).save(force_insert=True)


def test_of_the_duties_that_stood_one_for_each_entry_one_is_left(
    box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    lays(cast, now, 3)
    stuck = list(Intake.objects.order_by("pk"))
    Intake.objects.update(tries=3, trouble="Unopened")
    owed = []
    with works(cast):
        for entry in stuck:
            duty = open_duty(
                kind=taking_in.TAKE_IN,
                place=cast.district,
                due_at=now + timedelta(days=1),
                now=now,
                by=None,
                subject=str(entry.pk),
            )
            owed.append(duty)
    with web_as(cast.wu_fang, now):
        answer_duty(owed[0].pk, reply="乱码。", by=cast.wu_fang, now=now)
    with connection.cursor() as cursor:
        cursor.execute(import_module("disclosure.migrations.0023_one_duty_for_the_box").STANDS)
    settles(cast, now)
    assert Duty.objects.get(kind=taking_in.TAKE_IN, done_at=None) == owed[1]
    with works(cast):
        assert taking_in.remove_ended(district=cast.district, now=now) == 1
    assert set(Intake.objects.values_list("pk", flat=True)) == {entry.pk for entry in stuck[1:]}


def test_the_worker_counts_where_there_is_a_portal_and_writes_what_changed(
    cast: Cast, settings: LazySettings, now: datetime
) -> None:
    assert tasks.hand_out() == 0
    assert not HandedOut.objects.exists()
    later = now + timedelta(minutes=1)
    with works(cast):
        for content in ({"a": [1]}, {"a": [1]}):
            taking_in.hand_out(district=cast.district, what="day.1", content=content, now=now)
            now = later
        assert HandedOut.objects.get(what="day.1").at < later
        taking_in.hand_out(district=cast.district, what="day.1", content={"a": [2]}, now=later)
        assert HandedOut.objects.get(what="day.1").at == later


def test_figures_and_the_public_list_are_written_where_they_changed_and_dated_by_the_last_look(
    portal: Outside, cast: Cast, web_as: As, now: datetime
) -> None:
    later = now + timedelta(minutes=1)
    for at in (now, later):
        with works(cast):
            hand_out_numbers(district=cast.district, now=at)
    written = dict(HandedOut.objects.values_list("what", "at"))
    assert written == {"figures": now, "overdue": now, "looked": later}
    with portal(), scope(role=PORTAL):
        assert figures_shown(district=cast.district, now=later)[1] == later
        assert overdue_shown(district=cast.district, now=later)[1] == later
    asks(cast, web_as, now)
    with works(cast):
        hand_out_numbers(district=cast.district, now=later)
    assert HandedOut.objects.get(what="figures").at == later


def test_one_state_that_cannot_be_told_stops_no_other(
    portal: Outside, box: None, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = hands_in(cast, portal, now), hands_in(cast, portal, now)
    takes_in(cast, now)
    PublicState.objects.update(as_of=0)
    tell = told_of

    def broken(inquiry: Inquiry) -> dict[str, Any]:
        if inquiry.reference == one.reference:
            raise KeyError("broken")
        return tell(inquiry)

    monkeypatch.setattr("disclosure.services.taking_in.told_of", broken)
    with works(cast):
        last = taking_in.tell_states(district=cast.district)
        assert taking_in.tell_states(district=cast.district, after=last) == 0
    assert PublicState.objects.filter(as_of=0).values_list("inquiry__reference").get() == (one.reference,)
    assert PublicState.objects.exclude(as_of=0).values_list("inquiry__reference").get() == (two.reference,)


@pytest.mark.parametrize("broken", ["take_in", "tell_states", "hand_out_numbers"])
def test_one_district_that_fails_stops_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: LazySettings, broken: str
) -> None:
    settings.HAS_PORTAL = True
    looked: list[int] = []

    def fails_at_first(*, district: Place, **other: Any) -> int:
        looked.append(district.pk)
        if district == cast.district:
            raise KeyError("broken")
        return 0

    monkeypatch.setattr(tasks, "_in_public", lambda: [cast.district, cast.elsewhere])
    monkeypatch.setattr(tasks if broken == "hand_out_numbers" else taking_in, broken, fails_at_first)
    tasks.take_in() if broken != "hand_out_numbers" else tasks.hand_out()
    assert looked == [cast.district.pk, cast.elsewhere.pk]


def test_states_are_told_by_their_digest_alone(portal: Outside, box: None, cast: Cast, now: datetime) -> None:
    asked = hands_in(cast, portal, now)
    takes_in(cast, now)
    state = PublicState.objects.get(inquiry__reference=asked.reference)
    with scope(role=PORTAL):
        told = "select bida_public_state(%s, %s)"
        assert rows(told, cast.district.pk, "") == [(None,)]
        assert rows(told, cast.elsewhere.pk, state.digest) == [(None,)]
        assert rows(f"{told} ->> 'state'", cast.district.pk, state.digest) == [("assigned",)]
    assert WAITS != "assigned"


def test_the_public_names_resolve_to_the_same_addresses_outside(cast: Cast) -> None:
    for name, _route in routes(get_resolver("config.portal_urls").url_patterns):
        if name == "public_district":
            kwargs = {"district": cast.district.pk}
            assert reverse(name, "config.portal_urls", kwargs=kwargs) == reverse(name, kwargs=kwargs)
