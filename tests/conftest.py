"""What every test may use: the cast, the doors to the rows, and a moment to stand on."""

from __future__ import annotations

import copy
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime

import hypothesis
import psycopg
import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone, translation
from psycopg import sql
from pytest_django import DjangoDbBlocker

from bureaus.access import scope_of
from bureaus.models import Officer, Place, Post
from bureaus.models.posts import Tenure
from bureaus.models.scope import ALL_DISTRICTS, WEB, WORKER, scope
from bureaus.services.api_keys import issue_key
from bureaus.services.places import open_place
from bureaus.services.posts import begin_tenure, open_post
from bureaus.workdays import SHANGHAI
from config.embedded import drop_database
from tests import database, doors


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts processes or lives long lives comes first, then the fullest files.

    Such files have few tests and take minutes: begun last, each would keep every core but one waiting.
    """
    many = Counter(item.path for item in items)
    long = {
        item.path for item in items if item.get_closest_marker("processes") or item.get_closest_marker("long")
    }
    items.sort(key=lambda item: (item.path not in long, -many[item.path]))


# How long an example takes says something of the machine, and nothing of the code.
hypothesis.settings.register_profile("bida", deadline=None)
hypothesis.settings.load_profile("bida")

As = Callable[..., AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def _quick_passwords(settings: LazySettings) -> None:
    # A slow hash is the point of a hash, but not of these tests.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _source_language() -> Iterator[None]:
    # Tests read the sentences of the source, whether or not the catalogues are compiled here.
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def written_by_doors() -> Iterator[list[str]]:
    """What doors wrote by themselves in the test, and pages asked in a loop; it fails for either."""
    with doors.traced() as found:
        yield found
    assert found == []


@dataclass
class Cast:
    """The people of 春和区 and their posts, and a stranger from 秋实区."""

    district: Place
    civil: Place
    relief: Place
    culture: Place
    streets: Place
    elsewhere: Place
    zhou_ning: Officer  # director of the district
    wu_fang: Officer  # clerk of the district
    bai_lu: Officer  # auditor of the district
    sun_wei: Officer  # head of the civil affairs bureau
    qian_yu: Officer  # its vice head
    feng_bo: Officer  # its liaison
    he_jing: Officer  # head of its relief section
    li_min: Officer  # handler there
    han_xue: Officer  # deputy of Li Min
    cao_lei: Officer  # head of the culture bureau
    tang_rui: Officer  # handler there
    ma_chao: Officer  # handler of the streets bureau
    xu_kai: Officer  # director of another district
    posts: dict[str, Post]

    def post(self, officer: Officer) -> Post:
        """The post the officer holds or deputises for."""
        return self.posts[officer.username]

    @property
    def everybody(self) -> dict[str, Officer]:
        """The officers of the district by their part in the play."""
        return {
            "director": self.zhou_ning,
            "clerk": self.wu_fang,
            "auditor": self.bai_lu,
            "bureau_head": self.sun_wei,
            "vice_head": self.qian_yu,
            "liaison": self.feng_bo,
            "section_head": self.he_jing,
            "handler": self.li_min,
        }


def found_the_districts() -> Cast:
    """Both districts stand, every post with its holder."""
    at = datetime(2024, 1, 2, 9, tzinfo=SHANGHAI)
    posts: dict[str, Post] = {}

    def place(kind: str, name: str, parent: Place | None = None) -> Place:
        return open_place(kind=kind, name=name, parent=parent, by=None, now=at, is_example=True)

    def holder(username: str, name: str, place: Place, role: str) -> Officer:
        officer = Officer.objects.create_user(
            username, None, name=name, district=Place.objects.get(pk=place.root_id), language="en"
        )
        posts[username] = open_post(place=place, role=role, title=role, by=None, now=at)
        begin_tenure(post=posts[username], officer=officer, from_on=date(2024, 1, 2), by=None, now=at)
        return officer

    district = place("district", "春和区")
    civil = place("bureau", "民政局", district)
    relief = place("section", "社会救助科", civil)
    culture = place("bureau", "文化体育局", district)
    streets = place("bureau", "城市管理局", district)
    elsewhere = place("district", "秋实区")
    cast = Cast(
        district=district,
        civil=civil,
        relief=relief,
        culture=culture,
        streets=streets,
        elsewhere=elsewhere,
        zhou_ning=holder("zhou_ning", "周宁", district, Post.Role.DIRECTOR),
        wu_fang=holder("wu_fang", "吴芳", district, Post.Role.CLERK),
        bai_lu=holder("bai_lu", "白露", district, Post.Role.AUDITOR),
        sun_wei=holder("sun_wei", "孙伟", civil, Post.Role.BUREAU_HEAD),
        qian_yu=holder("qian_yu", "钱玉", civil, Post.Role.VICE_HEAD),
        feng_bo=holder("feng_bo", "冯波", civil, Post.Role.LIAISON),
        he_jing=holder("he_jing", "何静", relief, Post.Role.SECTION_HEAD),
        li_min=holder("li_min", "李敏", relief, Post.Role.HANDLER),
        han_xue=Officer.objects.create_user("han_xue", None, name="韩雪", district=district, language="en"),
        cao_lei=holder("cao_lei", "曹磊", culture, Post.Role.BUREAU_HEAD),
        tang_rui=holder("tang_rui", "唐瑞", culture, Post.Role.HANDLER),
        ma_chao=holder("ma_chao", "马超", streets, Post.Role.HANDLER),
        xu_kai=holder("xu_kai", "徐凯", elsewhere, Post.Role.DIRECTOR),
        posts=posts,
    )
    posts["han_xue"] = posts["li_min"]
    begin_tenure(
        post=posts["han_xue"],
        officer=cast.han_xue,
        from_on=date(2024, 1, 2),
        part=Tenure.Part.DEPUTY,
        by=None,
        now=at,
    )
    return cast


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The migrated database with the cast in it, of another name for each of several that run at once.

    Once for the whole run and before any test, so that no test's result hangs on which ran first; pytest-django's own
    makes none when every test that was asked for uses `own_database`.
    """
    with django_db_blocker.unblock():
        made = setup_databases(
            verbosity=0, interactive=False, serialized_aliases=set(), keepdb=take_prepared()
        )
        _founded.append(found_the_districts())
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


