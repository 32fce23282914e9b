"""Topics; answer rules and ladders to be read. No case is here: the administrator reads none by that alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.forms import HiddenInput, IntegerField, ModelForm
from django.http import HttpRequest

from bureaus.admin import ByService
from inquiries.models import AnswerRule, Ladder, RuleBook, Topic
from inquiries.services.topics import change_topic, open_topic

if TYPE_CHECKING:
    _TopicForm = ModelForm[Topic]
else:
    _TopicForm = ModelForm  # generic for the type checker only


class TopicForm(_TopicForm):
    seen = IntegerField(widget=HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            # Nothing has been looked at.
            del self.fields["seen"]
        else:
            self.initial["seen"] = self.instance.version


@admin.register(Topic)
class TopicAdmin(ByService):
    adds = staticmethod(open_topic)
    changes = staticmethod(change_topic)
    form = TopicForm
    list_display = ("name", "parent", "district", "default_bureau")
    list_select_related = ("parent", "district", "default_bureau")
    search_fields = ("name",)

    def get_fields(self, request: HttpRequest, obj: Topic | None = None) -> Any:
        """A change names the version that was looked at, as on the topic's own page."""
        fields = ["district", "parent", "name", "default_bureau"]
        return fields if obj is None else [*fields, "seen"]


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
