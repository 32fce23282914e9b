"""A list as a file: written at once where it is short, else by the worker, step by step, for who asked alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from bureaus.access import scope_of
from bureaus.models import Officer
from bureaus.models.fields import decrypt_bytes, encrypt_bytes
from bureaus.models.scope import Scope
from bureaus.services.keys import destroy_key, make_key
from bureaus.services.notices import NoticeRow, write_notices
from bureaus.services.refusals import Refusal
from inquiries.documents.ledger import ledger_lines
from inquiries.figures.lists import SHOWN, seen_by
from inquiries.models import Answer, Export, Inquiry

# Rows of one file: what a worker writes in less than a minute, for chasing waits meanwhile.
MOST = 50_000
# Rows that are written while somebody waits.
AT_ONCE = 500
STEP = 500
MOST_WAITING = 3
KEPT = timedelta(days=3)
# A worker that said nothing for so long has died.
LEASE = timedelta(minutes=2)
TRIES = 3


class TooManyExports(Refusal):
    sentence = _("Three exports of yours are being written. Wait for one of them.")


class TooLongToExport(Refusal):
    sentence = _("One file holds %(n)d inquiries at most; this list holds more. Narrow it down.")

    def __init__(self) -> None:
        super().__init__(self.sentence % {"n": MOST})


class NothingToExport(Refusal):
    sentence = _("There is nothing in this list to export.")


class SeesLess(Refusal):
    sentence = _("Your posts have changed since this file was written. Ask for it again.")


class NotKept(Refusal):
    sentence = _("This file is no longer kept. Ask for it again.")


def rows_of(inquiry_ids: Sequence[int]) -> tuple[list[Inquiry], dict[int, Answer]]:
    """These inquiries in their order, as far as they are seen, and the last answer of each. Two queries."""
    found = Inquiry.objects.select_related(*SHOWN).in_bulk(list(inquiry_ids))
    answers = Answer.objects.filter(inquiry__in=list(found)).order_by("round")
    return [found[pk] for pk in inquiry_ids if pk in found], {each.inquiry_id: each for each in answers}


def ask_export(
    *,
    what: str,
    form: str,
    inquiry_ids: Sequence[int],
    by: Officer,
    district_id: int,
    language: str,
    now: datetime,
) -> Export:
    """The worker writes these next, and the officer is told.

    Raises NothingToExport, TooLongToExport, TooManyExports.
    """
    if not inquiry_ids:
        raise NothingToExport
    if len(inquiry_ids) > MOST:
        raise TooLongToExport
    if Export.objects.filter(officer=by, done_at=None).count() >= MOST_WAITING:
        raise TooManyExports
    return Export.objects.create(
        district_id=district_id,
        officer=by,
        what=what,
        form=form,
        language=language,
        inquiry_ids=list(inquiry_ids),
        total=len(inquiry_ids),
        asked_at=now,
    )


def claim_export(*, now: datetime) -> Export | None:
    """The export that waits longest is this worker's; one whose worker said nothing for long is taken over.

    One that failed three times is done without a file, and its officer told.
    """
    waiting = Export.objects.select_for_update(skip_locked=True, of=("self",)).filter(done_at=None)
    free = waiting.filter(held_at=None) | waiting.filter(held_at__lt=now - LEASE)
    export = free.select_related("officer").order_by("asked_at").first()
    if export is None:
        return None
    if export.tries >= TRIES:
        export.done_at, export.inquiry_ids = now, []
        export.save(update_fields=["done_at", "inquiry_ids"])
        _tell(export, "export_failed", now=now)
        return None
    export.held_at, export.written, export.tries = now, 0, export.tries + 1
    export.save(update_fields=["held_at", "written", "tries"])
    return export


def scope_for(export: Export, *, now: datetime) -> Scope:
    """What the officer of the export may see now."""
    return scope_of(export.officer, now=now)


def write_step(export: Export, first: int, seen: Scope, *, now: datetime) -> list[list[str]] | None:
    """The lines of the next rows, as far as the officer sees them, with progress on record.

    None where another worker has taken over. The worker's own policy lets it see the whole district, so what the
    officer sees is asked by `seen_by`.
    """
    ids = export.inquiry_ids[first : first + STEP]
    visible = set(seen_by(seen, Inquiry.objects.filter(pk__in=ids)).values_list("pk", flat=True))
    rows, answers = rows_of([pk for pk in ids if pk in visible])
    held = Export.objects.filter(pk=export.pk, held_at=export.held_at, done_at=None)
    export.written, export.held_at = first + len(ids), now
    if not held.update(written=export.written, held_at=now):
        return None
    return ledger_lines(rows, answers)


def finish_export(export: Export, content: bytes, seen: Scope, *, now: datetime) -> bool:
    """The file is kept, encrypted under a key of its own, and its officer is told; False where another was faster.

    The content is written before the row commits: a crash leaves a file nobody points at, never a row without its file.
    """
    held = (
        Export.objects.select_for_update().filter(pk=export.pk, held_at=export.held_at, done_at=None).first()
    )
    if held is None:
        return False
    key = make_key(district_id=held.district_id)
    sealed = encrypt_bytes(content, key)
    address = hashlib.sha256(sealed).hexdigest()
    held.stored_as = default_storage.save(f"exports/{address[:2]}/{address}", ContentFile(sealed))
    held.key, held.size, held.done_at, held.inquiry_ids = key, len(content), now, []
    held.places, held.whole_district = sorted(seen.places), seen.district is not None
    held.save(
        update_fields=["stored_as", "key", "size", "done_at", "inquiry_ids", "places", "whole_district"]
    )
    _tell(held, "export_ready", now=now)
    return True


def _tell(export: Export, kind: str, *, now: datetime) -> None:
    write_notices(
        rows=[
            NoticeRow(
                district_id=export.district_id,
                recipient_id=export.officer_id,
                cause_kind="export",
                cause_id=str(export.pk),
                kind=kind,
                reference="",
                url=f"/exports/{export.pk}/",
            )
        ],
        now=now,
    )


def open_export(export: Export, *, seen: Scope, now: datetime) -> bytes:
    """The file in clear, for its officer as long as she sees what was written. Raises NotKept, SeesLess."""
    if not export.stored_as or export.key is None or export.done_at is None or now >= export.done_at + KEPT:
        raise NotKept
    if (export.whole_district and seen.district != export.district_id) or not set(
        export.places
    ) <= seen.places:
        raise SeesLess
    with default_storage.open(export.stored_as) as stored:
        return decrypt_bytes(stored.read(), export.key)


def forget_exports(*, now: datetime) -> int:
    """Exports older than is kept are gone, key, file and row; returns how many. What waits is never forgotten."""
    old = list(
        Export.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(done_at__lt=now - KEPT)
        .select_related("key")
        .order_by("done_at")[:100]
    )
    for export in old:
        if export.key is not None:
            destroy_key(key=export.key, now=now)
            default_storage.delete(export.stored_as)
    Export.objects.filter(pk__in=[export.pk for export in old]).delete()
    return len(old)
