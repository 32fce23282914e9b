"""What messages say: reference, level and due, never content."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bureaus.models.notices import Level, Message, Notice
from bureaus.services.notices import verification_code
from bureaus.workdays import SHANGHAI

# Words for the kinds of notices; the apps above add theirs in AppConfig.ready.
KINDS: dict[str, str | Promise] = {}

# What citizens are told (zh-hans shown): reference and due, never content.
CITIZEN_TEMPLATES: dict[str, str | Promise] = {
    "recorded": gettext_lazy(
        "Your matter %(reference)s has been recorded. You will have an answer by %(due)s."
    ),
    "extended": gettext_lazy(
        "Your matter %(reference)s needs more time. You will have an answer by %(due)s."
    ),
    "handed_over": gettext_lazy("Your matter %(reference)s has been handed to the office responsible."),
    "code_given": gettext_lazy(
        "A new code was given out for your matter %(reference)s; the old one opens nothing any more. "
        "If you did not ask for it, tell us."
    ),
    "more_wanted": gettext_lazy("We need more from you to go on with your matter %(reference)s."),
    "answered": gettext_lazy("Your matter %(reference)s has been answered."),
}


def write_message(message: Message) -> tuple[str, str] | None:
    if message.kind == Message.Kind.CITIZEN:
        text = str(CITIZEN_TEMPLATES[message.template]) % {
            "reference": message.reference,
            "due": say_until(message.due_at),
        }
        return _("Your matter %(reference)s") % {"reference": message.reference}, text
    if message.kind == Message.Kind.VERIFICATION and message.address:
        verified_at = message.address.verified_at
        if verified_at is not None and verified_at < message.created_at and not message.address.broken_at:
            return _("Test message from Bida"), _("This address works. Nothing needs to be done.")
        code = verification_code(message.address)
        return _("Test message from Bida"), _(
            "Your code is %(code)s. Enter it in Bida to use this address."
        ) % {"code": code}
    order = list(reversed(Level.values))
    notices = sorted(
        notices_of(message).select_related("place"),
        key=lambda notice: (
            order.index(notice.level) if notice.level else len(order),
            notice.due_at is None,
            notice.due_at or notice.created_at,
            notice.reference,
        ),
    )
    if not notices:
        return None
    lines = [_line(notice) for notice in notices]
    if message.unread:
        lines.append(
            ngettext(
                "%(count)d older notice is still unread.",
                "%(count)d older notices are still unread.",
                message.unread,
            )
            % {"count": message.unread}
        )
    if message.kind == Message.Kind.DIGEST:
        subject = _("What is new for you: %(count)d") % {"count": len(notices)}
    elif len(notices) == 1:
        subject = lines[0].split("\n")[0]
    else:
        subject = _("%(first)s and %(count)d more") % {
            "first": lines[0].split("\n")[0],
            "count": len(notices) - 1,
        }
    return subject, "\n".join(lines)


def notices_of(message: Message) -> QuerySet[Notice]:
    """The fixed set of notices that the message carries."""
    return Notice.objects.standing().filter(message=message.root_id or message.pk)


def name_notice(notice: Notice) -> str:
    """What the notice is about in one word: the level of a chase, else what happened."""
    return str(Level(notice.level).label) if notice.level else str(KINDS.get(notice.kind, notice.kind))


def _line(notice: Notice) -> str:
    words = [name_notice(notice)]
    words.append(notice.reference)
    if notice.due_at:
        words.append(_("due %(due)s") % {"due": say_until(notice.due_at)})
    if notice.acting:
        words.append(_("(acting)"))  # zh: 代
    if notice.copy:
        words.append(_("(copy)"))
    line = " ".join(words)
    return f"{line}\n{settings.PUBLIC_URL}{notice.url}" if notice.url and settings.PUBLIC_URL else line


def say_until(at: datetime | None) -> str:
    """A due as messages and letters say it: midnight is 24:00 of the day that ends there."""
    if at is None:
        return ""
    local = at.astimezone(SHANGHAI)
    if local.hour == local.minute == 0:
        return f"{date_format(local - timedelta(days=1), 'Y-m-d')} 24:00"
    return date_format(local, "Y-m-d H:i")
