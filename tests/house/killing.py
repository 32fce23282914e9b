"""The run of kills: everything is killed at seeded random moments while questions come, fall due and are answered.

`make test` makes a short run, `make bench-kill` a long one.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

from config import embedded, supervisor
from tests.house.running import PATIENT_SECONDS, NotReached, Visitor, children_of, comes_true, field_of
from tests.house.town import Town

# What is killed, and how it is known among the supervisor's children. The embedded broker is a database of its own in
# the same server, so killing it is killing one of its connections; wiping it is dropping every queue.
PARTS = {
    "web": "granian",
    "web's own worker": "granian",
    "worker": "--quiet worker",
    "beat": "--quiet beat",
}
VICTIMS = (*PARTS, "database", "a connection's server", "broker", "broker wiped")
BETWEEN_SECONDS = (0.5, 4.0)
HANDLER = "wuxiaoyan"


def _now() -> datetime:
    return datetime.now().astimezone()


def _processes() -> list[tuple[int, int, str]]:
    said = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    return [
        (int(row[0]), int(row[1]), row[2])
        for line in said.splitlines()
        if len(row := line.split(None, 2)) == 3
    ]


def find(town: Town, victim: str, chance: random.Random) -> int | None:
    """A process to kill; None when there is none just now."""
    if victim in PARTS:
        below = children_of(town.bida.process.pid)
        found = sorted(number for number, words in below.items() if PARTS[victim] in words)
        if victim == "worker":
            return chance.choice(found) if found else None
        # Granian's main process comes first, and starts the one that answers.
        wanted = 1 if victim == "web's own worker" else 0
        return found[wanted] if len(found) > wanted else None
    try:
        postmaster = town.bida.postmaster()
    except (FileNotFoundError, IndexError, ValueError):
        return None
    servers = [
        (pid, words) for pid, parent, words in _processes() if parent == postmaster and "defunct" not in words
    ]
    if victim == "database":
        return postmaster if servers else None
    whose = (
        [f"{embedded.BROKER} {embedded.BROKER_DATABASE} "]
        if victim == "broker"
        else [f"{role} {embedded.DATABASE} " for role in (embedded.WEB, embedded.WORKER)]
    )
    own = sorted(pid for pid, words in servers if any(one in words for one in whose))
    return chance.choice(own) if own else None


def wipe_broker(town: Town) -> bool:
    """Every queue of the embedded broker is dropped with all in it; False when it was not reached."""
    try:
        with psycopg.connect(embedded.broker_conninfo(town.bida.place), connect_timeout=5) as broker:
            broker.execute("select pgmq.drop_queue(queue_name) from pgmq.list_queues()")
    except psycopg.Error:
        return False
    return True


@dataclass
class Client:
    """Somebody at a desk who records and answers, sends again what was not acknowledged, and remembers what was."""

    town: Town
    name: str
    visitor: Visitor
    seed: int
    recorded: dict[str, str] = field(default_factory=dict)  # question by key, acknowledged
    answered: dict[str, str] = field(default_factory=dict)  # answer by address of the inquiry, acknowledged
    repeated: int = 0
    wrong: list[str] = field(default_factory=list)

    def work(self, over: threading.Event) -> None:
        """Until it is over."""
        chance = random.Random(self.seed)
        number = 0
        while not over.is_set():
            number += 1
            self._record(f"{self.name}-{self.seed}-{number}", over)
            if chance.random() < 0.4:
                self._answer_one(over, chance)
            over.wait(chance.uniform(0.1, 0.6))

    def _send(
        self, path: str, form: dict[str, object] | None, over: threading.Event
    ) -> tuple[int, str] | None:
        while not over.is_set():
            try:
                return self.visitor.ask(path, form)
            except NotReached:
                self.repeated += form is not None
                over.wait(0.3)
        return None

    def _record(self, key: str, over: threading.Event) -> None:
        question = f"暖气停了，家里有老人（{key}）"
        form: dict[str, object] = {
            "key": key,
            "question": question,
            "kind": "help",
            "urgency": "critical",
            "channel": "hotline",
            "asked_at": self.town.half_a_day_ago.strftime("%Y-%m-%dT%H:%M:%S"),
            "place": self.place,
            "standing": "anonymous",
        }
        given = self._send("/record/", form, over)
        if given is None:
            return
        if given[0] == 302:
            self.recorded[key] = question
        else:
            self.wrong.append(f"recording {key} gave {given[0]}: {_errors(given[1])}")

    def _answer_one(self, over: threading.Event, chance: random.Random) -> None:
        given = self._send("/", None, over)
        found = re.findall(r'href="(/inquiries/\d+/)', given[1]) if given else []
        if not found:
            return
        path = chance.choice(found)
        given = self._send(path, None, over)
        if given is None or 'name="answer-seen"' not in given[1]:
            return
        text = f"已恢复供热（{self.name} {chance.random():.9f}）"
        form: dict[str, object] = {
            "answer-seen": field_of(given[1], "answer-seen"),
            "answer-outcome": "solved",
            "answer-text": text,
            "answer-told_how": "in_person",
        }
        given = self._send(f"{path}answer/", form, over)
        if given is not None and given[0] == 302:
            self.answered[path] = text

    @property
    def place(self) -> str:
        """The place that this one records at."""
        return self._place

    def __post_init__(self) -> None:
        _status, page = self.visitor.ask("/record/")
        chosen = re.search(r'<option value="(\d+)" selected', page[page.index('name="place"') :])
        assert chosen
        self._place = chosen[1]


def _errors(page: str) -> str:
    return " ".join(
        re.findall(r"invalid-feedback[^>]*>([^<]*)|b-error[^>]*>([^<]*)", page)[:3].__repr__().split()
    )


@dataclass
class Report:
    """What was done and what was found."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0
    recorded: int = 0
    answered: int = 0
    sent_again_by_clients: int = 0
    chases: int = 0
    longest: int = 0  # the most chases of one inquiry
    passed_over: int = 0
    messages: int = 0
    mails: int = 0
    mails_again: int = 0
    chases_after: int = 0
    faults: list[str] = field(default_factory=list)


