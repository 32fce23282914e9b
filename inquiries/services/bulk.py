"""An act on many inquiries is the act itself, once for each: tried and taken back, or done in its own transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from bureaus.access import holdings
from bureaus.models import Officer
from bureaus.services.refusals import Refusal
from inquiries.access import may_end
from inquiries.models import BulkAct, Duty, Event, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.duties import label_of
from inquiries.services.moving import answer_duty
from inquiries.services.refusals import NotInThisState
from inquiries.services.wording import act_name

# What a page does while somebody waits: some twenty statements for each row.
MOST = 100
KEPT = timedelta(days=7)

Run = Callable[[], object]


class TooManyRows(Refusal):
    sentence = _("More rows were chosen than are done at once. Choose fewer.")

    def __init__(self) -> None:
        super().__init__(_("At most %(n)d rows are done at once. Choose fewer.") % {"n": MOST})


class NothingToAcknowledge(Refusal):
    sentence = _("No supervision of this inquiry waits for your acknowledgement.")


class RefusedByDatabase(Refusal):
    sentence = _("The database refused it; nothing of it was kept. Do it on the inquiry's page.")


class RowRefused(Refusal):
    """What was typed for all does not fit this row; its own form says why."""

    sentence = _("What was typed for all rows does not fit this one.")


class AnotherBulkAct(Refusal):
    sentence = _("This selection was confirmed for another act. Choose the rows again.")


@dataclass(frozen=True)
class Owed:
    """A duty that the act would open: what, by whom, by when."""

    what: str
    place: str
    due_at: datetime


@dataclass(frozen=True)
class Effect:
    """What an act does to one inquiry, read from the rows it wrote; or why it is refused."""

    refused: str = ""
    happened: list[str] = field(default_factory=list)
    before: Inquiry | None = None
    after: Inquiry | None = None
    owed: list[Owed] = field(default_factory=list)


class _TakenBack(Exception):
    def __init__(self, effect: Effect) -> None:
        self.effect = effect


def try_act(inquiry: Inquiry, run: Run, *, now: datetime) -> Effect:
    """What the act would do: it is done, constraints and all, its rows are read, and everything is taken back.

    So a preview cannot differ from the act: it is the act.
    """
    try:
        with transaction.atomic():
            run()
            with connection.cursor() as cursor:
                # What the database checks only at the end is checked now.
                cursor.execute("set constraints all immediate")
            raise _TakenBack(_effect_on(inquiry, now=now))
    except _TakenBack as tried:
        return tried.effect
    except Refusal as refused:
        return Effect(refused=str(refused))
    except IntegrityError:
        return Effect(refused=str(RefusedByDatabase.sentence))
    except ObjectDoesNotExist:
        return Effect(refused=str(NotInThisState.sentence))


def _effect_on(before: Inquiry, *, now: datetime) -> Effect:
    codes = Event.objects.filter(inquiry=before.pk, seq__gt=before.event_count).order_by("seq")
    # What is opened is told as what is owed.
    codes = codes.exclude(code__endswith="_opened")
    duties = Duty.objects.open().filter(inquiry=before.pk, opened_at=now).select_related("place")
    return Effect(
        happened=[act_name(code) for code in codes.values_list("code", flat=True)],
        before=before,
        after=Inquiry.objects.select_related("holder", "merged_into").filter(pk=before.pk).first(),
        owed=[Owed(label_of(duty), str(duty.place), duty.due_at) for duty in duties.order_by("pk")],
    )


def begin_bulk(key: uuid.UUID, *, act: str, by: Officer, district_id: int, now: datetime) -> BulkAct:
    """The confirmation stands, once for its key; older ones of the officer's are forgotten after a week.

    Raises AnotherBulkAct where the key was used for something else.
    """
    BulkAct.objects.filter(officer=by, begun_at__lt=now - KEPT).delete()
    made = BulkAct(pk=key, district_id=district_id, officer=by, act=act, begun_at=now)
    BulkAct.objects.bulk_create([made], ignore_conflicts=True)
    found = BulkAct.objects.filter(pk=key, officer=by).first()
    if found is None or found.act != act:
        raise AnotherBulkAct
    return found


def do_row(key: uuid.UUID, inquiry_id: int, run: Run, *, by: Officer) -> str:
    """The act is done to this inquiry, or the sentence says why not; asked again with the same key, the same is told.

    1. Locks the confirmation, so that a second click waits. 2. Tells what is on record of the row. 3. Does the act,
    which locks the inquiry. 4. Writes what became of it. The row's own transaction is around it.
    """
    bulk = BulkAct.objects.select_for_update().get(pk=key, officer=by)
    told: str | None = bulk.results.get(str(inquiry_id))
    if told is not None:
        return told
    try:
        with transaction.atomic():
            run()
        said = ""
    except Refusal as refused:
        said = str(refused)
    except ObjectDoesNotExist:
        said = str(NotInThisState.sentence)
    bulk.results[str(inquiry_id)] = said
    bulk.save(update_fields=["results"])
    return said


def acknowledge(inquiry_id: int, *, reply: str, by: Officer, now: datetime) -> None:
    """Every supervision of the inquiry that this officer may acknowledge is, in these words.

    Raises NothingToAcknowledge, and what `answer_duty` raises.
    """
    held = holdings(by, now=now)
    waiting = Duty.objects.open().filter(inquiry=inquiry_id, kind=DutyKind.ACKNOWLEDGE)
    mine = [duty for duty in waiting.select_related("place").order_by("pk") if may_end(held, duty)]
    if not mine:
        raise NothingToAcknowledge
    for duty in mine:
        answer_duty(duty.pk, reply=reply, by=by, now=now)
