"""A ledger that is brought in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.forms.files import KeptFile
from inquiries.services.importing import CLEAR_OVER
from inquiries.services.work_orders import COLUMNS, SOURCE


class LedgerForm(KeptFile):
    """The file, whose ledger it is, and how the open ones are cleared."""

    # A larger one goes in by the command.
    LARGEST = 2 * 1024 * 1024
    TOO_LARGE = _("The file is larger than 2 MB. Bring it in by manage.py import_ledger.")

    file = forms.FileField(
        label=pgettext_lazy("attachment", "File"),
        required=False,
        help_text=_(".xlsx, or CSV in UTF-8 or GB 18030; at most 2 MB. A larger one goes in by the command."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    source = forms.CharField(
        label=_("Name of the ledger"),
        max_length=40,
        help_text=_("By it and its own number each matter comes in once."),
    )
    clear_over = forms.IntegerField(
        label=_("Clear the open ones over"),
        min_value=1,
        max_value=250,
        initial=CLEAR_OVER,
        help_text=_("Working days; the oldest is chased first, none of them all at once."),
    )


class WorkOrdersForm(KeptFile):
    """The file, which platform it comes from, and how its columns are read."""

    LARGEST = LedgerForm.LARGEST
    TOO_LARGE = _("The file is larger than 2 MB. Bring it in by manage.py import_work_orders.")

    file = forms.FileField(
        label=pgettext_lazy("attachment", "File"),
        required=False,
        help_text=_(".xlsx, or CSV in UTF-8 or GB 18030; at most 2 MB. A larger one goes in by the command."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    source = forms.CharField(
        label=_("Source system"),
        max_length=40,
        initial=SOURCE,
        help_text=_("By it and its own number each work order is known again."),
    )

    def chosen(self, headings: Sequence[str], guessed: Mapping[str, str]) -> dict[str, str]:
        """How each heading is read: as was chosen on the page, else as guessed."""
        found: dict[str, str] = {}
        for number, heading in enumerate(headings):
            name = str(self.data.get(f"column-{number}", guessed.get(heading, "")))
            found[heading] = name if name in COLUMNS else ""
        return found