def run_kills(
    town: Town, *, kills: int, seed: int, clients: int = 2, tell: Callable[[str], object] = lambda words: None
) -> Report:
    """So many kills at moments drawn from the seed, under load; then everything is counted again.

    A failing run is made again by its seed: the same victims after the same pauses, on a machine never the same.
    """
    chance = random.Random(seed)
    report = Report(seed)
    began = time.monotonic()
    since = _now()
    town.reach_by_mail(HANDLER)
    desks = [Client(town, f"{n}号窗口", town.visit(HANDLER), seed * 10 + n) for n in range(clients)]
    town.mail.linger = 0.5
    over = threading.Event()
    threads = [threading.Thread(target=desk.work, args=(over,)) for desk in desks]
    for thread in threads:
        thread.start()
    try:
        while sum(report.kills.values()) < kills:
            time.sleep(chance.uniform(*BETWEEN_SECONDS))
            if town.bida.process.poll() is not None:
                raise AssertionError("the supervisor ended: " + "".join(list(town.bida.lines.queue)[-30:]))
            victim = chance.choice(VICTIMS)
            until = time.monotonic() + PATIENT_SECONDS
            while time.monotonic() < until:
                if victim == "broker wiped":
                    if wipe_broker(town):
                        report.kills[victim] += 1
                        tell(f"{time.monotonic() - began:7.1f} s  {victim}")
                        break
                elif number := find(town, victim, chance):
                    try:
                        os.kill(number, signal.SIGKILL)
                    except ProcessLookupError:
                        continue
                    report.kills[victim] += 1
                    tell(f"{time.monotonic() - began:7.1f} s  {victim} ({number})")
                    break
                if town.bida.process.poll() is not None:
                    break
                time.sleep(0.1)
            else:
                report.faults.append(f"no {victim} to kill within {PATIENT_SECONDS} s")
                report.kills[f"no {victim}"] += 1
        # What a killed part leaves behind still answers until the supervisor has looked.
        time.sleep(4 * supervisor.LOOK_EVERY_SECONDS)
        if not comes_true(town.bida.ready):
            report.faults.append(f"the web server did not come back within {PATIENT_SECONDS} s")
    finally:
        over.set()
        for thread in threads:
            thread.join()
        town.mail.linger = 0.0
    _settle(town, report)
    _count(town, report, desks, since)
    report.seconds = time.monotonic() - began
    return report


def _settle(town: Town, report: Report) -> None:
    """The system has found its feet by itself: it chases, and what was being sent when its sender died goes out."""
    # Every instant is ours, not the server's: the suite may move the clock of Bida alone.
    settled_at = _now()
    ask = town.bida.ask
    if not comes_true(
        lambda: bool(ask("select 1 from inquiries_chase where chased_at > %s limit 1", settled_at))
    ):
        report.faults.append(f"no chase within {PATIENT_SECONDS} s after the last kill")
    # The lease of a dead sender is ten minutes; this is the clock doing its part.
    ask("update bureaus_message set next_try_at = %s where state = 'sending' returning 1", _now())
    waiting = (
        "select count(*) from bureaus_message where state in ('pending', 'sending') "
        "and next_try_at <= %s::timestamptz - interval '5 s'"
    )
    if not comes_true(lambda: ask(waiting, _now()) == [(0,)]):
        report.faults.append(f"messages still waited after {PATIENT_SECONDS} s")
    late = "select count(*) from inquiries_inquiry where next_chase_at < %s::timestamptz - interval '10 s'"
    if not comes_true(lambda: ask(late, _now()) == [(0,)]):
        report.faults.append(f"{ask(late, _now())[0][0]} inquiries were not chased in time")
    report.chases_after = ask("select count(*) from inquiries_chase where chased_at > %s", settled_at)[0][0]


