"""The public pages: nobody signs in, nothing personal stands on them, each works without JavaScript."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import json_script
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from bureaus.models import Hotline, Place
from disclosure.checklist import BY_CODE, POLICIES, SERVICES
from disclosure.documents import structured
from disclosure.documents.structured import Data
from disclosure.documents.summary import read_text, title_of
from disclosure.models import ItemFile, OpenDay, PublicItem
from disclosure.services.answers import find_answers, read_by_everybody
from disclosure.services.booklets import public_editions
from disclosure.services.finding import (
    INSIDE_SETTINGS,
    Search,
    districts,
    find_items,
    hotlines_of,
    public_places,
    public_versions,
)
from disclosure.services.handing_out import announced
from disclosure.services.showing import published_summaries, shown_days
from disclosure.views.items import parts_shown, sent

PAGE = 20
# So long a proxy or a browser may show a page again without asking; what was withdrawn is gone after it everywhere.
KEPT_SECONDS = 60
NEWEST = 6
LARGE = "bida_large"
GROUPS = {"services": SERVICES, "policies": POLICIES, "": ()}


def district_of(pk: int) -> Place:
    """A district with public pages. Raises Http404."""
    return get_object_or_404(districts().select_related("settings").defer(*INSIDE_SETTINGS), pk=pk)


def show(
    request: HttpRequest, page: str, district: Place, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A public page in the frame of its district."""
    response = render(
        request,
        f"disclosure/public/{page}.html",
        {
            "district": district,
            "large": request.COOKIES.get(LARGE) == "1",
            # A page that is written to a file asks nothing of this server, but where a portal is named.
            "is_file": getattr(request, "exported", False),
            "asks": not getattr(request, "exported", False) or bool(getattr(request, "live", "")),
            **context,
            "structured": data_block(context.get("structured")),
        },
        status=status,
    )
    if request.method in ("GET", "HEAD"):
        # The same for everybody but for language and letters; what asks for something is `never_cache`.
        patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
        patch_vary_headers(response, ("Cookie", "Accept-Language"))
    return response


def data_block(data: Data | None) -> str:
    """The data as a block that no browser runs and the content security policy does not concern; nothing of none."""
    if not data:
        return ""
    return SafeString(json_script(data).replace('"application/json"', '"application/ld+json"', 1))  # nosec B703


@require_GET
def public_start(request: HttpRequest) -> HttpResponse:
    """The district where there is one, else the choice of them."""
    found = list(districts())
    if len(found) == 1:
        return redirect("public_district", district=found[0].pk)
    return render(request, "disclosure/public/start.html", {"districts": found, "large": False})


@require_GET
def public_district(request: HttpRequest, district: int) -> HttpResponse:
    """What a citizen came for: ask, follow, find; the hotlines; what is new."""
    found = district_of(district)
    context = {
        "hotlines": hotlines_of([found]),
        "newest": find_items(found.pk, Search(), limit=NEWEST),
    }
    return show(request, "district", found, context)


@require_GET
def public_bureaus(request: HttpRequest, district: int) -> HttpResponse:
    """Every bureau with its units and hotlines."""
    found = district_of(district)
    places = public_places(found.pk)
    lines: dict[int, list[Hotline]] = {}
    for line in hotlines_of(places):
        lines.setdefault(line.place_id, []).append(line)
    rows: list[dict[str, Any]] = []
    for place in places:
        if place.kind == Place.Kind.BUREAU:
            rows.append({"place": place, "hotlines": lines.get(place.pk, []), "units": []})
        elif rows:
            rows[-1]["units"].append(place)
    return show(request, "bureaus", found, {"rows": rows})


