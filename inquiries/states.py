"""The life of an inquiry as one table of data. Imports nothing of Django."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_HAND = "in_hand"
    AWAITING_CITIZEN = "awaiting_citizen"
    ANSWERED = "answered"
    FILED = "filed"


OPEN = (State.RECEIVED, State.ASSIGNED, State.IN_HAND, State.AWAITING_CITIZEN)
SETTLED = (State.ANSWERED, State.FILED)

# How an inquiry may begin: recorded at the district, recorded at a bureau's own desk, answered at once.
BEGINNINGS = (State.RECEIVED, State.ASSIGNED, State.ANSWERED)

MOVES: frozenset[tuple[State, State]] = frozenset(
    {
        (State.RECEIVED, State.ASSIGNED),  # dispatched or designated
        (State.RECEIVED, State.ANSWERED),  # the district answers, or does not accept
        (State.ASSIGNED, State.IN_HAND),  # signed for
        (State.ASSIGNED, State.RECEIVED),  # returned
        (State.ASSIGNED, State.ANSWERED),  # answered without signing first: the answer signs
        (State.IN_HAND, State.ASSIGNED),  # reassigned, or handed over and accepted
        (State.IN_HAND, State.RECEIVED),  # returned
        (State.IN_HAND, State.AWAITING_CITIZEN),
        (State.IN_HAND, State.ANSWERED),
        (State.AWAITING_CITIZEN, State.IN_HAND),
        (State.AWAITING_CITIZEN, State.ASSIGNED),
        (State.AWAITING_CITIZEN, State.RECEIVED),
        (State.AWAITING_CITIZEN, State.ANSWERED),
        (State.ANSWERED, State.FILED),
        (State.ANSWERED, State.ASSIGNED),  # reopened
        (State.FILED, State.ASSIGNED),  # reopened
    }
)


def may_move(old: str, new: str) -> bool:
    """Whether an inquiry may go from `old` to `new`; staying is no move and always allowed."""
    return old == new or (old, new) in MOVES


class Outcome(StrEnum):
    SOLVED = "solved"
    PARTLY = "partly"
    PLANNED = "planned"
    EXPLAINED = "explained"
    NOT_ACCEPTED = "not_accepted"
    HANDED_OVER = "handed_over"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"
    # Disclosure applications, 政府信息公开条例 art. 36–39.
    DISCLOSED = "disclosed"
    PARTLY_DISCLOSED = "partly_disclosed"
    ALREADY_PUBLIC = "already_public"
    REFUSED = "refused"
    NOT_HELD = "not_held"
    NOT_PROCESSED = "not_processed"


class LegalGround(StrEnum):
    """Why an applicant did not get what was asked for: a row of table three of the yearly report each.

    国办公开办函〔2021〕30号, 三、(三) to (六).
    """

    STATE_SECRET = "state_secret"  # noqa: S105  # no password
    FORBIDDEN = "forbidden"
    SAFETY = "safety"
    THIRD_PARTY = "third_party"
    INTERNAL = "internal"
    IN_PROCESS = "in_process"
    CASE_FILE = "case_file"
    REGISTER = "register"
    NOT_HERE = "not_here"
    TO_BE_MADE = "to_be_made"
    UNCLEAR = "unclear"
    PETITION = "petition"
    REPEATED = "repeated"
    PUBLICATION = "publication"
    EXCESSIVE = "excessive"
    CONFIRMING = "confirming"
    UNCORRECTED = "uncorrected"
    UNPAID = "unpaid"


# What may be the ground of which outcome; of the first three one has to be.
GROUNDS_OF: dict[str, tuple[LegalGround, ...]] = {
    Outcome.REFUSED: (
        *(LegalGround.STATE_SECRET, LegalGround.FORBIDDEN, LegalGround.SAFETY, LegalGround.THIRD_PARTY),
        *(LegalGround.INTERNAL, LegalGround.IN_PROCESS, LegalGround.CASE_FILE, LegalGround.REGISTER),
    ),
    Outcome.NOT_HELD: (LegalGround.NOT_HERE, LegalGround.TO_BE_MADE, LegalGround.UNCLEAR),
    Outcome.NOT_PROCESSED: (
        *(LegalGround.PETITION, LegalGround.REPEATED, LegalGround.PUBLICATION),
        *(LegalGround.EXCESSIVE, LegalGround.CONFIRMING),
    ),
    Outcome.ENDED: (LegalGround.UNCORRECTED, LegalGround.UNPAID),
}
NEED_GROUND = frozenset({Outcome.REFUSED, Outcome.NOT_HELD, Outcome.NOT_PROCESSED})

# Outcomes that do not settle the matter for the citizen need an approver outside the answering place.
NEED_OUTSIDE_APPROVAL = frozenset(
    {
        Outcome.NOT_ACCEPTED,
        Outcome.HANDED_OVER,
        Outcome.WITHDRAWN,
        Outcome.ENDED,
        Outcome.UNREACHABLE,
        Outcome.INVALID,
    }
)
# By these an applicant does not get all the information asked for: the bureau's head decides, not who drafted it.
NEED_HEADS_APPROVAL = frozenset({Outcome.REFUSED, Outcome.PARTLY_DISCLOSED, Outcome.NOT_PROCESSED})
# Outcomes by which the citizen did not get what she asked, so that the district asks her about the answer.
UNSOLVED = frozenset(
    {
        Outcome.PARTLY,
        Outcome.NOT_ACCEPTED,
        Outcome.HANDED_OVER,
        Outcome.ENDED,
        Outcome.REFUSED,
        Outcome.NOT_PROCESSED,
    }
)
DISCLOSURE_OUTCOMES = frozenset(
    {
        Outcome.DISCLOSED,
        Outcome.PARTLY_DISCLOSED,
        Outcome.ALREADY_PUBLIC,
        Outcome.REFUSED,
        Outcome.NOT_HELD,
        Outcome.NOT_PROCESSED,
    }
)
