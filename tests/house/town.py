"""A running Bida in a hurry: matters fall due within seconds, the office never closes, mail arrives on loopback."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bureaus.workdays import SHANGHAI
from tests import prepared
from tests.house.running import Bida, MailBox, Visitor, comes_true, free_port

# A critical matter is owed within 24 hours round the clock. Here it is urged from its half time on, every few seconds,
# by a ladder such as the district may issue.
HALF_TIME = timedelta(hours=12)
STEP_SECONDS = 6
STEPS = 100

# By the services, as an administrator would: the ladder, and an office that is open day and night.
ARRANGE = f"""
from datetime import time, timedelta
from fractions import Fraction
from django.utils import timezone
from bureaus.models import Officer, Place
from bureaus.models.scope import ALL_DISTRICTS, scope
from bureaus.services.calendar import edit_days, set_office_hours
from bureaus.workdays import Day, OfficeHours, local_date
from inquiries import ladder
from inquiries.services.rules import issue_ladder

now = timezone.now()
today = local_date(now)
with scope(role="bida_owner", district=ALL_DISTRICTS):
    district = Officer.objects.get(username="linxiao").district
    steps = [
        ladder.Step(
            f"again_{{number}}", "urge",
            ladder.Anchor("hours", Fraction(1, 2) + Fraction({STEP_SECONDS} * number, 86400)), ("handler",),
        )
        for number in range(1, {STEPS} + 1)
    ]
    issue_ladder(
        district=district, meant_for="critical", by=None, now=now,
        ladder=ladder.Ladder(tuple(steps), ladder.SHIPPED["critical"].repeat),
    )
    edit_days(
        days={{today + timedelta(days=n): Day(True, "演练", "演练") for n in range(-1, 2)}},
        by=None, now=now, district_id=district.pk,
    )
    set_office_hours(
        hours=[OfficeHours(today - timedelta(days=1), None, time(0), time(23, 59, 59))],
        by=None, now=now, district_id=district.pk,
    )
    Officer.objects.filter(district=district).update(language="en")
"""


@dataclass
class Town:
    """The example district, its accounts, and the mail that reaches its people."""

    bida: Bida
    mail: MailBox
    passwords: dict[str, str] = field(default_factory=dict)

    def visit(self, username: str) -> Visitor:
        """Somebody has signed in, once the web server that another test killed is back."""
        assert comes_true(self.bida.ready)
        visitor = Visitor(self.bida.port)
        visitor.sign_in(username, self.passwords[username])
        return visitor

    def reach_by_mail(self, username: str) -> str:
        """The officer's e-mail address, entered by the officer and verified by the code that came to it."""
        address = f"{username}@office.example"
        visitor = self.visit(username)
        visitor.ask("/addresses/", {"channel": "email", "value": address})
        assert comes_true(lambda: bool(self.mail.to(address))), "no code came"
        code = re.search(r"\b\d{6}\b", str(self.mail.to(address)[0].get_payload(decode=False)))
        assert code
        _status, page = visitor.ask("/addresses/")
        pending = re.search(r'action="(/addresses/([0-9a-f-]{36})/verify/)"', page)
        assert pending, page
        status, said = visitor.ask(pending[1], {f"{pending[2]}-code": code[0]})
        assert status == 302, said
        return address

    @property
    def half_a_day_ago(self) -> datetime:
        """When a critical matter was asked whose chase is about to begin."""
        return datetime.now(SHANGHAI) - HALF_TIME


@contextmanager
def running_town(environment: Mapping[str, str] | None = None) -> Iterator[Town]:
    """A town of its own, on a path with a blank in it; nothing of it is left."""
    with tempfile.TemporaryDirectory(prefix="bida town ") as made, MailBox().open() as mail:
        Path(made).chmod(0o755)
        prepared.put_into(Path(made))
        hurry = {
            "CHASE_EVERY_SECONDS": "1",
            "SEND_EVERY_SECONDS": "1",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail.port),
            "DEFAULT_FROM_EMAIL": "bida@office.example",
        }
        bida = Bida(Path(made), free_port(), environment=hurry | dict(environment or {}))
        try:
            bida.hears("Bida is ready at")
            arranged = bida.command("shell", "--verbosity", "0", "--command", ARRANGE)
            assert arranged.returncode == 0, arranged.stderr
            yield Town(bida, mail, bida.passwords())
        finally:
            bida.stop()
