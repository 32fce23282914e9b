"""What a browser keeps to open the desk of a booth without a network: its forms, and the worker that keeps them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from disclosure.figures.open_days import standing_of
from disclosure.views.desk import forms_of, written_by
from disclosure.views.reader import booth_or_404

FILES = (
    "vendor/tabler/css/tabler.min.css",
    "bida/bida.css",
    "bida/favicon.svg",
    "disclosure/queue.js",
)


@never_cache
@login_required
@require_GET
def shell(request: HttpRequest, pk: int) -> HttpResponse:
    """The desk without numbers, matters and names: whoever holds the tablet without a network may see it.

    Made without the request, so that nothing of the reader can get in: no name, no post, no token.
    """
    at = booth_or_404(request, pk)
    if not written_by(request, at):
        raise Http404
    standing = standing_of([at])[at.pk]
    context = forms_of(at, standing) | {"booth": at, "day": at.open_day, "mine": True, "shell": True}
    return HttpResponse(render_to_string("disclosure/booth.html", context))


@never_cache
@require_GET
def worker(_request: HttpRequest) -> HttpResponse:
    """The service worker. Its first line names the files of this release: another release is another worker."""
    addresses = [static(name) for name in FILES]
    seen = hashlib.sha256(json.dumps(addresses).encode())
    for name in (*FILES, "disclosure/worker.js"):
        # Where files are named by what they hold, the address says it all.
        if found := finders.find(name):
            seen.update(Path(found).read_bytes())
    first = {"version": seen.hexdigest()[:16], "files": addresses}
    source = Path(str(finders.find("disclosure/worker.js"))).read_text(encoding="utf-8")
    return HttpResponse(f"const SHELL = {json.dumps(first)};\n{source}", content_type="text/javascript")
