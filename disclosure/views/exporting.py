"""The public pages of a district as files: each as anybody reads it, its links leading to the other files."""

from __future__ import annotations

import html
import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import resolve, reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from bureaus.models import Place
from bureaus.models.scope import WEB, scope
from bureaus.services.refusals import Refusal
from disclosure.models import ItemFile, PublicItem
from disclosure.services.answers import read_by_everybody
from disclosure.services.booklets import public_editions
from disclosure.services.finding import public_places
from disclosure.services.showing import published_summaries, shown_days

# What this writes, one a line below the district's key; the next run takes away what is public no longer.
WRITTEN = ".bida-export"
_HOST = "bida.invalid"
_TAG = re.compile(r"<[a-z][^<>]*>")
_LINK = re.compile(r' (href|src)="([^"]*)"')
_ADDRESS = re.compile(rf"https://{re.escape(_HOST)}([^<\"\s]*)")
_ENTRY = re.compile(r"\n<url>.*?</url>")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_CHUNK = 500
# Each language with its folder: the pages of the first stand at the top.
_FOLDERS = {settings.LANGUAGE_CODE: "", "en": "en/"}


class NotAnExport(Refusal):
    sentence = _("The folder holds what no export of this district wrote. Name an empty one, or a new one.")


@dataclass
class Exported:
    """How many files were written or replaced, left as they were, and removed."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0


class _AsAnybody(HttpRequest):
    """A request of nobody, for a page that is written to a file."""

    exported = True

    def __init__(self, path: str, query: str, live: str) -> None:
        super().__init__()
        self.path = self.path_info = path
        self.method = "GET"
        self.META = {"QUERY_STRING": query}
        self.GET = QueryDict(query)
        self.user = AnonymousUser()
        self.live = live

    def get_host(self) -> str:
        return _HOST

    def _get_scheme(self) -> str:
        return "https"


@dataclass(frozen=True)
class _Here:
    """The page being written: its address, its file, and which page of a list it is."""

    path: str
    file: str
    group: str = ""
    page: int = 1


@dataclass
class Export:
    """One run. In memory are one page at a time and the names of all."""

    district: Place
    folder: Path
    # Where the files will stand, for the feed and the sitemap; where Bida itself is reached, for asking and following.
    address: str = ""
    live: str = ""
    done: Exported = field(default_factory=Exported)

    def __post_init__(self) -> None:
        key = {"district": self.district.pk}
        self.root, self.home = reverse("public_start"), reverse("public_district", kwargs=key)
        self.lists = {reverse(name, kwargs=key) for name in ("public_items", "public_answers")}
        self.files = reverse("public_file", kwargs={"pk": "0" * 8 + "-0000-0000-0000-" + "0" * 12})[:-37]
        self.pages: set[str] = set()
        self.names: set[str] = set()
        self.following = self.inside = ""
        self.kept: TextIO | None = None

    def run(self) -> Exported:
        """Writes what is new or changed, leaves what is as it was, removes what is public no longer.

        All of it as it stood at one moment. Raises NotAnExport.
        """
        before = self._begin()
        with (
            scope(role=WEB, of_one_moment=True),
            (self.folder / WRITTEN).open("a", encoding="utf-8") as kept,
        ):
            self.kept = kept
            # Which pages there are is known before the first is written, so that no link leads to none.
            self.pages.update(self._addresses())
            for language, folder in _FOLDERS.items():
                self.inside = folder
                with translation.override(language):
                    self._pages()
        for name in sorted(before - self.names):
            self._remove(name)
        lines = [str(self.district.pk), *sorted(self.names)]
        self._replace(WRITTEN, "".join(f"{line}\n" for line in lines).encode())
        return self.done

    def _pages(self) -> None:
        """Everything in the language that is set."""
        for path in sorted(self.pages - self.lists):
            self._page(_Here(path, self._file_of(path)))
        for path in sorted(self.lists):
            for group in ("", "services", "policies") if path.endswith("/items/") else ("",):
                self._list(path, group)

    def _begin(self) -> set[str]:
        """What earlier runs wrote."""
        if self.folder.exists() and not self.folder.is_dir():
            raise NotAnExport
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.folder / WRITTEN
        if kept.exists():
            owner, *names = kept.read_text(encoding="utf-8").splitlines() or [""]
            # The list may have been touched: nothing outside the folder is ever removed.
            if owner != str(self.district.pk) or any(
                ".." in n.split("/") or n.startswith("/") for n in names
            ):
                raise NotAnExport
            return set(names)
        if any(self.folder.iterdir()):
            raise NotAnExport
        kept.write_text(f"{self.district.pk}\n", encoding="utf-8")
        return set()

    def _addresses(self) -> Iterator[str]:
        key = {"district": self.district.pk}
        for name in (
            *("public_district", "public_bureaus", "public_items", "public_answers", "public_open_days"),
            "public_booklets",
            *("public_figures", "public_overdue", "public_feed", "public_sitemap"),
        ):
            yield reverse(name, kwargs=key)
        for name in ("public_figures_as", "public_overdue_as"):
            for form in ("csv", "json"):
                yield reverse(name, kwargs=key | {"form": form})
        for name, rows in (
            ("public_place", (place.pk for place in public_places(self.district.pk))),
            ("public_open_day", (day.pk for day in shown_days(self.district))),
            ("public_booklet", (edition.booklet_id for edition in public_editions(self.district))),
            ("public_answer", self._keys(read_by_everybody(self.district.pk))),
            ("public_summary", self._keys(published_summaries(self.district.pk))),
        ):
            for pk in rows:
                yield reverse(name, kwargs=key | {"pk": pk})
        for pk in self._keys(PublicItem.objects.filter(district=self.district)):
            yield reverse("public_item", kwargs={"pk": pk})

    @staticmethod
    def _keys(rows: object) -> Iterator[int]:
        return rows.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=_CHUNK)  # type: ignore[attr-defined, no-any-return]

    def _file_of(self, path: str) -> str:
        """/public/1/bureaus/7/ is bureaus/7.html, in English en/bureaus/7.html."""
        name = path.removeprefix(self.home if path.startswith(self.home) else self.root) or "index/"
        return self.inside + (f"{name[:-1]}.html" if name.endswith("/") else name)

    def _list_file(self, path: str, group: str, page: int) -> str:
        stem = self._file_of(path).removesuffix(".html")
        return "-".join([stem, *([group] if group else []), *([str(page)] if page > 1 else [])]) + ".html"

    def _list(self, path: str, group: str) -> None:
        """Every page of a list, one after the other."""
        query, page = f"group={group}" if group else "", 1
        while True:
            self.following = ""
            self._page(_Here(path, self._list_file(path, group, page), group, page), query)
            if not self.following:
                return
            query, page = self.following, page + 1

    def _render(self, path: str, query: str = "") -> HttpResponse:
        found = resolve(path)
        asked = _AsAnybody(path, query, self.live)
        response: HttpResponse = found.func(asked, *found.args, **found.kwargs)
        if response.status_code != 200:
            raise Http404(path)
        return response

    def _page(self, here: _Here, query: str = "") -> None:
        response = self._render(here.path, query)
        content, kind = response.content, response["Content-Type"].partition(";")[0]
        if kind == "text/html":
            content = _TAG.sub(lambda tag: self._relinked(tag[0], here), content.decode()).encode()
        elif kind.endswith("xml"):
            content = self._readdressed(content.decode()).encode()
        self._write(here.file, content)

    def _relinked(self, tag: str, here: _Here) -> str:
        def other(link: re.Match[str]) -> str:
            to = self._target(html.unescape(link[2]), here)
            # What leads to no file and to no portal is read, not followed.
            return "" if to is None else f' {link[1]}="{html.escape(to)}"'

        return _LINK.sub(other, tag)

    def _readdressed(self, text: str) -> str:
        """The feed or the sitemap with the addresses of the files; an entry without one is left out."""

        def other(link: re.Match[str]) -> str:
            path = unquote(html.unescape(link[1]))
            if path in self.pages:
                return html.escape(f"{self.address}/{self._file_of(path)}".removeprefix("/"))
            return f"{self.live}{link[1]}" if self.live else link[0]

        text = _ADDRESS.sub(other, text)
        return _ENTRY.sub(lambda entry: "" if _HOST in entry[0] else entry[0], text)

    def _target(self, url: str, here: _Here) -> str | None:
        """Where the link leads from this file; None where nothing is exported and no portal is known."""
        parts = urlsplit(url)
        if parts.scheme or parts.netloc or url.startswith("#"):
            return url
        path, query = urljoin(here.path, parts.path), parse_qs(parts.query)
        if language := query.get("language"):
            target = _FOLDERS[language[0]] + here.file.removeprefix(self.inside)
        elif path.startswith(settings.STATIC_URL):
            target = self._static(path)
        elif path.startswith(self.files):
            target = self._attached(path)
        elif path in self.lists and "after" in query:
            self.following = parts.query
            target = self._list_file(path, here.group, here.page + 1)
        elif path in self.lists and not query.get("q"):
            target = self._list_file(path, query.get("group", [""])[0], 1)
        else:
            target = self._file_of(path) if path in self.pages else ""
        if not target:
            return f"{self.live}{urljoin(here.path, url)}" if self.live else None
        relative = posixpath.relpath(target, posixpath.dirname(here.file) or ".")
        return f"{relative}#{parts.fragment}" if parts.fragment else relative

    def _static(self, path: str) -> str:
        name = path.removeprefix(settings.STATIC_URL)
        target = f"static/{name}"
        if target not in self.names:
            # Collected, it has its hash in its name; beside the source it has not.
            source = finders.find(name) or Path(settings.STATIC_ROOT) / name
            self._write(target, Path(str(source)).read_bytes())
        return target

    def _attached(self, path: str) -> str:
        """A file of an item, under its key and the ending of its name."""
        key = path.removeprefix(self.files).strip("/")
        kept = ItemFile.objects.filter(pk=key).values_list("name", flat=True).first()
        if kept is None:
            return ""
        suffix = Path(kept).suffix.lower()
        target = f"files/{key}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
        if target not in self.names:
            try:
                self._write(target, self._render(path).content)
            except Http404:
                return ""
        return target

    def _write(self, name: str, content: bytes) -> None:
        """The file holds this; one that did already is not touched."""
        # Listed before it is there: a run that is cut off leaves nothing that the next does not know.
        self.names.add(name)
        file = self.folder / name
        if file.is_file() and file.stat().st_size == len(content) and file.read_bytes() == content:
            self.done.unchanged += 1
            return
        if self.kept is not None:
            self.kept.write(f"{name}\n")
            self.kept.flush()
        file.parent.mkdir(parents=True, exist_ok=True)
        self._replace(name, content)
        self.done.written += 1

    def _replace(self, name: str, content: bytes) -> None:
        # Whoever reads it meanwhile reads the old one or the new one, whole.
        part = self.folder / f"{name}.part"
        part.write_bytes(content)
        os.replace(part, self.folder / name)

    def _remove(self, name: str) -> None:
        (self.folder / f"{name}.part").unlink(missing_ok=True)
        if (self.folder / name).is_file():
            (self.folder / name).unlink()
            self.done.removed += 1
        for parent in (self.folder / name).parents:
            if parent == self.folder or any(parent.iterdir()):
                return
            parent.rmdir()
