"""What makes the desk work without a network: its shell, its worker, and the key that goes with the session."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from bureaus.workdays import local_date
from disclosure.access import QUEUE_COOKIE, queue_key
from disclosure.models import Booth, Measure
from disclosure.services.desk import Stamp, bring, collect_issue
from disclosure.services.open_days import name_material, open_booth, plan_open_day
from tests.conftest import Cast
from tests.inquiries.conftest import Enter, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast: Cast) -> Booth:
    """The booth of the civil affairs bureau at an open day of the day of the running suite."""
    now = timezone.now()
    day = plan_open_day(district=cast.district, on=local_date(now), theme="公开", by=None, now=now)
    day.refresh_from_db()
    booth = open_booth(open_day=day, place=cast.civil, by=None, now=now)
    leaflet = name_material(district=cast.district, kind="leaflet", name="政策宣传单", measure=Measure.SHEET)
    bring(booth=booth, material=leaflet, n=9, stamp=Stamp("b"), by=cast.li_min, now=now)
    return booth


def key_in(client: Client) -> str:
    """The key that the browser holds now; a cookie that was taken away is empty."""
    return client.cookies[QUEUE_COOKIE].value if QUEUE_COOKIE in client.cookies else ""


# --- The key ------------------------------------------------------------------------------------------------------
def test_who_stands_at_the_booth_gets_a_key_of_her_own(desk: Booth, cast: Cast, enter: Enter) -> None:
    li_min, he_jing = enter(cast.li_min), enter(cast.he_jing)
    page(li_min, f"/booths/{desk.pk}/")
    page(he_jing, f"/booths/{desk.pk}/")
    assert key_in(li_min) == queue_key(cast.li_min)
    assert key_in(he_jing) == queue_key(cast.he_jing) != key_in(li_min)
    assert len(bytes.fromhex(key_in(li_min))) == 32


def test_the_key_lasts_as_a_session_does_and_goes_to_no_other_site(
    desk: Booth, cast: Cast, enter: Enter, settings: Settings
) -> None:
    client = enter(cast.li_min)
    page(client, f"/booths/{desk.pk}/")
    crumb = client.cookies[QUEUE_COOKIE]
    assert (crumb["max-age"], crumb["samesite"], crumb["secure"]) == (
        settings.SESSION_COOKIE_AGE,
        "Strict",
        "",
    )
    assert QUEUE_COOKIE not in client.get(f"/booths/{desk.pk}/").cookies, "it was not drawn out"
    settings.SESSION_COOKIE_SECURE = True
    other = enter(cast.li_min)
    assert other.get(f"/booths/{desk.pk}/", secure=True).cookies[QUEUE_COOKIE]["secure"]


def test_who_only_reads_the_booth_gets_none(desk: Booth, cast: Cast, enter: Enter) -> None:
    client = enter(cast.tang_rui)
    page(client, f"/booths/{desk.pk}/")
    assert key_in(client) == ""


def test_signing_out_takes_the_key_away(desk: Booth, cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    page(client, f"/booths/{desk.pk}/")
    client.post("/sign-out/")
    assert key_in(client) == ""


def test_a_session_that_ended_takes_the_key_away(desk: Booth, cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    page(client, f"/booths/{desk.pk}/")
    client.session.flush()
    assert client.get("/session/").json() == {"token": ""}
    assert key_in(client) == ""


def test_somebody_else_who_signs_in_takes_the_key_away_with_the_answer(
    desk: Booth, cast: Cast, enter: Enter
) -> None:
    client = enter(cast.li_min)
    page(client, f"/booths/{desk.pk}/")
    cast.he_jing.set_password("ein-langes-Wort")
    cast.he_jing.save(update_fields=["password"])
    # Her session ended by itself, so that no sign-out came before.
    del client.cookies["sessionid"]
    answer = client.post("/sign-in/", {"username": cast.he_jing.username, "password": "ein-langes-Wort"})
    assert answer.status_code == 302
    assert key_in(client) == ""


def test_the_key_of_who_is_signed_in_stays_on_every_page(desk: Booth, cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    page(client, f"/booths/{desk.pk}/")
    page(client, "/")
    client.get("/session/")
    assert key_in(client) == queue_key(cast.li_min)


def test_a_token_of_an_earlier_session_writes_nothing_for_whoever_signed_in_since(
    desk: Booth, cast: Cast
) -> None:
    """So a page of hers that stands open cannot send what she entered under a colleague's name."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.li_min, backend="django.contrib.auth.backends.ModelBackend")
    token = client.get("/session/").json()["token"]
    cast.he_jing.set_password("ein-langes-Wort")
    cast.he_jing.save(update_fields=["password"])
    del client.cookies["sessionid"]
    mine = client.get("/session/").json()["token"] or client.get("/sign-in/").cookies["csrftoken"].value
    signed = {"username": cast.he_jing.username, "password": "ein-langes-Wort", "csrfmiddlewaretoken": mine}
    assert client.post("/sign-in/", signed).status_code == 302
    entry = {"key": "k", "n": 1, "measure": "visit"}
    to, fresh = f"/booths/{desk.pk}/receive/", client.get("/session/").json()["token"]
    assert client.post(to, entry | {"csrfmiddlewaretoken": token}).status_code == 403
    assert client.post(to, entry | {"csrfmiddlewaretoken": fresh}).status_code == 302


