"""One digest for each person each working morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bureaus.models import DistrictSettings, Level
from bureaus.services.gathering import gather_messages, write_digests
from bureaus.workdays import SHANGHAI
from tests.bureaus.telling.conftest import MINUTE, MORNING, NOON, Cast, MailServer, send_all

pytestmark = pytest.mark.django_db


def test_a_notice_that_is_not_alone_waits_for_the_digest(cast: Cast) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang, alone=False)
    assert gather_messages(now=NOON) == 0


def test_a_person_has_one_digest_a_working_morning_worst_first(cast: Cast, mail_server: MailServer) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang, 1, alone=False, level=Level.REMINDER)
    cast.tell(cast.wang, 2, alone=False, level=Level.SUPERVISE)
    cast.tell(cast.wang, 3, alone=False, level="")
    assert write_digests(now=MORNING - 6 * MINUTE) == 0
    assert (write_digests(now=MORNING), write_digests(now=MORNING + MINUTE)) == (1, 0)
    cast.tell(cast.wang, 4, alone=False, at=MORNING)
    assert write_digests(now=MORNING + MINUTE) == 0
    send_all(MORNING)
    (mail,) = mail_server.mails
    lines = str(mail.get_payload()).splitlines()
    assert [line.split()[0] for line in lines] == ["supervise", "reminder", "chase"]
    assert write_digests(now=MORNING + timedelta(days=1)) == 1
    send_all(MORNING + timedelta(days=1))
    assert "3 older notices" in str(mail_server.mails[1].get_payload())


def test_no_digest_is_written_on_a_day_off(cast: Cast) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang, alone=False)
    assert write_digests(now=datetime(2026, 5, 23, 1, tzinfo=UTC)) == 0


@pytest.mark.parametrize("hour", [0, 6, 17])
def test_the_digest_comes_at_the_hour_the_district_sets(hour: int, cast: Cast) -> None:
    DistrictSettings.objects.update_or_create(district=cast.district, defaults={"digest_hour": hour})
    cast.reach(cast.wang)
    cast.tell(cast.wang, alone=False)
    at = datetime(2026, 5, 21, hour, tzinfo=SHANGHAI)
    # Before midnight it is the day before, and past that day's hour.
    if hour:
        assert write_digests(now=at - MINUTE) == 0
    assert write_digests(now=at) == 1
