"""One question that was several is split, and no part is seen by more than the whole was."""

from __future__ import annotations

from datetime import datetime

import pytest

from inquiries.models import Inquiry, Sight
from inquiries.services.moving import reclassify_inquiry
from inquiries.services.recording import split_inquiry
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db


def readers(inquiry: Inquiry) -> set[int | None]:
    return set(Sight.objects.filter(inquiry=inquiry).values_list("officer", flat=True))


def test_what_is_split_off_a_sealed_matter_is_sealed_whatever_it_is_called_by_now(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    sealed = ask(by=cast.wu_fang, kind="tip_off", question="有人虚报低保。")
    with web_as(cast.zhou_ning):
        reclassify_inquiry(
            sealed.pk, kind="complaint", urgency="ordinary", reason="不是举报", by=cast.zhou_ning, now=now
        )
    with web_as(cast.wu_fang):
        [part] = split_inquiry(sealed.pk, questions=["还有一人虚报。"], by=cast.wu_fang, now=now)
    assert (part.kind, part.sealed) == ("complaint", True)
    assert readers(part) == readers(sealed) == {cast.zhou_ning.pk, cast.wu_fang.pk}
    with web_as(cast.sun_wei):
        assert not Inquiry.objects.filter(pk=part.pk).exists()
