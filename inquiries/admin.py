"""Topics; answer rules and ladders to be read. No case is here: the administrator reads none by that alone."""

from __future__ import annotations

from django.contrib import admin

from bureaus.admin import ByService
from inquiries.models import AnswerRule, Ladder, RuleBook, Topic
from inquiries.services.topics import change_topic, open_topic


@admin.register(Topic)
class TopicAdmin(ByService):
    adds = staticmethod(open_topic)
    changes = staticmethod(change_topic)
    fields = ("district", "parent", "name", "default_bureau")
    list_display = ("name", "parent", "district", "default_bureau")
    list_select_related = ("parent", "district", "default_bureau")
    search_fields = ("name",)


@admin.register(RuleBook)
class RuleBookAdmin(ByService):
    list_display = ("district", "number", "made_at", "by", "note")
    list_select_related = ("district", "by")


@admin.register(AnswerRule)
class AnswerRuleAdmin(ByService):
    list_display = ("book", "kind", "urgency", "amount", "unit", "extensions", "source")
    list_filter = ("kind", "urgency")
    list_select_related = ("book",)


@admin.register(Ladder)
class LadderAdmin(ByService):
    list_display = ("district", "meant_for", "number", "made_at", "by")
    list_select_related = ("district", "by")
