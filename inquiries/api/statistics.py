"""The figures as resources: each about any period, exact at the moment it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ErrorDetail, NotFound, PermissionDenied, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from bureaus.api.directory import district_of
from bureaus.api.door import Door
from bureaus.models import ApiScope, Officer, Place
from bureaus.models.scope import of_one_moment
from bureaus.serializers import in_both
from bureaus.services.calendar import calendar_for
from inquiries.api.cubes import (
    AGEING,
    DAYS_LATE,
    LEVEL,
    NONE,
    OWED,
    SPREAD,
    asked_of,
    beside_before,
    cube_of,
    described,
    dimensions_of,
    marked,
    named,
    not_compared,
    plain_cube,
    plain_reading,
    spread_values,
)
from inquiries.documents.cubes import Both, Cube, Dimension, Key, csv_of, json_of, json_stat_of, xlsx_of
from inquiries.figures import FIGURES, CannotAsk, Filters, NotForReader, Period, TooWide
from inquiries.figures import Query as Question
from inquiries.figures.asking import TooManyCells
from inquiries.figures.chasing import Ageing as Late
from inquiries.figures.chasing import acknowledgements_owed, ageing
from inquiries.figures.figure import Figure
from inquiries.figures.times import LABELS, read_times
from inquiries.models.chase import Level
from inquiries.serializers.statistics import (
    BAND_CODES,
    AgeingQuery,
    CubeOut,
    FiguresOut,
    PlacesQuery,
    ReadingOut,
    StatisticsQuery,
    TimesQuery,
    or_json_stat,
)

# More than this is a list of days for its own sake; ask for it in parts.
MOST_SPANS = 1100


# JSON-stat has a place for each combination of keys, whether there is such a cell or not.
MOST_VALUES = 1_000_000


class CountedTooLong(APIException):
    status_code = 400
    default_detail = gettext_lazy(
        "This takes too long to count. Ask about a shorter period, or with fewer filters."
    )
    default_code = "too-wide"

    remedy: str | Promise = gettext_lazy(
        "A figure is counted while nobody waits: send the same parameters by POST to its address with /countings "
        "behind it."
    )

    def __init__(self, *, job: bool) -> None:
        super().__init__()
        if not job:
            self.remedy = _("Ask about a shorter period or fewer places: the worker does not count this one.")


class _Named(BaseRenderer):
    """Only named, so that a client may ask for it by Accept or by `format`; the door writes the bytes."""

    def render(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        """As it is."""
        return data


class Csv(_Named):
    media_type = "text/csv"
    format = "csv"


class CsvForExcel(_Named):
    media_type = "text/csv"
    format = "csv-excel"


class Xlsx(_Named):
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"


class JsonStat(_Named):
    media_type = "application/json"
    format = "json-stat"


class ByFormat(DefaultContentNegotiation):
    """By the parameter `format`, else by Accept."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """The renderer; a format that is not there is left to the check of parameters."""
        wanted = request.query_params.get("format")
        for renderer in renderers:
            if wanted and renderer.format == wanted:
                return renderer, renderer.media_type
        return super().select_renderer(request, renderers, format_suffix)


def tagged(request: Request, response: HttpResponse) -> HttpResponse:
    """The answer with a strong ETag, the hash of its bytes; 304 where the client has it already."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:40]}"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Accept, Accept-Language, Authorization, Cookie"
    found = get_conditional_response(request._request, etag=etag, response=response)
    return found if isinstance(found, HttpResponse) else response


def told(request: Request, plain: Any) -> HttpResponse:
    """That as JSON, tagged."""
    return tagged(request, HttpResponse(JSONRenderer().render(plain), content_type="application/json"))


