"""How fast the public pages are at the portal, and how many a reverse proxy answers that keeps them as they say.

    make bench            or    python -m bench.public [INQUIRIES [ITEMS]]

The portal serves as BIDA_ROLE=portal does, one process. Prints milliseconds of the whole request over a socket, median
and 95th percentile, one client and eight, with requests a second of the eight, beside a static file of the same server.
Then a walk of visitors over all pages, the popular ones more often, is played twice: straight to the server, and
through a cache that keeps each page for the `max-age` of its Cache-Control and no longer. Works in a copy, dropped at
the end.
"""

from __future__ import annotations

import http.client
import itertools
import random
import re
import sys
import time
from datetime import datetime, timedelta
from threading import Lock

from bench import (
    CLIENTS,
    Client,
    Server,
    begin,
    database_server,
    loaded,
    machine,
    percentiles,
    serving,
    together,
)

TIMES = 60
WALK = 4000
# The p-th popular page is asked for as often as 1/p.
SEED = 515
STATIC = "/static/disclosure/public.css"


def publish(district: int, many: int, now: datetime) -> list[int]:
    """So many items stand in public, as if each had been written, reviewed and published; gives their keys."""
    from django.db import connection

    from bureaus.models import Officer, Place
    from disclosure.checklist import POLICIES, SERVICES
    from disclosure.models import Item, ItemVersion, PublicItem

    author, reviewer = Officer.objects.filter(district=district)[:2]
    places = Place.objects.filter(district=district, kind="bureau").order_by("pk")
    kinds = (*SERVICES, *POLICIES)
    items = [
        Item(
            district_id=district,
            place=place,
            kind=kinds[number % len(kinds)],
            stage=Item.Stage.PASSED,
            title=f"办事指南第{number}号",
            body=f"<p>第{number}号事项的办理条件、材料和期限。</p>" * 20,
            made_on=now.date(),
            review_on=now.date() + timedelta(days=180),
            author=author,
            reviewer=reviewer,
            reviewed_at=now,
            created_at=now,
            changed_at=now,
            live_number=1,
        )
        for number, place in zip(range(many), itertools.cycle(places), strict=False)
    ]
    Item.objects.bulk_create(items, batch_size=1000)
    versions = [
        ItemVersion(
            item=item,
            district_id=district,
            number=1,
            title=item.title,
            body=item.body,
            made_on=item.made_on,
            author=author,
            reviewer=reviewer,
            reviewed_at=now,
            no_state_secret=True,
            no_trade_secret=True,
            no_personal_data=True,
            published_at=now,
            published_by=reviewer,
        )
        for item in items
    ]
    ItemVersion.objects.bulk_create(versions, batch_size=1000)
    PublicItem.objects.bulk_create(
        [
            PublicItem(
                item=item,
                district_id=district,
                place_id=item.place_id,
                kind=item.kind,
                current=version,
                title=item.title,
                words=f"{item.title} {item.body}",
                first_published_at=now - timedelta(seconds=number),
                published_at=now - timedelta(seconds=number),
            )
            for number, (item, version) in enumerate(zip(items, versions, strict=True))
        ],
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze disclosure_item, disclosure_itemversion, disclosure_publicitem")
    return [item.pk for item in items]


def fetched(client: Client, path: str) -> http.client.HTTPResponse:
    """The answer, read to its end. Exits where the page is not there."""
    client.connection.request("GET", path, headers={"Accept-Language": "zh-CN"})
    answer = client.connection.getresponse()
    answer.read()
    if answer.status != 200:
        sys.exit(f"{path} gave {answer.status}")
    return answer


def measured(server: Server, path: str, *, clients: int) -> tuple[float, float, float]:
    """Median and 95th percentile in milliseconds, and requests a second, of so many clients at once."""
    taken: list[float] = []

    def one() -> None:
        client = Client(server)
        for n in range(TIMES // clients + 2):
            began = time.perf_counter()
            fetched(client, path)
            if n >= 2:
                taken.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    together(one, clients)
    rate = (len(taken) + 2 * clients) / (time.perf_counter() - began)
    ordered = sorted(taken)
    return percentiles(taken)[0], ordered[int(len(ordered) * 0.95)], rate


class Kept:
    """What a reverse proxy does with the pages: each is fetched once, and again when its time is over."""

    def __init__(self) -> None:
        self.until: dict[str, float] = {}
        self.fetched = 0
        self.lock = Lock()

    def ask(self, client: Client, path: str) -> None:
        """The page was answered, from here where that is allowed."""
        if self.until.get(path, 0.0) > time.monotonic():
            return
        said = fetched(client, path).headers
        with self.lock:
            self.fetched += 1
        allowed = said.get("Cache-Control", "")
        age = re.search(r"max-age=(\d+)", allowed)
        if age and not re.search("private|no-store|no-cache", allowed) and not said.get("Set-Cookie"):
            self.until[path] = time.monotonic() + int(age[1])


def walked(server: Server, walk: list[str], kept: Kept | None) -> float:
    """Requests a second of eight clients that share the walk."""
    left, lock = iter(walk), Lock()

    def one() -> None:
        client = Client(server)
        while True:
            with lock:
                path = next(left, None)
            if path is None:
                return
            if kept is None:
                fetched(client, path)
            else:
                kept.ask(client, path)

    began = time.perf_counter()
    together(one, CLIENTS)
    return len(walk) / (time.perf_counter() - began)


def main(inquiries: int, items: int) -> int:
    """Prints the tables."""
    begin()
    from django.utils import timezone

    from bureaus.models import Place
    from bureaus.models.scope import WORKER, scope
    from disclosure.services.handing_out import hand_out_numbers

    with database_server(), loaded(inquiries, copied=True) as load:
        now = timezone.now()
        keys = publish(load.district, items, now)
        with scope(role=WORKER, district=load.district):
            hand_out_numbers(district=Place.objects.get(pk=load.district), now=now)
        bureau = Place.objects.filter(district=load.district, kind="bureau").values_list("pk", flat=True)[0]
        here = f"/public/{load.district}/"
        pages = {
            "a static file": STATIC,
            "first page": here,
            "bureaus": f"{here}bureaus/",
            "one bureau": f"{here}bureaus/{bureau}/",
            "services, newest": f"{here}items/?group=services",
            "search, many found": f"{here}items/?q=%E6%8C%87%E5%8D%97",
            "search, one found": f"{here}items/?q=%E7%AC%AC{items - 1}%E5%8F%B7",
            "one item": f"/public/items/{keys[-1]}/",
            "published answers": f"{here}answers/",
            "open days": f"{here}open-days/",
            "figures": f"{here}figures/",
            "long overdue": f"{here}overdue/",
            "ask": f"{here}ask/",
        }
        print(f"{machine()}; {inquiries} inquiries, {items} items; milliseconds of the whole request")
        print(f"{'':<22}{'1 client':>9}{'95th':>8}{f'{CLIENTS} clients':>11}{'95th':>8}{'a second':>10}")
        with serving(load, BIDA_ROLE="portal") as server:
            for name, path in pages.items():
                one = measured(server, path, clients=1)
                eight = measured(server, path, clients=CLIENTS)
                print(
                    f"{name:<22}{one[0]:>9.1f}{one[1]:>8.1f}{eight[0]:>11.1f}{eight[1]:>8.1f}{eight[2]:>10.0f}",
                    flush=True,
                )
            popular = [*list(pages.values())[1:-1], *(f"/public/items/{key}/" for key in keys)]
            weights = [1 / (place + 1) for place in range(len(popular))]
            walk = random.Random(SEED).choices(popular, weights, k=WALK)  # noqa: S311  # a walk, no secret
            straight, kept = walked(server, walk, None), Kept()
            through = walked(server, walk, kept)
            print(f"{WALK} requests over {len(set(walk))} pages, {CLIENTS} clients at once")
            print(f"straight to the server  {straight:>8.0f} a second")
            print(f"through a cache         {through:>8.0f} a second, {kept.fetched} reached the server")
    return 0


if __name__ == "__main__":
    given = [int(size) for size in sys.argv[1:]]
    sys.exit(main(*(given or [1_000_000]), *([10_000] if len(given) < 2 else [])))