# --- The shell ----------------------------------------------------------------------------------------------------
def test_the_shell_has_every_form_and_nothing_of_anybody(desk: Booth, cast: Cast, enter: Enter) -> None:
    collect_issue(
        booth=desk,
        words="停车难",
        people=3,
        at_least=False,
        stamp=Stamp("i"),
        by=cast.li_min,
        now=timezone.now(),
    )
    client = enter(cast.li_min)
    shell, whole = page(client, f"/booths/{desk.pk}/shell/"), page(client, f"/booths/{desk.pk}/")
    for form in ("receive", "question", "issue", "give", "bring", "card", "tap"):
        assert f'data-entry="{form}"' in shell
    for own in (cast.li_min.name, "停车难", "csrfmiddlewaretoken", "/language/"):
        assert own in whole
        assert own not in shell
    assert "政策宣传单" in shell


def test_the_shell_is_for_who_writes_at_the_booth(desk: Booth, cast: Cast, enter: Enter) -> None:
    at = f"/booths/{desk.pk}/shell/"
    assert enter(cast.li_min).get(at).status_code == 200
    assert enter(cast.tang_rui).get(at).status_code == 404
    assert enter(cast.xu_kai).get(at).status_code == 404
    assert Client().get(at).status_code == 302


# --- The worker ---------------------------------------------------------------------------------------------------
def first_line(client: Client) -> dict[str, object]:
    line = client.get("/booths/worker.js").content.decode().splitlines()[0]
    told: dict[str, object] = json.loads(line.removeprefix("const SHELL = ").rstrip(";"))
    return told


def test_the_worker_stands_before_booths_alone_and_is_asked_for_anew(desk: Booth) -> None:
    answer = Client().get("/booths/worker.js")
    assert answer.headers["Content-Type"] == "text/javascript"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Service-Worker-Allowed" not in answer.headers
    assert reverse("booth", kwargs={"pk": desk.pk}).startswith("/booths/")
    assert not reverse("inquiry", kwargs={"pk": 1}).startswith("/booths/")


def test_another_release_is_another_worker(
    settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    before = first_line(Client())
    assert first_line(Client()) == before
    assert "/static/disclosure/queue.js" in before["files"]  # type: ignore[operator]
    (tmp_path / "bida").mkdir()
    (tmp_path / "bida" / "bida.css").write_text("/* the next release */")
    settings.STATICFILES_DIRS = [str(tmp_path), *settings.STATICFILES_DIRS]
    forget: Callable[[], None] = finders.get_finder.cache_clear  # type: ignore[attr-defined]
    forget()
    request.addfinalizer(forget)
    assert first_line(Client())["version"] != before["version"]
