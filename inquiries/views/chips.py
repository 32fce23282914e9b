"""What narrows a list, as chips that can be taken away: each is an address, so it works without a script."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _


def chips_of(
    form: forms.Form, given: Mapping[str, str], *, beside: Mapping[str, str] | None = None, words: str = "q"
) -> list[tuple[str, str]]:
    """Each filter in words, with the address of the list without it; `words` has a box of its own, and no chip.

    `given` is what was asked as it stands in the address, `beside` what stands there too and stays.
    """
    chips = []
    for name in given:
        if name == words:
            continue
        field, value = form.fields[name], form.cleaned_data.get(name)
        chosen = dict(getattr(field, "choices", ())).get(value, value) if isinstance(value, str) else value
        without = {other: kept for other, kept in given.items() if other != name}
        said = _("%(what)s: %(which)s") % {"what": field.label, "which": chosen}
        chips.append((said, urlencode({**(beside or {}), **without})))
    return chips
