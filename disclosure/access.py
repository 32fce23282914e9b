"""Who stands at a booth, and who reads of an open day."""

from __future__ import annotations

from bureaus.access import MAY, Act, Holding
from bureaus.models import Officer, Place
from bureaus.models.fields import keyed_hash
from inquiries.access import covers

# Holds in the browser of an officer the key of what waits there; see docs/decisions/0051.
QUEUE_COOKIE = "bida_queue"


def queue_key(officer: Officer) -> str:
    """The key, 32 bytes in hex, under which a browser keeps what the officer entered at a booth without a network.

    Hers alone and always the same: what waits on one tablet is read there after she signed in again.
    """
    return keyed_hash(str(officer.pk), "queue")


def stands_at(held: list[Holding], place: Place) -> bool:
    """Whether a post of the bureau, or of the office above it, records what citizens ask there."""
    return any(Act.RECORD in MAY[holding.post.role] and _beside(holding, place) for holding in held)


def recording_place(held: list[Holding], place: Place) -> Place | None:
    """Where a question asked at the booth of `place` is recorded: there, or at the own section of who stands there."""
    own = [holding for holding in held if Act.RECORD in MAY[holding.post.role] and _beside(holding, place)]
    if any(covers(holding, place) for holding in own):
        return place
    return own[0].post.place if own else None


def districts_of(held: list[Holding]) -> set[int]:
    """The districts whose open days these posts read of: counts, and no matter of anybody."""
    return {holding.post.place.root_id for holding in held}


def _beside(holding: Holding, place: Place) -> bool:
    return covers(holding, place) or holding.post.place.path.startswith(place.path)
