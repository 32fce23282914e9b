"""The directory of another system is brought in: places, posts and officers, found again by their key in it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from bureaus.models import Officer, Place, Post, Tenure
from bureaus.services.accounts import open_account, rename_officer
from bureaus.services.places import open_place, rename_place
from bureaus.services.posts import begin_tenure, open_post
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date

COLUMNS = ("what", "id", "name", "under", "kind", "role", "account", "holder")
LARGEST_FILE = 5_000_000


class DirectoryRefused(Exception):
    """Nothing was brought in; `lines` says why, each with the number of its line."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass
class BroughtIn:
    """What went in: `done` says each change, `passwords` are (account, password) of the accounts opened.

    `same` counts the lines that changed nothing.
    """

    done: list[str] = field(default_factory=list)
    passwords: list[tuple[str, str]] = field(default_factory=list)
    same: int = 0


def read_directory(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file in UTF-8 or GB 18030, each with the number of its line. Raises DirectoryRefused."""
    if len(content) > LARGEST_FILE:
        raise DirectoryRefused([_("The file is larger than a directory: at most 5 MB.")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as wrong:
            raise DirectoryRefused([_("The file is neither UTF-8 nor GB 18030.")]) from wrong
    reader = csv.DictReader(io.StringIO(text, newline=""))
    lacking = [name for name in ("what", "name") if name not in (reader.fieldnames or [])]
    unknown = [name for name in reader.fieldnames or [] if name not in COLUMNS]
    if lacking or unknown:
        raise DirectoryRefused(
            [
                _("Line 1: the columns are %(names)s; what and name are needed.")
                % {"names": ", ".join(COLUMNS)}
            ]
        )
    rows = []
    for row in reader:
        if None in row:
            raise DirectoryRefused([_("Line %(n)d: more cells than columns.") % {"n": reader.line_num}])
        rows.append((reader.line_num, {name: (row.get(name) or "").strip() for name in COLUMNS}))
    return rows


def sync_directory(
    *, district: Place, rows: list[tuple[int, dict[str, str]]], by: Officer | None, now: datetime
) -> BroughtIn:
    """Every row stands in the district: made where its key is new, renamed where its name is; all of them or none.

    Nothing is taken away, moved or ended: what the file does not name stays, and a place that moved, a post of another
    role or with another holder is refused, because each is an act with its own slip. Raises DirectoryRefused.
    """
    brought = BroughtIn()
    refused: list[str] = []
    twice = Counter((row["what"], row["id"]) for _line, row in rows if row["id"])
    bring: dict[str, Callable[..., None]] = {"place": _place, "officer": _officer, "post": _post}
    with transaction.atomic():
        for line, row in rows:
            try:
                if row["what"] not in bring:
                    raise Refusal(_("what is place, officer or post."))
                if row["what"] != "post" and not row["id"]:
                    raise Refusal(_("A place and an officer need their id."))
                if twice[row["what"], row["id"]] > 1:
                    raise Refusal(_("This id stands in the file more than once."))
                with transaction.atomic():
                    bring[row["what"]](district, row, brought, by=by, now=now)
            except Refusal as wrong:
                refused.append(_("Line %(n)d: %(why)s") % {"n": line, "why": wrong})
            except ValidationError as wrong:
                refused.append(_("Line %(n)d: %(why)s") % {"n": line, "why": " ".join(wrong.messages)})
        if refused:
            raise DirectoryRefused(refused)
    return brought


def _place(
    district: Place, row: dict[str, str], brought: BroughtIn, *, by: Officer | None, now: datetime
) -> None:
    above = _place_of(district, row["under"])
    if row["kind"] not in (Place.Kind.BUREAU, Place.Kind.UNIT, Place.Kind.SECTION):
        raise Refusal(_("kind is bureau, unit or section."))
    found = Place.objects.filter(district=district, external_id=row["id"]).first()
    if found is None:
        open_place(kind=row["kind"], name=row["name"], parent=above, external_id=row["id"], by=by, now=now)
        brought.done.append(_("place %(name)s opened") % {"name": row["name"]})
    elif found.abolished_on is not None:
        raise Refusal(_("This place was abolished."))
    elif (found.kind, found.parent_id) != (row["kind"], above.pk):
        raise Refusal(_("This place stands elsewhere, or is of another kind. It does not move by a file."))
    elif found.name != row["name"]:
        brought.done.append(_("place %(old)s is now %(name)s") % {"old": found.name, "name": row["name"]})
        rename_place(place=found, name=row["name"], by=by, now=now)
    else:
        brought.same += 1


def _officer(
    district: Place, row: dict[str, str], brought: BroughtIn, *, by: Officer | None, now: datetime
) -> None:
    found = Officer.objects.filter(district=district, external_id=row["id"]).first()
    if found is None:
        made = open_account(
            username=row["account"],
            name=row["name"],
            district=district,
            external_id=row["id"],
            by=by,
            now=now,
        )
        brought.done.append(_("account %(name)s opened") % {"name": made.username})
        brought.passwords.append((made.username, made.fresh_password))
    elif row["account"] and found.username != row["account"]:
        raise Refusal(_("This officer's account is %(name)s and stays so.") % {"name": found.username})
    elif found.name != row["name"]:
        brought.done.append(_("officer %(old)s is now %(name)s") % {"old": found.name, "name": row["name"]})
        rename_officer(officer=found, name=row["name"], by=by, now=now)
    else:
        brought.same += 1


def _post(
    district: Place, row: dict[str, str], brought: BroughtIn, *, by: Officer | None, now: datetime
) -> None:
    place = _place_of(district, row["under"])
    post = Post.objects.filter(place=place, title=row["name"], closed_on=None).first()
    before = len(brought.done)
    if post is None:
        post = open_post(place=place, role=row["role"], title=row["name"], by=by, now=now)
        brought.done.append(_("post %(name)s opened") % {"name": post})
    elif post.role != row["role"]:
        raise Refusal(_("This post has the role %(role)s and keeps it.") % {"role": post.role})
    if row["holder"]:
        officer = Officer.objects.filter(district=district, external_id=row["holder"]).first()
        if officer is None:
            raise Refusal(_("No officer has the id %(id)s.") % {"id": row["holder"]})
        today = local_date(now)
        if not Tenure.objects.filter(
            post=post, officer=officer, part=Tenure.Part.HOLDER, from_on__lte=today, until_on=None
        ).exists():
            begin_tenure(post=post, officer=officer, from_on=today, by=by, now=now)
            brought.done.append(_("%(officer)s holds %(post)s") % {"officer": officer, "post": post})
    if len(brought.done) == before:
        brought.same += 1


def _place_of(district: Place, external_id: str) -> Place:
    if not external_id:
        return district
    found = Place.objects.standing().filter(district=district, external_id=external_id).first()
    if found is None:
        raise Refusal(
            _("No standing place has the id %(id)s; it comes before what is under it.") % {"id": external_id}
        )
    return found
