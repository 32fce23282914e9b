"""What every refusal has in common: a sentence for the reader, and the field it is about."""

from __future__ import annotations

from django.utils.functional import Promise


class Refusal(Exception):
    """An act that is not done. Subclasses are named for the reason and say it in `sentence`."""

    sentence: str | Promise = ""
    field: str = ""

    def __init__(self, sentence: str | Promise = "", *, field: str = "") -> None:
        super().__init__(sentence or self.sentence)
        self.field = field or self.field

    def __str__(self) -> str:
        return str(self.args[0])
