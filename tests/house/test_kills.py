"""Everything is killed while Bida works, and nothing is lost, doubled or forgotten."""

from __future__ import annotations

import os
import re
import signal

import pytest
from django.utils import timezone

from tests.house.killing import HANDLER, run_kills
from tests.house.running import children_of, comes_true
from tests.house.town import Town

pytestmark = pytest.mark.processes
KILLS = 20


def test_twenty_kills_lose_nothing_and_double_nothing(town: Town) -> None:
    # BIDA_SEED plays a run again.
    seed = int(os.environ.get("BIDA_SEED") or int.from_bytes(os.urandom(3)))
    report = run_kills(town, kills=KILLS, seed=seed)
    assert report.faults == [], f"BIDA_SEED={seed}"
    assert report.kills.total() == KILLS
    assert report.recorded > 0
    assert report.chases_after > 0
    assert report.mails > 0


def test_a_mail_whose_sender_died_before_it_learned_of_it_goes_out_again_as_the_same_mail(town: Town) -> None:
    citizen = "lisi@citizen.example"
    desk = town.visit(HANDLER)
    _status, page = desk.ask("/record/")
    place = re.search(r'<option value="(\d+)" selected', page[page.index('name="place"') :])
    assert place
    # Longer than any sender waits: the mail is taken, and nobody is told so.
    town.mail.linger = 3600
    try:
        status, page = desk.ask(
            "/record/",
            {
                "key": "the-same-mail",
                "question": "公交站牌倒了，找谁？",
                "kind": "help",
                "urgency": "ordinary",
                "channel": "desk",
                "place": place[1],
                "standing": "named",
                "name": "李四",
                "email": citizen,
            },
        )
        assert status == 302, page
        assert comes_true(lambda: len(town.mail.to(citizen)) == 1)
        for number, words in children_of(town.bida.process.pid).items():
            if "--quiet worker" in words:
                os.kill(number, signal.SIGKILL)
    finally:
        town.mail.linger = 0

    [first] = town.mail.to(citizen)
    pk = str(first["Message-ID"]).strip("<>").partition("@")[0]
    state = "select state, attempts, next_try_at > %s from bureaus_message where id = %s"
    assert town.bida.ask(state, timezone.now(), pk) == [("sending", 1, True)]
    # The lease of a dead sender is ten minutes; this is the clock doing its part.
    town.bida.ask("update bureaus_message set next_try_at = %s where id = %s", timezone.now(), pk)
    assert comes_true(lambda: town.bida.ask(state, timezone.now(), pk)[0][:2] == ("sent", 2))
    first, again = town.mail.to(citizen)
    for mail in (first, again):
        # When it was handed over, the one thing that may differ.
        del mail["Date"]
    assert again.as_bytes() == first.as_bytes()
