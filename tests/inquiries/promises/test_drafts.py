"""What an approver decides is what was drafted, whoever writes."""

from __future__ import annotations

from datetime import datetime

import pytest

from inquiries.models import Inquiry
from inquiries.services.answering import decide_draft
from tests.conftest import As, Cast
from tests.inquiries.promises.conftest import ROLES, everything, refused_by, run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ROLES)
def test_what_an_approver_decides_is_what_was_drafted(role: str, drafted: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("inquiries_draft_never_rewritten"):
        run("update inquiries_draft set text = 'another' where inquiry_id = %s", drafted.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_decided_draft_stays_decided(
    role: str, drafted: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang):
        decide_draft(drafted.pk, approve=False, reason="再核实", by=cast.wu_fang, now=now)
    with everything(role, cast), refused_by("inquiries_draft_never_rewritten"):
        run("update inquiries_draft set approved = true where inquiry_id = %s", drafted.pk)
