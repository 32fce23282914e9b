"""An edit is previewed before it is saved: what the pages of rules, ladders and calendars share."""

from __future__ import annotations

import json

from django import forms
from django.http import QueryDict
from django.utils.crypto import constant_time_compare, salted_hmac

# What does not change the effect of an edit.
BESIDE = {"csrfmiddlewaretoken", "previewed", "seen", "do", "note"}


def stamp_of(given: QueryDict) -> str:
    """Stands for what was typed, so that nothing is saved but what was previewed."""
    typed = {name: given.getlist(name) for name in sorted(given) if name not in BESIDE}
    return salted_hmac("bida.preview", json.dumps(typed)).hexdigest()[:32]


def was_previewed(given: QueryDict) -> bool:
    """Whether "save" was pressed under a preview of just these values."""
    return given.get("do") == "save" and constant_time_compare(given.get("previewed", ""), stamp_of(given))


def with_stamp(form: forms.Form, given: QueryDict, **other: str) -> None:
    """The bound form carries the stamp of what it shows, and goes on to be shown."""
    kept = given.copy()
    for name, value in other.items():
        kept[name] = value
    kept["previewed"] = stamp_of(kept)
    form.data = kept
