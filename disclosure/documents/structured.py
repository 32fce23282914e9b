"""What public pages say to machines: schema.org as JSON-LD, of what stands on the page and nothing more.

No addresses: the same pages are read as files of another site.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bureaus.models import Hotline, Place
from disclosure.models import ItemVersion, OpenDay, PublishedAnswer

Data = dict[str, Any]


def _name(place: Place) -> str:
    return place.full_name or place.name


def _told(data: Data) -> Data:
    """Without what is not known."""
    return {key: value for key, value in data.items() if value}


def of_place(place: Place, district: Place, parts: Mapping[str, str], hotlines: Iterable[Hotline]) -> Data:
    """A bureau or unit: its name, whose it is, where, when and on which lines."""
    return _told(
        {
            "@context": "https://schema.org",
            "@type": "GovernmentOrganization",
            "name": _name(place),
            "parentOrganization": {"@type": "GovernmentOrganization", "name": _name(district)},
            "description": parts.get("duties", ""),
            "address": parts.get("address", ""),
            "contactPoint": [
                _told(
                    {
                        "@type": "ContactPoint",
                        "contactType": str(line.get_purpose_display()),
                        "telephone": line.number + (f",{line.extension}" if line.extension else ""),
                        "description": line.hours,
                    }
                )
                for line in hotlines
            ],
        }
    )


def of_service(version: ItemVersion, place: Place, district: Place) -> Data:
    """An approval or another service: for whom, by whom, what comes of it, where and on which line."""
    parts: Mapping[str, str] = version.parts
    channel = _told(
        {
            "@type": "ServiceChannel",
            "servicePhone": {"@type": "ContactPoint", "telephone": parts["hotline"]}
            if parts.get("hotline")
            else None,
            "serviceLocation": _told(
                {
                    "@type": "Place",
                    "name": parts.get("place", ""),
                    "description": parts.get("hours", ""),
                }
            )
            if parts.get("place")
            else None,
        }
    )
    return _told(
        {
            "@context": "https://schema.org",
            "@type": "GovernmentService",
            "name": version.title,
            "provider": {"@type": "GovernmentOrganization", "name": _name(place)},
            "areaServed": {"@type": "AdministrativeArea", "name": district.name},
            "audience": {"@type": "Audience", "audienceType": parts["whom"]} if parts.get("whom") else None,
            "serviceOutput": {"@type": "Thing", "name": parts["result"]} if parts.get("result") else None,
            "termsOfService": parts.get("basis", ""),
            "availableChannel": channel if len(channel) > 1 else None,
        }
    )


def of_answers(rows: Sequence[PublishedAnswer]) -> Data | None:
    """Questions with the one answer each has; a page of a single one is about it. None of no question."""
    if not rows:
        return None
    questions = [
        {
            "@type": "Question",
            "name": row.question,
            "text": row.question,
            "answerCount": 1,
            "acceptedAnswer": {
                "@type": "Answer",
                "text": row.answer,
                "dateCreated": row.answered_on.isoformat(),
                "author": {"@type": "GovernmentOrganization", "name": _name(row.place)},
            },
        }
        for row in rows
    ]
    return {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions}


def of_answer(row: PublishedAnswer) -> Data:
    """The page of one question and its answer."""
    listed = of_answers([row]) or {}
    return {**listed, "@type": "QAPage", "mainEntity": listed["mainEntity"][0]}


def of_day(day: OpenDay, district: Place, name: str, venues: Sequence[str]) -> Data:
    """An open day: when, where, by whom."""
    return _told(
        {
            "@context": "https://schema.org",
            "@type": "Event",
            "name": name,
            "description": day.theme,
            "startDate": day.on.isoformat(),
            "endDate": day.last_on.isoformat(),
            "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
            "isAccessibleForFree": True,
            "location": [{"@type": "Place", "name": venue} for venue in venues],
            "organizer": {"@type": "GovernmentOrganization", "name": _name(district)},
        }
    )
