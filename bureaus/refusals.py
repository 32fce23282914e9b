"""What every refusal has in common, and those of a row's own fields, which its model raises."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """An act that is not done. Subclasses are named for the reason and say it in `sentence`."""

    sentence: str | Promise = ""
    field: str = ""

    def __init__(self, sentence: str | Promise = "", *, field: str = "") -> None:
        super().__init__(sentence or self.sentence)
        self.field = field or self.field

    def __str__(self) -> str:
        return str(self.args[0])


class NotPlainText(Refusal):
    """What cannot be stored, or would show as other than it is."""

    sentence = _("There is an invisible control character in this text. Delete the text and type it anew.")


class TooLong(Refusal):
    """More than the field holds."""

    sentence = _("This is longer than the field holds. Write less.")

    def __init__(self, most: int, *, field: str) -> None:
        super().__init__(_("Write at most %(most)d characters here.") % {"most": most}, field=field)


class NotAChoice(Refusal):
    """A code that is none of the field's own."""

    sentence = _("This is none of the choices. Choose one of them.")
