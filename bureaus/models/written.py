"""Rows that hold what people typed: nothing is stored that could not be read again as it was typed."""

from __future__ import annotations

import re
from typing import Any

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
        for field in self._meta.concrete_fields:
            # Not by getattr, which would fetch what was left in the database on purpose.
            text = self.__dict__.get(field.attname)
            if not isinstance(text, str) or (update_fields is not None and field.name not in update_fields):
                continue
            check_text(text, field=field.name, most=field.max_length)
            if field.choices and text not in dict(field.flatchoices) and (text or not field.blank):
                raise NotAChoice(field=field.name)
        super().save(*args, update_fields=update_fields, **kwargs)
