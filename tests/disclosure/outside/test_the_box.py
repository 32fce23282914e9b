"""What lies in the box: opened once, by the right key, and refused where the inside would refuse it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from bureaus.models.scope import ALL_DISTRICTS, PORTAL, WORKER, scope
from disclosure.models import Intake, PublicState
from disclosure.services import outside, taking_in
from disclosure.services.codes import give_new_code
from disclosure.services.sealing import Unopened, open_sealed, public_key, seal
from disclosure.services.visiting import Asked
from inquiries.models import Duty, IdentitySeen, Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.verifying import verify_promises
from tests.conftest import As, Cast
from tests.disclosure.outside.portal import Outside, comes_by, follows, hands_in, rows, takes_in, works
from tests.disclosure.test_asking_in_public import asks

pytestmark = pytest.mark.django_db


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
