"""What questions are about, and by when they are owed an answer."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max

from bureaus.api.directory import Listing, items_of
from inquiries.models import AnswerRule, RuleBook, Topic
from inquiries.serializers.reading import RuleOut, TopicOut


class Topics(Listing):
    """The tree of topics."""

    gives = TopicOut
    answers = {"GET": (200, items_of(TopicOut, "TopicsOut"))}

    def rows(self) -> Iterable[Topic]:
        """Of the district."""
        return Topic.objects.filter(district=self.district_id).order_by("pk")


class AnswerRules(Listing):
    """The answer rules in force: how long each kind and urgency may take."""

    gives = RuleOut
    answers = {"GET": (200, items_of(RuleOut, "AnswerRulesOut"))}

    def rows(self) -> Iterable[AnswerRule]:
        """Of the newest edition."""
        newest = RuleBook.objects.filter(district=self.district_id).aggregate(n=Max("number"))["n"]
        return (
            AnswerRule.objects.filter(book__district=self.district_id, book__number=newest)
            .select_related("book")
            .order_by("kind", "urgency")
        )
