"""Rows that hold what people typed: nothing is stored that could not be read again as it was typed."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Any, Self

from django.db import models

from bureaus.refusals import NotAChoice, NotPlainText, TooLong

# Control characters but tab and line ends; embeddings, overrides and isolates that turn text around (Unicode TR 36,
# 2.7); halves of a surrogate pair. The marks of Uyghur and Kazakh writing (U+200E, U+200F) may stand.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def check_text(text: str, *, field: str, most: int | None = None) -> None:
    """Raises NotPlainText or TooLong, naming the field; `most` in characters."""
    if _UNREADABLE.search(text):
        raise NotPlainText(field=field)
    if most is not None and len(text) > most:
        raise TooLong(most, field=field)


class Written(models.Model):
    """A row whose every text is plain, no longer than its field, and one of its choices where it has some."""

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """Saves what can be read again. Raises NotPlainText, TooLong, NotAChoice."""
        self.check_written(update_fields)
        super().save(*args, update_fields=update_fields, **kwargs)

    def check_written(self, update_fields: Any = None) -> None:
        """Raises NotPlainText, TooLong, NotAChoice, naming the field."""
        for field, words in _texts(type(self)):
            # Not by getattr, which would fetch what was left in the database on purpose.
            text = self.__dict__.get(field.attname)
            if not isinstance(text, str) or (update_fields is not None and field.name not in update_fields):
                continue
            check_text(text, field=field.name, most=field.max_length)
            if words and text not in words and (text or not field.blank):
                raise NotAChoice(field=field.name)

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **given: Any
    ) -> Self:
        """As Django's, which looks up every field of a row that was read in part: in a set, not along a list."""
        return super().from_db(db, frozenset(field_names), values, **given)


@cache
def _texts(kind: type[models.Model]) -> list[tuple[Any, frozenset[Any]]]:
    """Each column with the words it may hold, none where it may hold any."""
    return [(field, frozenset(dict(field.flatchoices))) for field in kind._meta.concrete_fields]
