"""Citizens are told once, by known words, on channels they have."""

from __future__ import annotations

import json

import pytest

from bureaus.models import DistrictSettings, Message
from bureaus.models.fields import encrypt
from bureaus.models.scope import scope
from bureaus.services.gathering import gather_messages
from bureaus.services.keys import destroy_key, make_key
from bureaus.services.messages import queue_citizen_message
from tests.bureaus.telling.conftest import NOON, Cast, WebServer, send_all

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"to": "{phone}", "content": "{text}", "seq": "{id}"}', "application/json"),
        ("mobile={phone}&seq={id}&content={text}", "application/x-www-form-urlencoded"),
    ],
)
def test_a_citizen_is_told_once_through_the_gateway_and_nothing_is_in_clear(
    cast: Cast, web_server: WebServer, body: str, kind: str
) -> None:
    DistrictSettings.objects.update(sms_url=f"{web_server.url}/sms", sms_body=body)
    key = make_key(district_id=cast.district.pk)
    for _ in range(2):
        with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.wang.pk):
            queue_citizen_message(
                district_id=cast.district.pk,
                channel="sms",
                token=encrypt("+8613840005021", key),
                key=key,
                template="recorded",
                reference="2026-0000001-X",
                cause_kind="inquiry",
                cause_id=1,
                due_at=NOON,
                now=NOON,
            )
    message = Message.objects.get()
    assert "13840005021" not in json.dumps(list(Message.objects.values()), default=str)
    assert send_all(NOON) == 1
    ((_path, content_type, posted),) = web_server.posts
    assert content_type.startswith(kind)
    assert "13840005021" in posted
    assert str(message.pk) in posted
    if kind == "application/json":
        assert "2026-0000001-X" in json.loads(posted)["content"]


def test_an_erased_citizen_is_not_told(cast: Cast) -> None:
    key = make_key(district_id=cast.district.pk)
    token = encrypt("c@office.example", key)
    queue_citizen_message(
        district_id=cast.district.pk,
        channel="email",
        token=token,
        key=key,
        template="answered",
        reference="2026-1",
        cause_kind="answer",
        cause_id=1,
        now=NOON,
    )
    destroy_key(key=key, now=NOON)
    send_all(NOON)
    message = Message.objects.get()
    assert (message.state, message.needs_duty) == (Message.State.WITHDRAWN, False)


def test_without_a_gateway_a_text_message_waits_in_words(cast: Cast) -> None:
    cast.reach(cast.wang, "13840005021", "sms")
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    send_all(NOON)
    assert "gateway" in Message.objects.get().error


@pytest.mark.parametrize(
    ("channel", "template", "refusal"), [("webhook", "answered", ValueError), ("sms", "x", KeyError)]
)
def test_citizens_are_told_by_known_templates_and_channels_only(
    cast: Cast, channel: str, template: str, refusal: type[Exception]
) -> None:
    key = make_key(district_id=cast.district.pk)
    with pytest.raises(refusal):
        queue_citizen_message(
            district_id=cast.district.pk,
            channel=channel,
            token="",
            key=key,
            template=template,
            reference="",
            cause_kind="answer",
            cause_id=1,
            now=NOON,
        )
