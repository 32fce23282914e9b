"""Every refusal starts here for services and doors: a sentence for the reader, and the field it is about."""

from __future__ import annotations

from bureaus.refusals import NotAChoice, NotPlainText, Refusal, TooLong

__all__ = ["NotAChoice", "NotPlainText", "Refusal", "TooLong"]
