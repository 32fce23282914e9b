"""A select that the house puts together is the one that Django's templates make."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from config.rendering import QuickSelects


class Closed(forms.Select):
    """Its second choice cannot be taken."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        if option["value"] == "2":
            option["attrs"] |= {"disabled": True, "data-why": '"full" & <over>', "hidden": False}
        return option


class Told(HTMLParser):
    """The tags with their attributes, and the words, in their order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said: list[object] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said.append((tag, sorted(attrs, key=str)))

    def handle_endtag(self, tag: str) -> None:
        self.said.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.said.append(data.strip())


@pytest.mark.parametrize("widget", [forms.Select, forms.SelectMultiple, Closed])
@pytest.mark.parametrize("value", [None, "", "1", "2", '"<x>"', ["1", "2"]])
def test_a_select_is_what_djangos_templates_make(widget: type[forms.Select], value: object) -> None:
    choices = [
        ("", "—"),
        ("1", _("Today")),
        ("2", "<b>民政局</b> & others"),
        (None, "nobody"),
        ('"<x>"', mark_safe("<i>kept</i>")),
        ("局 “A” & <B>", [("5", "五"), (6, "六")]),
    ]
    control = widget(attrs={"class": 'a "b"', "required": True, "data-n": 3, "hidden": False})
    control.choices = choices
    with_django, here = (
        control.render("place", value, renderer=renderer) for renderer in (DjangoTemplates(), QuickSelects())
    )
    assert Told(here).said == Told(with_django).said
