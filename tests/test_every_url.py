"""Every address of Bida, as every role: the rightful get their page first, then the stranger a 404."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from bureaus.admin import ByService
from bureaus.models import Officer, Place
from inquiries.models import Inquiry, Topic
from inquiries.services.moving import ask_assist
from inquiries.services.recording import CitizenGiven, record_inquiry
from tests.conftest import As, Cast

EVERYBODY = ("director", "clerk", "auditor", "bureau_head", "vice_head", "liaison", "section_head", "handler")
TABLES = [
    *("bureaus/place", "bureaus/hotline", "bureaus/post", "bureaus/tenure", "bureaus/officer"),
    *(
        "bureaus/calendarversion",
        "bureaus/calendarday",
        "bureaus/absence",
        "bureaus/dutyturn",
        "bureaus/apikey",
    ),
    *("inquiries/topic", "inquiries/answerrule", "inquiries/ladder", "inquiries/rulebook"),
]
# Addresses that take a POST only, or carry a thing of one's own; each has its tests elsewhere.
POSTED = {
    "sign_out",
    "set_language",
    "read_notices",
    "read_notice",
    "verify_address",
    "act_on_address",
    "clear",
    "act",
    "record-hints",
    "attach",
    "attachment",
    "bulk",
    "bulk_done",
    "view",
    "ask_export",
    "export",
    "export_file",
    "bulletin_filled",
}
# Without signing in; tests/disclosure/test_public_pages.py opens each.
PUBLIC = {
    *("public_start", "large_text", "public_item", "public_file", "public_district", "public_bureaus"),
    *("public_place", "public_items", "public_feed", "public_sitemap"),
    *(
        "public_ask",
        "public_follow",
        "public_figures",
        "public_figures_as",
        "public_answers",
        "public_answer",
    ),
    # tests/disclosure/test_public_list.py opens these.
    *("public_overdue", "public_overdue_as"),
    # tests/disclosure/test_public_open_days.py opens these.
    *("public_open_days", "public_open_day", "public_summary"),
    # tests/disclosure/test_public_booklets.py opens these.
    *("public_booklets", "public_booklet", "public_booklet_docx"),
}
OPEN_TO_ALL = {"session", "sign_in", "admin_sign_in", "health", "healthz", "readyz", "booth_worker"}
OF_EVERY_OFFICER = {
    "today",
    "notices",
    "digest",
    "addresses",
    "password",
    "search",
    "exports",
    "views",
    "overview",
    "held",
    "hot",
    "behind",
    "wall",
    "styleguide",
}
# Of the auditor and the district's office; tests/inquiries/test_pages_of_credibility.py and of_bulletins.py open each.
OF_WATCHERS = {
    *("credibility", "signal", "lag", "edits"),
    *("bulletins", "bulletin", "bulletin_draft", "bulletin_docx", "bulletin_moved", "bulletin_numbers"),
}
# tests/inquiries/test_pages_of_places_and_officers.py opens each.
OF_OVERSEERS = {"place", "weekly", "weekly-docx", "officer"}
# Of every officer of the district; tests/disclosure/test_pages_of_open_days.py opens each.
OF_OPEN_DAYS = {
    *("open_days", "open_day", "open_day_entries", "open_day_board"),
    # tests/disclosure/test_screens_in_the_square.py posts it, and opens what it gives without signing in.
    *("open_day_screen", "screen"),
    # tests/disclosure/test_publishing_issues.py posts it.
    "hot_issue_publish",
    *("open_day_new", "open_day_booth_new"),
    *("booth", "booth_code", "booth_entry", "booth_take_back", "hot_issue"),
    # tests/disclosure/test_entering_offline.py opens it.
    "booth_shell",
    # Drafts are their authors'; tests/disclosure/test_summaries.py opens them.
    *("open_day_summary", "open_day_summary_begin", "open_day_summary_approve"),
    *("open_day_summary_publish", "open_day_summary_docx"),
    # tests/disclosure/test_pages_of_plans.py opens these.
    *("open_day_plan", "open_day_plan_act", "open_day_plan_docx"),
}
OF_RECORDERS = {"record", "receipt", "batch", "correction"}
# tests/disclosure/test_codes_at_the_desk.py opens these.
OF_RECORDERS |= {"call_status", "new_code"}
OF_THE_MATTER = {
    "inquiry",
    "signed_paper",
    "panel",
    "duty",
    "letter",
    "paper",
    "paper-docx",
    "source_reply",
}
# What a post sets up.
# Of whoever writes, reviews or watches what is published; tests/disclosure/test_pages_of_items.py opens each.
OF_PUBLISHERS = {"items", "item_new", "item", "item_edit", "item_compare", "item_act", "item_file"}
OF_PUBLISHERS |= {"answers", "answer_propose", "answer_decide"}
# Drafts are for who sees the whole place; tests/disclosure/test_annual_reports.py opens them.
OF_PUBLISHERS |= {
    "annual_reports",
    "annual_report_begin",
    "annual_report",
    "annual_report_approve",
    "annual_report_docx",
}
# tests/disclosure/test_booklets.py opens one.
OF_PUBLISHERS |= {"booklets", "booklet_new", "booklet", "booklet_edition", "booklet_docx", "booklet_publish"}
OF_KEEPERS = {
    *("dispatch", "approvals", "callbacks"),
    *("settings", "district", "weights", "rules", "rule", "ladder"),
    *("calendar", "calendars"),
    *("posts", "post", "slip", "disable", "roster"),
    *("places", "abolish", "merge", "move", "split", "set_up"),
    *("topics", "new_topic", "topic"),
    *("ledger", "ledger_template", "work_orders", "work_orders_template"),
    *("texts", "new_text", "text"),
}


def names(resolver: URLResolver) -> set[str]:
    found: set[str] = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":
                found |= names(entry)
        elif isinstance(entry, URLPattern):
            found.add(entry.name or str(entry.pattern))
    return found


def assert_marked(page: bytes) -> None:
    """A whole page of an example district says so; a part of one, or a file, comes inside it or beside."""
    if b"<html" in page:
        assert b"EXAMPLE" in page


def enter(officer: Officer) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def matter(cast: Cast, web_as: As) -> tuple[Inquiry, int]:
    """One inquiry held by the relief section, with a duty of the streets bureau's on it."""
    now = timezone.now()
    with web_as(cast.li_min, now):
        inquiry = record_inquiry(
            by=cast.li_min,
            now=now,
            place=cast.relief,
            post=cast.post(cast.li_min),
            kind="help",
            channel="desk",
            question="楼道灯坏了。",
            citizen=CitizenGiven(name="张三", phone="13840005021"),
        )
    with web_as(cast.he_jing, now):
        duty = ask_assist(
            inquiry.pk, of=cast.streets, request="请查看。", due_at=inquiry.due_at, by=cast.he_jing, now=now
        )
    return inquiry, duty.pk


