"""The style guide shows every component there is, in both languages and themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from tests.conftest import Cast
from tests.inquiries.conftest import Enter, page, statements_of

ROOT = Path(__file__).resolve().parents[2]
PARTIALS = sorted(path.name for path in (ROOT / "bureaus/templates/bida/components").glob("*.html"))
STYLES = ROOT / "bureaus/static/bida"


@pytest.mark.parametrize("partial", PARTIALS)
def test_every_component_is_on_the_page(cast: Cast, enter: Enter, partial: str) -> None:
    shown = page(enter(cast.li_min), "/styleguide/")
    assert f"<code>bida/components/{partial}</code>" in shown
    assert f"{{% include &quot;bida/components/{partial}&quot;" in shown


def test_the_page_is_for_officers_alone_and_asks_only_for_its_frame(cast: Cast, enter: Enter) -> None:
    assert Client().get("/styleguide/")["Location"].startswith("/sign-in/")
    client = enter(cast.li_min)
    client.get("/styleguide/")
    assert len(statements_of(client, "/styleguide/")) == len(statements_of(client, "/password/"))


def test_the_page_is_chinese_for_who_reads_chinese(cast: Cast) -> None:
    cast.li_min.language = "zh-hans"
    cast.li_min.save(update_fields=["language"])
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(cast.li_min, backend="django.contrib.auth.backends.ModelBackend")
    shown = page(client, "/styleguide/")
    assert "空白状态" in shown
    assert "Empty state" not in shown


def of_theme(sheet: str, selector: str) -> dict[str, str]:
    """The variables that a rule of a style sheet sets."""
    found = re.search(re.escape(selector) + r" \{([^}]*)\}", sheet)
    assert found, selector
    return dict(re.findall(r"(--[\w-]+): ([^;]+);", found[1]))


def test_a_part_of_a_page_has_the_same_colours_as_a_page() -> None:
    bida = (STYLES / "bida.css").read_text(encoding="utf-8")
    guide = (STYLES / "guide.css").read_text(encoding="utf-8")
    light = {name: value for name, value in of_theme(bida, ":root").items() if "font" not in name}
    dark = of_theme(bida.split("(prefers-color-scheme: dark)", 1)[1], ":root")
    assert light.keys() == {name for name in dark if name.startswith("--b-")}
    assert of_theme(guide, ".is-dark") == dark
    assert light.items() <= of_theme(guide, ".is-light").items()
    assert of_theme(guide, ".is-light").keys() == dark.keys()
