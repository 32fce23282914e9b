"""The director sets what the district decides for itself, and what cannot work is refused at its field."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from bureaus.models import DistrictSettings, Officer
from bureaus.services.districts import NotYourDistrict, set_district
from tests.conftest import As, Cast

pytestmark = pytest.mark.django_db

PAGE = "/settings/district/"
BODY = '{"to": "{phone}", "say": "{text}"}'
# A public numeric address: nothing has to be looked up.
GATEWAY = "https://1.1.1.1/send"


def entered(officer: Officer) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def typed(**words: Any) -> dict[str, Any]:
    return {
        "callbacks": "flagged",
        "digest_hour": "8",
        "inside_ranges": "",
        "sms_url": "",
        "sms_body": "",
    } | words


def test_the_director_saves_them_and_finds_them_again(cast: Cast) -> None:
    client = entered(cast.zhou_ning)
    given = typed(
        callbacks="none",
        digest_hour="9",
        inside_ranges="10.20.0.0/16\r\n\r\n 192.168.7.9 ",
        sms_url="http://10.20.3.4:8080/send",
        sms_body=BODY,
    )
    assert client.post(PAGE, given)["Location"] == "/settings/"
    kept = DistrictSettings.objects.get(district=cast.district)
    assert (kept.callbacks, kept.digest_hour) == ("none", 9)
    assert kept.inside_ranges == ["10.20.0.0/16", "192.168.7.9/32"]
    assert (kept.sms_url, kept.sms_body) == ("http://10.20.3.4:8080/send", BODY)
    shown = client.get(PAGE).context["form"]
    assert shown["callbacks"].value() == "none"
    assert shown["inside_ranges"].value() == "10.20.0.0/16\n192.168.7.9/32"
    assert DistrictSettings.objects.get(district=cast.elsewhere).callbacks == "flagged"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"inside_ranges": "the cellar"}, "the cellar is no range"),
        ({"inside_ranges": "127.0.0.0/8"}, "127.0.0.0/8 is too wide, or reaches this server itself"),
        ({"inside_ranges": "169.254.169.254"}, "reaches this server itself"),
        ({"inside_ranges": "0.0.0.0/0"}, "0.0.0.0/0 is too wide"),
        ({"sms_url": "ftp://1.1.1.1/", "sms_body": BODY}, "begins with http:// or https://"),
        ({"sms_url": "https://[1.1/", "sms_body": BODY}, "begins with http:// or https://"),
        ({"sms_url": "https://10.20.3.4/", "sms_body": BODY}, "lies inside the network"),
        ({"sms_url": GATEWAY, "sms_body": "to={phone}"}, "the words {phone} and {text}"),
        ({"sms_url": GATEWAY, "sms_body": BODY.replace('"}', "}")}, "begins like JSON, but is none"),
        ({"callbacks": "some"}, "Select a valid choice"),
        ({"digest_hour": "24"}, "Select a valid choice"),
    ],
)
def test_what_cannot_work_is_refused_in_words_and_kept_in_the_form(
    given: dict[str, str], said: str, cast: Cast
) -> None:
    before = DistrictSettings.objects.filter(district=cast.district).values().get()
    response = entered(cast.zhou_ning).post(PAGE, typed(**given))
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert DistrictSettings.objects.filter(district=cast.district).values().get() == before


@pytest.mark.parametrize("stranger", ["wu_fang", "sun_wei", "bai_lu", "xu_kai"])
def test_nobody_else_sets_them(stranger: str, cast: Cast, web_as: As, now: datetime) -> None:
    officer = getattr(cast, stranger)
    with web_as(officer), pytest.raises(NotYourDistrict):
        set_district(
            district=cast.district,
            callbacks="none",
            digest_hour=8,
            inside_ranges=[],
            sms_url="",
            sms_body="",
            by=officer,
            now=now,
        )
