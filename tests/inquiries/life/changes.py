"""What changes around the inquiries while they live: the rules, the calendar, the people, the time."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from bureaus.models import Place
from bureaus.models.posts import Tenure
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from bureaus.services.calendar import edit_days
from bureaus.services.posts import end_tenure, note_absence
from bureaus.services.reorganising import abolish_place, passing_of, taker_by_default
from bureaus.services.restructuring import Goes, NewPlace, merge_places, move_place
from bureaus.workdays import Day, local_date
from inquiries import ladder as steps
from inquiries.models import Duty, Inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.remeasuring import file_settled, remeasure_dues, remeasure_duties, settled_answers
from inquiries.services.reorganising import pass_on, split_with_topics
from inquiries.services.rules import issue_ladder, issue_rules, shipped_rules
from inquiries.services.tallying import move_tallies
from inquiries.services.verifying import write_daily_roots
from tests.inquiries.life.acts import WHICH, YES, Acts


class Changes(Acts):
    """Ladder, rules and calendar are edited, somebody goes, time passes."""

    @rule(
        meant_for=st.sampled_from(["ordinary", "duty"]), like=st.sampled_from(["ordinary", "urgent", "duty"])
    )
    def edit_the_ladder(self, meant_for: str, like: str) -> None:
        district, ladder = self.cast.district, steps.SHIPPED[like]
        if self.act("zhou_ning", issue_ladder, district=district, meant_for=meant_for, ladder=ladder):
            self.reached.add("a ladder edited")

    @rule(days=st.integers(3, 15))
    def edit_the_rules(self, days: int) -> None:
        rules = shipped_rules()
        for row in rules:
            if row.urgency == "ordinary":
                row.amount = days
        if self.act("zhou_ning", issue_rules, district=self.cast.district, rules=rules):
            self.reached.add("the rules edited")

    @rule(ahead=st.integers(0, 12), working=YES)
    def toggle_a_day(self, ahead: int, working: bool) -> None:
        on = local_date(self.now) + timedelta(days=ahead)
        days = {on: Day(working, "调休", "区政府通知")}
        self.act("zhou_ning", edit_days, days=days, district_id=self.cast.district.pk)
        self.reached.add("a day toggled")

    @rule(ahead=st.integers(0, 5))
    def a_day_is_closed_and_dues_move(self, ahead: int) -> None:
        self.toggle_a_day(ahead, False)
        self.what_is_open_follows_the_edits(2)

    @rule()
    def weeks_go_by(self) -> None:
        for days in (4, 5, 8, 20):
            self.time_passes_and_the_sweep_runs(24 * days)

    @rule(which=WHICH)
    def reassign_inside_the_bureau(self, which: int) -> None:
        self.reassign(which, "sun_wei", "civil")

    @rule(limit=st.integers(1, 3))
    def what_is_open_follows_the_edits(self, limit: int) -> None:
        with scope(role=WORKER, district=self.cast.district.pk):
            if remeasure_dues(district=self.cast.district, now=self.now, limit=limit):
                self.reached.add("measured anew")
            if remeasure_duties(district=self.cast.district, now=self.now, limit=limit):
                self.reached.add("duties on another ladder")

    @rule(who=st.sampled_from(["li_min", "wu_fang", "cao_lei"]), days=st.integers(1, 9))
    def somebody_is_away(self, who: str, days: int) -> None:
        until_at = self.now + timedelta(days=days)
        note_absence(officer=self.officer(who), from_at=self.now, until_at=until_at, by=None, now=self.now)
        self.reached.add("an absence")

    @rule()
    def a_tenure_ends_with_a_hand_over(self) -> None:
        tenure = Tenure.objects.filter(
            post=self.cast.posts["tang_rui"], part=Tenure.Part.HOLDER, until_on=None
        ).first()
        on = local_date(self.now)
        if tenure is not None and tenure.from_on < on:
            to = "cao_lei" if tenure.officer_id == self.cast.tang_rui.pk else "tang_rui"
            end_tenure(
                tenure=tenure,
                until_on=on,
                by=self.cast.zhou_ning,
                now=self.now,
                to_officer=self.officer(to),
            )
            self.reached.add("a tenure ended")

    @rule(where=st.sampled_from(["relief", "streets", "culture"]), into=st.sampled_from(["civil", "culture"]))
    def a_place_is_abolished(self, where: str, into: str) -> None:
        place, successor = self.place(where), self.place(into)
        taker = taker_by_default(successor, now=self.now)
        left = passing_of(place, now=self.now).posts
        takers = {post.pk: taker for post, _owed, _who in left if taker is not None}
        on = local_date(self.now)
        if self.act("zhou_ning", abolish_place, place=place, successor=successor, on=on, takers=takers):
            self.reached.add("a place abolished")

    @rule(to=st.sampled_from(["culture", "streets", "civil"]), founded=YES)
    def a_section_moves(self, to: str, founded: bool) -> None:
        section = self.place("relief")
        into = NewPlace(f"新设局{section.pk}") if founded else self.place(to)
        if self.act("zhou_ning", move_place, place=section, to=into, on=local_date(self.now)):
            self.reached.add("a section moved")

    @rule(which=st.sampled_from(["culture", "streets"]), founded=YES)
    def bureaus_merge(self, which: str, founded: bool) -> None:
        one, other = self.place(which), self.place("civil")
        into = NewPlace(f"合并局{one.pk}") if founded else other
        if self.act("zhou_ning", merge_places, places=[one, other], into=into, on=local_date(self.now)):
            self.reached.add("bureaus merged")

    @rule(which=st.sampled_from(["civil", "streets"]), sections=st.integers(0, 1), posts=st.integers(0, 1))
    def a_bureau_is_split(self, which: str, sections: int, posts: int) -> None:
        place = self.place(which)
        goes = Goes(
            sections=dict.fromkeys(place.children.values_list("pk", flat=True), sections),
            posts=dict.fromkeys(place.posts.values_list("pk", flat=True), posts),
        )
        parts = [NewPlace(f"甲局{place.pk}"), NewPlace(f"乙局{place.pk}")]
        given = {"place": place, "parts": parts, "goes": goes, "topics": {}, "on": local_date(self.now)}
        if self.act("zhou_ning", split_with_topics, **given):
            self.reached.add("a bureau split")

    @rule(limit=st.integers(1, 3))
    def what_was_owed_passes_to_the_successors(self, limit: int) -> None:
        while self.one_batch_passes(limit):
            self.reached.add("what was owed passed")
        gone = Place.objects.exclude(abolished_on=None)
        assert not Inquiry.objects.unanswered().filter(holder__in=gone).exists()
        assert not Duty.objects.open().filter(place__in=gone).exists()

    def one_batch_passes(self, limit: int) -> int:
        with scope(role=WORKER, district=self.cast.district.pk):
            return pass_on(district=self.cast.district, now=self.now, limit=limit)

    @rule(hours=st.sampled_from([1, 5, 24, 72, 24 * 9, 24 * 40]))
    def time_passes_and_the_sweep_runs(self, hours: int) -> None:
        if hours >= 24:
            # The worker looks every five minutes, so that no day ends with something at an abolished place.
            self.what_was_owed_passes_to_the_successors(3)
        self.now += timedelta(hours=hours)
        for model in (Inquiry, Duty):
            with scope(role=WORKER, district=ALL_DISTRICTS):
                chase_batch(model, now=self.now)
        with scope(role=WORKER, district=ALL_DISTRICTS):
            settled = settled_answers(district=self.cast.district, now=self.now)
            file_settled(settled, now=self.now)
            write_daily_roots(now=self.now)

    @rule()
    def counts_move_into_the_totals(self) -> None:
        with scope(role=WORKER, district=ALL_DISTRICTS):
            move_tallies(limit=25)
