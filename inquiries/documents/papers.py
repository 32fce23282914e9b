"""The papers of an inquiry: what each is called, when there is one, who gives it its number, and what it holds.

They are Chinese, whatever the officer reads. What a paper shows of the citizen is masked unless it was read in clear.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from bureaus.access import Act
from bureaus.letterhead import Cell, Official, day_of
from bureaus.models import Place
from bureaus.services.wording import say_until
from bureaus.workdays import DAY, SHANGHAI, local_date
from inquiries.documents.names import name_of
from inquiries.fees import BY_ITEM
from inquiries.models import Answer, Chase, Duty, Event, Inquiry, IssuedPaper
from inquiries.models.chase import Level
from inquiries.models.duty import DutyKind
from inquiries.models.rules import Kind
from inquiries.states import Outcome

# Room for an opinion, a name and a date written by hand.
BY_HAND = 5
# Acts that bring a paper about. It is about the row named in the event, else about the event by its number.
_BROUGHT_BY = {
    "dispatched": "transfer",
    "designated": "transfer",
    "offered": "hand_over",
    "answered": "answer",
    "answer_imported": "answer",
}
# What an applicant of a disclosure is told on the way to the answer.
_TO_APPLICANT = {"correction_asked": "correction", "extended": "extension", "fee_asked": "fee"}
_CHASED_BY = {Level.URGE: "urge", Level.SUPERVISE: "supervise", Level.CIRCULAR: "supervise"}
_ROW = {"hand_over": "duty", "answer": "answer", "urge": "chase", "supervise": "chase"}


@dataclass(frozen=True)
class Subject:
    """Of what a paper is written: the inquiry, the row it is about, the contact data read, the number, the day."""

    inquiry: Inquiry
    about: int
    clear: Mapping[str, str]
    issued: IssuedPaper | None
    on: date

    @property
    def signed_on(self) -> date | None:
        return local_date(self.issued.issued_at) if self.issued else None


@dataclass(frozen=True)
class Paper:
    """One kind of paper. `issued_by` is the act of who gives it its number, and `word` what the number says of it."""

    code: str
    title: str | Promise
    holds: Callable[[Subject], Official]
    issued_by: Act | None = None
    word: str = ""
    shows_citizen: bool = False


def at_hand(inquiry: Inquiry) -> dict[str, int]:
    """The papers there are of this inquiry now, each with the row it is about; in one query."""
    found = {"register": 0, "handling": 0}
    if inquiry.holder_id != inquiry.district_id:
        found["receipt"] = 0
    brought_by = _BROUGHT_BY | (_TO_APPLICANT if inquiry.kind == Kind.DISCLOSURE else {})
    acts = Event.objects.filter(inquiry=inquiry, code__in=[*brought_by, "chased"]).order_by("seq")
    for seq, act, codes in acts.values_list("seq", "code", "codes"):
        code = _CHASED_BY.get(codes.get("level", ""), "") if act == "chased" else brought_by[act]
        if code:
            found[code] = codes.get(_ROW.get(code, ""), seq)
    citizen = inquiry.citizen
    if citizen is None or citizen.erased_at is not None:
        found.pop("answer", None)
    if citizen is not None and citizen.erased_at is not None:
        for code in _TO_APPLICANT.values():
            found.pop(code, None)
    if "answer" in found:
        found["service"] = found["answer"]
    return {code: found[code] for code in PAPERS if code in found}


def write_paper(
    code: str,
    inquiry: Inquiry,
    about: int,
    *,
    clear: Mapping[str, str],
    issued: IssuedPaper | None,
    now: datetime,
) -> Official:
    """What the paper holds, in Chinese."""
    with translation.override("zh-hans"):
        return PAPERS[code].holds(Subject(inquiry, about, clear, issued, local_date(now)))


def signed_by(code: str, inquiry: Inquiry, about: int) -> Place:
    """The place that puts its name to the paper: who answered, or tells the applicant, else the district."""
    if code == "answer":
        return Answer.objects.select_related("place").get(pk=about).place
    if code in _TO_APPLICANT.values():
        return _place_of(inquiry, about)
    return inquiry.district


def _at(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else ""


def _until(at: datetime) -> str:
    """A due inside a sentence: midnight is 24:00 of the day that ends there."""
    local = at.astimezone(SHANGHAI)
    if local.hour == local.minute == 0:
        return f"{day_of(local.date() - DAY)}24:00"
    return f"{day_of(local.date())}{local:%H:%M}"


def _question(inquiry: Inquiry) -> str:
    """Of a sealed matter only what a named reader wrote to be passed on."""
    if inquiry.sealed:
        return inquiry.redacted or _("Sealed: to be read by named readers alone.")
    return inquiry.question


def _citizen(of: Subject) -> tuple[str, str, str]:
    """Name, telephone and address, in clear where they were read so."""
    citizen = of.inquiry.citizen
    if of.clear or citizen is None:
        return of.clear.get("name", ""), of.clear.get("phone", ""), of.clear.get("address", "")
    return citizen.masked_name or str(citizen), citizen.masked_phone, ""


def _head(of: Subject) -> tuple[tuple[Cell, ...], ...]:
    inquiry = of.inquiry
    return (
        (
            Cell(_("Reference"), inquiry.reference),
            Cell(_("Due"), say_until(inquiry.due_at)),
        ),
        (
            Cell(_("Kind"), str(inquiry.get_kind_display())),
            Cell(_("Urgency"), str(inquiry.get_urgency_display())),
        ),
    )


def _register(of: Subject) -> Official:
    inquiry = of.inquiry
    name, phone, address = _citizen(of)
    return Official(
        title=_title("register"),
        rows=(
            *_head(of),
            (
                Cell(_("Channel"), str(inquiry.get_channel_display())),
                Cell(_("Topic"), str(inquiry.topic or "")),
            ),
            (Cell(_("Name"), name), Cell(_("Telephone"), phone)),
            (Cell(_("Address"), address),),
            (
                Cell(pgettext("paper", "Asked"), _at(inquiry.asked_at)),
                Cell(pgettext("paper", "Recorded"), _at(inquiry.recorded_at)),
            ),
            (Cell(_("Question"), inquiry.question, BY_HAND),),
            (
                Cell(_("Recorded by"), f"{inquiry.recorded_place} {inquiry.recorded_by or ''}".strip()),
                Cell(_("Handled by"), str(inquiry.holder)),
            ),
            (Cell(_("Note"), "", BY_HAND),),
        ),
    )


def _transfer(of: Subject) -> Official:
    inquiry = of.inquiry
    event = Event.objects.select_related("place").get(inquiry=inquiry, seq=of.about)
    return Official(
        title=_title("transfer"),
        number=str(of.issued or ""),
        to=name_of(event.place) if event.place else "",
        paragraphs=(
            _(
                "The following matter is passed on to you. Sign for it, handle it and log the answer by %(due)s."
            )
            % {"due": _until(inquiry.due_at)},
        ),
        rows=(*_head(of), (Cell(_("Question"), _question(inquiry), BY_HAND),)),
        signed=name_of(inquiry.district),
        signed_on=of.signed_on,
        seal=True,
    )


def _handling(of: Subject) -> Official:
    inquiry = of.inquiry
    answer = inquiry.answers.select_related("place", "answered_by", "approved_by").order_by("-round").first()
    done, checked = "", ""
    if answer is not None:
        done = f"{answer.text}\n{answer.place} {answer.answered_by or ''} {_at(answer.answered_at)}"
        checked = str(answer.approved_by or "")
    return Official(
        title=_title("handling"),
        rows=(
            *_head(of),
            (Cell(_("Question"), _question(inquiry), BY_HAND),),
            (Cell(_("Proposed"), "", BY_HAND),),
            (Cell(_("Instruction"), "", BY_HAND),),
            (Cell(_("Handled"), done, BY_HAND),),
            (Cell(_("Checked"), checked, BY_HAND),),
        ),
    )


def _answer(of: Subject) -> Official:
    answer = Answer.objects.select_related("place").get(pk=of.about)
    bureau = Place.objects.get(pk=answer.place.bureau_id)
    said = [
        _("We have received your matter of %(day)s, reference %(reference)s, and answer as follows.")
        % {"day": day_of(local_date(of.inquiry.asked_at)), "reference": of.inquiry.reference},
        answer.text,
    ]
    if answer.ground:
        said.append(_("Ground in law: %(ground)s.") % {"ground": answer.get_ground_display()})
    if answer.basis:
        said.append(_("Basis: %(basis)s.") % {"basis": answer.basis.rstrip("。.")})
    if answer.promised_on:
        said.append(_("Promised for: %(day)s.") % {"day": day_of(answer.promised_on)})
    if of.inquiry.kind == Kind.DISCLOSURE:
        said += _remedies(answer, bureau)
    return Official(
        title=f"{name_of(bureau)}\n{_title('answer')}",
        number=str(of.issued or ""),
        to=_citizen(of)[0],
        paragraphs=tuple(said),
        signed=name_of(bureau),
        signed_on=of.signed_on,
        seal=True,
    )


def _remedies(answer: Answer, bureau: Place) -> list[str]:
    """What an applicant who disagrees may do, where anything was kept from her, and before whom.

    行政复议法 art. 20 and 23 (4): against "not disclosed" she asks for reconsideration first; 行政诉讼法 art. 45, 46.
    行政复议法实施条例 art. 17: the reply names the authority.
    """
    if answer.outcome == Outcome.DISCLOSED:
        return []
    says = (
        _(
            "If you disagree with this reply, apply to %(authority)s for administrative reconsideration first, within "
            "60 days of receiving it; against the decision on it you may sue before the people's court with "
            "jurisdiction within 15 days."
        )
        if answer.outcome in (Outcome.REFUSED, Outcome.PARTLY_DISCLOSED)
        else _(
            "If you disagree with this reply, you may apply to %(authority)s for administrative reconsideration "
            "within 60 days of receiving it, or sue before the people's court with jurisdiction within six months."
        )
    )
    return [says % {"authority": _reconsiders(bureau)}]


def _reconsiders(bureau: Place) -> str:
    """Before whom a reply of this bureau is reconsidered: 行政复议法 art. 24 and 27."""
    if bureau.kind == Place.Kind.DISTRICT:
        if bureau.city:
            return _("the People's Government of %(place)s") % {"place": bureau.city}
        return _("the people's government above")
    if bureau.body == Place.Body.VERTICAL:
        return _("the department in charge above")
    district = Place.objects.get(pk=bureau.root_id)
    return _("the People's Government of %(place)s") % {"place": district.name}


def _place_of(inquiry: Inquiry, seq: int) -> Place:
    """Where the act was done that brought the paper about."""
    return Event.objects.select_related("place").get(inquiry=inquiry, seq=seq).place or inquiry.holder


def _to_applicant(code: str, of: Subject, *paragraphs: str) -> Official:
    bureau = Place.objects.get(pk=_place_of(of.inquiry, of.about).bureau_id)
    return Official(
        title=f"{name_of(bureau)}\n{_title(code)}",
        number=str(of.issued or ""),
        to=_citizen(of)[0],
        paragraphs=paragraphs,
        signed=name_of(bureau),
        signed_on=of.signed_on,
        seal=True,
    )


def _which(of: Subject) -> dict[str, str]:
    return {"day": day_of(local_date(of.inquiry.asked_at)), "reference": of.inquiry.reference}


def _correction(of: Subject) -> Official:
    """What is to be corrected, by when, and what follows (政府信息公开条例 art. 30)."""
    duty = Duty.objects.get(inquiry=of.inquiry, kind=DutyKind.CORRECTION)
    return _to_applicant(
        "correction",
        of,
        _(
            "Your application of %(day)s, reference %(reference)s, does not make clear what is asked for. Under "
            "article 30 of the Regulations on Open Government Information you are asked, this once, to correct it:"
        )
        % _which(of),
        duty.request,
        _(
            "Hand in the corrected application by %(day)s. The time to answer counts from the day on which it is "
            "received. Not corrected in time without good reason, the application counts as given up and is not "
            "processed any more."
        )
        % {"day": day_of(date.fromisoformat(duty.terms["until_on"]))},
    )


def _extension(of: Subject) -> Official:
    """Until when the answer is owed now (政府信息公开条例 art. 33)."""
    due_at = Event.objects.get(inquiry=of.inquiry, seq=of.about).codes["due_at"]
    return _to_applicant(
        "extension",
        of,
        _(
            "Your application of %(day)s, reference %(reference)s, cannot be answered within 20 working days. Under "
            "article 33 of the Regulations on Open Government Information, and with the consent of who is in charge "
            "of the office for open government, the time to answer is extended: it is owed by %(due)s."
        )
        % {**_which(of), "due": _until(datetime.fromisoformat(due_at))},
    )


def _fee(of: Subject) -> Official:
    """Basis, tariff, amount, way to pay, and what follows (国办函〔2020〕109号 art. 6-8)."""
    duty = Duty.objects.get(inquiry=of.inquiry, kind=DutyKind.FEE)
    terms = duty.terms
    counted = _BY_ITEM if terms["counted"] == BY_ITEM else _BY_PAGE
    # Its first line says the same in short, for messages.
    _short, _end, how = duty.request.partition("\n")
    return _to_applicant(
        "fee",
        of,
        _(
            "For your application of %(day)s, reference %(reference)s, an information processing fee is charged "
            "under article 42 of the Regulations on Open Government Information and the measures of the General "
            "Office of the State Council (No. 109 of 2020)."
        )
        % _which(of),
        counted % {"n": terms["n"], "before": terms["before"]},
        _(
            "The fee is %(yuan)d yuan, to be paid within 20 working days from the day after you receive this "
            "notice; received on the day it was sent, by %(day)s."
        )
        % {"yuan": terms["yuan"], "day": day_of(date.fromisoformat(terms["until_on"]))},
        how,
        _(
            "Not paid by then, the application counts as given up and is not processed any more. Paid, the time "
            "to answer counts anew from the day after the payment."
        ),
        _(
            "Against this notice alone neither reconsideration nor a lawsuit is possible. Once the time to pay is "
            "over you may, under article 51 of the Regulations, complain to the authority above or to the "
            "department in charge of open government about the application not being processed any more, apply "
            "for administrative reconsideration of it, or sue."
        ),
    )


_BY_ITEM = gettext_lazy(
    "It is counted by items: %(n)d in this application, after %(before)d in the same month. In a month ten items are "
    "free, those from the 11th to the 30th cost 100 yuan each, and from the 31st on each further ten cost 100 yuan "
    "more apiece."
)
_BY_PAGE = gettext_lazy(
    "It is counted by pages: %(n)d. Thirty pages are free, those from the 31st to the 100th cost 10 yuan each, from "
    "the 101st to the 200th 20 yuan, and from the 201st on 40 yuan."
)


def _service(of: Subject) -> Official:
    name, phone, address = _citizen(of)
    number = IssuedPaper.objects.filter(inquiry=of.inquiry, kind="answer", about=of.about).first()
    return Official(
        title=_title("service"),
        rows=(
            (Cell(_("Paper served"), f"{_title('answer')} {number or ''}".strip()),),
            (Cell(_("Reference"), of.inquiry.reference), Cell(_("Served to"), name)),
            (Cell(_("Telephone"), phone), Cell(_("Served on"), "")),
            (Cell(_("Address"), address),),
            (Cell(_("Way of service"), ""),),
            (Cell(_("Receiver's signature"), "", BY_HAND),),
            (Cell(_("Received for another"), "", BY_HAND),),
            (Cell(_("Served by"), ""), Cell(_("Witnessed by"), "")),
            (Cell(_("Note"), "", BY_HAND),),
        ),
    )


def _receipt(of: Subject) -> Official:
    inquiry = of.inquiry
    signed = Event.objects.filter(inquiry=inquiry, code="signed_for").select_related("by", "place")
    last = signed.order_by("-seq").first()
    return Official(
        title=_title("receipt"),
        rows=(
            *_head(of),
            (
                Cell(_("Handled by"), str(inquiry.holder)),
                Cell(pgettext("paper", "Post"), str(inquiry.post or "")),
            ),
            (
                Cell(_("Signed for by"), f"{last.place} {last.by or ''}" if last else ""),
                Cell(_("Signed for at"), _at(last.at) if last else ""),
            ),
            (Cell(_("Signature"), "", BY_HAND),),
        ),
    )


def _hand_over(of: Subject) -> Official:
    duty = Duty.objects.select_related("place", "asked_place", "asked_by", "done_by").get(pk=of.about)
    return Official(
        title=_title("hand_over"),
        rows=(
            *_head(of),
            (
                Cell(_("Place handing over"), str(duty.asked_place)),
                Cell(_("Place taking over"), str(duty.place)),
            ),
            (Cell(_("Offered"), _at(duty.opened_at)), Cell(_("Decided"), _at(duty.done_at))),
            (Cell(_("Question"), _question(of.inquiry), BY_HAND),),
            (Cell(_("Reason"), duty.request),),
            (
                Cell(
                    _("Decision"),
                    {"accepted": _("accepted"), "declined": _("declined")}.get(duty.decision, ""),
                ),
            ),
            (Cell(_("Signature of who hands over"), "", BY_HAND),),
            (Cell(_("Signature of who takes over"), "", BY_HAND),),
        ),
    )


def _notice(code: str, words: str | Promise) -> Callable[[Subject], Official]:
    """Reference and due, never content."""

    def holds(of: Subject) -> Official:
        chase, to = Chase.objects.get(pk=of.about), of.inquiry.holder
        if code == "supervise":
            # It is for the bureau's head to acknowledge.
            to = Place.objects.get(pk=to.bureau_id)
        return Official(
            title=_title(code),
            number=str(of.issued or ""),
            to=name_of(to),
            paragraphs=(
                str(words)
                % {
                    "reference": of.inquiry.reference,
                    "due": _until(of.inquiry.due_at),
                    "number": chase.number,
                },
            ),
            signed=name_of(of.inquiry.district),
            signed_on=of.signed_on,
            seal=True,
        )

    return holds


_URGED = gettext_lazy(
    "Matter %(reference)s, which is with you, was due by %(due)s and has no answer. This is chase no. %(number)s. "
    "Handle it at once and log the answer."
)
_SUPERVISED = gettext_lazy(
    "Matter %(reference)s, which is with you, was due by %(due)s and still has no answer after %(number)s chases. It "
    "is under supervision now. Its head acknowledges this notice, says in writing why it is late, and sees that the "
    "answer is logged."
)

PAPERS: dict[str, Paper] = {
    paper.code: paper
    for paper in (
        Paper("register", pgettext_lazy("paper", "Registration form"), _register, shows_citizen=True),
        Paper("transfer", pgettext_lazy("paper", "Transfer slip"), _transfer, Act.DISPATCH, "转"),
        Paper("handling", pgettext_lazy("paper", "Handling sheet"), _handling),
        Paper("receipt", pgettext_lazy("paper", "Receipt"), _receipt),
        Paper("hand_over", pgettext_lazy("paper", "Hand-over slip"), _hand_over),
        Paper("answer", pgettext_lazy("paper", "Letter of answer"), _answer, Act.ANSWER, "答", True),
        Paper(
            "correction",
            pgettext_lazy("paper", "Notice of correction"),
            _correction,
            Act.ASK_CORRECTION,
            "补",
            True,
        ),
        Paper("fee", pgettext_lazy("paper", "Fee notice"), _fee, Act.ASK_CITIZEN, "费", True),
        Paper(
            "extension",
            pgettext_lazy("paper", "Notice of extension"),
            _extension,
            Act.EXTEND,
            "延",
            True,
        ),
        Paper("service", pgettext_lazy("paper", "Proof of service"), _service, shows_citizen=True),
        Paper(
            "urge", pgettext_lazy("paper", "Notice of urging"), _notice("urge", _URGED), Act.DISPATCH, "催"
        ),
        Paper(
            "supervise",
            pgettext_lazy("paper", "Notice of supervision"),
            _notice("supervise", _SUPERVISED),
            Act.DISPATCH,
            "督",
        ),
    )
}


def _title(code: str) -> str:
    return str(PAPERS[code].title)
