"""Who the fictional district is: places, posts, officers with fresh passwords, roster, topics, texts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from bureaus.models import Officer, Place, Post, Tenure
from bureaus.services.places import open_place, publish_hotline
from bureaus.services.posts import begin_tenure, list_turn, note_absence, open_post
from bureaus.workdays import SHANGHAI, local_date, midnight
from inquiries.models import Topic
from inquiries.services.texts import write_text

WORDS = Path(__file__).resolve().parents[2] / "example"
# Tenures began before anything the example tells of.
HELD_FOR = timedelta(days=400)
QUICK_ITERATIONS = 10_000
ROSTER_WEEKS_BACK, ROSTER_WEEKS_AHEAD = 9, 17


@dataclass(frozen=True)
class Drawn:
    """A fresh password; it stands in clear nowhere but in the list of accounts."""

    password: str
    hashed: str


@dataclass(frozen=True)
class Account:
    """One line of the list of accounts."""

    username: str
    name: str
    post: str
    password: str


@dataclass
class Cast:
    """The fictional district as the stories name it: places by path below the district, officers by account."""

    district: Place
    places: dict[str, Place] = field(default_factory=dict)
    posts: dict[tuple[str, str], Post] = field(default_factory=dict)
    officers: dict[str, Officer] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    first: list[str] = field(default_factory=list)


def read_words(name: str) -> Any:
    """What one of the example's files says."""
    return json.loads((WORDS / f"{name}.json").read_text(encoding="utf-8"))


def draw_passwords() -> dict[str, Drawn]:
    """A fresh password, and its hash, for every officer of the example.

    Seventy-two random bits need no slow hash; the first sign-in replaces it by the installation's own.
    """
    hasher = PBKDF2PasswordHasher()
    drawn = {}
    for name in _names(read_words("people")["district"]):
        word = secrets.token_urlsafe(9)
        drawn[name] = Drawn(word, hasher.encode(word, hasher.salt(), QUICK_ITERATIONS))
    return drawn


def _names(word: dict[str, Any]) -> Iterator[str]:
    yield from (line["officer"] for line in word["posts"])
    for below in word.get("below", []):
        yield from _names(below)


def open_district(*, drawn: Mapping[str, Drawn], now: datetime) -> Cast:
    """The district stands with everybody in it; nothing has been asked yet."""
    words = read_words("people")
    cast = Cast(_open(words["district"], None, now=now - HELD_FOR), first=words["first_accounts"])
    _settle(words["district"], cast.district, "", cast, now=now)
    _appoint(words["district"], "", cast, drawn, now=now)
    _appoint_deputies(words["district"], "", cast, now=now)
    today = local_date(now)
    for away in words["absences"]:
        note_absence(
            officer=cast.officers[away["officer"]],
            from_at=midnight(today + timedelta(days=int(away["from"]))),
            until_at=midnight(today + timedelta(days=int(away["until"]))),
            by=None,
            now=now,
            why=away["why"],
        )
    monday = today - timedelta(days=today.weekday())
    for path, names in words["roster"].items():
        for week in range(-ROSTER_WEEKS_BACK, ROSTER_WEEKS_AHEAD):
            begins = datetime.combine(monday + timedelta(weeks=week), time(8), SHANGHAI)
            for rank in (1, 2):
                list_turn(
                    place=cast.places[path],
                    officer=cast.officers[names[(week + rank) % len(names)]],
                    from_at=begins,
                    until_at=begins + timedelta(weeks=1),
                    rank=rank,
                    by=None,
                    now=now,
                )
    for name, children in words["topics"].items():
        above = Topic.objects.create(district=cast.district, name=name)
        cast.topics[name] = above
        for child, path in children.items():
            cast.topics[child] = Topic.objects.create(
                district=cast.district, parent=above, name=child, default_bureau=cast.places[path]
            )
    for word in words["texts"]:
        write_text(
            place=cast.places[word["path"]],
            title=word["title"],
            text=word["text"],
            topic=cast.topics[word["topic"]] if "topic" in word else None,
            by=None,
            now=now - HELD_FOR,
        )
    return cast


def _open(word: dict[str, Any], parent: Place | None, *, now: datetime) -> Place:
    return open_place(
        kind=word["kind"],
        name=word["name"],
        full_name=word.get("full_name", ""),
        body=word.get("body", Place.Body.DEPARTMENT),
        city=word.get("city", ""),
        parent=parent,
        is_example=True,
        by=None,
        now=now,
    )


def _settle(word: dict[str, Any], place: Place, path: str, cast: Cast, *, now: datetime) -> None:
    cast.places[path] = place
    for line in word.get("hotlines", []):
        publish_hotline(place=place, by=None, now=now, **line)
    for below in word.get("below", []):
        child = _open(below, place, now=now)
        _settle(below, child, f"{path}/{below['name']}".lstrip("/"), cast, now=now)


def _appoint(
    word: dict[str, Any], path: str, cast: Cast, drawn: Mapping[str, Drawn], *, now: datetime
) -> None:
    place = cast.places[path]
    from_on = local_date(now - HELD_FOR)
    for line in word["posts"]:
        own = drawn[line["officer"]]
        officer = Officer.objects.create(
            username=line["officer"],
            password=own.hashed,
            name=line["name"],
            district=cast.district,
            is_example=True,
        )
        post = open_post(place=place, role=line["role"], title=line["title"], by=None, now=now)
        begin_tenure(post=post, officer=officer, from_on=from_on, by=None, now=now)
        cast.officers[officer.username] = officer
        cast.posts[(path, line["role"])] = post
        where = path.replace("/", " ") or cast.district.name
        cast.accounts[officer.username] = Account(
            officer.username, officer.name, f"{where} {line['title']}", own.password
        )
    for below in word.get("below", []):
        _appoint(below, f"{path}/{below['name']}".lstrip("/"), cast, drawn, now=now)


def _appoint_deputies(word: dict[str, Any], path: str, cast: Cast, *, now: datetime) -> None:
    posts = Post.objects.filter(place=cast.places[path]).in_bulk()
    by_title = {post.title: post for post in posts.values()}
    for line in word["posts"]:
        if deputy := line.get("deputy"):
            begin_tenure(
                post=by_title[line["title"]],
                officer=cast.officers[deputy],
                part=Tenure.Part.DEPUTY,
                from_on=local_date(now - HELD_FOR),
                by=None,
                now=now,
            )
    for below in word.get("below", []):
        _appoint_deputies(below, f"{path}/{below['name']}".lstrip("/"), cast, now=now)


def renew_passwords(*, drawn: Mapping[str, Drawn]) -> list[Account]:
    """Every officer of the example has a new password; gives the accounts, for the list was lost."""
    accounts = []
    officers = Officer.objects.filter(is_example=True, username__in=drawn)
    for officer in officers.select_for_update().order_by("pk"):
        own = drawn[officer.username]
        officer.password = own.hashed
        officer.save(update_fields=["password"])
        held = officer.tenures.filter(part=Tenure.Part.HOLDER).select_related("post__place").first()
        post = f"{held.post.place} {held.post.title}" if held else ""
        accounts.append(Account(officer.username, officer.name, post, own.password))
    return accounts
