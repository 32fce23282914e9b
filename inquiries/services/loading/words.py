"""What is asked and answered in a load: sentences put together from parts, and the words each is found by."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

from django.db import connection

HIGHEST_NUMBER = 200

# What is said, and its terms.
Saying = tuple[str, frozenset[str]]


def read_words() -> dict[str, Any]:
    """The parts, as the file has them."""
    read: dict[str, Any] = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
    return read


class Words:
    """Sentences and their terms: both halves of a question and answers, every one there can be, put together once.

    The terms are those the database makes of each part.
    """

    def __init__(self) -> None:
        self.parts = read_words()
        self.problems = {
            leaf: said for leaves in self.parts["topics"].values() for leaf, said in leaves.items()
        }
        spoken = [part for name in ("openings", "streets", "asks", *_ANSWER) for part in self.parts[name]]
        spoken += [problem for said in self.problems.values() for problem in said]
        with connection.cursor() as cursor:
            cursor.execute("select part, bida_terms(part) from unnest(%s::text[]) as part", [spoken])
            terms: dict[str, list[str]] = dict(cursor.fetchall())

        def sayings(form: str, *parts: Sequence[str]) -> list[Saying]:
            said = product(*parts)
            return [(form.format(*each), frozenset().union(*(terms[part] for part in each))) for each in said]

        self._places = sayings("{}，{}", self.parts["openings"], self.parts["streets"])
        self._matters = {
            leaf: sayings("{}，{}。", said, self.parts["asks"]) for leaf, said in self.problems.items()
        }
        self._answers = sayings("{}，{}。{}。", *(self.parts[name] for name in _ANSWER))

    def question(self, rng: Random, topic: str) -> tuple[str, set[str]]:
        """A question about the topic, and its terms."""
        where, of_where = rng.choice(self._places)
        what, of_what = rng.choice(self._matters[topic])
        number = str(rng.randint(1, HIGHEST_NUMBER))
        # No part touches another without a mark between them, so no two neighbours of theirs are a term.
        return f"{where}{number}号，{what}", {number, *of_where, *of_what}

    def answer(self, rng: Random) -> Saying:
        """An answer, and its terms."""
        return rng.choice(self._answers)

    def name(self, rng: Random) -> str:
        """The name of a citizen or an officer."""
        return f"{rng.choice(self.parts['surnames'])}{rng.choice(self.parts['given'])}"


_ANSWER = ("findings", "actions", "closings")
