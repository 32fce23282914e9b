"""A story: the rows of one inquiry, with slots where those of another citizen of whom it is told differ.

It is told once for several citizens of a day. Each has ids, hashes, words and texts of her own; what happened, when and
by whom is the same, and is reckoned once.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from random import Random

from inquiries.services.history import event_key
from inquiries.services.loading.lines import Writer
from inquiries.services.loading.tables import BLOCK, COUNTED
from inquiries.services.loading.words import Words

# Ids while it is told: no other number in its rows has eighteen digits.
_FIRST, _APART = 9 * 10**17, 10**15
_ID = re.compile(r"9\d{17}")
# A slot is its name between two of the first; the second lies between the rows of two tables. No text has either.
_SLOT, _END = "\0", "\1"
# What HMAC pads its key by (RFC 2104), and the size of a block of SHA-256.
_INNER, _OUTER, _BLOCK_SIZE = 0x36, 0x5C, 64

_EACH = ("inquiry", "block", "uuid", "reference", "question", "terms", "left")
INQUIRY, BLOCK_OF, UUID, REFERENCE, QUESTION, TERMS, LEFT = (f"{_SLOT}{name}{_SLOT}" for name in _EACH)


class Story(Writer):
    """As a writer, but for the slots."""

    def __init__(self) -> None:
        super().__init__()
        self._ids = {what: _FIRST + n * _APART for n, what in enumerate(COUNTED)}
        self.inquiry_id = self.next_id("inquiry")
        self._uuids = self._answers = 0
        self._links: list[tuple[int | None, str]] = []
        self._last: dict[str, int] = {}

    def next_id(self, what: str) -> int:
        """Another id of that sort. Raises OverflowError past the end of a block."""
        found = self._ids[what]
        if found % _APART == BLOCK:
            raise OverflowError(f"an inquiry has more than {BLOCK} of {what}")
        self._ids[what] = found + 1
        return found

    def fresh(self) -> str:
        """Another UUID, by chance but for its last four digits."""
        self._uuids += 1
        return f"{UUID}{self._uuids:04x}"

    def answer_text(self) -> str:
        """The slot of the words of another answer."""
        self._answers += 1
        return f"{_SLOT}text{self._answers - 1}{_SLOT}"

    def link(self, chain: str, body: str) -> str:
        """The hash of an event, linked to the one before it in its chain."""
        self._links.append((self._last.get(chain), body))
        self._last[chain] = len(self._links) - 1
        return self.last_of(chain)

    def last_of(self, chain: str) -> str:
        """The hash at the end of the chain; of an empty one nothing."""
        return f"\\\\x{_SLOT}hash{self._last[chain]}{_SLOT}" if chain in self._last else "\\\\x"

    def done(self) -> Retold:
        """The story, ready to be told of one citizen after another."""
        return Retold(self.lines, self._links, self._answers)


class Retold:
    """A story that is over."""

    def __init__(
        self, lines: dict[str, list[str]], links: Sequence[tuple[int | None, str]], answers: int
    ) -> None:
        self._tables, self._answers = [*lines], answers
        self._before = [before for before, _body in links]
        names = [*_EACH, *(f"text{n}" for n in range(answers)), *(f"hash{n}" for n in range(len(links)))]
        place = {name: n for n, name in enumerate(names)}
        self._rows = _with_slots(("".join(f"{line}\n" for line in of) for of in lines.values()), place)
        self._bodies = _with_slots((body for _before, body in links), place)
        self._inner, self._outer = _padded(event_key())

    def tell(
        self,
        lines: defaultdict[str, list[str]],
        rng: Random,
        words: Words,
        *,
        topic: str,
        inquiry_id: int,
        block: int,
        reference: str,
        left: str,
    ) -> None:
        """One more inquiry is in the lines; `left` is what its citizen left, `block` the number of its ids' block."""
        question, terms = words.question(rng, topic)
        texts = []
        for _nth in range(self._answers):
            text, more = words.answer(rng)
            texts.append(text)
            terms |= more
        bits = f"{rng.getrandbits(112):028x}"
        # RFC 9562, version 4.
        chance = f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"
        real = [
            str(inquiry_id),
            str(block),
            chance,
            reference,
            question,
            ",".join(sorted(terms)),
            left,
            *texts,
        ]
        made: list[bytes] = []
        for before, body in zip(self._before, self._bodies(real).encode().split(_END.encode()), strict=True):
            made.append(self._hmac(body if before is None else made[before] + body))
        real += [digest.hex() for digest in made]
        for table, rows in zip(self._tables, self._rows(real).split(_END), strict=True):
            lines[table].append(rows)

    def _hmac(self, body: bytes) -> bytes:
        # As history.link does it in one call, which takes the key in anew each time and costs twice as much.
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(body)
        outer.update(inner.digest())
        return outer.digest()


def _with_slots(texts: Iterable[str], place: dict[str, int]) -> Callable[[Sequence[str]], str]:
    """The texts with an end between them, as a function of what goes into the slots."""
    parts = _ID.sub(_slot, _END.join(texts)).split(_SLOT)
    slots = [place[name] for name in parts[1::2]]

    def filled(real: Sequence[str]) -> str:
        parts[1::2] = map(real.__getitem__, slots)
        return "".join(parts)

    return filled


def _slot(found: re.Match[str]) -> str:
    place, n = divmod(int(found[0]) - _FIRST, _APART)
    return INQUIRY if COUNTED[place] == "inquiry" else f"{BLOCK_OF}{n:03}"


@cache
def _padded(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    key = hashlib.sha256(key).digest() if len(key) > _BLOCK_SIZE else key
    inner, outer = (
        hashlib.sha256(bytes(byte ^ by for byte in key.ljust(_BLOCK_SIZE, b"\0"))) for by in (_INNER, _OUTER)
    )
    return inner, outer
