"""What holds after every step of it."""

from __future__ import annotations

from hypothesis.stateful import invariant

from bureaus.models.scope import ALL_DISTRICTS, WEB, WORKER, scope
from inquiries.models import Citizen, Duty, Inquiry, Pen
from inquiries.services.tallying import verify_tallies
from inquiries.services.verifying import verify_promises
from tests.inquiries.life.changes import Changes


class LifeOfInquiries(Changes):
    """One district in which all of this happens, and nothing breaks."""

    @invariant()
    def every_promise_holds(self) -> None:
        broken = {found.promise: found.references for found in verify_promises(now=self.now) if found.broken}
        assert broken == {}, broken

    @invariant()
    def every_total_is_what_a_recount_says(self) -> None:
        with scope(role=WORKER, district=ALL_DISTRICTS):
            assert [str(difference) for difference in verify_tallies()] == []

    @invariant()
    def the_first_due_never_changes_and_the_pen_is_where_it_belongs(self) -> None:
        for inquiry in Inquiry.objects.all():
            first = self.first_dues.setdefault(inquiry.pk, inquiry.original_due_at)
            assert inquiry.original_due_at == first
        owed = Duty.objects.open().filter(kind__in=["approval", "dispute", "dispatch", "coordinate"])
        waiting: dict[int, set[str]] = {}
        for inquiry_id, kind in owed.values_list("inquiry", "kind"):
            waiting.setdefault(inquiry_id or 0, set()).add(kind)
        for pen in Pen.objects.filter(until_at=None).select_related("inquiry"):
            assert pen.part == self.part_of(pen.inquiry, waiting.get(pen.inquiry_id, set()))
            if pen.inquiry.state == "received":
                assert "dispatch" in waiting[pen.inquiry_id]

    @staticmethod
    def part_of(inquiry: Inquiry, waiting: set[str]) -> str:
        """Whose move it is."""
        if "approval" in waiting:
            return "approver"
        if "dispute" in waiting or inquiry.state == "received":
            return "dispatcher"
        if "coordinate" in waiting:
            return "coordinate"
        return "citizen" if inquiry.state == "awaiting_citizen" else "handler"

    @invariant()
    def no_stranger_sees_a_citizen(self) -> None:
        stranger = self.strangers
        with scope(role=WEB, places=stranger.places, district=stranger.district, officer=stranger.officer):
            assert not Citizen.objects.exists()
            assert not Inquiry.objects.exists()
