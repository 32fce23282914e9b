"""What the other side of a webhook or of apprise may answer."""

from __future__ import annotations

import json

import pytest
from pytest_django import Settings

from bureaus.models import Address, Message
from bureaus.services.gathering import gather_messages
from tests.bureaus.telling.conftest import MINUTE, NOON, Cast, WebServer, send_all

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", [404, 410])
def test_a_webhook_that_is_gone_is_broken(cast: Cast, web_server: WebServer, status: int) -> None:
    cast.reach(cast.wang, f"{web_server.url}/hook", "webhook")
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    web_server.statuses = [status]
    send_all(NOON)
    assert Address.objects.get().broken_at == NOON
    assert Message.objects.get().state == Message.State.FAILED


def test_a_redirect_is_not_followed(cast: Cast, web_server: WebServer) -> None:
    cast.reach(cast.wang, f"{web_server.url}/hook", "webhook")
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    web_server.statuses = [302]
    send_all(NOON)
    assert [path for path, _kind, _body in web_server.posts] == ["/hook"]
    assert Message.objects.get().error == "The other side answered 302."


def test_apprise_carries_a_message_with_its_id_and_its_refusal_breaks_the_address(
    cast: Cast, web_server: WebServer, settings: Settings
) -> None:
    settings.APPRISE_SCHEMAS = ["json"]
    cast.reach(cast.wang, web_server.url.replace("http", "json") + "/chat", "apprise")
    cast.tell(cast.wang, 1)
    gather_messages(now=NOON)
    send_all(NOON)
    assert str(Message.objects.get().pk) in json.loads(web_server.posts[0][2])["message"]
    cast.tell(cast.wang, 2)
    gather_messages(now=NOON)
    web_server.statuses = [500, 404]
    send_all(NOON)
    assert Address.objects.get().broken_at is None
    send_all(NOON + 2 * MINUTE)
    assert Address.objects.get().broken_at is not None
