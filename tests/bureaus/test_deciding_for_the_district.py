"""The director sets what the district decides for itself, and what cannot work is refused at its field."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from bureaus.models import DistrictSettings, Edit, Officer
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
        public_list_from_on="2027-01-01",
        inside_ranges="10.20.0.0/16\r\n\r\n 192.168.7.9 ",
        sms_url="http://10.20.3.4:8080/send",
        sms_body=BODY,
        site_code="2101020001",
        icp_number=" 辽icp备12345678号-1 ",
        police_number="辽公网安备 21010202000123号",
        embed_hosts="www.example.gov.cn\r\nhttp://Inside.example.org:8080/\r\n\r\nhttps://www.example.gov.cn",
    )
    assert client.post(PAGE, given)["Location"] == "/settings/"
    kept = DistrictSettings.objects.get(district=cast.district)
    assert (kept.callbacks, kept.digest_hour) == ("none", 9)
    assert str(kept.public_list_from_on) == "2027-01-01"
    assert kept.inside_ranges == ["10.20.0.0/16", "192.168.7.9/32"]
    assert (kept.sms_url, kept.sms_body) == ("http://10.20.3.4:8080/send", BODY)
    assert (kept.site_code, kept.icp_number) == ("2101020001", "辽ICP备12345678号-1")
    assert (kept.police_number, kept.police_digits) == ("辽公网安备21010202000123号", "21010202000123")
    assert kept.embed_hosts == ["https://www.example.gov.cn", "http://inside.example.org:8080"]
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
        ({"site_code": "21010200"}, "is 10 digits"),
        ({"site_code": "２１０１０２０００１"}, "is 10 digits"),
        ({"icp_number": "12345678"}, "reads like 辽ICP备12345678号"),
        ({"icp_number": "人ICP备12345678号"}, "reads like 辽ICP备12345678号"),
        ({"police_number": "辽公网安备123号"}, "with 14 digits"),
        ({"embed_hosts": "*"}, "* is no name of a website"),
        ({"embed_hosts": "https://*.example.org"}, "is no name of a website"),
        ({"embed_hosts": "example.org/page"}, "is no name of a website"),
        ({"embed_hosts": "example.org; script-src *"}, "is no name of a website"),
        ({"embed_hosts": "'self'"}, "is no name of a website"),
        ({"embed_hosts": "javascript://example.org"}, "is no name of a website"),
        ({"embed_hosts": "localhost"}, "is no name of a website"),
        ({"embed_hosts": "\n".join(f"a{n}.example.org" for n in range(21))}, "at most 20"),
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


def test_which_settings_changed_is_on_record_and_not_to_what(cast: Cast) -> None:
    client = entered(cast.zhou_ning)
    client.post(PAGE, typed(callbacks="none", sms_url=GATEWAY, sms_body=BODY))
    client.post(PAGE, typed(callbacks="none", sms_url=GATEWAY, sms_body=BODY))
    edit = Edit.objects.get()
    assert (edit.code, edit.by) == ("district_set", cast.zhou_ning)
    assert edit.named == {"settings": ["callbacks", "sms_url", "sms_body"]}
    shown = client.get("/settings/edits/").content.decode()
    assert "callbacks are owed" in shown
    assert "1.1.1.1" not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [("site_code", "12"), ("icp_number", "<b>"), ("police_number", "辽公网安备21010202000123")],
)
def test_the_database_keeps_the_shape_of_what_stands_in_the_footer(name: str, value: str, cast: Cast) -> None:
    with pytest.raises(IntegrityError, match=f"{name}_has_its_shape"), transaction.atomic():
        DistrictSettings.objects.filter(district=cast.district).update(**{name: value})
