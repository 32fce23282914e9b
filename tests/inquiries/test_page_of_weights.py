"""The weights of the composite score as the district sets them, each issue another edition."""

from __future__ import annotations

import pytest

from inquiries.figures.ranking import weights_of
from inquiries.models import ScoreWeights
from tests.conftest import Cast
from tests.inquiries.conftest import Enter, page

pytestmark = pytest.mark.django_db

PAGE = "/settings/weights/"


def test_the_director_sets_the_weights_and_the_editions_stay(cast: Cast, enter: Enter) -> None:
    client = enter(cast.zhou_ning)
    assert PAGE in page(client, "/settings/")
    shown = page(client, PAGE)
    # As shipped: 20 for what is answered, 30 for who is satisfied.
    assert 'name="settled" value="20"' in shown
    assert 'name="satisfaction_callback" value="30"' in shown
    assert client.post(PAGE, {"settled": "20", "in_time": "50", "ranked_from": "5"}).status_code == 302
    assert client.post(PAGE, {"settled": "25", "ranked_from": "8"}).status_code == 302
    in_force = weights_of(cast.district.pk)
    assert (in_force.edition, in_force.of, in_force.ranked_from) == (2, {"settled": 25}, 8)
    assert [each.by for each in ScoreWeights.objects.order_by("number")] == [cast.zhou_ning] * 2
    shown = page(client, PAGE)
    assert "Edition 1" in shown
    assert "Edition 2" in shown
    assert "share answered 0.25" in page(client, "/overview/")


def test_a_colleagues_edition_is_not_overwritten_unseen(cast: Cast, enter: Enter) -> None:
    client = enter(cast.zhou_ning)
    sent = {"settled": "20", "ranked_from": "5", "seen": "0"}
    assert client.post(PAGE, sent).status_code == 302
    refused = client.post(PAGE, sent | {"settled": "30"})
    assert refused.status_code == 422
    assert 'name="settled" value="30"' in refused.content.decode()
    assert ScoreWeights.objects.count() == 1


@pytest.mark.parametrize(
    "given",
    [
        {"settled": "60", "in_time": "60", "ranked_from": "5"},
        {"ranked_from": "5"},
        {"settled": "20", "ranked_from": "0"},
        {"settled": "101", "ranked_from": "5"},
    ],
)
def test_weights_that_cannot_be_are_refused_and_kept(cast: Cast, enter: Enter, given: dict[str, str]) -> None:
    refused = enter(cast.zhou_ning).post(PAGE, given)
    assert refused.status_code == 422
    for name, value in given.items():
        assert f'name="{name}" value="{value}"' in refused.content.decode()
    assert not ScoreWeights.objects.exists()


def test_others_see_what_is_weighed_and_set_nothing(cast: Cast, enter: Enter) -> None:
    for officer in (cast.wu_fang, cast.bai_lu, cast.sun_wei):
        client = enter(officer)
        assert client.get(PAGE).status_code in (403, 404)
        assert client.post(PAGE, {"settled": "20", "ranked_from": "5"}).status_code in (403, 404)
        shown = page(client, "/overview/")
        assert "share answered 0.2" in shown
        assert PAGE not in shown
    assert not ScoreWeights.objects.exists()
