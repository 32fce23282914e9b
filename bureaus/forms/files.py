"""A file that is previewed before it is saved."""

from __future__ import annotations

import base64
import binascii
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class KeptFile(forms.Form):
    """A form with a `file`; the page carries it from the preview to the saving. Cleaned, it is `bytes`."""

    LARGEST: ClassVar[int]
    TOO_LARGE: ClassVar[str | Promise]

    # The file as it was previewed; a browser does not send it a second time.
    content = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """A file of a fitting size, sent now or previewed before."""
        given: dict[str, Any] = super().clean() or {}
        file = given.get("file")
        if file is not None and file.size <= self.LARGEST:
            given["bytes"] = file.read()
        elif file is not None:
            self.add_error("file", str(self.TOO_LARGE))
        elif given.get("content"):
            try:
                given["bytes"] = base64.b64decode(given["content"], validate=True)
            except binascii.Error:
                self.add_error("file", _("Choose the file again."))
        else:
            self.add_error("file", _("Choose a file."))
        return given
