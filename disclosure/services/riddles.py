"""A question in words that a person answers and a machine seldom tries: read aloud it is as easy as seen."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bureaus.models.fields import keyed_hash
from bureaus.services.refusals import Refusal
from disclosure.services.knocking import knock

# Nobody is hurried: a form may lie open for a day.
GOOD_FOR_SECONDS = 24 * 60 * 60
_SALT = "riddle"
_NUMBERS = (
    *(gettext_lazy("zero"), gettext_lazy("one"), gettext_lazy("two"), gettext_lazy("three")),
    *(gettext_lazy("four"), gettext_lazy("five"), gettext_lazy("six"), gettext_lazy("seven")),
    *(gettext_lazy("eight"), gettext_lazy("nine")),
)
_CHINESE = "零一二三四五六七八九"


class WrongAnswer(Refusal):
    sentence = gettext_lazy("That is not the answer. Here is another question; what you typed is kept.")
    field = "riddle"


class SentAlready(Refusal):
    sentence = gettext_lazy("This form was sent already. If you did not see a reference, send it once more.")
    field = "riddle"


@dataclass(frozen=True)
class Riddle:
    """The question in the reader's language, and the token that comes back with the answer."""

    question: str
    token: str


def draw_riddle() -> Riddle:
    """A fresh question of small numbers; its answer is nowhere in the page."""
    a, b = secrets.randbelow(9) + 1, secrets.randbelow(9) + 1
    high, low = max(a, b), min(a, b)
    which = secrets.randbelow(3)
    if which == 0:
        question, answer = _("What is %(a)s plus %(b)s?") % {"a": _NUMBERS[a], "b": _NUMBERS[b]}, a + b
    elif which == 1:
        question, answer = (
            _("What is %(a)s minus %(b)s?") % {"a": _NUMBERS[high], "b": _NUMBERS[low]},
            high - low,
        )
    else:
        low, high = (low, high) if low != high else (low, low + 1 if low < 9 else 0)
        question = _("Which number is larger, %(a)s or %(b)s?") % {"a": _NUMBERS[low], "b": _NUMBERS[high]}
        answer = max(low, high)
    nonce = secrets.token_urlsafe(12)
    return Riddle(question, signing.dumps([nonce, _hashed(nonce, answer), question], salt=_SALT))


def drawn_before(token: str) -> Riddle | None:
    """The question of this token, to be shown with its answer where something else was refused."""
    try:
        _nonce, _answer, question = signing.loads(token, salt=_SALT, max_age=GOOD_FOR_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Riddle(question, token)


def _hashed(nonce: str, answer: int) -> str:
    return keyed_hash(f"{nonce}:{answer}", _SALT)


def number_in(typed: str) -> int | None:
    """The number somebody typed: 12, １２, 十二."""
    text = unicodedata.normalize("NFKC", typed).strip().rstrip("。.")
    if text.isascii() and text.isdigit() and len(text) < 6:
        return int(text)
    text = text.replace("两", "二").replace("〇", "零")
    if text and set(text) <= set(_CHINESE + "十") and text.count("十") <= 1:
        if "十" not in text:
            return _CHINESE.index(text) if len(text) == 1 else None
        tens, ones = text.split("十")
        if len(tens) <= 1 and len(ones) <= 1:
            return (_CHINESE.index(tens) if tens else 1) * 10 + (_CHINESE.index(ones) if ones else 0)
    return None


def check_riddle(token: str, typed: str, *, now: datetime) -> None:
    """The question was answered, and for the first time. Raises WrongAnswer, SentAlready."""
    try:
        nonce, hashed, _question = signing.loads(token, salt=_SALT, max_age=GOOD_FOR_SECONDS)
    except (signing.BadSignature, ValueError, TypeError) as wrong:
        raise WrongAnswer from wrong
    answer = number_in(typed)
    if answer is None or not secrets.compare_digest(_hashed(nonce, answer), hashed):
        raise WrongAnswer
    if knock("riddle", nonce, now=now) > 1:
        raise SentAlready
