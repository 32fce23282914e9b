"""A refusal in the administration: said at its field, with what was typed."""

from __future__ import annotations

from django.test import Client

from bureaus.models import Officer, Place
from tests.conftest import Cast


def administrator(cast: Cast, language: str) -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(Officer.objects.create_superuser("root", None, name="管理员", district=cast.district))
    return client


def test_what_a_service_refuses_is_said_at_its_field_and_what_was_typed_is_kept(cast: Cast) -> None:
    given = {"kind": "bureau", "name": "新设的局", "parent": cast.relief.pk, "body": "department"}
    response = administrator(cast, "en").post("/admin/bureaus/place/add/", given)
    assert response.status_code == 200
    shown = response.content.decode()
    assert 'value="新设的局"' in shown
    assert "cannot stand there" in shown[: shown.index('id="id_parent"')]
    assert not Place.objects.filter(name="新设的局").exists()


def test_the_administration_is_in_chinese_to_its_colons_and_captions(cast: Cast) -> None:
    shown = administrator(cast, "zh-hans").get("/admin/bureaus/place/add/").content.decode()
    assert "名称：" in shown
    assert "Model name" not in shown
    assert "bida/favicon.svg" in shown