def _count(town: Town, report: Report, desks: list[Client], since: datetime) -> None:
    ask, fault = town.bida.ask, report.faults.append
    for desk in desks:
        report.faults += desk.wrong[:3]
        report.recorded += len(desk.recorded)
        report.answered += len(desk.answered)
        report.sent_again_by_clients += desk.repeated

    # Nothing acknowledged is lost, and nothing that was sent twice stands twice.
    stands = dict(
        ask(
            "select s.key, i.question from inquiries_submission s join inquiries_inquiry i on i.id = s.inquiry_id"
        )
    )
    for desk in desks:
        for key, question in desk.recorded.items():
            if stands.get(key) != question:
                fault(f"the question {key} was acknowledged and is lost")
    for question, times in ask(
        "select question, count(*) from inquiries_inquiry where recorded_at > %s group by 1 having count(*) > 1",
        since,
    ):
        fault(f"{question!r} stands {times} times")
    said = {f"/inquiries/{pk}/": text for pk, text in ask("select inquiry_id, text from inquiries_answer")}
    for desk in desks:
        for path, text in desk.answered.items():
            if said.get(path) != text:
                fault(f"the answer to {path} was acknowledged and is lost")

    # No chase is doubled: numbers run 1, 2, 3…, a step and an instant are taken once, and the row knows its last.
    for target, why in (("inquiry_id", "inquiries_inquiry"), ("duty_id", "inquiries_duty")):
        for pk, chased, highest in ask(
            f"select {target}, count(*), max(number) from inquiries_chase where {target} is not null "
            f"group by {target}, round having count(*) <> max(number)"
        ):
            fault(f"{target} {pk} has {chased} chases up to number {highest}")
        for pk, times in ask(
            f"select {target}, count(*) from inquiries_chase where {target} is not null and chased_at > %s "
            f"group by {target}, round, due_at having count(*) > 1",
            since,
        ):
            fault(f"{target} {pk} was chased {times} times for one instant")
        rounds = "and c.round = t.round" if target == "inquiry_id" else ""
        for (pk,) in ask(
            f"select t.id from {why} t where t.chase_number <> "
            f"(select count(*) from inquiries_chase c where c.{target} = t.id {rounds})"
        ):
            fault(f"{target} {pk} counts its chases wrongly")
    for (pk,) in ask(
        "select id from inquiries_chase c where not exists (select from bureaus_notice n where n.cause_kind = 'chase' "
        "and n.cause_id = c.id::text)"
    ):
        fault(f"nobody was told of chase {pk}")
    [(report.chases, report.passed_over)] = ask(
        "select count(*), coalesce(sum(jsonb_array_length(passed_over)), 0) from inquiries_chase where chased_at > %s",
        since,
    )
    [(report.longest,)] = ask(
        "select coalesce(max(number), 0) from inquiries_chase where chased_at > %s", since
    )
    [(aside,)] = ask("select count(*) from inquiries_setaside")
    if aside:
        fault(f"{aside} matters were set aside")

    # A message sent again is the same message: its own id, the same words or fewer, never more often than it was tried.
    sent = {
        f"<{pk}@office.example>": (state, attempts)
        for pk, state, attempts in ask(
            "select id, state, attempts from bureaus_message where created_at > %s", since
        )
    }
    mails = list(town.mail.mails)
    arrived: dict[str, list[str]] = {}
    for mail in mails:
        arrived.setdefault(str(mail["Message-ID"]), []).append(mail.get_content())
    known = {f"<{pk}@office.example>" for (pk,) in ask("select id from bureaus_message")}
    for mail_id, bodies in arrived.items():
        if mail_id not in known:
            fault(f"a mail arrived that no message is: {mail_id}")
        elif mail_id in sent and len(bodies) > sent[mail_id][1]:
            fault(f"message {mail_id} arrived {len(bodies)} times after {sent[mail_id][1]} tries")
        for body in bodies[1:]:
            if not set(body.splitlines()) <= set(bodies[0].splitlines()):
                fault(f"message {mail_id} said something else the second time")
    for mail_id, (state, _attempts) in sent.items():
        if state == "sent" and mail_id not in arrived:
            fault(f"message {mail_id} is said to be sent and never arrived")
        if state == "failed":
            fault(f"message {mail_id} was given up")
    report.messages, report.mails = len(sent), len(mails)
    report.mails_again = sum(len(bodies) - 1 for bodies in arrived.values())

    proved = town.bida.command("verify_promises")
    if proved.returncode:
        fault(f"verify_promises: {proved.stdout}{proved.stderr}")
