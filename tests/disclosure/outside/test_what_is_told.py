"""The inside writes for the portal what changed, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from bureaus.models import Place
from bureaus.models.scope import PORTAL, scope
from disclosure import tasks
from disclosure.models import HandedOut, PublicState
from disclosure.services import taking_in
from disclosure.services.handing_out import figures_shown, hand_out_numbers, overdue_shown
from disclosure.services.told import WAITS, told_of
from inquiries.models import Inquiry
from tests.conftest import As, Cast
from tests.disclosure.outside.portal import Outside, hands_in, rows, takes_in, works
from tests.disclosure.test_asking_in_public import asks

pytestmark = pytest.mark.django_db


def test_the_worker_counts_where_there_is_a_portal_and_writes_what_changed(
    cast: Cast, settings: LazySettings, now: datetime
) -> None:
    assert tasks.hand_out() == 0
    assert not HandedOut.objects.exists()
    later = now + timedelta(minutes=1)
    with works(cast):
        for content in ({"a": [1]}, {"a": [1]}):
            taking_in.hand_out(district=cast.district, what="day.1", content=content, now=now)
            now = later
        assert HandedOut.objects.get(what="day.1").at < later
        taking_in.hand_out(district=cast.district, what="day.1", content={"a": [2]}, now=later)
        assert HandedOut.objects.get(what="day.1").at == later


def test_figures_and_the_public_list_are_written_where_they_changed_and_dated_by_the_last_look(
    portal: Outside, cast: Cast, web_as: As, now: datetime
) -> None:
    later = now + timedelta(minutes=1)
    for at in (now, later):
        with works(cast):
            hand_out_numbers(district=cast.district, now=at)
    written = dict(HandedOut.objects.values_list("what", "at"))
    assert written == {"figures": now, "overdue": now, "looked": later}
    with portal(), scope(role=PORTAL):
        assert figures_shown(district=cast.district, now=later)[1] == later
        assert overdue_shown(district=cast.district, now=later)[1] == later
    asks(cast, web_as, now)
    with works(cast):
        hand_out_numbers(district=cast.district, now=later)
    assert HandedOut.objects.get(what="figures").at == later


def test_one_state_that_cannot_be_told_stops_no_other(
    portal: Outside, box: None, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = hands_in(cast, portal, now), hands_in(cast, portal, now)
    takes_in(cast, now)
    PublicState.objects.update(as_of=0)
    tell = told_of

    def broken(inquiry: Inquiry) -> dict[str, Any]:
        if inquiry.reference == one.reference:
            raise KeyError("broken")
        return tell(inquiry)

    monkeypatch.setattr("disclosure.services.taking_in.told_of", broken)
    with works(cast):
        last = taking_in.tell_states(district=cast.district)
        assert taking_in.tell_states(district=cast.district, after=last) == 0
    assert PublicState.objects.filter(as_of=0).values_list("inquiry__reference").get() == (one.reference,)
    assert PublicState.objects.exclude(as_of=0).values_list("inquiry__reference").get() == (two.reference,)


@pytest.mark.parametrize("broken", ["take_in", "tell_states", "hand_out_numbers"])
def test_one_district_that_fails_stops_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: LazySettings, broken: str
) -> None:
    settings.HAS_PORTAL = True
    looked: list[int] = []

    def fails_at_first(*, district: Place, **other: Any) -> int:
        looked.append(district.pk)
        if district == cast.district:
            raise KeyError("broken")
        return 0

    monkeypatch.setattr(tasks, "_in_public", lambda: [cast.district, cast.elsewhere])
    monkeypatch.setattr(tasks if broken == "hand_out_numbers" else taking_in, broken, fails_at_first)
    tasks.take_in() if broken != "hand_out_numbers" else tasks.hand_out()
    assert looked == [cast.district.pk, cast.elsewhere.pk]


def test_states_are_told_by_their_digest_alone(portal: Outside, box: None, cast: Cast, now: datetime) -> None:
    asked = hands_in(cast, portal, now)
    takes_in(cast, now)
    state = PublicState.objects.get(inquiry__reference=asked.reference)
    with scope(role=PORTAL):
        told = "select bida_public_state(%s, %s)"
        assert rows(told, cast.district.pk, "") == [(None,)]
        assert rows(told, cast.elsewhere.pk, state.digest) == [(None,)]
        assert rows(f"{told} ->> 'state'", cast.district.pk, state.digest) == [("assigned",)]
    assert WAITS != "assigned"
