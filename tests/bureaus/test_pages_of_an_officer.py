"""The door, the password, the language, what I was told and where."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
import structlog
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from bureaus.models import Edit, Officer
from bureaus.models.notices import Address, Notice
from bureaus.services.notices import NoticeRow, verification_code, write_notices
from bureaus.services.posts import disable_officer
from config.errors import server_error
from tests.conftest import As, Cast

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    file
    for app in ("bureaus", "inquiries", "disclosure")
    for file in (ROOT / app).glob("templates/**/*.html")
)


def signed_in(officer: Officer) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def known(cast: Cast) -> Officer:
    cast.li_min.set_password("correct-horse-7")
    cast.li_min.save()
    return cast.li_min


def test_a_stranger_is_sent_to_the_door(db: None) -> None:
    response = Client().get("/")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/"


def test_the_right_password_opens_the_door(known: Officer) -> None:
    client = Client()
    response = client.post("/sign-in/", {"username": "li_min", "password": "correct-horse-7"})
    assert response.status_code == 302
    assert client.get("/").status_code == 200


def test_five_wrong_passwords_lock_the_door_and_say_so(known: Officer) -> None:
    client = Client(headers={"accept-language": "en"})
    for _ in range(4):
        assert client.post("/sign-in/", {"username": "li_min", "password": "wrong"}).status_code == 200
    locked = client.post("/sign-in/", {"username": "li_min", "password": "wrong"})
    assert locked.status_code == 429
    assert "Locked for a while" in locked.content.decode()
    assert client.post("/sign-in/", {"username": "li_min", "password": "correct-horse-7"}).status_code == 429


def test_a_session_ends_when_the_account_is_disabled(cast: Cast) -> None:
    client = signed_in(cast.han_xue)
    assert client.get("/").status_code == 200
    disable_officer(officer=cast.han_xue, by=cast.wu_fang, now=timezone.now())
    assert client.get("/").status_code == 302


def test_signing_out_needs_a_post_and_ends_the_session(cast: Cast) -> None:
    client = signed_in(cast.li_min)
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/").status_code == 302


def test_the_password_is_changed_on_its_page_and_that_is_on_record(known: Officer) -> None:
    client, elsewhere = signed_in(known), signed_in(known)
    new = {
        "old_password": "correct-horse-7",
        "new_password1": "battery-staple-9",
        "new_password2": "battery-staple-9",
    }
    assert client.post("/password/", new).status_code == 302
    known.refresh_from_db()
    assert known.check_password("battery-staple-9")
    assert [client.get("/").status_code, elsewhere.get("/").status_code] == [200, 302]
    edit = Edit.objects.get()
    assert (edit.code, edit.by, edit.district, edit.named) == (
        *("password_changed", known, known.district),
        {"officer": known.pk},
    )


@pytest.mark.parametrize(
    ("old", "first", "again"),
    [
        ("wrong", "battery-staple-9", "battery-staple-9"),
        ("correct-horse-7", "battery-staple-9", "battery-staple-8"),
        ("correct-horse-7", "12345678", "12345678"),
    ],
)
def test_a_password_that_may_not_be_is_refused(known: Officer, old: str, first: str, again: str) -> None:
    new = {"old_password": old, "new_password1": first, "new_password2": again}
    assert signed_in(known).post("/password/", new).status_code == 200
    known.refresh_from_db()
    assert known.check_password("correct-horse-7")
    assert not Edit.objects.exists()


def test_the_language_is_switched_by_a_button(cast: Cast) -> None:
    client = signed_in(cast.li_min)
    client.post("/language/", {"language": "zh-hans", "next": "/"})
    assert '<html lang="zh-hans">' in client.get("/").content.decode()
    client.post("/language/", {"language": "en", "next": "/"})
    assert '<html lang="en">' in client.get("/").content.decode()


def test_the_example_is_marked_on_every_page(cast: Cast) -> None:
    client = signed_in(cast.li_min)
    for path in ("/", "/record/", "/notices/", "/addresses/", "/password/"):
        assert "EXAMPLE" in client.get(path).content.decode()


def test_every_page_says_where_to_skip_to_and_what_runs(cast: Cast) -> None:
    response = signed_in(cast.li_min).get("/")
    shown = response.content.decode()
    assert 'href="#content"' in shown
    assert 'id="content"' in shown
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    # Every control has its label, every button a word.
    assert not re.search(r"<button[^>]*>\s*</button>", shown)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_no_template_has_inline_script_or_style(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|<script(?![^>]*\ssrc=)", text)


def tell(officer: Officer, reference: str, url: str = "/record/") -> Notice:
    row = NoticeRow(
        district_id=officer.district_id or 0,
        recipient_id=officer.pk,
        cause_kind="test",
        cause_id=reference,
        kind="assigned",
        reference=reference,
        url=url,
    )
    write_notices(rows=[row], now=timezone.now())
    return Notice.objects.get(recipient=officer, reference=reference)


def test_my_notices_are_mine_and_are_read_when_opened(cast: Cast) -> None:
    notice = tell(cast.li_min, "2026-0000001-1")
    client = signed_in(cast.li_min)
    assert "2026-0000001-1" in client.get("/notices/").content.decode()
    assert "2026-0000001-1" not in signed_in(cast.he_jing).get("/notices/?all=1").content.decode()
    path = f"/notices/{notice.pk}/read/"
    assert signed_in(cast.he_jing).post(path).status_code == 404
    assert client.post(path, {"open": "1"})["Location"] == "/record/"
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert "2026-0000001-1" not in client.get("/notices/").content.decode()
    assert "2026-0000001-1" in client.get("/notices/?all=1").content.decode()


def test_all_notices_are_read_at_once(cast: Cast) -> None:
    for number in range(3):
        tell(cast.li_min, f"2026-000000{number}-1")
    signed_in(cast.li_min).post("/notices/read/")
    assert not Notice.objects.unread().filter(recipient=cast.li_min).exists()


def test_an_address_is_entered_verified_muted_and_removed(cast: Cast) -> None:
    client = signed_in(cast.li_min)
    refused = client.post("/addresses/", {"channel": "email", "value": "nowhere"})
    assert refused.status_code == 422
    assert "nowhere" in refused.content.decode()
    client.post("/addresses/", {"channel": "email", "value": "li.min@example.org"})
    address = Address.objects.get(officer=cast.li_min)
    shown = client.get("/addresses/").content.decode()
    assert "li…@example.org" in shown
    assert "li.min@example.org" not in shown
    path = f"/addresses/{address.pk}/"
    assert signed_in(cast.he_jing).post(path, {"act": "remove"}).status_code == 404
    right = verification_code(address)
    wrong = client.post(f"{path}verify/", {f"{address.pk}-code": "000000" if right != "000000" else "000001"})
    assert wrong.status_code == 422
    address.refresh_from_db()
    assert address.code_tries == 1
    assert client.post(f"{path}verify/", {f"{address.pk}-code": right}).status_code == 302
    client.post(path, {"act": "mute"})
    address.refresh_from_db()
    assert address.verified_at is not None
    assert address.muted
    client.post(path, {"act": "unmute"})
    client.post(path, {"act": "remove"})
    kept = Address.objects.get(pk=address.pk)
    assert not kept.muted
    assert kept.removed_at is not None


def test_a_lead_sees_which_addresses_of_the_places_are_broken(cast: Cast) -> None:
    signed_in(cast.li_min).post("/addresses/", {"channel": "email", "value": "li.min@example.org"})
    Address.objects.filter(officer=cast.li_min).update(
        broken_at=timezone.now(), broken_why="550 no such user"
    )
    assert "550 no such user" in signed_in(cast.he_jing).get("/addresses/").content.decode()
    assert "550 no such user" not in signed_in(cast.cao_lei).get("/addresses/").content.decode()


def test_a_page_that_is_not_there_is_a_404_in_words(cast: Cast) -> None:
    response = signed_in(cast.li_min).get("/inquiries/999999/")
    assert response.status_code == 404
    text = response.content.decode()
    assert "Nothing here for you" in text
    assert 'class="btn" href="/search/"' in text


def test_a_stranger_is_led_to_where_a_stranger_may_go(db: None) -> None:
    client = Client(headers={"accept-language": "en"})
    inside = client.get("/nowhere/")
    assert (inside.status_code, "To today" in inside.content.decode()) == (404, False)
    assert 'href="/sign-in/">Sign in' in inside.content.decode()
    public = client.get("/public/999999/").content.decode()
    assert 'href="/public/">To the public pages' in public
    assert "Sign in" not in public


def test_whoever_may_not_reads_for_which_post_she_came(cast: Cast) -> None:
    refused = signed_in(cast.li_min).get("/settings/places/")
    assert refused.status_code == 403
    assert "You act as 社会救助科 handler" in " ".join(refused.content.decode().split())


def test_health_is_open_and_tells_ages_only(db: None, now: datetime, clock: As) -> None:
    response = Client().get("/health")
    assert response.status_code == 200
    assert set(response.json()) == {
        "well",
        "oldest_due_chase_seconds",
        "oldest_unsent_message_seconds",
        "set_aside",
        "oldest_set_aside_seconds",
    }


@pytest.mark.parametrize(("language", "says"), [("en", "Something broke"), ("zh-hans", "系统出错")])
def test_what_breaks_says_so_in_the_reader_s_language(language: str, says: str) -> None:
    number = "9d6a7020-a89a-4b66-9266-8e861fd8a506"
    with translation.override(language), structlog.contextvars.bound_contextvars(request_id=number):
        shown = server_error(RequestFactory().get("/")).content.decode()
    # By which those who run Bida find it in the log.
    assert number in shown
    assert f'<html lang="{language}">' in shown
    assert says in shown
    assert "tabler" in shown
