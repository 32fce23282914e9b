"""Data keys are made, destroyed and re-wrapped here."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bureaus.models.fields import DataKey, current_fingerprint, fresh_key, unwrap, wrap


def make_key(*, district_id: int) -> DataKey:
    """A new data key of the district is saved."""
    return make_keys(district_id=district_id, count=1)[0]


def make_keys(*, district_id: int, count: int) -> list[DataKey]:
    """That many new data keys of the district are saved in one statement."""
    return DataKey.objects.bulk_create([fresh_key(district_id) for _ in range(count)])


def destroy_key(*, key: DataKey, now: datetime) -> None:
    """What the key wrote can never be read again; destroying it twice changes nothing.

    PIPL art. 47: erase when the purpose is done. Backups hold the wrapped key until they expire.
    """
    with transaction.atomic():
        held = DataKey.objects.select_for_update().get(pk=key.pk)
        if held.destroyed_at is None:
            held.wrapped, held.wrapped_by, held.destroyed_at = b"", "", now
            held.save(update_fields=["wrapped", "wrapped_by", "destroyed_at"])
    key.wrapped, key.wrapped_by, key.destroyed_at = held.wrapped, held.wrapped_by, held.destroyed_at


def rotate_keys(*, batch: int = 1000) -> int:
    """Up to `batch` data keys that an older master wraps are wrapped by the first one; returns how many.

    Call it until it returns 0, then the old master may leave FIELD_KEYS. What the data keys wrote stays as
    it is. Raises KeyUnreadable when the master of one is already gone from FIELD_KEYS.
    """
    with transaction.atomic():
        held = list(
            DataKey.objects.select_for_update()
            .filter(destroyed_at=None)
            .exclude(wrapped_by=current_fingerprint())
            .order_by("wrapped_by", "pk")[:batch]
        )
        for key in held:
            key.wrapped, key.wrapped_by = wrap(unwrap(key))
        DataKey.objects.bulk_update(held, ["wrapped", "wrapped_by"])
    return len(held)
