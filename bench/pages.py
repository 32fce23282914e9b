"""How fast the pages are: Today, one inquiry, the search, the overview and what is behind its numbers.

    make bench            or    python -m bench.pages [INQUIRIES …]

Prints for the district's director and for a bureau's head the median and the 95th percentile of the whole request in
this process, middleware and templates included and no socket, beside the frame alone, and its statements.
"""

from __future__ import annotations

import sys

from bench import begin, database_server, loaded, machine
from bench.today import timed

GOAL_MS = 50.0
# What the issue of the console names; the others are beside it.
HELD_TO_IT = frozenset({"today", "one inquiry", "search", "overview"})


def main(sizes: list[int]) -> int:
    """Prints the table; 1 when the goal is missed."""
    begin()
    from bureaus.models import Tenure
    from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
    from inquiries.models import Inquiry

    missed = False
    with database_server():
        for size in sizes:
            with loaded(size) as load:
                with scope(role=WORKER, district=ALL_DISTRICTS):
                    held = Tenure.objects.filter(post__place__path__startswith=f"{load.district}/")
                    readers = {
                        role: held.filter(post__role=role).values_list("officer_id", flat=True)[0]
                        for role in ("director", "bureau_head")
                    }
                    shown = {
                        role: Inquiry.objects.filter(district=load.district, sealed=False, **where)
                        .order_by("pk")
                        .values_list("pk", flat=True)[0]
                        for role, where in {
                            "director": {},
                            "bureau_head": {
                                "holder__in": held.filter(officer=readers["bureau_head"]).values(
                                    "post__place"
                                )
                            },
                        }.items()
                    }
                print(f"{machine()}; {size} inquiries; milliseconds of the whole request")
                print(f"{'':<14}{'':<22}{'median':>8}{'95th':>8}{'statements':>12}")
                for role, officer in readers.items():
                    pages = {
                        "the frame": "/password/",
                        "today": "/",
                        "one inquiry": f"/inquiries/{shown[role]}/",
                        "search": "/search/?q=电梯",
                        "search, overdue": "/search/?state=overdue",
                        "overview": "/overview/",
                        "time held": "/overview/held/",
                        "behind overdue": "/figures/ageing/",
                        "behind recorded": "/figures/recorded/",
                    }
                    for name, path in pages.items():
                        median, worst, asked = timed(officer, path)
                        print(f"{role:<14}{name:<22}{median:>8.1f}{worst:>8.1f}{asked:>12}", flush=True)
                        missed = missed or (name in HELD_TO_IT and worst > GOAL_MS)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [100_000, 1_000_000]))