def take_prepared() -> bool:
    """Whether the migrated database of the tests' own server is the test database now; another server has none."""
    if database.migrated is None:
        return False
    settings = connection.settings_dict
    name = sql.Identifier(settings["TEST"]["NAME"] or f"test_{settings['NAME']}")
    with psycopg.connect(
        **connection.get_connection_params() | {"dbname": "postgres"}, autocommit=True
    ) as server:
        server.execute(
            sql.SQL("alter database {} rename to {}").format(sql.Identifier(database.migrated), name)
        )
    return True


_founded: list[Cast] = []


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody, fresh: what a test does to a person in memory stays in that test."""
    return copy.deepcopy(_founded[0])


@pytest.fixture
def now() -> datetime:
    """A Wednesday morning in office hours, with no holiday near."""
    return datetime(2026, 5, 20, 10, tzinfo=SHANGHAI)


@pytest.fixture
def web_as(now: datetime) -> As:
    """Opens the rows as the web role and with what the officer sees: `with web_as(cast.li_min):`."""

    def enter(officer: Officer | None, at: datetime | None = None) -> AbstractContextManager[None]:
        seen = scope_of(officer, now=at or now)
        return scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer)

    return enter


@pytest.fixture
def clock() -> As:
    """Opens the rows as the worker does for every district: `with clock():`."""
    return lambda: scope(role=WORKER, district=ALL_DISTRICTS)


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """A database of the test's own with the cast in it, for what several connections must see committed.

    Made as a copy of the test database: TRUNCATE, by which pytest-django would clean up, is refused.
    """
    with django_db_blocker.unblock():
        template = str(connection.settings_dict["NAME"])
        # A name of its own too: what a process keeps of editions that never change, it keeps by the database's name.
        name = f"{template}_{uuid.uuid4().hex[:8]}"
        connection.close()
        with psycopg.connect(
            **connection.get_connection_params() | {"dbname": "postgres"}, autocommit=True
        ) as server:
            drop_database(server.execute, name)
            server.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
            connection.settings_dict["NAME"] = name
            try:
                yield copy.deepcopy(_founded[0])
            finally:
                connection.close()
                connection.settings_dict["NAME"] = template
                drop_database(server.execute, name)


Key = Callable[..., Client]


@pytest.fixture
def key(cast: Cast) -> Key:
    """A client with a key: `key("inquiries:read", officer=cast.li_min)`."""

    def made(*scopes: str, officer: Officer | None = None, bureau: Place | None = None) -> Client:
        issued = issue_key(
            name="客户端",
            scopes=scopes,
            district=(officer.district if officer else None) or cast.district,
            officer=officer,
            bureau=bureau,
            by=None,
            now=timezone.now(),
            per_minute=100_000,
        )
        return Client(headers={"authorization": f"Bearer {issued.token}", "accept-language": "en"})

    return made
