"""Booklets that are public, and what they hold."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.directory import Listing, district_of, items_of
from bureaus.api.door import Door
from bureaus.models import ApiScope, Place
from disclosure.models import BookletEdition
from disclosure.serializers import BookletOut, WholeBookletOut
from disclosure.services.booklets import public_editions, public_items


class Booklets(Listing):
    """The booklets of the district that everybody may read, in the edition that is public."""

    tag = "booklets"
    gives = BookletOut
    answers = {"GET": (200, items_of(BookletOut, "BookletsOut"))}

    def rows(self) -> Iterable[BookletEdition]:
        """By place and title."""
        return _of(self.request)


class OneBooklet(Door):
    """One of them with its items."""

    scope = ApiScope.DIRECTORY
    tag = "booklets"
    answers = {"GET": (200, WholeBookletOut)}

    def get(self, request: Request, pk: int) -> Response:
        """Those that are published still as they stand in it; `anew` are keys of items published anew since."""
        edition = next((row for row in _of(request) if row.booklet_id == pk), None)
        if edition is None:
            raise Http404
        items, anew = public_items(edition)
        told = {
            "booklet_id": edition.booklet_id,
            "booklet": edition.booklet,
            "number": edition.number,
            "made_at": edition.made_at,
            "publication": edition.publication,
            "items": [
                {
                    "item": row.pk,
                    "version": row.current.number,
                    "kind": row.kind,
                    "title": row.current.title,
                    "place": row.place,
                    "published_at": row.current.published_at,
                }
                for row in items
            ],
            "anew": [row.pk for row in anew],
        }
        return Response(WholeBookletOut(told).data)


def _of(request: Request) -> list[BookletEdition]:
    return public_editions(get_object_or_404(Place, pk=district_of(request)))
