"""How form controls become HTML."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class QuickSelects(DjangoTemplates):
    """Django's own, but that a select is put together here: Django includes two templates for each of its options.

    Topics, kinds and places are some hundred options, a third of what a page with filters took.
    """

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name == "django/forms/widgets/select.html":
            return _select(context["widget"])
        return super().render(template_name, context, request)


def _select(widget: dict[str, Any]) -> SafeString:
    groups = []
    # Options that lie in no group come each as a group of its own, without a name.
    for name, together in groupby(widget["optgroups"], key=itemgetter(0)):
        options = _options(option for _name, options, _index in together for option in options)
        groups.append(
            options if name is None else format_html('<optgroup label="{}">{}</optgroup>', name, options)
        )
    return format_html(
        '<select name="{}"{}>{}</select>',
        widget["name"],
        _attributes(widget),
        format_html_join("", "{}", ((group,) for group in groups)),
    )


def _options(options: Iterable[dict[str, Any]]) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((str(option["value"]), _attributes(option), option["label"]) for option in options),
    )


def _attributes(widget: dict[str, Any]) -> SafeString:
    attrs = {name: value for name, value in widget["attrs"].items() if value is not False}
    return flatatt(attrs) if attrs else SafeString("")
