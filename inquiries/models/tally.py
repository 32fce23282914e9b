"""What is counted, and the totals that are kept of it: data, from which the SQL of the figures is made.

Two sources. The cohort is inquiries by the day they were asked, counted by the row as it stands now. What happened is
acts by the day they were done, each counted as it was written down then. The tables have no model: their rows are read
and written set-wise, and hold a column a measure.
"""

from __future__ import annotations

from inquiries.models.answer import Rating
from inquiries.states import Outcome

# Each is a predicate on the row of an inquiry, in the SQL function bida_cohort.
COHORT = (
    *("asked", "asked_child", "asked_imported", "asked_provisional", "asked_open", "asked_answered"),
    *("asked_at_once", "asked_filed", "asked_merged", "asked_designated", "asked_extended", "asked_returned"),
    *("asked_handed_over_between", "asked_reopened", "asked_again_later", "asked_settled_first"),
    # Rates: never what was answered at once, and of a split matter the parent alone.
    *("asked_owed", "asked_owed_answered", "asked_in_time", "asked_in_time_first", "asked_contacted_in_time"),
    *(f"asked_{outcome}" for outcome in Outcome),
)
RATED = ("reached", "solved", "unsolved", "contacted", "not_contacted", *Rating.Satisfaction.values)
# Each is a word in Event.counted.
HAPPENED = (
    *("recorded", "recorded_child", "recorded_imported", "recorded_provisional", "dispatched", "designated"),
    *("signed_for", "returned", "disputed", "dispute_upheld", "dispute_refused", "reassigned"),
    *("handed_over", "hand_over_declined", "assist_asked", "extension_asked", "extended"),
    *("extension_refused", "asked_citizen", "citizen_replied", "contacted", "not_reached", "interim"),
    *("first_contact", "first_contact_late", "asked_again", "chased_by_hand", "reclassified", "merged"),
    *("unmerged", "split", "reopened", "filed"),
    *("answered", "answered_at_once", "answered_owed", "answered_late", "answered_late_first"),
    *(f"answered_{outcome}" for outcome in Outcome),
    *("chased_reminder", "chased_urge", "chased_supervise", "chased_circular"),
    *("answered_after_none", "answered_after_reminder", "answered_after_urge"),
    *("answered_after_supervise", "answered_after_circular", "acknowledge_done"),
    *(f"rated_{source}" for source in Rating.Source.values),
    *(f"rated_{source}_{what}" for source in Rating.Source.values for what in RATED),
)
MEASURES = COHORT + HAPPENED

# The dimensions a count is kept by. Every total belongs to a district and a day or month.
KEYS = {
    "place_id": "bigint",
    "kind": "text",
    "urgency": "text",
    "channel": "text",
    "topic_id": "bigint",
    "officer_id": "bigint",
}
# Which of them a family of totals keeps; a figure reads the smallest family that knows all it asks for.
FAMILIES: dict[str, tuple[str, ...]] = {
    "district": (),
    "place": ("place_id",),
    "kind": ("kind", "urgency"),
    "channel": ("channel",),
    "topic": ("topic_id",),
    "kind_channel": ("kind", "urgency", "channel"),
    "place_kind": ("place_id", "kind", "urgency"),
    "place_channel": ("place_id", "channel"),
    "place_topic": ("place_id", "topic_id"),
    "place_officer": ("place_id", "officer_id"),
    "place_kind_channel": ("place_id", "kind", "urgency", "channel"),
}
GRAINS = ("day", "month")

# What takes time, in working minutes, frozen when the act is written; each is a word in Event.timed.
TIMES = ("recording", "contact", "answer", "filing")
TIME_FAMILIES: dict[str, tuple[str, ...]] = {
    "district": (),
    "place": ("place_id",),
    "kind": ("kind",),
    "place_kind": ("place_id", "kind"),
}
