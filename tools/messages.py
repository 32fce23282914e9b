"""The catalogues of what Bida says, by Babel: gettext's programs are not on every machine.

python -m tools.messages extract    brings locale/*/LC_MESSAGES/django.po up to date with the source
python -m tools.messages compile    writes the .mo files that Django reads
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("zh_Hans",)
APPS = ("config", "bureaus", "inquiries", "disclosure")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    # Refusals of the pure rules: their first argument is the sentence (bureaus.workdays.Worded).
    **dict.fromkeys(("BadHours", "BadLadder", "BadRule", "ExtensionRefused", "NoWorkingDay")),
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def catalogue_file(language: str) -> Path:
    """Where the translations of a language are."""
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def sources() -> Iterator[tuple[Path, bytes]]:
    """Every Python file and template of the apps, templates as the Python that stands for them."""
    for app in APPS:
        for file in sorted((ROOT / app).rglob("*")):
            if file.suffix == ".py" and "migrations" not in file.parts:
                yield file, file.read_bytes()
            elif file.suffix in (".html", ".txt") and "templates" in file.parts:
                # Each line stands for itself: what is not a message is blanked and need not be indented rightly.
                lines = templatize(file.read_text("utf-8"), str(file)).splitlines()
                yield file, "\n".join(line.strip() for line in lines).encode()


def template() -> Catalog:
    """Every message of the source, without translations."""
    found = Catalog(project="Bida", charset="utf-8")
    for file, source in sources():
        for _, message, _, context in extract(
            "python", io.BytesIO(source), keywords=KEYWORDS, options={"encoding": "utf-8"}
        ):
            found.add(message, context=context, locations=[(str(file.relative_to(ROOT)), 0)])
    return found


def read(language: str) -> Catalog:
    """The catalogue of a language as it is kept."""
    file = catalogue_file(language)
    if not file.exists():
        return Catalog(locale=language, project="Bida", charset="utf-8", fuzzy=False)
    with file.open("rb") as open_file:
        return read_po(open_file, locale=language)


def extract_all() -> None:
    """Every catalogue holds exactly the messages of the source, with the translations it had."""
    for language in LANGUAGES:
        catalogue = read(language)
        catalogue.update(template(), no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        catalogue.header_comment = "# What Bida says."
        catalogue.fuzzy = False
        catalogue_file(language).parent.mkdir(parents=True, exist_ok=True)
        with catalogue_file(language).open("wb") as file:
            write_po(file, catalogue, width=110, sort_output=True, include_lineno=False, ignore_obsolete=True)


def compile_all() -> None:
    """Every catalogue has its .mo."""
    for language in LANGUAGES:
        catalogue_file(language).parent.mkdir(parents=True, exist_ok=True)
        with catalogue_file(language).with_suffix(".mo").open("wb") as file:
            write_mo(file, read(language))


if __name__ == "__main__":
    {"extract": extract_all, "compile": compile_all}[sys.argv[1]]()
