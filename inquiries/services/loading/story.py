"""A story: the rows of one inquiry, with marks where those of another citizen of whom it is told differ.

It is told once for several citizens of a day. Each has ids, hashes, words and texts of her own; what happened, when and
by whom is the same, and is reckoned once.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from random import Random
from typing import Any

from inquiries.services.history import event_key
from inquiries.services.loading.lines import Writer
from inquiries.services.loading.tables import COUNTED
from inquiries.services.loading.words import Words

# How many answers, duties, chases … one inquiry may have: its rows have the ids of a block of its own.
BLOCK = 512
# Ids while it is told: no other number in its rows has eighteen digits.
_FIRST, _APART = 9 * 10**17, 10**15
_ID = re.compile(r"9\d{17}")
# What HMAC pads its key by (RFC 2104), and the size of a block of SHA-256.
_INNER, _OUTER, _BLOCK_SIZE = 0x36, 0x5C, 64


class Story(Writer):
    """As a writer; texts hold no percent sign either, but for the marks."""

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
        """The mark of a random UUID."""
        self._uuids += 1
        return f"%(uuid{self._uuids - 1})s"

    def answer_text(self) -> str:
        """The mark of the words of another answer."""
        self._answers += 1
        return f"%(text{self._answers - 1})s"

    def link(self, chain: str, body: str) -> str:
        """The mark of the hash of an event, linked to the one before it in its chain."""
        self._links.append((self._last.get(chain), body))
        self._last[chain] = len(self._links) - 1
        return self.last_of(chain)

    def last_of(self, chain: str) -> str:
        """The mark of the hash at the end of the chain; of an empty one nothing."""
        return f"%(hash{self._last[chain]})s" if chain in self._last else "\\\\x"

    def done(self) -> Retold:
        """The story, ready to be told of one citizen after another."""
        return Retold(
            {table: _marked("\n".join(lines)) for table, lines in self.lines.items()},
            [(before, _marked(body)) for before, body in self._links],
            [(f"{what}{n}", what, n) for what, reached in self._ids.items() for n in range(reached % _APART)],
            self._uuids,
            self._answers,
        )


def _marked(text: str) -> str:
    return _ID.sub(_mark, text)


def _mark(found: re.Match[str]) -> str:
    place, n = divmod(int(found[0]) - _FIRST, _APART)
    return f"%({COUNTED[place]}{n})s"


class Retold:
    """A story that is over."""

    def __init__(
        self,
        rows: dict[str, str],
        links: list[tuple[int | None, str]],
        ids: list[tuple[str, str, int]],
        uuids: int,
        answers: int,
    ) -> None:
        self._rows, self._links, self._ids, self._uuids, self._answers = rows, links, ids, uuids, answers
        self._inner, self._outer = _padded(_INNER), _padded(_OUTER)

    def tell(
        self,
        lines: defaultdict[str, list[str]],
        rng: Random,
        words: Words,
        *,
        topic: str,
        first: dict[str, int],
        reference: str,
        citizen_id: str,
    ) -> None:
        """One more inquiry is in the lines, with ids from `first` on."""
        question, terms = words.question(rng, topic)
        real: dict[str, Any] = {"reference": reference, "citizen": citizen_id, "question": question}
        for n in range(self._answers):
            real[f"text{n}"], more = words.answer(rng)
            terms |= more
        real["terms"] = ",".join(sorted(terms))
        for name, what, n in self._ids:
            real[name] = first[what] + n
        bits = rng.randbytes(16 * self._uuids).hex()
        for n in range(self._uuids):
            one = bits[32 * n : 32 * n + 32]
            # RFC 9562, version 4.
            real[f"uuid{n}"] = f"{one[:8]}-{one[8:12]}-4{one[13:16]}-a{one[17:20]}-{one[20:]}"
        made: list[bytes] = []
        for before, body in self._links:
            digest = self._hmac((b"" if before is None else made[before]) + (body % real).encode())
            real[f"hash{len(made)}"] = f"\\\\x{digest.hex()}"
            made.append(digest)
        for table, text in self._rows.items():
            lines[table].append(text % real)

    def _hmac(self, body: bytes) -> bytes:
        # As history.link does it in one call, which takes the key in anew each time and costs twice as much.
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(body)
        outer.update(inner.digest())
        return outer.digest()


def _padded(by: int) -> hashlib._Hash:
    key = event_key()
    key = hashlib.sha256(key).digest() if len(key) > _BLOCK_SIZE else key
    return hashlib.sha256(bytes(byte ^ by for byte in key.ljust(_BLOCK_SIZE, b"\0")))
