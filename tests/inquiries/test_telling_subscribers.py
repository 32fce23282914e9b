"""Subscribers are told what happens, signed, until they take it."""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bureaus.models import DistrictSettings
from inquiries.models import Delivery, Subscription
from inquiries.services.moving import sign_for
from inquiries.services.webhooks import BACK_OFF, deliver_next
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import Ask

HOOKS = "/api/v1/webhooks"


class Receiver:
    """A subscriber's server: what it took, and what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.taken: list[tuple[dict[str, str], str]] = []
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.taken.append((dict(self.headers), body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}/bida"


@pytest.fixture
def receiver(cast: Cast) -> Iterator[Receiver]:
    DistrictSettings.objects.filter(district=cast.district).update(inside_ranges=["127.0.0.0/8"])
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def subscribed(client: Client, receiver: Receiver, *events: str) -> dict[str, Any]:
    made = client.post(
        HOOKS,
        {"name": "大屏", "url": receiver.url, "events": list(events or ("recorded", "answered"))},
        content_type="application/json",
    )
    assert made.status_code == 201, made.content
    found: dict[str, Any] = made.json()
    return found


def test_a_delivery_is_signed_over_its_time_and_body(
    cast: Cast, key: Key, ask: Ask, receiver: Receiver
) -> None:
    made = subscribed(key("webhooks:keep"), receiver)
    inquiry = ask(now=timezone.now())
    assert deliver_next(now=timezone.now())
    [(headers, body)] = receiver.taken
    at, signature = (part.split("=", 1)[1] for part in headers["Bida-Signature"].split(","))
    assert hmac.new(made["secret"].encode(), f"{at}.{body}".encode(), "sha256").hexdigest() == signature
    told = json.loads(body)
    assert (told["event"], told["inquiry"], told["reference"]) == ("recorded", inquiry.pk, inquiry.reference)
    assert inquiry.question not in body
    assert not deliver_next(now=timezone.now() + timedelta(days=1))


def test_only_the_events_named_are_told(
    cast: Cast, key: Key, ask: Ask, receiver: Receiver, web_as: As, now: Any
) -> None:
    subscribed(key("webhooks:keep"), receiver, "signed_for")
    inquiry = ask()
    assert Delivery.objects.count() == 0
    with web_as(cast.li_min):
        sign_for(inquiry.pk, by=cast.li_min, now=now)
    assert [each.body["event"] for each in Delivery.objects.all()] == ["signed_for"]


def test_a_bureaus_subscriber_is_told_of_its_own_and_nobody_of_what_is_sealed(
    cast: Cast, key: Key, ask: Ask, receiver: Receiver
) -> None:
    subscribed(key("webhooks:keep", bureau=cast.civil), receiver)
    ask(by=cast.tang_rui)
    ask(kind="tip_off", question="社区主任虚报工程款。")
    assert Delivery.objects.count() == 0
    ask()
    assert Delivery.objects.count() == 1


def test_what_is_not_taken_is_tried_again_later_and_kept_in_words(
    cast: Cast, key: Key, ask: Ask, receiver: Receiver
) -> None:
    client = key("webhooks:keep")
    made = subscribed(client, receiver)
    ask(now=timezone.now())
    receiver.status = 503
    start = timezone.now()
    assert deliver_next(now=start)
    [log] = client.get(f"{HOOKS}/{made['id']}/deliveries").json()["items"]
    assert (log["attempts"], log["sent_at"]) == (1, None)
    assert "503" in log["said"]
    assert not deliver_next(now=start + BACK_OFF[0] / 2)
    receiver.status = 200
    assert deliver_next(now=start + BACK_OFF[0])
    assert Delivery.objects.get().sent_at == start + BACK_OFF[0]


def test_who_says_gone_is_not_asked_again(cast: Cast, key: Key, ask: Ask, receiver: Receiver) -> None:
    subscribed(key("webhooks:keep"), receiver)
    ask(now=timezone.now())
    receiver.status = 410
    assert deliver_next(now=timezone.now())
    assert Delivery.objects.get().next_try_at is None


def test_a_sender_that_dies_leaves_it_to_the_next(cast: Cast, key: Key, ask: Ask, receiver: Receiver) -> None:
    subscribed(key("webhooks:keep"), receiver)
    ask(now=timezone.now())
    now = timezone.now()
    Delivery.objects.update(next_try_at=now + timedelta(minutes=5), attempts=1)
    assert not deliver_next(now=now)
    assert deliver_next(now=now + timedelta(minutes=5))


def test_a_delivery_is_sent_again_under_the_same_id(
    cast: Cast, key: Key, ask: Ask, receiver: Receiver
) -> None:
    client = key("webhooks:keep")
    made = subscribed(client, receiver)
    ask(now=timezone.now())
    deliver_next(now=timezone.now())
    [log] = client.get(f"{HOOKS}/{made['id']}/deliveries").json()["items"]
    assert client.post(f"{HOOKS}/{made['id']}/deliveries/{log['id']}/replay").status_code == 200
    assert deliver_next(now=timezone.now() + timedelta(seconds=1))
    first, second = receiver.taken
    assert first[1] == second[1]
    assert first[0]["Bida-Delivery"] == second[0]["Bida-Delivery"]


def test_an_ended_webhook_is_told_nothing_more_and_keeps_its_log(
    cast: Cast, key: Key, ask: Ask, receiver: Receiver
) -> None:
    client = key("webhooks:keep")
    made = subscribed(client, receiver)
    ask(now=timezone.now())
    assert client.delete(f"{HOOKS}/{made['id']}").status_code == 204
    ask(now=timezone.now())
    assert not deliver_next(now=timezone.now() + timedelta(days=1))
    assert len(client.get(f"{HOOKS}/{made['id']}/deliveries").json()["items"]) == 1


def test_an_address_inside_the_network_is_refused(cast: Cast, key: Key) -> None:
    refused = key("webhooks:keep").post(
        HOOKS,
        {"name": "x", "url": "http://127.0.0.1:9/x", "events": ["answered"]},
        content_type="application/json",
    )
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["field"] == "url"
    assert Subscription.objects.count() == 0


def test_the_address_and_the_secret_are_encrypted_and_the_secret_is_shown_once(
    cast: Cast, key: Key, receiver: Receiver
) -> None:
    client = key("webhooks:keep")
    made = subscribed(client, receiver)
    kept = Subscription.objects.get()
    assert receiver.url not in kept.url
    assert made["secret"] not in kept.secret
    assert "secret" not in client.get(f"{HOOKS}/{made['id']}").json()


def test_another_bureaus_webhook_does_not_exist(cast: Cast, key: Key, receiver: Receiver) -> None:
    made = subscribed(key("webhooks:keep", bureau=cast.civil), receiver)
    stranger = key("webhooks:keep", bureau=cast.culture)
    assert stranger.get(f"{HOOKS}/{made['id']}").status_code == 404
    assert stranger.delete(f"{HOOKS}/{made['id']}").status_code == 404
    assert stranger.get(HOOKS).json()["items"] == []


def test_an_officer_without_the_post_keeps_no_webhooks(cast: Cast, receiver: Receiver) -> None:
    client = Client()
    client.force_login(cast.li_min, backend="django.contrib.auth.backends.ModelBackend")
    refused = client.post(
        HOOKS, {"name": "x", "url": receiver.url, "events": ["answered"]}, content_type="application/json"
    )
    assert refused.status_code == 403