@require_GET
def public_place(request: HttpRequest, district: int, pk: int) -> HttpResponse:
    """A bureau or unit: what it does, where, when, who heads it, its hotlines, what it publishes."""
    found = district_of(district)
    kinds = (Place.Kind.BUREAU, Place.Kind.UNIT)
    place = get_object_or_404(Place.objects.standing(), pk=pk, district=found, kind__in=kinds)
    rows = list(
        public_versions()
        .filter(place__path__startswith=place.path)
        .order_by("kind", "-published_at", "-pk")[:200]
    )
    about = next((row for row in rows if row.kind == "agency" and row.place_id == place.pk), None)
    groups: dict[str, list[PublicItem]] = {}
    for row in rows:
        if row != about:
            groups.setdefault(row.kind, []).append(row)
    hotlines = hotlines_of([place])
    context = {
        "place": place,
        "about": about,
        "parts": parts_shown("agency", about.current.parts) if about else [],
        "units": [unit for unit in public_places(found.pk) if unit.parent_id == place.pk],
        "hotlines": hotlines,
        "groups": [(BY_CODE[code].label, groups[code]) for code in BY_CODE if code in groups],
        "structured": structured.of_place(place, found, about.current.parts if about else {}, hotlines),
    }
    return show(request, "place", found, context)


@require_GET
def public_items(request: HttpRequest, district: int) -> HttpResponse:
    """Items by words and kind, the newest first, page by page."""
    found = district_of(district)
    group = request.GET.get("group", "")
    if group not in GROUPS:
        raise Http404
    words = request.GET.get("q", "").strip()
    search = Search.of(words, kinds=GROUPS[group])
    salt = f"public|{found.pk}|{group}|{' '.join(search.words)}"
    before: tuple[datetime, int] | None = None
    if after := request.GET.get("after"):
        try:
            at, pk = signing.loads(after, salt=salt)
        except (signing.BadSignature, ValueError) as wrong:
            raise Http404 from wrong
        before = (datetime.fromisoformat(at), pk)
    rows = find_items(found.pk, search, before=before, limit=PAGE + 1)
    following = ""
    if len(rows) > PAGE:
        rows = rows[:PAGE]
        following = signing.dumps([rows[-1].published_at.isoformat(), rows[-1].pk], salt=salt)
    answers = (
        find_answers(found.pk, search, limit=NEWEST) if search.words and not group and not before else []
    )
    context = {"items": rows, "answers": answers, "q": words, "group": group, "following": following}
    return show(request, "items", found, context)


@require_GET
def public_item(request: HttpRequest, pk: int) -> HttpResponse:
    """One item as it was published."""
    row = get_object_or_404(public_versions(), pk=pk)
    context = {
        "item": row,
        "version": row.current,
        "entry": BY_CODE[row.kind],
        "parts": parts_shown(row.kind, row.current.parts),
    }
    found = district_of(row.district_id)
    if row.kind == "service":
        context["structured"] = structured.of_service(row.current, row.place, found)
    return show(request, "item", found, context)