@of_one_moment
class Statistic(Door):
    """A figure. Its bytes depend on the figure alone, so their hash is a strong ETag."""

    conditional = True

    scope = ApiScope.STATISTICS
    tag = "statistics"
    renderer_classes: Sequence[type[BaseRenderer]] = (
        JSONRenderer,
        Csv,
        CsvForExcel,
        Xlsx,
        JsonStat,
    )
    content_negotiation_class = ByFormat
    media: ClassVar[dict[str, tuple[str, ...]]] = {
        "GET": ("application/json", "text/csv", Xlsx.media_type),
    }

    def written(
        self, request: Request, code: str, cube: Callable[[], Cube], plain: Callable[[], Any]
    ) -> HttpResponse:
        """`cube` in the format asked for, or `plain` as JSON; 304 where the client has it already."""
        chosen: Any = request.accepted_renderer
        language = "zh" if translation.get_language() == "zh-hans" else "en"
        if chosen.format == "xlsx":
            body = xlsx_of(cube())
        elif chosen.format in ("csv", "csv-excel"):
            body = csv_of(cube(), bom=chosen.format == "csv-excel")
        elif chosen.format == "json-stat":
            made = cube()
            if made.size > MOST_VALUES:
                raise refused(TooManyCells("format"))
            body = json_stat_of(made, language=language)
        else:
            body = json_of(plain())
        charset = "; charset=utf-8" if chosen.format.startswith("csv") else ""
        response = HttpResponse(body, content_type=chosen.media_type + charset)
        if chosen.format in ("csv", "csv-excel", "xlsx"):
            ending = chosen.format.removesuffix("-excel")
            response["Content-Disposition"] = f'attachment; filename="{code}.{ending}"'
        return tagged(request, response)

    def table(self, request: Request, cube: Cube, *, basis: str, period: Period) -> HttpResponse:
        """The cube in the format asked for, what is small marked, with basis and period; no basis where each column has
        its own."""
        cube = replace(marked(cube), asked=asked_of(basis, period))
        return self.written(request, cube.code, lambda: cube, lambda: plain_cube(cube))

    def question(self, *, period: Period | None = None) -> Question:
        """What is asked. Raises ValidationError naming the parameter."""
        asked = self.asked
        try:
            when = period or Period(asked["from"], asked["to"])
            if (
                asked.get("interval")
                and (when.last_on - when.first_on).days > MOST_SPANS * _DAYS[asked["interval"]]
            ):
                raise CannotAsk("interval", _("These are too many intervals. Ask for them in parts."))
            return Question(
                district_id=district_of(self.request),
                period=when,
                places=self._places(),
                basis=asked.get("basis", ""),
                filters=Filters(
                    kind=tuple(asked.get("kind", ())),
                    urgency=tuple(asked.get("urgency", ())),
                    channel=tuple(asked.get("channel", ())),
                    topic=tuple(asked.get("topic", ())),
                    source=tuple(asked.get("source", ())),
                ),
                group_by=tuple(asked.get("group_by", ())),
                interval=asked.get("interval", ""),
                structure=asked.get("structure", "as_was"),
                reader=self.request.user if isinstance(self.request.user, Officer) else None,
            )
        except CannotAsk as wrong:
            raise refused(wrong) from wrong

    def _places(self) -> frozenset[int] | None:
        named = [self.asked[name] for name in ("bureau", "unit") if name in self.asked]
        if not named:
            return None if self.seen.district is not None else self.seen.places
        roots = list(Place.objects.filter(pk__in=named))
        below = [set(Place.objects.under([root]).values_list("pk", flat=True)) for root in roots]
        wanted = set.intersection(*below) if len(roots) == len(set(named)) and below else set()
        inside = wanted & self.seen.places
        if not inside:
            told = _("There is no such place that this reader may see.")
            name = "unit" if "unit" in self.asked else "bureau"
            raise ValidationError({name: [ErrorDetail(told, code="invalid_choice")]})
        return frozenset(inside)


def today() -> Period:
    """Of what is counted now."""
    on = timezone.localdate()
    return Period(on, on)


_DAYS = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}


def refused(wrong: CannotAsk) -> ValidationError:
    """The parameter and why."""
    return ValidationError({wrong.field: [ErrorDetail(str(wrong), code="cannot_ask")]})


@contextmanager
def asking(*, job: bool = False) -> Iterator[None]:
    """What a figure cannot tell is refused by the parameter's name, to this reader by 403, and what takes too long by
    what to do: `job` where there is a /countings behind the address."""
    try:
        yield
    except NotForReader as wrong:
        raise PermissionDenied(str(wrong)) from wrong
    except CannotAsk as wrong:
        raise refused(wrong) from wrong
    except TooWide as wrong:
        raise CountedTooLong(job=job) from wrong


def figure_called(code: str) -> Figure:
    """Raises NotFound."""
    if code not in FIGURES:
        raise NotFound
    return FIGURES[code]


