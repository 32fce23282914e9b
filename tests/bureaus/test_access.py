"""docs/access.md says what the table says."""

from bureaus.access import MAY, Act
from tools.access import PAGE, text


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == text()


def test_every_act_is_somebodys() -> None:
    assert set(Act) == frozenset().union(*MAY.values())
