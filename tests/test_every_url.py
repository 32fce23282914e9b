"""Every address of Bida, as every role: the rightful get their page first, then the stranger a 404."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from bureaus.models import Officer
from inquiries.models import Inquiry
from inquiries.services.moving import ask_assist
from inquiries.services.recording import CitizenGiven, record_inquiry
from tests.conftest import As, Cast

EVERYBODY = ("director", "clerk", "auditor", "bureau_head", "vice_head", "liaison", "section_head", "handler")
TABLES = [
    *("bureaus/place", "bureaus/hotline", "bureaus/post", "bureaus/tenure", "bureaus/officer"),
    *("bureaus/calendarversion", "bureaus/calendarday", "bureaus/absence", "bureaus/dutyturn"),
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
    "attach",
}
OPEN_TO_ALL = {"sign_in", "health", "healthz", "readyz"}
OF_EVERY_OFFICER = {"today", "notices", "addresses", "password"}
OF_RECORDERS = {"record", "receipt"}
OF_THE_MATTER = {"inquiry", "duty", "attachment"}


def names(resolver: URLResolver) -> set[str]:
    found: set[str] = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":
                found |= names(entry)
        elif isinstance(entry, URLPattern):
            found.add(entry.name or str(entry.pattern))
    return found


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
    known = POSTED | OPEN_TO_ALL | OF_EVERY_OFFICER | OF_RECORDERS | OF_THE_MATTER
    brought = {
        name for name in names(get_resolver()) if not name.startswith(("api", "disclosure", "open_day"))
    }
    assert brought == known


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize("path", ["/", "/notices/", "/addresses/", "/password/", "/record/"])
def test_every_role_opens_its_own_pages(cast: Cast, role: str, path: str) -> None:
    allowed = 403 if role == "auditor" and path == "/record/" else 200
    assert enter(cast.everybody[role]).get(path).status_code == allowed
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
    assert matter[0].reference in shown.content.decode()
    for stranger in (cast.cao_lei, cast.tang_rui, cast.xu_kai):
        assert enter(stranger).get(path).status_code == 404
        for posted in ("answer", "sign", "clear", "attach"):
            assert enter(stranger).post(f"{path}{posted}/").status_code == 404


def test_a_duty_opens_to_the_place_that_owes_it(cast: Cast, matter: tuple[Inquiry, int]) -> None:
    path = f"/duties/{matter[1]}/"
    assert enter(cast.ma_chao).get(path).status_code == 200
    for stranger in (cast.tang_rui, cast.xu_kai):
        assert enter(stranger).get(path).status_code == 404


@pytest.mark.parametrize("table", TABLES)
def test_the_administrator_reads_the_rare_tables_and_no_case(cast: Cast, table: str) -> None:
    administrator = Officer.objects.create_superuser("root", None, name="管理员")
    assert enter(administrator).get(f"/admin/{table}/").status_code == 200
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