class AllFigures(Door):
    """Every figure with its definition."""

    conditional = True
    scope = ApiScope.STATISTICS
    tag = "statistics"
    answers = {"GET": (200, FiguresOut)}

    def get(self, request: Request) -> HttpResponse:
        """In the order of docs/figures.md."""
        return told(request, {"items": [described(code) for code in FIGURES]})


class OneFigure(Statistic):
    """A count or a rate about a period, in total and by up to two dimensions and an interval."""

    words = {"figure": FIGURES.keys}
    query = StatisticsQuery
    answers = {"GET": (200, or_json_stat(ReadingOut))}

    def get(self, request: Request, figure: str) -> HttpResponse:
        """Beside the period before and the same days a year earlier, from one snapshot."""
        found, question = figure_called(figure), self.question()
        with asking(job=True):
            reading = found.read(question, now=timezone.now(), calendar=calendar_for(question.district_id))
        dimensions = dimensions_of(reading)
        return self.written(
            request,
            figure,
            lambda: cube_of(found, reading, dimensions),
            lambda: plain_reading(found, reading, dimensions),
        )


class Times(Statistic):
    """How long it took, in working minutes: median, 90th percentile and maximum."""

    words = {"time": LABELS.keys}
    query = TimesQuery
    answers = {"GET": (200, or_json_stat(CubeOut))}

    def get(self, request: Request, time: str) -> HttpResponse:
        """One of recording, contact, answer, filing."""
        if time not in LABELS:
            raise NotFound
        question, now = self.question(), timezone.now()
        with asking():
            reading = read_times(time, question, now=now)
        dimensions = named(reading.group_by, [cell.keys for cell in reading.cells])
        metrics = beside_before(SPREAD)
        rows = [
            (
                cell.keys,
                (
                    *spread_values(cell.now),
                    *spread_values(cell.previous),
                    *spread_values(cell.year_earlier),
                ),
            )
            for cell in (reading.cells if reading.group_by else (reading.total,))
        ]
        cube = Cube(f"time-{time}", in_both(LABELS[time][0]), dimensions, metrics, tuple(rows))
        return self.table(request, cube, basis="happened", period=question.period)


class Ageing(Statistic):
    """What is overdue now: bureau by working days late, or by how high it was chased."""

    query = AgeingQuery
    answers = {"GET": (200, or_json_stat(CubeOut))}

    def get(self, request: Request) -> HttpResponse:
        """The ageing matrix."""
        now = timezone.now()
        question = self.question(period=today())
        found = ageing(question, now=now, calendar=calendar_for(question.district_id))
        told_apart, counts = _levels() if self.asked.get("by") == "level" else _bands()
        bureaus = named(("bureau",), [(each.bureau_id,) for each in found])
        rows = tuple(
            ((each.bureau_id, key), (n,))
            for each in found
            for key, n in zip(told_apart.keys, counts(each), strict=True)
        )
        cube = Cube(
            "ageing", in_both(AGEING), (*bureaus, told_apart), ("n",), rows, (), not_compared("only_now")
        )
        return self.table(request, cube, basis="now", period=today())


def _bands() -> tuple[Dimension, Callable[[Late], Sequence[int]]]:
    ends = [code.replace("-", "–") for code in BAND_CODES]
    labels: dict[Key, Both] = {
        code: {"zh": end, "en": end} for code, end in zip(BAND_CODES, ends, strict=True)
    }
    return Dimension("days_late", in_both(DAYS_LATE), labels), lambda late: late.by_band


def _levels() -> tuple[Dimension, Callable[[Late], Sequence[int]]]:
    words = {"none": NONE, **dict(Level.choices)}
    labels: dict[Key, Both] = {code: in_both(word) for code, word in words.items()}
    levels = Dimension("level", in_both(LEVEL), labels)
    return levels, lambda late: [late.by_level.get(code, 0) for code in ("", *Level.values)]


class Acknowledgements(Statistic):
    """Supervisions and circulars on which a word is still owed."""

    query = PlacesQuery
    answers = {"GET": (200, or_json_stat(CubeOut))}

    def get(self, request: Request) -> HttpResponse:
        """By place, now."""
        found = acknowledgements_owed(self.question(period=today()), now=timezone.now())
        places = named(("place",), [(each.place_id,) for each in found])
        rows = tuple(((each.place_id,), (each.n, each.overdue)) for each in found)
        cube = Cube(
            "acknowledgements", in_both(OWED), places, ("n", "overdue"), rows, (), not_compared("only_now")
        )
        return self.table(request, cube, basis="now", period=today())
