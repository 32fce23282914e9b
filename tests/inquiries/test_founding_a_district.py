"""From an empty installation to the first question: what docs/operations.md tells a new administrator."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from bureaus.models import Officer, Place, Post
from inquiries.models import Inquiry, Ladder, RuleBook
from inquiries.services.chasing import chase_batch
from tests.conftest import As

pytestmark = pytest.mark.django_db
PASSWORD = "only-for-this-test"


def sign_in(client: Client, username: str, password: str) -> None:
    told = client.post("/sign-in/", {"username": username, "password": password})
    assert told.status_code == 302, told.content.decode()


def test_a_district_opened_in_the_administration_takes_a_question_and_is_chased(
    clock: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--no-input", username="root", name="管理员", verbosity=0)
    administrator = Client(headers={"accept-language": "en"})
    sign_in(administrator, "root", PASSWORD)
    first_seen = administrator.get("/", follow=True)
    assert first_seen.status_code == 200
    assert "/admin/" in first_seen.content.decode()

    def add(what: str, **given: object) -> str:
        response = administrator.post(f"/admin/bureaus/{what}/add/", given, follow=True)
        errors = re.findall(r'class="errorlist[^>]*>(.*?)</ul>', response.content.decode(), re.S)
        assert response.redirect_chain, (what, errors)
        return response.content.decode()

    add("place", kind="district", name="新开区", body="department")
    district = Place.objects.get(name="新开区")
    add("place", kind="bureau", name="民政局", parent=district.pk, body="department")
    bureau = Place.objects.get(name="民政局", parent=district)
    shown = add("officer", username="lin_yue", name="林月", district=district.pk, language="en")
    told = re.search(r"lin_yue: (\S+?)<", shown)
    assert told, shown
    officer = Officer.objects.get(username="lin_yue")
    add("post", place=bureau.pk, role="bureau_head", title="局长")
    post = Post.objects.get(place=bureau)
    add("tenure", post=post.pk, officer=officer.pk, part="holder", from_on=str(timezone.localdate()))
    assert RuleBook.objects.filter(district=district).count() == 1
    assert Ladder.objects.filter(district=district).exists()

    head = Client(headers={"accept-language": "en"})
    sign_in(head, "lin_yue", told[1])
    given = {
        "place": bureau.pk,
        "kind": "help",
        "urgency": "ordinary",
        "channel": "desk",
        "question": "电梯坏了。",
    }
    recorded = head.post("/record/", {**given, "standing": "anonymous", "key": "founding"})
    assert recorded.status_code == 302, recorded.content.decode()
    with clock():
        inquiry = Inquiry.objects.get(district=district)
        chased = chase_batch(Inquiry, now=inquiry.due_at + timedelta(days=2))
        inquiry.refresh_from_db()
    assert chased.set_aside == 0
    assert inquiry.chase_number == 1
