"""Each edit of a table that a district sets up is put on record, and read again in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bureaus.models import ApiScope, DistrictSettings, Edit, Officer, Place, Post

# What stands on one page.
SHOWN = 200


def record_edit(
    code: str,
    *,
    district_id: int | None,
    by: Officer | None,
    now: datetime,
    place: Place | None = None,
    **named: Any,
) -> None:
    """The edit is on record; what the installation itself sets up, or what is of no district, is not an edit."""
    if by is None or district_id is None:
        return
    Edit.objects.create(district_id=district_id, code=code, place=place, at=now, by=by, named=named)


_SETTINGS = DistrictSettings._meta


@dataclass(frozen=True)
class EditRead:
    """An edit with the names of what its ids stand for."""

    edit: Edit
    about: str
    into: str


def edits_of(district: Place, *, codes: Collection[str] = (), limit: int = SHOWN) -> list[EditRead]:
    """The newest edits first. Four queries however many."""
    rows = Edit.objects.filter(district=district).select_related("by", "place").order_by("-pk")
    found = list((rows.filter(code__in=codes) if codes else rows)[:limit])
    into = Place.objects.in_bulk([pk for row in found for pk in row.named.get("into", [])])
    officers = Officer.objects.in_bulk([row.named["officer"] for row in found if "officer" in row.named])
    posts = Post.objects.select_related("place").in_bulk(
        [row.named["post"] for row in found if "post" in row.named]
    )
    read = []
    for row in found:
        given = row.named
        who = officers.get(given.get("officer", 0))
        about = [
            given.get("was") or given.get("name") or (str(row.place) if row.place else ""),
            str(posts.get(given.get("post", 0)) or ""),
            str(who or ""),
            " – ".join(given[name] for name in ("from", "until") if given.get(name)),
        ]
        after = [given["name"]] if given.get("was") and given.get("name") != given["was"] else []
        after += [str(into[pk]) for pk in given.get("into", []) if pk in into]
        after += given.get("words", [])
        after += [str(ApiScope(scope).label) for scope in given.get("scopes", []) if scope in ApiScope.values]
        after += [str(_SETTINGS.get_field(name).verbose_name) for name in given.get("settings", [])]  # type: ignore[union-attr]
        read.append(EditRead(row, " · ".join(filter(None, about)), "、".join(after)))
    return read
