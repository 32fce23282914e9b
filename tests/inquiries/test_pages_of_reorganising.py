"""The pages on which places are merged, split and moved: shown what it would do, then done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from bureaus.models import Edit, Place
from bureaus.services.places import publish_hotline
from bureaus.workdays import local_date
from inquiries.models import Inquiry, Topic
from inquiries.services.topics import open_topic
from inquiries.tasks import recompute_dues
from tests.conftest import Cast
from tests.inquiries.conftest import Enter, page


@pytest.fixture
def held(fresh: Callable[..., Inquiry]) -> Inquiry:
    """One question that Li Min has, of which the pages tell."""
    return fresh()


@pytest.fixture
def on() -> dict[str, object]:
    return {"on": local_date(timezone.now()).isoformat(), "body": "department"}


def test_a_section_is_moved_once_it_was_shown_what_goes_along(
    cast: Cast, enter: Enter, held: Inquiry, on: dict[str, object]
) -> None:
    client = enter(cast.wu_fang)
    path = f"/settings/places/{cast.relief.pk}/move/"
    assert path in page(client, "/settings/places/")
    given = on | {"to": cast.culture.pk, "basis": "编办〔2026〕3号"}
    shown = client.post(path, given | {"do": "look"})
    text = shown.content.decode()
    assert "社会救助科 → 文化体育局" in text
    assert "<dt>Keep their posts</dt><dd>何静、李敏</dd>" in text
    # Looking does nothing, nor does saving what was not looked at.
    client.post(path, given | {"do": "save", "previewed": "x"})
    assert Place.objects.get(pk=cast.relief.pk).abolished_on is None
    assert not Edit.objects.exists()
    stamp = shown.context["form"]["previewed"].value()
    done = client.post(path, given | {"do": "save", "previewed": stamp}, follow=True).content.decode()
    assert "社会救助科 is moved" in done
    assert "place moved · 社会救助科 → 社会救助科、文化体育局、编办〔2026〕3号" in done
    recompute_dues()
    assert Inquiry.objects.get(pk=held.pk).holder.parent == cast.culture
    assert "编办〔2026〕3号" in page(client, "/settings/edits/")
    assert client.get(path).status_code == 404


def test_two_bureaus_are_merged_into_a_new_one(
    cast: Cast, enter: Enter, held: Inquiry, on: dict[str, object]
) -> None:
    client = enter(cast.zhou_ning)
    path = "/settings/places/merge/"
    given = on | {"places": [cast.civil.pk, cast.culture.pk], "new": "社会事业局"}
    shown = client.post(path, given | {"do": "look"})
    text = shown.content.decode()
    assert "民政局 → 社会事业局 (new)" in text
    assert not Place.objects.filter(name="社会事业局").exists()
    stamp = shown.context["form"]["previewed"].value()
    assert client.post(path, given | {"do": "save", "previewed": stamp}).status_code == 302
    recompute_dues()
    assert Inquiry.objects.get(pk=held.pk).holder.parent == Place.objects.get(name="社会事业局")


def test_a_bureau_is_split_by_section_post_line_and_topic(
    cast: Cast, enter: Enter, held: Inquiry, on: dict[str, object]
) -> None:
    now = timezone.now()
    line = publish_hotline(place=cast.civil, purpose="routine", number="12345", by=None, now=now)
    topic = open_topic(district=cast.district, name="低保", default_bureau=cast.civil, by=None, now=now)
    client = enter(cast.wu_fang)
    path = f"/settings/places/{cast.civil.pk}/split/"
    assert "Posts, with who holds them" in page(client, path)
    given = on | {
        "part_1": cast.streets.pk,
        "new_2": "救助局",
        f"section_{cast.relief.pk}": 2,
        f"hotline_{line.pk}": 2,
        f"topic_{topic.pk}": 2,
        "concerned_0": 2,
        **{f"post_{cast.posts[name].pk}": 1 for name in ("sun_wei", "qian_yu", "feng_bo")},
    }
    shown = client.post(path, given | {"do": "look"})
    assert [words for words, _things in shown.context["where_to"]] == ["城市管理局", "救助局 (new)"]
    things = "社会救助科、routine matters 12345、低保、Complaints about this office"
    assert things in shown.content.decode()
    stamp = shown.context["form"]["previewed"].value()
    assert client.post(path, given | {"do": "save", "previewed": stamp}).status_code == 302
    part = Place.objects.get(name="救助局")
    assert Topic.objects.get(pk=topic.pk).default_bureau == part
    recompute_dues()
    assert Inquiry.objects.get(pk=held.pk).holder.parent == part


def test_what_is_lacking_is_said_at_its_field_and_what_was_typed_stays(
    cast: Cast, enter: Enter, on: dict[str, object]
) -> None:
    client = enter(cast.wu_fang)
    move, split = f"/settings/places/{cast.relief.pk}/move/", f"/settings/places/{cast.civil.pk}/split/"
    posts = {f"post_{cast.posts[name].pk}": 1 for name in ("sun_wei", "qian_yu", "feng_bo")}
    posts |= {"concerned_0": 1, "parts_asked": 3}
    for path, given, words in (
        (move, {}, "Choose where it goes, or name a new place."),
        (
            move,
            {"to": cast.culture.pk, "new": "新局"},
            "Choose a standing place, or name a new one: not both.",
        ),
        (move, {"new": "文化体育局"}, "A standing place of this name is there already."),
        ("/settings/places/merge/", {"places": [cast.civil.pk], "new": "新局"}, "Choose places of one kind"),
        (split, {"new_1": "甲局"}, "Choose a standing place for this part, or name a new one."),
        (
            split,
            posts | {"new_1": "甲局", "new_2": "乙局", f"section_{cast.relief.pk}": 3},
            "There is no such part",
        ),
        (
            split,
            posts | {"new_1": "甲局", "new_2": "甲局", f"section_{cast.relief.pk}": 2},
            "at least two parts",
        ),
    ):
        refused = client.post(path, on | {"basis": "编办5号", "do": "look"} | given)
        text = refused.content.decode()
        assert (refused.status_code, words in text, "编办5号" in text) == (422, True, True), (given, words)


def test_another_part_is_one_press_away_and_keeps_what_was_typed(
    cast: Cast, enter: Enter, on: dict[str, object]
) -> None:
    client, path = enter(cast.wu_fang), f"/settings/places/{cast.civil.pk}/split/"
    assert "new_3" not in client.get(path).context["form"].fields
    typed = {"new_1": "甲局", "new_2": "乙局", f"section_{cast.relief.pk}": 2, "parts_asked": 2}
    more = client.post(path, on | typed | {"do": "more"})
    form = more.context["form"]
    assert (more.status_code, form.count, form["new_2"].value()) == (200, 3, "乙局")
    assert 'value="乙局"' in more.content.decode()
    posts = {f"post_{cast.posts[name].pk}": 1 for name in ("sun_wei", "qian_yu", "feng_bo")}
    four = on | typed | posts | {"parts_asked": 4, "new_4": "丁局", "concerned_0": 4, "do": "look"}
    gap = client.post(path, four)
    assert (gap.status_code, list(gap.context["form"].errors)) == (422, ["part_3"])
    assert client.post(path, four | {"new_3": "丙局"}).status_code == 200


def test_only_the_districts_office_reorganises_its_own(cast: Cast, enter: Enter) -> None:
    paths = (
        f"/settings/places/{cast.relief.pk}/move/",
        f"/settings/places/{cast.civil.pk}/split/",
        "/settings/places/merge/",
        "/settings/edits/",
    )
    for path in paths:
        assert enter(cast.wu_fang).get(path).status_code == 200
        for officer in (cast.sun_wei, cast.bai_lu):
            assert enter(officer).get(path).status_code == 403
    for path in paths[:2]:
        assert enter(cast.xu_kai).get(path).status_code == 404
    # A bureau is merged, split or abolished; it does not move.
    assert enter(cast.wu_fang).get(f"/settings/places/{cast.civil.pk}/move/").status_code == 404