@require_GET
def public_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A file of a public version; of a working copy only to who sees that."""
    return sent(get_object_or_404(ItemFile.objects.only("name", "content_type", "stored_as"), pk=pk))


# Nothing is at stake, and a page with a token of its reader could be kept for no other.
@csrf_exempt
@require_POST
def large_text(request: HttpRequest) -> HttpResponse:
    """Larger or ordinary letters from now on, in this browser (适老版)."""
    to = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        to = reverse("public_start")
    response = redirect(to)
    if request.POST.get("large") == "1":
        response.set_cookie(
            LARGE, "1", max_age=365 * 24 * 3600, samesite="Lax", httponly=True, secure=settings.PRODUCTION
        )
    else:
        response.delete_cookie(LARGE)
    return response


@require_GET
def feed(request: HttpRequest, district: int) -> HttpResponse:
    """The newest items, answers and summaries as Atom (RFC 4287)."""
    found = district_of(district)
    home = request.build_absolute_uri(reverse("public_district", kwargs={"district": found.pk}))
    atom = Atom1Feed(
        title=_("%(district)s: newly published") % {"district": found.name},
        link=home,
        feed_url=request.build_absolute_uri(),
        description="",
        language="zh-hans",
    )
    for row in find_items(found.pk, Search(), limit=PAGE):
        address = request.build_absolute_uri(reverse("public_item", kwargs={"pk": row.pk}))
        atom.add_item(
            title=row.title,
            link=address,
            description=row.words[:200],
            unique_id=address,
            pubdate=row.first_published_at,
            updateddate=row.published_at,
            author_name=row.place.name,
        )
    for answered in find_answers(found.pk, Search(), limit=PAGE):
        path = reverse("public_answer", kwargs={"district": found.pk, "pk": answered.pk})
        address = request.build_absolute_uri(path)
        atom.add_item(
            title=answered.question[:100],
            link=address,
            description=answered.answer[:200],
            unique_id=address,
            pubdate=answered.approved_at,
            author_name=answered.place.name,
        )
    for summary in published_summaries(found.pk)[:PAGE]:
        path = reverse("public_summary", kwargs={"district": found.pk, "pk": summary.pk})
        address = request.build_absolute_uri(path)
        atom.add_item(
            title=title_of(summary.open_day, summary.place).replace("\n", ""),
            link=address,
            description=read_text(summary.parts.get("lead", ""), summary.frozen or {})[:200],
            unique_id=address,
            pubdate=summary.published_at,
            author_name=summary.place.name,
        )
    for coming in announced(district=found, now=timezone.now()):
        path = reverse("public_open_day", kwargs={"district": found.pk, "pk": coming.day.pk})
        address = request.build_absolute_uri(path)
        atom.add_item(
            title=_("%(day)s: come and ask") % {"day": name_of(coming.day)},
            link=address,
            description="；".join([coming.day.theme, *coming.venues]),
            unique_id=address,
            pubdate=coming.issued_at,
            author_name=found.name,
        )
    for edition in public_editions(found):
        path = reverse("public_booklet", kwargs={"district": found.pk, "pk": edition.booklet_id})
        address = request.build_absolute_uri(path)
        atom.add_item(
            title=edition.booklet.title,
            link=address,
            description="",
            unique_id=f"{address}?edition={edition.number}",
            pubdate=edition.publication.published_at,
            author_name=edition.booklet.place.name,
        )
    atom.items.sort(key=lambda told: told["updateddate"] or told["pubdate"], reverse=True)
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def name_of(day: OpenDay) -> str:
    """Which open day it is."""
    if day.ordinal > 0:
        return _("Open day no. %(n)s, %(on)s") % {"n": day.ordinal, "on": day.on.isoformat()}
    return day.on.isoformat()


MOST_ADDRESSES = 10_000


@require_GET
def sitemap(request: HttpRequest, district: int) -> HttpResponse:
    """Every public address of the district, for those who index it (sitemaps.org)."""
    found = district_of(district)
    pages: list[tuple[str, str]] = [
        (reverse(name, kwargs={"district": found.pk}), "")
        for name in (
            "public_district",
            "public_ask",
            "public_bureaus",
            "public_items",
            "public_answers",
            "public_figures",
            "public_open_days",
            "public_booklets",
            "public_overdue",
        )
    ]
    pages += [
        (reverse("public_place", kwargs={"district": found.pk, "pk": place.pk}), "")
        for place in public_places(found.pk)
    ]
    rows = PublicItem.objects.filter(district=found).order_by("-published_at")
    pages += [
        (reverse("public_item", kwargs={"pk": pk}), at.date().isoformat())
        for pk, at in rows.values_list("pk", "published_at")[:MOST_ADDRESSES]
    ]
    pages += [
        (reverse("public_answer", kwargs={"district": found.pk, "pk": pk}), at.date().isoformat())
        for pk, at in read_by_everybody(found.pk)
        .order_by("-approved_at", "-pk")
        .values_list("pk", "approved_at")[:MOST_ADDRESSES]
        if at is not None
    ]
    pages += [
        (
            reverse("public_booklet", kwargs={"district": found.pk, "pk": edition.booklet_id}),
            edition.publication.published_at.date().isoformat(),
        )
        for edition in public_editions(found)
    ]
    pages += [
        (reverse("public_open_day", kwargs={"district": found.pk, "pk": day.pk}), "")
        for day in shown_days(found)
    ]
    pages += [
        (
            reverse("public_summary", kwargs={"district": found.pk, "pk": row.pk}),
            row.published_at.date().isoformat(),
        )
        for row in published_summaries(found.pk)[:MOST_ADDRESSES]
        if row.published_at is not None
    ]
    addresses = [(request.build_absolute_uri(path), on) for path, on in pages]
    return render(
        request, "disclosure/public/sitemap.xml", {"addresses": addresses}, content_type="application/xml"
    )
