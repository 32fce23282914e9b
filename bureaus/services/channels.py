"""How a message leaves: by mail, by a work chat, by a webhook or through a gateway for text messages."""

from __future__ import annotations

import hmac
import http.client
import json
import logging
import re
import smtplib
import socket
import ssl
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

import apprise
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from bureaus.models.notices import Channel

TIMEOUT = 20  # seconds


class HardRefusal(Exception):
    """The other side says that this address will never take a message."""


class SoftFailure(Exception):
    """The message was not taken now; it may be later."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """All that is needed to send one claimed message with no transaction open. Its repr shows no address."""

    message_id: uuid.UUID
    mail_id: str
    attempt: int
    channel: str
    target: Target
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """An address in clear, for the moment of sending; with the numeric address that was checked."""

    value: str
    ip: str = ""
    sms_url: str = ""
    sms_body: str = ""

    def __repr__(self) -> str:
        return "Target(…)"


def deliver(outgoing: Outgoing) -> Exception | None:
    """The message is sent (None), or the failure in words that hold no address. No transaction may be open."""
    try:
        if outgoing.channel == Channel.EMAIL:
            _send_mail(outgoing)
        elif outgoing.channel == Channel.APPRISE:
            _send_apprise(outgoing)
        elif outgoing.channel == Channel.WEBHOOK:
            body = {"id": str(outgoing.message_id), "subject": outgoing.subject, "text": outgoing.text}
            _post(outgoing.target.value, outgoing.target.ip, json.dumps(body, ensure_ascii=False))
        else:
            _post(outgoing.target.sms_url, outgoing.target.ip, _sms_body(outgoing))
    except (HardRefusal, SoftFailure) as failure:
        return failure
    except (OSError, http.client.HTTPException, smtplib.SMTPException) as failure:
        words = str(failure).replace(outgoing.target.value, "…")
        return SoftFailure(f"{type(failure).__name__}: {words}")
    except Exception as failure:
        # A library's surprise must not leave the message without its record; its words may hold the address.
        return SoftFailure(type(failure).__name__)
    return None


def _send_mail(outgoing: Outgoing) -> None:
    mail = EmailMessage(
        outgoing.subject,
        outgoing.text,
        to=[outgoing.target.value],
        headers={"Message-ID": outgoing.mail_id, "Auto-Submitted": "auto-generated"},
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        ((code, reason),) = refused.recipients.values()
        words = f"{code} {reason.decode(errors='replace')}".replace(outgoing.target.value, "…")
        raise (HardRefusal if code >= 500 else SoftFailure)(words) from None


def _send_apprise(outgoing: Outgoing) -> None:
    service: Any = apprise.Apprise.instantiate(outgoing.target.value)
    # Also where the address says "redirect=yes": a redirect could lead inside, past the check.
    service.redirects = False
    with apprise.LogCapture(level=logging.WARNING) as captured:  # type: ignore[no-untyped-call]
        # The id lets the receiver tell a repetition.
        body = f"{outgoing.text}\n[{outgoing.message_id}]"
        taken = service.notify(body=body, title=outgoing.subject)
        if not taken:
            status = re.search(r"error=(\d{3})", captured.getvalue())
            _refuse(int(status[1]) if status else 0)


def _sms_body(outgoing: Outgoing) -> str:
    template = outgoing.target.sms_body.strip()
    as_json = template.startswith(("{", "["))
    values = {
        # Gateways in China take the bare number.
        "phone": outgoing.target.value.removeprefix("+86"),
        "text": outgoing.text,
        "id": str(outgoing.message_id),
    }
    for name, value in values.items():
        plain = json.dumps(value, ensure_ascii=False)[1:-1] if as_json else quote_plus(value)
        template = template.replace(f"{{{name}}}", plain)
    return template


def post_signed(url: str, ip: str, body: str, *, secret: str, delivery: str, at: int) -> Exception | None:
    """The body is taken (None), or the failure. Signed with HMAC-SHA256 over "seconds.body" under the secret.

    `at` is in seconds since 1970, so that a receiver can refuse what was recorded and sent again.
    """
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), "sha256").hexdigest()
    try:
        _post(url, ip, body, {"Bida-Delivery": delivery, "Bida-Signature": f"t={at},v1={digest}"})
    except (HardRefusal, SoftFailure) as failure:
        return failure
    except (OSError, http.client.HTTPException) as failure:
        return SoftFailure(type(failure).__name__)
    return None


def _post(url: str, ip: str, body: str, headers: dict[str, str] | None = None) -> None:
    """Posts to the numeric address that was checked, under the name the URL gives; follows no redirect."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    tls = parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    link = (http.client.HTTPSConnection if tls else http.client.HTTPConnection)(host, port, timeout=TIMEOUT)
    with socket.create_connection((ip, port), timeout=TIMEOUT) as plain:
        link.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if tls else plain
        kind = "application/json" if body.startswith(("{", "[")) else "application/x-www-form-urlencoded"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        link.request(
            "POST", path, body.encode(), {"Content-Type": f"{kind}; charset=utf-8"} | (headers or {})
        )
        status = link.getresponse().status
        link.close()
    if not 200 <= status < 300:
        _refuse(status)


def _refuse(status: int) -> None:
    words = _("The other side answered %(status)d.") % {"status": status}
    raise (HardRefusal if status in (404, 410) else SoftFailure)(words)
