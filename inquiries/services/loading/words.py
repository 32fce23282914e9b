"""What is asked and answered in a load: sentences put together from parts, and the words each is found by."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from django.db import connection

HIGHEST_NUMBER = 200


def read_words() -> dict[str, Any]:
    """The parts, as the file has them."""
    read: dict[str, Any] = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
    return read


class Words:
    """Sentences and their terms. The terms are those the database makes of each part, asked once."""

    def __init__(self) -> None:
        self.parts = read_words()
        self.problems = {
            leaf: said for leaves in self.parts["topics"].values() for leaf, said in leaves.items()
        }
        spoken = [part for name in ("openings", "streets", "asks", *_ANSWER) for part in self.parts[name]]
        spoken += [problem for said in self.problems.values() for problem in said]
        with connection.cursor() as cursor:
            cursor.execute("select part, bida_terms(part) from unnest(%s::text[]) as part", [spoken])
            self.terms: dict[str, list[str]] = dict(cursor.fetchall())

    def question(self, rng: Random, topic: str) -> tuple[str, set[str]]:
        """A question about the topic, and its terms."""
        said = [rng.choice(self.parts["openings"]), rng.choice(self.parts["streets"])]
        said += [rng.choice(self.problems[topic]), rng.choice(self.parts["asks"])]
        number = str(rng.randint(1, HIGHEST_NUMBER))
        terms = {number}.union(*(self.terms[part] for part in said))
        # No part touches another without a mark between them, so no two neighbours of theirs are a term.
        return f"{said[0]}，{said[1]}{number}号，{said[2]}，{said[3]}。", terms

    def answer(self, rng: Random) -> tuple[str, set[str]]:
        """An answer, and its terms."""
        said = [rng.choice(self.parts[name]) for name in _ANSWER]
        return f"{said[0]}，{said[1]}。{said[2]}。", set().union(*(self.terms[part] for part in said))

    def name(self, rng: Random) -> str:
        """The name of a citizen or an officer."""
        return f"{rng.choice(self.parts['surnames'])}{rng.choice(self.parts['given'])}"


_ANSWER = ("findings", "actions", "closings")
