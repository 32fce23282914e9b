"""A month in which everything happens to some inquiry: the acts as rows of data, done in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from bureaus.models import Officer
from bureaus.workdays import SHANGHAI
from inquiries.models import Draft, Duty, Inquiry, Topic
from inquiries.models.answer import OUTCOME_LABELS
from inquiries.services import (
    closing,
    contacting,
    disclosing,
    dispatching,
    extending,
    merging,
    moving,
    recording,
)
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft, withdraw_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.importing import import_history, read_matters
from inquiries.services.recording import CitizenGiven
from inquiries.services.rules import issue_rules, shipped_rules
from inquiries.services.tallying import move_tallies
from inquiries.states import DISCLOSURE_OUTCOMES, GROUNDS_OF, Outcome
from tests.conftest import As, Cast

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ENDS = datetime(2026, 6, 5, 10, tzinfo=SHANGHAI)
ZHANG, LI, WANG = (CitizenGiven(name="张三", phone=f"1384000502{n}") for n in (1, 2, 3))
EXPLAINED = AnswerGiven("explained", "请带身份证到社区办理。", "telephone")
SOLVED = AnswerGiven("solved", "已更换楼道灯。", "telephone")
PARTLY = AnswerGiven("partly", "先修好一半。", "telephone")
LONG = AnswerGiven("explained", "请您携带本人身份证、户口簿到社区服务中心三号窗口办理。", "telephone")
SATISFIED = {"reached": True, "satisfaction": "satisfied", "solved": True, "contacted_in_time": True}
LEDGER = """编号,提出时间,类别,承办单位,内容,姓名,电话,渠道,答复时间,办理结果,答复内容,告知方式
L-1,2026-05-06 09:30,咨询,社会救助科,旧账里的低保问题,张三,13840005021,热线,2026/05/08 15:00,解释说明,到社区办理。,电话
L-2,2026-05-14 09:30,咨询,社会救助科,旧账里的新问题,,,热线,2026/05/15 15:00,解释说明,请到社区办理。,电话
L-3,2026-04-22 09:30,咨询,文化体育局,旧账里的场馆问题,,,来信,2026/05/12 15:00,已解决,已开放。,电话
L-4,2026-05-07 09:30,投诉,民政局,旧账里没有答复的,,,来信,,,,
"""


def on(stamp: str) -> datetime:
    """`05-06 10:30` of the year, in Shanghai."""
    return datetime.strptime(f"2026-{stamp}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@dataclass
class Town:
    """Who lives there, the inquiries by what becomes of them, and the doors to the rows."""

    cast: Cast
    web_as: As
    clock: As
    called: dict[str, Inquiry] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)

    def officer(self, name: str) -> Officer:
        found: Officer = getattr(self.cast, name)
        return found

    def ask(self, name: str, *, by: Officer, now: datetime, **given: Any) -> None:
        topic = self.topics.get(given.pop("topic", ""))
        usual: dict[str, Any] = {
            "place": self.cast.post(by).place,
            "kind": "consultation",
            "channel": "hotline",
            "question": "低保怎么申请？",
            "post": self.cast.post(by) if by == self.cast.li_min else None,
        }
        self.called[name] = recording.record_inquiry(by=by, now=now, topic=topic, **usual | given)


Act = Callable[..., object]
ACTS: dict[str, Act] = {
    "answer": lambda pk, words=EXPLAINED, **by: answer_inquiry(pk, words, **by),
    "withdraw": lambda pk, **by: withdraw_inquiry(pk, text="本人撤回。", told_how="telephone", **by),
    "approve": lambda pk, **by: decide_draft(pk, approve=True, **by),
    "sign": moving.sign_for,
    "dispatch": dispatching.dispatch_inquiry,
    "return": lambda pk, **by: dispatching.return_inquiry(pk, reason="不归我们管", **by),
    "dispute": lambda pk, **by: dispatching.dispute_dispatch(pk, reason="不归我们管", **by),
    "decide dispute": lambda pk, **by: dispatching.decide_dispute(pk, reason="据三定方案", **by),
    "reassign": lambda pk, **by: moving.reassign_inquiry(pk, post=None, **by),
    "offer": lambda pk, **by: moving.offer_inquiry(pk, reason="归口", **by),
    "accept": lambda pk, **by: moving.decide_hand_over(pk, accept=True, **by),
    "decline": lambda pk, **by: moving.decide_hand_over(pk, accept=False, reason="不归我们管", **by),
    "ask extension": lambda pk, **by: extending.ask_extension(pk, reason="要现场勘察", **by),
    "decide extension": lambda pk, **by: extending.decide_extension(pk, reason="来得及", **by),
    "contact": lambda pk, what="contacted", **by: contacting.log_contact(
        pk, what=what, text="已电话联系", **by
    ),
    "ask citizen": lambda pk, **by: contacting.ask_citizen(pk, text="请补户口本", **by),
    "citizen replies": lambda pk, **by: contacting.log_citizen_reply(pk, text="补了", **by),
    "ask again": lambda pk, **by: contacting.ask_again(pk, text="又来问", **by),
    "chase by hand": lambda pk, **by: contacting.chase_by_hand(pk, whom="李敏", promised="明天", **by),
    "ask correction": lambda pk, **by: disclosing.ask_correction(
        pk, text="请写明年度", until_on=date(2026, 6, 20), **by
    ),
    "reclassify": lambda pk, **by: moving.reclassify_inquiry(pk, reason="更正", **by),
    "split": recording.split_inquiry,
    "rate": lambda pk, source="callback", **by: closing.rate_answer(pk, source=source, **by),
    "reopen": lambda pk, **by: closing.reopen_inquiry(pk, reason="没有解决", **by),
    "file": closing.file_inquiry,
    "unmerge": lambda pk, **by: merging.unmerge_inquiry(pk, reason="另一件事", **by),
    "assure": lambda pk, **by: moving.answer_duty(
        Duty.objects.open().get(inquiry=pk, kind="acknowledge").pk, reply="明天就办", **by
    ),
}

Row = tuple[str, str, str, str, dict[str, Any]]


def script(cast: Cast) -> list[Row]:
    """When, who, what, to which, and how."""
    wu, li, tang, sun, he, cao = "wu_fang", "li_min", "tang_rui", "sun_wei", "he_jing", "cao_lei"
    culture, civil, streets = ({"to": place} for place in (cast.culture, cast.civil, cast.streets))
    rows: list[Row] = [
        # Before the month.
        ("04-20 09:00", tang, "ask", "forgotten", {"kind": "help", "topic": "路灯", "channel": "desk"}),
        ("04-21 09:00", li, "ask", "after a circular", {"topic": "低保"}),
        ("04-22 10:00", li, "ask", "asked before", {"topic": "救助", "citizen": LI}),
        ("04-23 10:00", tang, "ask", "settled before", {"citizen": WANG, "question": "球馆几点开门？"}),
        ("04-24 10:00", tang, "answer", "settled before", {}),
        # Answered at once, one of them reopened; asked, some answered, and rated.
        ("05-06 09:10", li, "ask", "at once", {"answer": EXPLAINED, "citizen": ZHANG, "topic": "低保"}),
        ("05-06 09:20", li, "ask", "at once, reopened", {"answer": SOLVED, "channel": "desk"}),
        ("05-20 09:20", wu, "reopen", "at once, reopened", {}),
        ("05-22 09:20", li, "answer", "at once, reopened", {}),
        ("05-06 09:30", li, "ask", "in time", {"citizen": ZHANG, "topic": "低保", "source": "gov.cn"}),
        ("05-06 09:40", li, "sign", "in time", {}),
        ("05-07 09:00", li, "contact", "in time", {}),
        ("05-08 10:00", li, "answer", "in time", {}),
        ("05-11 10:00", wu, "rate", "in time", SATISFIED),
        ("05-12 10:00", he, "file", "in time", {}),
        ("05-06 09:50", li, "answer", "asked before", {}),
        ("05-06 10:00", li, "ask", "dissatisfied", {"citizen": LI, "kind": "suggestion"}),
        ("05-18 10:00", li, "answer", "dissatisfied", {"words": SOLVED}),
        (
            "05-20 10:00",
            wu,
            "rate",
            "dissatisfied",
            {"reached": True, "satisfaction": "dissatisfied", "solved": False, "contacted_in_time": False},
        ),
        ("05-22 10:00", li, "answer", "dissatisfied", {"words": PARTLY}),
        ("05-25 10:00", wu, "rate", "dissatisfied", {"reached": False}),
        ("05-11 09:30", wu, "reopen", "settled before", {}),
        ("05-13 09:30", tang, "answer", "settled before", {}),
        ("05-14 09:30", "", "rate", "settled before", {"source": "citizen", **SATISFIED}),
        ("05-15 10:00", cao, "answer", "forgotten, its twin", {}),
        ("05-06 10:10", tang, "ask", "forgotten, its twin", {"kind": "complaint", "question": "路灯不亮。"}),
        ("05-15 10:10", li, "answer", "after a circular", {}),
        ("05-06 10:20", li, "ask", "after a supervision", {"citizen": WANG, "question": "低保 怎么申请"}),
        ("05-19 10:20", li, "answer", "after a supervision", {}),
        ("05-20 11:00", wu, "rate", "after a supervision", {"reached": True, "satisfaction": "basically"}),
        # Later dues.
        ("05-06 10:30", li, "ask", "extended", {"kind": "help", "topic": "低保"}),
        ("05-07 10:30", li, "ask extension", "extended", {"days": 5}),
        ("05-08 10:30", sun, "decide extension", "extended", {"grant": True}),
        ("05-22 10:30", li, "answer", "extended", {}),
        ("05-07 09:00", li, "ask", "not extended", {"kind": "complaint", "channel": "card"}),
        ("05-20 15:00", li, "ask extension", "not extended", {"days": 3}),
        ("05-20 16:00", sun, "decide extension", "not extended", {"grant": False}),
        ("05-25 09:00", li, "ask again", "not extended", {}),
        ("05-26 09:00", he, "chase by hand", "not extended", {}),
        ("05-13 10:00", li, "ask", "reclassified", {}),
        ("05-18 10:00", li, "ask extension", "reclassified", {"days": 2}),
        ("05-18 11:00", sun, "decide extension", "reclassified", {"grant": True}),
        ("05-20 10:00", wu, "reclassify", "reclassified", {"kind": "help", "urgency": "ordinary"}),
        ("05-21 10:00", li, "answer", "reclassified", {}),
        ("05-13 10:10", li, "ask", "made urgent", {"topic": "救助"}),
        ("05-13 11:00", he, "reclassify", "made urgent", {"kind": "consultation", "urgency": "urgent"}),
        ("05-15 09:00", li, "answer", "made urgent", {}),
        # From hand to hand.
        ("05-06 11:00", wu, "ask", "returned", {"channel": "web", "topic": "路灯"}),
        ("05-06 11:30", wu, "dispatch", "returned", culture),
        ("05-06 14:00", cao, "return", "returned", {}),
        ("05-06 15:00", wu, "dispatch", "returned", civil),
        ("05-07 09:00", sun, "sign", "returned", {}),
        ("05-11 09:00", sun, "answer", "returned", {}),
        ("05-07 10:00", wu, "ask", "disputed, upheld", {"channel": "web"}),
        ("05-07 10:10", wu, "dispatch", "disputed, upheld", culture),
        ("05-07 11:00", cao, "dispute", "disputed, upheld", {}),
        ("05-07 14:00", wu, "decide dispute", "disputed, upheld", {"uphold": True}),
        (
            "05-07 15:00",
            wu,
            "dispatch",
            "disputed, upheld",
            {**streets, "designate": True, "reason": "据三定方案"},
        ),
        ("05-12 10:00", "ma_chao", "answer", "disputed, upheld", {}),
        ("05-07 10:05", wu, "ask", "disputed, refused", {"channel": "visit"}),
        ("05-07 10:15", wu, "dispatch", "disputed, refused", culture),
        ("05-07 11:05", cao, "dispute", "disputed, refused", {}),
        ("05-07 14:05", wu, "decide dispute", "disputed, refused", {"uphold": False}),
        ("05-13 10:00", cao, "answer", "disputed, refused", {"words": SOLVED}),
        ("05-08 09:00", li, "ask", "handed over", {}),
        ("05-08 09:30", he, "offer", "handed over", culture),
        ("05-08 14:00", cao, "accept", "handed over", {}),
        ("05-12 14:00", cao, "answer", "handed over", {"words": PARTLY}),
        ("05-08 09:10", li, "ask", "there and back", {}),
        ("05-08 09:40", he, "offer", "there and back", culture),
        ("05-08 14:10", cao, "accept", "there and back", {}),
        ("05-08 15:00", cao, "offer", "there and back", civil),
        ("05-08 16:00", sun, "accept", "there and back", {}),
        ("05-14 09:00", sun, "answer", "there and back", {}),
        ("05-08 09:20", li, "ask", "declined and reassigned", {}),
        ("05-08 09:50", he, "offer", "declined and reassigned", culture),
        ("05-08 14:20", cao, "decline", "declined and reassigned", {}),
        ("05-09 09:00", he, "reassign", "declined and reassigned", civil),
        ("05-14 23:30", sun, "answer", "declined and reassigned", {}),
        # Together and apart.
        ("05-11 09:00", li, "ask", "lead", {"citizen": ZHANG}),
        ("05-11 09:30", tang, "ask", "rider", {"citizen": ZHANG, "channel": "card"}),
        ("05-12 09:00", wu, "merge", "rider", {"into": "lead"}),
        ("05-14 10:00", li, "answer", "lead", {"words": LONG}),
        ("05-14 10:05", wu, "ask", "lead's neighbour", {"answer": EXPLAINED, "channel": "visit"}),
        ("05-11 10:00", li, "ask", "rider across", {"citizen": LI}),
        ("05-11 10:10", li, "ask", "lead across", {"citizen": ZHANG}),
        ("05-18 09:00", wu, "merge", "rider across", {"into": "lead across"}),
        ("05-12 09:10", li, "ask", "lead for a day", {"citizen": ZHANG}),
        ("05-12 09:20", li, "ask", "rider for a day", {"citizen": ZHANG}),
        ("05-12 10:00", he, "merge", "rider for a day", {"into": "lead for a day"}),
        ("05-13 09:00", he, "unmerge", "rider for a day", {}),
        ("05-15 11:00", li, "answer", "rider for a day", {"words": LONG}),
        ("05-18 14:00", li, "answer", "lead for a day", {"words": LONG}),
        ("05-12 09:30", li, "ask", "split", {"citizen": WANG, "topic": "低保"}),
        ("05-13 10:20", li, "split", "split", {"questions": ["另外，路灯坏了。", "还有，供暖不热。"]}),
        ("05-14 11:00", li, "answer", "split", {}),
        ("05-18 11:00", li, "answer", "split, part 1", {}),
        # With the citizen.
        ("05-14 09:00", li, "ask", "awaiting", {"citizen": LI}),
        ("05-14 09:10", li, "sign", "awaiting", {}),
        ("05-14 09:20", li, "ask citizen", "awaiting", {}),
        ("05-14 09:05", li, "ask", "replied", {"citizen": LI}),
        ("05-14 09:15", li, "sign", "replied", {}),
        ("05-15 09:20", li, "ask citizen", "replied", {}),
        ("05-18 09:20", li, "citizen replies", "replied", {}),
        ("05-19 09:20", li, "answer", "replied", {}),
        ("05-14 09:06", li, "ask", "corrected", {"kind": "disclosure", "channel": "letter"}),
        ("05-15 09:06", li, "sign", "corrected", {}),
        ("05-18 09:06", li, "ask correction", "corrected", {}),
        ("05-14 10:20", li, "ask", "withdrawn", {"citizen": WANG}),
        ("05-14 10:30", li, "withdraw", "withdrawn", {}),
        ("05-14 15:00", wu, "approve", "withdrawn", {}),
        # Sealed, recorded late, in a rush, by the source, on the new rules.
        ("05-14 10:40", "zhou_ning", "ask", "sealed", {"kind": "tip_off", "question": "举报停车收费"}),
        (
            "05-14 10:50",
            "zhou_ning",
            "ask",
            "sealed, answered",
            {"kind": "tip_off", "question": "举报停车收费"},
        ),
        ("05-15 10:50", "zhou_ning", "answer", "sealed, answered", {}),
        ("05-15 10:20", li, "ask", "recorded late", {"channel": "card", "asked_at": on("05-11 10:20")}),
        *(
            (f"05-15 14:0{n // 9}", li, "ask", f"rush {n}", {"answer": EXPLAINED, "channel": "desk"})
            for n in range(4)
        ),
        ("05-18 15:00", wu, "import", "", {}),
        ("05-19 15:00", sun, "contact", "imported", {}),
        ("05-25 08:30", "zhou_ning", "edit rules", "", {}),
        ("05-25 09:30", li, "ask", "by the new rules", {"question": "供暖补贴怎么申请？"}),
        ("06-03 09:30", li, "answer", "by the new rules", {}),
        ("05-28 09:30", li, "ask", "answered in June", {"question": "供暖什么时候开始？"}),
        ("05-29 09:00", li, "contact", "answered in June", {"what": "interim"}),
        ("06-02 09:30", li, "answer", "answered in June", {"words": SOLVED}),
        ("06-04 09:30", tang, "ask", "of June", {"channel": "desk"}),
        ("06-04 09:40", li, "ask", "urgent of June", {"urgency": "urgent", "kind": "help"}),
        *(
            (
                f"05-{20 + n} 16:00",
                tang,
                "ask",
                f"heating {n}",
                {"question": f"供暖不热，{n}号楼", "topic": "供暖"},
            )
            for n in range(6)
        ),
        ("05-26 16:00", tang, "answer", "heating 0", {"words": SOLVED}),
        ("05-27 09:00", wu, "rate", "heating 0", {"reached": True, "solved": False}),
        (
            "05-27 09:10",
            "",
            "rate",
            "rush 0",
            {"source": "citizen", "reached": True, "satisfaction": "basically"},
        ),
        (
            "05-27 09:20",
            "",
            "rate",
            "rush 1",
            {"source": "citizen", "reached": True, "satisfaction": "dissatisfied", "solved": False},
        ),
        ("05-27 10:00", sun, "assure", "not extended", {}),
    ]
    for outcome, _label in OUTCOME_LABELS:
        kind = "disclosure" if outcome in DISCLOSURE_OUTCOMES else "help"
        rows.append(("05-19 09:00", li, "ask", f"ends {outcome}", {"kind": kind, "channel": "city_12345"}))
        if outcome == Outcome.UNREACHABLE:
            rows += [
                (f"05-19 {10 + n}:00", li, "contact", f"ends {outcome}", {"what": "not_reached"})
                for n in (1, 2, 3)
            ]
        rows.append(("05-20 14:00", li, "end", f"ends {outcome}", {"outcome": outcome}))
    return sorted(rows, key=lambda row: on(row[0]))


def live(cast: Cast, web_as: As, clock: As) -> Town:
    """All of it happened, chased every morning; some of what was counted has moved into the totals, the rest waits."""
    town = Town(cast, web_as, clock)
    for name, above in (("救助", None), ("低保", "救助"), ("路灯", None), ("供暖", None)):
        parent = town.topics.get(above or "")
        town.topics[name] = Topic.objects.create(district=cast.district, name=name, parent=parent)
    dawn = on("04-20 08:30")
    for row in script(cast):
        now = on(row[0])
        while dawn <= now:
            _chase(town, dawn)
            if dawn.day == 15:
                with clock():
                    move_tallies()
            dawn += DAY
        _play(town, row, now)
    while dawn <= ENDS:
        _chase(town, dawn)
        dawn += DAY
    return town


def _chase(town: Town, now: datetime) -> None:
    with town.clock():
        while chase_batch(Inquiry, now=now).chased:
            pass


def _play(town: Town, row: Row, now: datetime) -> None:
    _at, who, what, name, given = row
    by = town.officer(who) if who else None
    with town.web_as(by, now) if by else town.clock():
        if what == "ask" and by:
            town.ask(name, by=by, now=now, **given)
        elif what == "merge":
            merging.merge_inquiries(town.called[name].pk, into=town.called[given["into"]].pk, by=by, now=now)  # type: ignore[arg-type]
        elif what == "import" and by:
            rows = read_matters(LEDGER.encode())
            import_history(district=town.cast.district, source="旧台账", rows=rows, by=by, now=now)
            town.called["imported"] = Inquiry.objects.get(external_number="L-4")
        elif what == "edit rules":
            rules = shipped_rules()
            for rule in rules:
                rule.amount = 7 if rule.kind == "consultation" and rule.urgency == "ordinary" else rule.amount
            issue_rules(district=town.cast.district, rules=rules, by=by, now=now)
        elif what == "end" and by:
            _end(town, town.called[name], given["outcome"], by=by, now=now)
        else:
            ACTS[what](town.called[name].pk, by=by, now=now, **given)
    if what == "split":
        parts = Inquiry.objects.filter(parent=town.called[name]).order_by("pk")
        town.called |= {f"{name}, part {number}": part for number, part in enumerate(parts, 1)}


def _end(town: Town, inquiry: Inquiry, outcome: str, *, by: Officer, now: datetime) -> None:
    """Answered so, and where somebody has to approve it, approved an hour later."""
    ground = (
        GROUNDS_OF[outcome][0]
        if outcome in (Outcome.REFUSED, Outcome.NOT_HELD, Outcome.NOT_PROCESSED)
        else ""
    )
    promised = date(2026, 7, 1) if outcome == Outcome.PLANNED else None
    words = AnswerGiven(outcome, f"答复如下（{outcome}）。", "telephone", "", promised, ground)
    if isinstance(answer_inquiry(inquiry.pk, words, by=by, now=now), Draft):
        waits = Duty.objects.open().get(inquiry=inquiry, kind="approval")
        decides = town.cast.wu_fang if waits.place_id == town.cast.district.pk else town.cast.sun_wei
        with town.web_as(decides, now + 60 * MINUTE):
            decide_draft(inquiry.pk, approve=True, by=decides, now=now + 60 * MINUTE)
