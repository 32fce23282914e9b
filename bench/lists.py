"""How fast lists are at the server: pages of inquiries near and far, changes since, and the export with its memory.

    make bench            or    python -m bench.lists [INQUIRIES]

Prints milliseconds of the whole request, p50 and p99, one client and eight; rows a second of the export, of more than a
million the first million, and the most memory the server's process had used before and after it.
"""

from __future__ import annotations

import json
import sys
import time
from urllib.parse import quote

from bench import CLIENTS, MANY, Client, ask, begin, database_server, get, loaded, machine, serving

TIMES = 40
PAGES_ON = 20
EXPORTED = 1_000_000


def main(many: int) -> int:
    """Prints the table; 1 when the export leaves rows out."""
    begin()
    from bureaus.models import Place

    with database_server(), loaded(many) as load:
        bureau = Place.objects.filter(kind="bureau").values_list("pk", flat=True)[0]
        print(f"{machine()}; {many} inquiries; milliseconds of the whole request")
        print(f"{'':<36}{'1 client':>9}{'p99':>8}{f'{CLIENTS} clients':>11}{'p99':>8}")
        with serving(load) as server:
            at, client = "/api/v1/inquiries", Client(server)
            cursor, since = "", ""
            for _ in range(PAGES_ON):
                cursor = str(json.loads(get(client, f"{at}?limit=50{cursor}"))["next"])
                cursor = f"&cursor={quote(cursor)}"
                since = f"?cursor={quote(str(json.loads(get(client, f'{at}/changes{since}'))['next']))}"
            pages = {
                "nothing": (at, "OPTIONS"),
                "first page of fifty": (f"{at}?limit=50", "GET"),
                f"page {PAGES_ON + 1}": (f"{at}?limit=50{cursor}", "GET"),
                "one bureau's open, by due": (f"{at}?bureau={bureau}&answered=false&sort=due_at", "GET"),
                "one bureau's answered, newest": (f"{at}?bureau={bureau}&answered=true", "GET"),
                "overdue": (f"{at}?overdue=true&sort=due_at", "GET"),
                "two hundred changes": (f"{at}/changes{since}", "GET"),
                "one inquiry": (f"{at}/{json.loads(get(client, at))['items'][0]['id']}", "GET"),
            }
            for name, (path, method) in pages.items():
                one = ask(server, path, clients=1, times=TIMES, method=method)
                eight = ask(server, path, clients=CLIENTS, times=TIMES // 4, method=method)
                print(f"{name:<36}{one[0]:>9.1f}{one[1]:>8.1f}{eight[0]:>11.1f}{eight[1]:>8.1f}", flush=True)
            # The first connection has idled for longer than the server keeps one.
            client = Client(server)
            before, began, rows = server.peak_megabytes(), time.perf_counter(), 0
            client.connection.request("GET", f"{at}/export", headers={**client.headers, "Accept": "*/*"})
            response = client.connection.getresponse()
            while rows < EXPORTED and (part := response.read(1 << 16)):
                rows += part.count(b"\n")
            took = time.perf_counter() - began
            after = server.peak_megabytes()
            client.connection.close()
        print(
            f"export: {rows} rows, {rows / took:.0f} a second, memory {before:.0f} MB before, {after:.0f} MB at most"
        )
    return int(rows < min(many, EXPORTED))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY))
