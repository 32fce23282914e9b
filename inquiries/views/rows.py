"""The rows of Today, put into words.

A page has fifty of them. A template that looks up the parts of each takes longer than all the rest of the page, so it
is given the words and only sets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bureaus.access import Holding
from bureaus.templatetags.bida import SHAPES, moment
from bureaus.workdays import Calendar
from inquiries.access import allowed_by_posts
from inquiries.figures.desk import urgency_of
from inquiries.models import Duty, Inquiry, Pen
from inquiries.models.chase import Level
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.services.duties import label_of
from inquiries.services.measuring import due_of
from inquiries.services.planning import Forecast, Target
from inquiries.templatetags.desk import NEXT_ACT, cut, due_exactly, due_words, duty_act, words_of_choices
from inquiries.views.reader import days_to, sees_to, stands_in

# In characters, of a question.
MOST_OF_INQUIRY, MOST_OF_DUTY, MOST_OF_REQUEST = 90, 60, 80

# Empty in the row of a duty: a template takes long to look for what is not there.
ONLY_OF_INQUIRIES = dict.fromkeys(("pressing", "sealed", "pen", "again", "provisional", "chased"), "")


class Rows:
    """The words of one page's rows: who reads, when, and who is chased next for each."""

    def __init__(
        self,
        *,
        held: list[Holding],
        now: datetime,
        calendar: Calendar,
        coming: Mapping[Target, Forecast],
        names: Mapping[int, str],
    ) -> None:
        self.held, self.now, self.calendar = held, now, calendar
        self.coming, self.names = coming, names
        # Looked up in the catalogue once for all rows.
        self.channels, self.kinds, self.levels = (
            words_of_choices(each.choices) for each in (Channel, Kind, Level)
        )

    def of_inquiry(self, inquiry: Inquiry, pen: Pen | None) -> dict[str, Any]:
        """An open inquiry: what was asked, where it is, and the act its state asks of this reader."""
        page = f"/inquiries/{inquiry.pk}/"
        about = [str(part) for part in (inquiry.topic, inquiry.citizen) if part is not None]
        if pen is None:
            about.append(str(inquiry.holder))
        else:
            about.append(f"{pen.place} {pen.post.title}" if pen.post is not None else str(pen.place))
        again, chased = inquiry.asked_again, inquiry.chase_number
        asked = NEXT_ACT.get(inquiry.state)
        waits_for_approver = pen is not None and pen.part == Pen.Part.APPROVER
        if waits_for_approver or (asked and not allowed_by_posts(self.held, asked[0], inquiry)):
            asked = None
        return self._owed(inquiry) | {
            "id": inquiry.pk,
            "reference": inquiry.reference,
            "page": page,
            "came": f"{self.channels[inquiry.channel]} · {self.kinds[inquiry.kind]}",
            "pressing": str(inquiry.get_urgency_display()) if inquiry.urgency != Urgency.ORDINARY else "",
            "tag": "",
            "what": cut(inquiry.question, MOST_OF_INQUIRY),
            "link": page,
            "sealed": inquiry.sealed,
            "choose": _("Choose %(reference)s") % {"reference": inquiry.reference},
            "acting": stands_in(self.held, inquiry.holder, inquiry.post_id),
            "about": " · ".join(about),
            "pen": str(pen.get_part_display()) if pen is not None and pen.part != Pen.Part.HANDLER else "",
            "again": ngettext("asked again %(n)s time", "asked again %(n)s times", again) % {"n": again}
            if again
            else "",
            "provisional": inquiry.due_provisional,
            "chased": ngettext("chased once", "chased %(n)s times", chased) % {"n": chased} if chased else "",
            "act": str(asked[2]) if asked else "",
            "act_page": f"{page}?act={asked[1]}#act-{asked[1]}" if asked else "",
            "mine": True,
        }

    def of_duty(self, duty: Duty) -> dict[str, Any]:
        """An open duty, on an inquiry or by itself."""
        mine, inquiry = sees_to(self.held, duty), duty.inquiry
        does = duty_act(duty, mine)
        about = cut(inquiry.question, MOST_OF_DUTY) if inquiry else cut(duty.request, MOST_OF_REQUEST)
        if duty.asked_place is not None:
            about = f"{about} · {_('asked by')} {duty.asked_place}"
        return self._owed(duty) | {
            "id": duty.inquiry_id if inquiry else None,
            "reference": inquiry.reference if inquiry else "",
            "page": f"/inquiries/{duty.inquiry_id}/",
            "came": str(duty.place),
            "choose": _("Choose %(reference)s") % {"reference": inquiry.reference} if inquiry else "",
            "acting": stands_in(self.held, duty.place, duty.post_id),
            "tag": _("duty"),
            "what": capfirst(label_of(duty)),
            "link": does.address,
            "about": about,
            "act": does.word,
            "act_page": does.address,
            "mine": mine,
        }

    def _owed(self, target: Target) -> dict[str, Any]:
        """When it is due, and who is chased for it next."""
        due_at, now, coming = target.due_at, self.now, self.coming.get(target)
        urgency = urgency_of(due_at, now=now, calendar=self.calendar)
        days = days_to(due_of(target), now=now, calendar=self.calendar)
        return ONLY_OF_INQUIRIES | {
            "due_at": due_at,
            "urgency": urgency,
            "shape": SHAPES[urgency],
            "due": due_words(urgency, days, due_at, now),
            "exactly": due_exactly(urgency, due_at, now),
            "next": f"{self.levels[coming.level]} {moment(coming.at)}" if coming else "",
            "whom": "、".join(self.names.get(pk, "") for pk in coming.officer_ids) if coming else "",
        }
