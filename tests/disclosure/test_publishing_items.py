"""An item is written, reviewed by another and published; nothing else reaches the public, and each version stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from bureaus.services.refusals import Refusal
from disclosure.models import Item, ItemFile, ItemVersion, PublicItem
from disclosure.services import refusals
from disclosure.services.items import (
    add_file,
    as_typed,
    changed_parts,
    clean_body,
    confirm_item,
    drop_file,
    open_file,
    publish_item,
    review_item,
    rewrite_item,
    submit_item,
    withdraw_item,
    write_item,
)
from inquiries.models import Duty
from tests.conftest import As, Cast
from tests.disclosure.stage import AGENCY, pass_it, passed, published, says, written

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def owed(kind: str) -> int:
    return Duty.objects.filter(kind=kind, done_at=None).count()


def test_what_is_written_is_owed_to_the_public_within_twenty_working_days(
    cast: Cast, web_as: As, now: datetime
) -> None:
    item = written(cast, web_as, now)
    duty = Duty.objects.get(kind="item_publish", subject=f"item.{item.pk}")
    # Made on Monday 18 May.
    assert duty.due_at.date() == date(2026, 6, 15)
    assert duty.place == cast.civil


def test_it_passes_review_and_is_published_as_it_passed(cast: Cast, web_as: As, now: datetime) -> None:
    version = published(cast, web_as, now)
    assert (version.number, version.parts, version.reviewer) == (1, AGENCY, cast.sun_wei)
    with web_as(None, now):
        row = PublicItem.objects.get()
        assert row.title == "民政局机构职能"
        assert "养老服务" in row.words
        assert row.current.body == "<p>欢迎来电。</p>"
    assert owed("item_publish") == owed("item_review") == 0


def test_a_stranger_sees_no_working_copy_and_no_version_of_before(
    cast: Cast, web_as: As, now: datetime
) -> None:
    first = published(cast, web_as, now)
    with web_as(cast.feng_bo, now):
        rewrite_item(first.item_id, given=says(title="新职能"), by=cast.feng_bo, now=now, seen=None)
    with web_as(None, now):
        assert not Item.objects.exists()
        assert PublicItem.objects.get().title == "民政局机构职能"
        assert list(ItemVersion.objects.all()) == [first]
    with web_as(cast.feng_bo, now):
        submit_item(first.item_id, by=cast.feng_bo, now=now)
    with web_as(cast.sun_wei, now):
        second = publish_item(pass_it(first.item, cast, now).pk, by=cast.sun_wei, now=now)
    with web_as(None, now):
        assert list(ItemVersion.objects.all()) == [second]
    with web_as(cast.tang_rui, now):
        assert not Item.objects.exists()
    with web_as(cast.he_jing, now):
        # Of the section below, not of the bureau itself.
        assert not Item.objects.exists()
    with web_as(cast.zhou_ning, now):
        compared = changed_parts(first, second)
        assert [row["lines"] for row in compared if not row["same"]] == [
            [("gone", "民政局机构职能"), ("new", "新职能")]
        ]


def test_whoever_wrote_it_does_not_review_it(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.sun_wei, now):
        item = write_item(place=cast.civil, kind="agency", given=says(), by=cast.sun_wei, now=now)
    with web_as(cast.feng_bo, now):
        rewrite_item(item.pk, given=says(title="机构职能"), by=cast.feng_bo, now=now, seen=None)
        submit_item(item.pk, by=cast.feng_bo, now=now)
        with pytest.raises(refusals.ReviewerWrote):
            review_item(item.pk, passed=False, words="改", by=cast.feng_bo, now=now)
    with web_as(cast.sun_wei, now), pytest.raises(refusals.ReviewerWrote):
        pass_it(item, cast, now)
    with web_as(cast.qian_yu, now):
        review_item(item.pk, passed=False, words="补充办公时间。", by=cast.qian_yu, now=now)
    item.refresh_from_db()
    assert (item.stage, item.review_words) == ("writing", "补充办公时间。")
    assert owed("item_review") == 0


def test_writing_at_it_again_voids_its_review(cast: Cast, web_as: As, now: datetime) -> None:
    item = passed(cast, web_as, now)
    with web_as(cast.feng_bo, now):
        rewrite_item(item.pk, given=says(body="改了。"), by=cast.feng_bo, now=now, seen=item.version)
    with web_as(cast.sun_wei, now), pytest.raises(refusals.NotAtThisStage):
        publish_item(item.pk, by=cast.sun_wei, now=now)


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"title": " "}, refusals.NeedsTitle),
        ({"made_on": date(2026, 5, 21)}, refusals.MadeInFuture),
        ({"review_on": date(2026, 5, 20)}, refusals.ReviewPassed),
        ({"review_on": date(2029, 5, 20)}, refusals.ReviewPassed),
        (
            {"effective_on": date(2026, 6, 2), "expires_on": date(2026, 6, 1)},
            refusals.EndsBeforeItBegins,
        ),
        ({"parts": AGENCY | {"steps": "一"}}, refusals.NoSuchPart),
    ],
)
def test_what_cannot_stand_is_refused(
    cast: Cast, web_as: As, now: datetime, other: dict[str, Any], refusal: type[Refusal]
) -> None:
    with web_as(cast.feng_bo, now), pytest.raises(refusal):
        write_item(place=cast.civil, kind="agency", given=replace(says(), **other), by=cast.feng_bo, now=now)


def test_a_post_of_another_bureau_answers_for_nothing_here(cast: Cast, web_as: As, now: datetime) -> None:
    given = says(post=cast.post(cast.tang_rui))
    with web_as(cast.feng_bo, now), pytest.raises(refusals.NotTheirPost):
        write_item(place=cast.civil, kind="agency", given=given, by=cast.feng_bo, now=now)


def test_what_its_kind_must_say_is_asked_for_before_the_review(cast: Cast, web_as: As, now: datetime) -> None:
    item = written(cast, web_as, now, parts={**AGENCY, "head": ""})
    with web_as(cast.feng_bo, now), pytest.raises(refusals.NeedsPart) as refused:
        submit_item(item.pk, by=cast.feng_bo, now=now)
    assert refused.value.field == "head"
    with web_as(cast.feng_bo, now):
        empty = write_item(
            place=cast.civil, kind="other", given=says(body="", parts={}), by=cast.feng_bo, now=now
        )
        with pytest.raises(refusals.NeedsPart):
            submit_item(empty.pk, by=cast.feng_bo, now=now)


def test_a_review_answers_for_all_three_or_says_what_to_change(cast: Cast, web_as: As, now: datetime) -> None:
    item = written(cast, web_as, now)
    with web_as(cast.feng_bo, now):
        submit_item(item.pk, by=cast.feng_bo, now=now)
    with web_as(cast.sun_wei, now):
        with pytest.raises(refusals.NotReviewedWhole):
            review_item(
                item.pk, passed=True, no_state_secret=True, no_trade_secret=True, by=cast.sun_wei, now=now
            )
        with pytest.raises(refusals.NeedsWordsBack):
            review_item(item.pk, passed=False, by=cast.sun_wei, now=now)


def test_each_act_asks_for_its_post(cast: Cast, web_as: As, now: datetime) -> None:
    for stranger in (cast.tang_rui, cast.bai_lu, cast.li_min):
        with web_as(cast.zhou_ning, now), pytest.raises(refusals.NotYourItem):
            write_item(place=cast.civil, kind="agency", given=says(), by=stranger, now=now)
    item = passed(cast, web_as, now)
    with web_as(cast.zhou_ning, now):
        with pytest.raises(refusals.NotYourItem):
            publish_item(item.pk, by=cast.li_min, now=now)
        with pytest.raises(refusals.ItemChanged):
            publish_item(item.pk, by=cast.zhou_ning, now=now, seen=item.version - 1)
        publish_item(item.pk, by=cast.zhou_ning, now=now, seen=item.version)


def test_what_is_withdrawn_is_gone_from_the_public_and_its_versions_stay(
    cast: Cast, web_as: As, now: datetime
) -> None:
    version = published(cast, web_as, now)
    with web_as(cast.sun_wei, now):
        with pytest.raises(refusals.NeedsWordsBack):
            withdraw_item(version.item_id, why=" ", by=cast.sun_wei, now=now)
        withdraw_item(version.item_id, why="机构改革。", by=cast.sun_wei, now=now)
        with pytest.raises(refusals.NotAtThisStage):
            withdraw_item(version.item_id, why="再次", by=cast.sun_wei, now=now)
        assert list(ItemVersion.objects.all()) == [version]
    with web_as(None, now):
        assert not PublicItem.objects.exists()
        assert not ItemVersion.objects.exists()
    assert owed("item_publish") == 0


def test_what_is_still_right_is_confirmed_for_a_further_time(cast: Cast, web_as: As, now: datetime) -> None:
    version = published(cast, web_as, now)
    with web_as(cast.sun_wei, now):
        item = confirm_item(version.item_id, review_on=date(2027, 1, 5), by=cast.sun_wei, now=now)
        assert item.review_on == date(2027, 1, 5)
        with pytest.raises(refusals.ReviewPassed):
            confirm_item(version.item_id, review_on=now.date(), by=cast.sun_wei, now=now)
    fresh = written(cast, web_as, now)
    with web_as(cast.sun_wei, now), pytest.raises(refusals.NotAtThisStage):
        confirm_item(fresh.pk, review_on=date(2027, 1, 5), by=cast.sun_wei, now=now)


def test_a_file_is_public_only_while_a_public_version_names_it(cast: Cast, web_as: As, now: datetime) -> None:
    item = written(cast, web_as, now)
    with web_as(cast.feng_bo, now):
        kept = add_file(item.pk, name="申请表.png", content=PNG, by=cast.feng_bo, now=now)
        again = add_file(item.pk, name="又一份.png", content=PNG, by=cast.feng_bo, now=now)
        assert kept == again
        with pytest.raises(refusals.NotAPublicFile):
            add_file(item.pk, name="页面.png", content=b"<html>", by=cast.feng_bo, now=now)
        with pytest.raises(refusals.TooManyFiles):
            add_file(item.pk, name="大.png", content=PNG + bytes(10 * 1024 * 1024), by=cast.feng_bo, now=now)
        submit_item(item.pk, by=cast.feng_bo, now=now)
    with web_as(None, now):
        assert not ItemFile.objects.exists()
    with web_as(cast.sun_wei, now):
        publish_item(pass_it(item, cast, now).pk, by=cast.sun_wei, now=now)
    with web_as(None, now):
        assert open_file(ItemFile.objects.get()) == PNG
    with web_as(cast.feng_bo, now):
        dropped = drop_file(item.pk, file_id=str(kept.pk), by=cast.feng_bo, now=now)
        assert (dropped.files, dropped.stage) == ([], "writing")
    with web_as(None, now):
        assert ItemFile.objects.exists()


def refuses(act: Callable[[], object], name: str) -> None:
    with pytest.raises(DatabaseError, match=name), transaction.atomic():
        act()


def test_the_database_refuses_what_was_not_reviewed(cast: Cast, web_as: As, now: datetime) -> None:
    item = passed(cast, web_as, now)

    def sneak(**other: Any) -> Callable[[], object]:
        row: dict[str, Any] = {
            "item": item,
            "district": cast.district,
            "number": 1,
            "title": item.title,
            "body": item.body,
            "parts": item.parts,
            "made_on": item.made_on,
            "author": item.author,
            "reviewer": item.reviewer,
            "reviewed_at": item.reviewed_at,
            "no_state_secret": True,
            "no_trade_secret": True,
            "no_personal_data": True,
            "published_at": now,
            "published_by": cast.sun_wei,
        }
        return lambda: ItemVersion.objects.create(**row | other)

    refuses(sneak(body="<p>没有审查的话。</p>"), "as it passed")
    refuses(sneak(number=2), "as it passed")
    refuses(sneak(no_personal_data=False), "item_version_was_reviewed")
    refuses(lambda: Item.objects.filter(pk=item.pk).update(title="别的"), "as it was reviewed")
    refuses(lambda: Item.objects.filter(pk=item.pk).update(author=item.reviewer), "as it was reviewed")
    refuses(lambda: Item.objects.filter(pk=item.pk).update(place=cast.culture), "its place")
    sneak()()
    refuses(lambda: ItemVersion.objects.update(title="别的"), "Cannot update")
    refuses(lambda: ItemVersion.objects.all().delete(), "Cannot delete")


def test_a_stranger_writes_nothing(cast: Cast, web_as: As, now: datetime) -> None:
    version = published(cast, web_as, now)
    for stranger in (None, cast.tang_rui):
        with web_as(stranger, now):
            assert PublicItem.objects.update(title="别的") == 0
            with connection.cursor() as cursor:
                cursor.execute("delete from disclosure_publicitem")
                assert cursor.rowcount == 0
        with web_as(stranger, now):
            refuses(
                lambda: PublicItem.objects.create(
                    item_id=version.item_id,
                    district=cast.district,
                    place=cast.civil,
                    kind="agency",
                    current=version,
                    title="别的",
                    words="",
                    first_published_at=now,
                    published_at=now,
                ),
                "row-level security",
            )


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("一行\n又一行\n\n一段 1 < 2", "<p>一行<br>又一行</p>\n\n<p>一段 1 &lt; 2</p>"),
        ("<p onclick='x()'>好<script>alert(1)</script></p>", "<p>好</p>"),
        ("<a href='javascript:alert(1)'>点</a>", '<a rel="noopener nofollow">点</a>'),
        ("<h1>大</h1><h3>小</h3><img src=x onerror=y>", "大<h3>小</h3>"),
        ("", ""),
    ],
)
def test_a_text_holds_nothing_but_text(typed: str, kept: str) -> None:
    assert clean_body(typed) == kept


def test_a_plain_text_comes_back_plain() -> None:
    assert as_typed(clean_body("一行\n又一行\n\n一段")) == "一行\n又一行\n\n\n一段"
    assert clean_body(as_typed(clean_body("一行\n又一行\n\n一段"))) == clean_body("一行\n又一行\n\n一段")
    assert as_typed("<h3>小</h3>") == "<h3>小</h3>"


def test_a_day_that_is_long_past_still_leaves_a_day(cast: Cast, web_as: As, now: datetime) -> None:
    item = written(cast, web_as, now, made_on=now.date() - timedelta(days=400))
    assert Duty.objects.get(kind="item_publish", subject=f"item.{item.pk}").due_at > now
