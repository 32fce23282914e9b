"""Every sentence has its Chinese."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Message

from tools import messages

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|(?<!\{)\{(\w+)\}")


def source() -> list[Message]:
    return [message for message in messages.template() if message.id]


def variants(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ("",))


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_message_is_translated(language: str) -> None:
    catalogue = messages.read(language)
    missing = []
    for message in source():
        kept = catalogue.get(message.id, message.context)
        if kept is None or not all(variants(kept)):
            missing.append(message.id)
    assert missing == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_no_translation_is_a_guess(language: str) -> None:
    assert [message.id for message in messages.read(language) if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_a_translation_keeps_what_is_filled_in(language: str) -> None:
    wrong = []
    for message in messages.read(language):
        if not message.id:
            continue
        asked = {
            name
            for text in ([message.id] if isinstance(message.id, str) else message.id)
            for name in PLACEHOLDER.findall(text)
        }
        for text in variants(message):
            if text and not set(PLACEHOLDER.findall(text)) <= asked:
                wrong.append(message.id)
    assert wrong == []
