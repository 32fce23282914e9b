"""The district a load plays in: thirty bureaus with their posts, officers and topics, and the citizens who ask."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from random import Random

from django.db import connection

from bureaus.access import Roll
from bureaus.models import Officer, Place
from bureaus.models.fields import DataKey, encrypt, fresh_key, keyed_hash, mask_name, mask_phone
from bureaus.services.calendar import calendar_for
from bureaus.services.places import open_place
from bureaus.services.posts import begin_tenure, open_post
from bureaus.workdays import Calendar, local_date
from inquiries.deadlines import Due
from inquiries.models import Topic
from inquiries.models.rules import Kind, Urgency
from inquiries.services.loading.draws import Wheel
from inquiries.services.loading.words import Words
from inquiries.services.measuring import first_due, ladder_for, rule_for, rule_of, steps_of, version_of

HANDLERS = 3
# One asks again and again, most ask once or twice: a tenth as many citizens with a telephone as inquiries.
ASK_EACH, MOST_PERSONS = 10, 50_000


@dataclass(frozen=True)
class Hand:
    """An officer by the post held."""

    officer_id: int
    post_id: int


@dataclass(frozen=True)
class Bureau:
    """One bureau: who decides, who handles, and what it is asked about."""

    place_id: int
    head: Hand
    handlers: tuple[Hand, ...]
    topics: tuple[tuple[int, str], ...]
    weight: int


@dataclass(frozen=True)
class Person:
    """A citizen who left name and telephone, encrypted under one key, as the twin of a split matter has it."""

    key_id: uuid.UUID
    # The columns of a citizen's row from `standing` on.
    left: str


class Stage:
    """Where the load plays, read once; after `warm` its stories ask nothing of the database."""

    def __init__(self, *, seed: int, many: int, began_at: datetime, now: datetime) -> None:
        """The district stands, marked as an example, with its rules as shipped and everybody in post."""
        self.now = now
        self._dues: dict[tuple[str, str, date], Due] = {}
        self.words = Words()
        name = self.words.parts["district"]
        number = Place.objects.filter(kind=Place.Kind.DISTRICT, name__startswith=name).count() + 1
        # Another load beside this one has other people and other keys.
        rng = Random(f"{seed} {number}")
        self.seed = f"{seed} {number}"
        self.district = open_place(
            kind="district", name=f"{name}{number}", is_example=True, by=None, now=began_at
        )
        self.district_id = self.district.pk
        self._rng, self._began_at, self._officers = rng, began_at, 0
        self.director = self._appoint(self.district, "director", "主任")
        self.clerks = tuple(self._appoint(self.district, "clerk", f"{n}号派单岗") for n in (1, 2))
        self._appoint(self.district, "auditor", "审计")
        topics = self._topics()
        self.bureaus = [self._bureau(*given, topics=topics) for given in self.words.parts["bureaus"]]
        self.keys, self.persons = self._persons(many)
        self.calendar: Calendar = calendar_for(self.district_id)
        self.calendar_version = version_of(self.calendar)
        self.rules = {
            (kind, urgency): (row.pk, rule_of(row))
            for kind in Kind.values
            for urgency in Urgency.values
            for row in [rule_for(self.district_id, kind, urgency)]
        }
        self.ladders = {
            meant: (row.pk, steps_of(row.pk))
            for meant in (*Urgency.values, "duty")
            for row in [ladder_for(self.district_id, meant)]
        }
        self.roll = Roll(self.district_id, now=now)
        self._heads = {bureau.place_id: bureau.head for bureau in self.bureaus}
        # The transaction of the load, by which clients of the API see what changed.
        with connection.cursor() as cursor:
            cursor.execute(
                "select coalesce(max(base), 0) + pg_current_xact_id()::text::bigint from inquiries_changeera"
            )
            self.xid = int((cursor.fetchone() or (0,))[0])

    @cached_property
    def asked(self) -> Wheel[Bureau]:
        """One of the bureaus, each as often as it is asked beside the others."""
        return Wheel({bureau: bureau.weight for bureau in self.bureaus})

    def head_of(self, place_id: int) -> Hand:
        """Who decides for the bureau; for the district's office its director."""
        return self._heads.get(place_id, self.director)

    def due(self, kind: str, urgency: str, asked_at: datetime) -> Due:
        """When the answer is owed to what was asked then."""
        rule = self.rules[(kind, urgency)][1]
        if rule.unit == "hours":
            return first_due(kind, asked_at, None, rule, self.calendar)
        key = (kind, urgency, local_date(asked_at))
        if key not in self._dues:
            self._dues[key] = first_due(kind, asked_at, None, rule, self.calendar)
        return self._dues[key]

    def warm(self) -> None:
        """Nothing is left to be read."""
        _ = self.roll.on_duty, self.asked

    def _appoint(self, place: Place, role: str, title: str) -> Hand:
        self._officers += 1
        officer = Officer.objects.create(
            username=f"load-{self.district_id}-{self._officers}",
            password="!",  # noqa: S106  # no password fits this; `manage.py changepassword` gives one
            name=self.words.name(self._rng),
            district=self.district,
            is_example=True,
        )
        post = open_post(place=place, role=role, title=title, by=None, now=self._began_at)
        begin_tenure(post=post, officer=officer, from_on=self._began_at.date(), by=None, now=self._began_at)
        return Hand(officer.pk, post.pk)

    def _topics(self) -> dict[str, int]:
        found = {}
        for name, leaves in self.words.parts["topics"].items():
            above = Topic.objects.create(district=self.district, name=name)
            for leaf in leaves:
                found[leaf] = Topic.objects.create(district=self.district, parent=above, name=leaf).pk
        return found

    def _bureau(
        self, name: str, body: str, weight: int, asked: list[str], *, topics: dict[str, int]
    ) -> Bureau:
        place = open_place(
            kind="bureau", name=name, body=body, parent=self.district, by=None, now=self._began_at
        )
        head = self._appoint(place, "bureau_head", "局长")
        for role, title in (("vice_head", "分管副局长"), ("section_head", "科长")):
            self._appoint(place, role, title)
        handlers = tuple(self._appoint(place, "handler", f"{n}号经办岗") for n in range(1, HANDLERS + 1))
        Topic.objects.filter(pk__in=[topics[leaf] for leaf in asked], default_bureau=None).update(
            default_bureau=place
        )
        return Bureau(place.pk, head, handlers, tuple((topics[leaf], leaf) for leaf in asked), weight)

    def _persons(self, many: int) -> tuple[list[DataKey], list[Person]]:
        keys, persons = [], []
        for _ in range(min(many // ASK_EACH + 1, MOST_PERSONS)):
            key = fresh_key(self.district_id)
            key.id = uuid.UUID(int=self._rng.getrandbits(128), version=4)
            name = self.words.name(self._rng)
            phone = f"+8613{self._rng.randrange(10**9):09d}"
            person = Person(
                key.pk,
                "\t".join(
                    (
                        *("named", str(key.pk), encrypt(name, key), encrypt(phone, key), "", "", ""),
                        *(mask_name(name), mask_phone(phone)),
                        keyed_hash(phone, f"phone:{self.district_id}"),
                    )
                ),
            )
            keys.append(key)
            persons.append(person)
        return keys, persons