def test_the_walk_knows_every_address() -> None:
    known = POSTED | OPEN_TO_ALL | OF_EVERY_OFFICER | OF_RECORDERS | OF_KEEPERS | OF_THE_MATTER | OF_WATCHERS
    known |= OF_OVERSEERS
    known |= OF_PUBLISHERS | PUBLIC | OF_OPEN_DAYS
    assert {name for name in names(get_resolver()) if not name.startswith(("api", "disclosure"))} == known


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize(
    "path",
    [
        *("/", "/notices/", "/notices/digest/", "/addresses/", "/password/", "/record/"),
        *(
            "/search/",
            "/exports/",
            "/views/",
            "/overview/",
            "/overview/held/",
            "/overview/hot/",
            "/figures/recorded/",
            "/wall/",
        ),
        "/items/",
        "/reports/",
        "/booklets/",
        "/styleguide/",
        "/open-days/",
    ],
)
def test_every_role_opens_its_own_pages(cast: Cast, role: str, path: str) -> None:
    allowed = 403 if role == "auditor" and path == "/record/" else 200
    opened = enter(cast.everybody[role]).get(path)
    assert opened.status_code == allowed
    assert_marked(opened.content)
    stranger = Client().get(path)
    assert stranger.status_code == 302
    assert stranger["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("role", [role for role in EVERYBODY if role != "auditor"])
def test_a_matter_opens_to_those_above_it_and_to_nobody_else(
    cast: Cast, matter: tuple[Inquiry, int], role: str
) -> None:
    path = f"/inquiries/{matter[0].pk}/"
    shown = enter(cast.everybody[role]).get(path)
    assert shown.status_code == 200
    assert_marked(shown.content)
    assert matter[0].reference in shown.content.decode()
    for stranger in (cast.cao_lei, cast.tang_rui, cast.xu_kai):
        assert enter(stranger).get(path).status_code == 404
        for posted in ("answer", "sign", "clear", "attach"):
            assert enter(stranger).post(f"{path}{posted}/").status_code == 404


LEADS = ("director", "clerk", "bureau_head", "vice_head", "liaison", "section_head")
# What each page of the tables asks for, in the words of docs/access.md.
KEPT = {
    "/dispatch/": ("director", "clerk"),
    "/approvals/": ("director", "clerk", "bureau_head", "vice_head"),
    "/callbacks/": ("director", "clerk"),
    "/settings/": LEADS,
    "/settings/texts/": LEADS,
    "/settings/texts/new/": LEADS,
    "/settings/calendar/2026/": ("director", "clerk"),
    "/settings/posts/": ("director", "clerk"),
    "/settings/roster/": ("director", "clerk"),
    "/settings/places/": ("director", "clerk"),
    "/settings/places/merge/": ("director", "clerk"),
    "/settings/edits/": ("director", "clerk"),
    "/settings/topics/": ("director", "clerk"),
    "/settings/topics/new/": ("director", "clerk"),
    "/settings/ledger/": ("director", "clerk"),
    "/settings/ledger/template.xlsx": ("director", "clerk"),
    "/settings/ledger/12345/": ("director", "clerk"),
    "/settings/ledger/12345/template.xlsx": ("director", "clerk"),
    "/settings/district/": ("director",),
    "/settings/weights/": ("director",),
    "/settings/rules/": ("director",),
    "/settings/rules/help/urgent/": ("director",),
    "/settings/ladders/critical/": ("director",),
}


@pytest.mark.parametrize("path", KEPT)
@pytest.mark.parametrize("role", EVERYBODY)
def test_the_tables_open_to_who_keeps_them(cast: Cast, role: str, path: str) -> None:
    allowed = 200 if role in KEPT[path] else 403
    opened = enter(cast.everybody[role]).get(path)
    assert opened.status_code == allowed
    assert_marked(opened.content)
    assert Client().get(path)["Location"].startswith("/sign-in/")


def test_a_duty_opens_to_the_place_that_owes_it(cast: Cast, matter: tuple[Inquiry, int]) -> None:
    path = f"/duties/{matter[1]}/"
    opened = enter(cast.ma_chao).get(path)
    assert opened.status_code == 200
    assert_marked(opened.content)
    for stranger in (cast.tang_rui, cast.xu_kai):
        assert enter(stranger).get(path).status_code == 404


@pytest.mark.parametrize("table", TABLES)
def test_the_administrator_reads_the_rare_tables_and_no_case(cast: Cast, table: str) -> None:
    administrator = Officer.objects.create_superuser("root", None, name="管理员")
    opened = enter(administrator).get(f"/admin/{table}/")
    assert opened.status_code == 200
    assert_marked(opened.content)
    assert enter(administrator).get("/admin/inquiries/inquiry/").status_code == 404
    assert enter(cast.zhou_ning).get(f"/admin/{table}/").status_code == 302


def test_the_administrator_sees_no_case_text(cast: Cast, matter: tuple[Inquiry, int]) -> None:
    administrator = Officer.objects.create_superuser("root", None, name="管理员")
    assert enter(administrator).get(f"/inquiries/{matter[0].pk}/").status_code == 404


def test_the_administration_adds_by_the_service_and_changes_nothing_else(cast: Cast) -> None:
    client = enter(Officer.objects.create_superuser("root", None, name="管理员"))
    given = {"place": cast.relief.pk, "role": "handler", "title": "窗口"}
    assert client.post("/admin/bureaus/post/add/", given).status_code == 302
    made = cast.relief.posts.get(title="窗口")
    page = f"/admin/bureaus/post/{made.pk}/change/"
    assert client.get(page).status_code == 200
    assert client.post(page, given | {"title": "别名"}).status_code == 403
    assert client.post(f"/admin/bureaus/post/{made.pk}/delete/").status_code == 403
    assert cast.relief.posts.filter(title="窗口").exists()


def test_the_administration_shows_tables_by_its_one_base_alone() -> None:
    assert {
        type(shown) for shown in admin.site._registry.values() if not isinstance(shown, ByService)
    } == set()


def test_the_administration_has_no_door_of_its_own(cast: Cast) -> None:
    response = Client().get("/admin/login/?next=/admin/bureaus/post/")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/admin/bureaus/post/"
    # Who has come in already and may not is told so, and not sent round for ever.
    assert enter(cast.li_min).get("/admin/", follow=True).status_code == 403


def test_topics_are_added_and_changed_by_their_services(cast: Cast) -> None:
    client = enter(Officer.objects.create_superuser("root", None, name="管理员"))
    given = {"district": cast.district.pk, "name": "低保", "default_bureau": cast.civil.pk, "parent": ""}
    assert client.post("/admin/inquiries/topic/add/", given).status_code == 302
    made = Topic.objects.get(district=cast.district, name="低保")
    page = f"/admin/inquiries/topic/{made.pk}/change/"
    assert client.post(page, given | {"name": "最低生活保障", "seen": made.version}).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.default_bureau) == ("最低生活保障", cast.civil)
    for wrong in (
        {"parent": made.pk},
        {"default_bureau": cast.elsewhere.pk},
        {"district": cast.elsewhere.pk},
    ):
        refused = client.post(page, given | wrong | {"seen": made.version}, follow=True)
        assert "A topic hangs under another of its district" in refused.content.decode()
    made.refresh_from_db()
    assert made.parent is None


def test_a_hotline_changes_and_a_number_that_is_none_is_refused(cast: Cast) -> None:
    client = enter(Officer.objects.create_superuser("root", None, name="管理员"))
    given = {"place": cast.civil.pk, "purpose": "routine", "number": "12345", "extension": "", "hours": ""}
    assert client.post("/admin/bureaus/hotline/add/", given).status_code == 302
    line = cast.civil.hotlines.get()
    page = f"/admin/bureaus/hotline/{line.pk}/change/"
    assert client.post(page, given | {"number": "12"}).status_code == 200
    assert client.post(page, given | {"purpose": "approval"}).status_code == 302
    line.refresh_from_db()
    assert (line.number, line.purpose) == ("12345", "approval")


@pytest.mark.parametrize("path", ["/", "/admin/", "/admin/bureaus/post/", "/admin/bureaus/post/add/"])
def test_who_belongs_to_no_district_is_told_that_there_is_an_example(cast: Cast, path: str) -> None:
    client = enter(Officer.objects.create_superuser("root", None, name="管理员"))
    assert_marked(client.get(path).content)
    Place.objects.filter(is_example=True).update(is_example=False)
    assert "EXAMPLE" not in client.get(path).content.decode()
