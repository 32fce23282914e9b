"""Where an officer is reached: entered, verified, kept encrypted, and only where messages may go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from bureaus.models import Address, DistrictSettings, Message
from bureaus.models.fields import KeyDestroyed, decrypt
from bureaus.models.scope import scope
from bureaus.services.gathering import gather_messages
from bureaus.services.notices import (
    AddressRefused,
    CodeRefused,
    enter_address,
    remove_address,
    send_code_again,
    send_test,
    verification_code,
    verify_address,
)
from tests.bureaus.telling.conftest import MINUTE, NOON, Cast, MailServer, WebServer, send_all

pytestmark = pytest.mark.django_db


def test_an_address_is_used_only_after_the_code_sent_to_it_came_back(
    cast: Cast, mail_server: MailServer
) -> None:
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.wang.pk):
        address = enter_address(
            by=cast.wang,
            channel="email",
            value=" wang@office.example ",
            now=NOON,
            district_id=cast.district.pk,
        )
    cast.tell(cast.wang)
    assert gather_messages(now=NOON) == 0
    assert send_all(NOON) == 1
    (mail,) = mail_server.mails
    code = verification_code(address)
    assert code in str(mail.get_payload())
    with pytest.raises(CodeRefused, match="wrong"):
        verify_address(address=address, code="x", by=cast.wang, now=NOON)
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.wang.pk):
        verify_address(address=address, code=code, by=cast.wang, now=NOON)
    assert gather_messages(now=NOON) == 1


def test_a_code_wears_out_by_tries_and_by_time_and_a_new_one_replaces_it(cast: Cast) -> None:
    address = enter_address(
        by=cast.wang, channel="email", value="w@office.example", now=NOON, district_id=cast.district.pk
    )
    code = verification_code(address)
    with pytest.raises(CodeRefused):
        verify_address(address=address, code=code, by=cast.wang, now=NOON + timedelta(days=1))
    for _ in range(5):
        with pytest.raises(CodeRefused):
            verify_address(address=address, code="000", by=cast.wang, now=NOON)
    with pytest.raises(CodeRefused):
        verify_address(address=address, code=code, by=cast.wang, now=NOON)
    send_code_again(address=address, by=cast.wang, now=NOON + MINUTE)
    address.refresh_from_db()
    assert verification_code(address) != code
    verify_address(address=address, code=verification_code(address), by=cast.wang, now=NOON + MINUTE)
    address.refresh_from_db()
    assert address.verified_at == NOON + MINUTE


def test_an_address_is_not_found_in_the_table(cast: Cast) -> None:
    address = cast.reach(cast.wang)
    with connection.cursor() as cursor:
        cursor.execute("select bureaus_address::text from bureaus_address")
        ((row,),) = cursor.fetchall()
    assert "wang@" not in row + repr(address) + str(address)


def test_a_removed_address_can_be_read_by_nobody(cast: Cast) -> None:
    address = cast.reach(cast.wang)
    with scope(role="bida_web", officer=cast.wang.pk):
        remove_address(address=address, by=cast.wang, now=NOON)
    address = Address.objects.select_related("key").get()
    with pytest.raises(KeyDestroyed):
        decrypt(address.value, address.key)
    assert not Address.objects.usable().exists()


@pytest.mark.parametrize(
    ("channel", "value", "why"),
    [
        ("email", "nobody", "not an e-mail"),
        ("sms", "12", "not a telephone"),
        ("webhook", "ftp://example.org/x", "not allowed"),
        ("webhook", "http://[::1", "not a complete"),
        ("webhook", "http://10.1.2.3/hook", "inside the network"),
        ("webhook", "http://8.8.8.8/hook", "it needs https"),
        ("webhook", "http://169.254.169.254/latest/meta-data", "inside the network"),
        ("webhook", "http://[::1]/hook", "inside the network"),
        ("webhook", "http://[::ffff:10.0.0.1]/hook", "inside the network"),
        ("webhook", "http://[fec0::1]/hook", "inside the network"),
        ("webhook", "http://[64:ff9b::a00:1]/hook", "inside the network"),
        ("webhook", "http://[2002:a00:1::]/hook", "inside the network"),
        ("webhook", "https://no-such-host.invalid/hook", "not known"),
        ("apprise", "json://10.1.2.3/hook", "not allowed"),
        ("apprise", "file:///etc/passwd", "not allowed"),
        ("apprise", "wecombot://", "not a complete"),
    ],
)
def test_an_address_that_messages_may_not_go_to_is_refused(
    cast: Cast, channel: str, value: str, why: str
) -> None:
    with pytest.raises(AddressRefused, match=why):
        enter_address(by=cast.wang, channel=channel, value=value, now=NOON, district_id=cast.district.pk)
    assert not Address.objects.exists()


def test_a_free_apprise_host_is_checked_like_a_webhook(cast: Cast, settings: Settings) -> None:
    settings.APPRISE_SCHEMAS = ["json"]
    with pytest.raises(AddressRefused, match="inside the network"):
        cast.reach(cast.wang, "json://10.1.2.3/hook", "apprise")


def test_an_inside_range_taken_back_is_refused_at_sending(cast: Cast, web_server: WebServer) -> None:
    cast.reach(cast.wang, f"{web_server.url}/hook", "webhook")
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    DistrictSettings.objects.update(inside_ranges=[])
    send_all(NOON)
    assert web_server.posts == []
    message = Message.objects.get()
    assert (message.state, "inside the network" in message.error) == (Message.State.PENDING, True)


def test_a_lead_sees_which_addresses_of_the_place_are_broken(cast: Cast) -> None:
    cast.reach(cast.wang)
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.li.pk):
        assert not Address.objects.exists()
    Address.objects.update(broken_at=NOON, broken_why="550")
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.li.pk):
        assert Address.objects.get().broken_why == "550"
    with scope(role="bida_web", places=[cast.district.pk + 999], officer=cast.li.pk):
        assert not Address.objects.exists()


def test_a_test_message_to_a_verified_address_asks_for_nothing(cast: Cast, mail_server: MailServer) -> None:
    address = cast.reach(cast.wang)
    send_test(address=address, by=cast.wang, now=NOON)
    assert send_all(NOON) == 1
    (mail,) = mail_server.mails
    assert "This address works. Nothing needs to be done." in str(mail.get_payload())
    assert verification_code(address) not in str(mail.get_payload())
    # A broken address must be verified anew, and so gets its code.
    Address.objects.update(broken_at=NOON, broken_why="550")
    send_test(address=address, by=cast.wang, now=NOON + MINUTE)
    assert send_all(NOON + MINUTE) == 0
    send_code_again(address=address, by=cast.wang, now=NOON + MINUTE)
    send_all(NOON + MINUTE)
    address.refresh_from_db()
    assert verification_code(address) in str(mail_server.mails[1].get_payload())
