"""Somebody else acted in between: whatever act was being written, the page says who did what and keeps the words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from inquiries.acts import DEEDS, Deed
from inquiries.models import Duty, Inquiry
from inquiries.services.challenging import log_challenge
from inquiries.services.contacting import log_contact
from inquiries.services.disclosing import consult_others
from inquiries.services.refusals import ChangedMeanwhile
from inquiries.services.wording import act_name
from tests.conftest import Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

TYPED = "写了很久的一段话"


def filled_in(deed: Deed, inquiry: Inquiry, cast: Cast) -> dict[str, Any]:
    """Something that fits in every field of the act's form, as it was opened."""
    form = deed.form(inquiry=inquiry, officer=cast.zhou_ning, prefix=deed.code)
    given: dict[str, Any] = {form.add_prefix("seen"): inquiry.version}
    for name, field in form.fields.items():
        if isinstance(field, forms.ModelChoiceField):
            queryset: QuerySet[Any] = field.queryset  # type: ignore[assignment]
            first = queryset.first()
            value: Any = first.pk if first is not None else ""
        elif isinstance(field, forms.ChoiceField):
            value = next(code for code, _label in field.choices if code)  # type: ignore[union-attr, misc]
        elif isinstance(field, forms.DateTimeField):
            value = (timezone.localtime() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
        elif isinstance(field, forms.DateField):
            value = timezone.localdate().isoformat()
        elif isinstance(field, forms.IntegerField):
            value = 1
        elif isinstance(field, forms.BooleanField):
            value = ""
        else:
            value = TYPED[: field.max_length] if isinstance(field, forms.CharField) else ""
        if name == "reference":
            value = inquiry.reference
        if name != "seen":
            given[form.add_prefix(name)] = value
    return given


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.code)
def test_who_was_second_finds_the_words_again(
    deed: Deed, ask: Ask, cast: Cast, client: Client, now: datetime
) -> None:
    inquiry = ask(by=cast.wu_fang, kind="disclosure")
    consult_others(inquiry.pk, whom="agency", request="请出具意见。", by=cast.wu_fang, now=now)
    log_challenge(inquiry.pk, kind="review", body="区人民政府", by=cast.wu_fang, now=now)
    inquiry.refresh_from_db()
    given = filled_in(deed, inquiry, cast)
    log_contact(inquiry.pk, what="contacted", by=cast.wu_fang, now=now)
    client.force_login(cast.zhou_ning)
    duties = Duty.objects.filter(done_at=None).count()
    page = client.post(reverse("act", args=[inquiry.pk, deed.code]), given)
    assert page.status_code == 422
    with translation.override("zh-hans"):
        assert escape(str(ChangedMeanwhile("吴芳", act_name("contacted")))) in page.text
    if any(value == TYPED for value in given.values()):
        assert TYPED in page.text
    inquiry.refresh_from_db()
    assert (inquiry.version, Duty.objects.filter(done_at=None).count()) == (4, duties)
