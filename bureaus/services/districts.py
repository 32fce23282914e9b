"""What a district decides for itself: which answers it calls back about, its digest, where messages may go."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, acts_of, holdings
from bureaus.models import DistrictSettings, Officer, Place
from bureaus.services.notices import AddressRefused, allowed_ip
from bureaus.services.refusals import NotAChoice, Refusal

WIDEST_PREFIX = 8
# This server itself, and what answers for the cloud it may stand in.
SHUT = [
    ipaddress.ip_network(text)
    for text in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/127", "fe80::/10")
]


class NotYourDistrict(Refusal):
    sentence = _("Your post does not decide this for the district.")


class NoRange(Refusal):
    field = "inside_ranges"

    def __init__(self, text: str) -> None:
        super().__init__(
            _("%(text)s is no range of inside addresses. Write one a line, such as 10.20.0.0/16.")
            % {"text": text}
        )


class RangeTooWide(Refusal):
    field = "inside_ranges"

    def __init__(self, text: str) -> None:
        super().__init__(
            _("%(text)s is too wide, or reaches this server itself. Name the network the gateway stands in.")
            % {"text": text}
        )


class NoGateway(Refusal):
    sentence = _("The address of the gateway begins with http:// or https:// and names its host.")
    field = "sms_url"


class GatewayOutOfReach(Refusal):
    field = "sms_url"


class NoBody(Refusal):
    sentence = _("Say what is sent to the gateway: the words {phone} and {text} stand for number and text.")
    field = "sms_body"


class BodyNoJson(Refusal):
    sentence = _(
        "This begins like JSON, but is none. Put {phone} and {text} in quotes, and check the commas."
    )
    field = "sms_body"


def set_district(
    *,
    district: Place,
    callbacks: str,
    digest_hour: int,
    inside_ranges: Sequence[str],
    sms_url: str,
    sms_body: str,
    by: Officer,
    now: datetime,
) -> DistrictSettings:
    """The district works by these settings from now on; `digest_hour` is 0 to 23 in China's time.

    Raises NotYourDistrict, NotAChoice, NoRange, RangeTooWide, NoGateway, NoBody, BodyNoJson, and GatewayOutOfReach for
    one that no name server knows or that stands inside the network and outside the ranges.
    """
    held = [holding for holding in holdings(by, now=now) if holding.post.place.root_id == district.pk]
    if Act.EDIT_RULES not in acts_of(held):
        raise NotYourDistrict
    if callbacks not in DistrictSettings.Callbacks.values:
        raise NotAChoice(field="callbacks")
    if digest_hour not in range(24):
        raise NotAChoice(field="digest_hour")
    kept = DistrictSettings.objects.select_for_update().get(district=district)
    kept.callbacks = callbacks
    kept.digest_hour = digest_hour
    kept.inside_ranges = [_range(text.strip()) for text in inside_ranges if text.strip()]
    kept.sms_url, kept.sms_body = sms_url.strip(), sms_body.strip()
    kept.save(update_fields=["callbacks", "digest_hour", "inside_ranges", "sms_url", "sms_body"])
    if kept.sms_url:
        # Measured by the ranges just saved.
        _check_gateway(kept)
    return kept


def _range(text: str) -> str:
    try:
        net = ipaddress.ip_network(text, strict=False)
    except ValueError as wrong:
        raise NoRange(text) from wrong
    if net.prefixlen < WIDEST_PREFIX or any(
        shut.version == net.version and shut.overlaps(net) for shut in SHUT
    ):
        # Guards against requests to the server's own services (SSRF).
        raise RangeTooWide(text)
    return str(net)


def _check_gateway(kept: DistrictSettings) -> None:
    try:
        parts = urlsplit(kept.sms_url)
        host, port = parts.hostname or "", parts.port
    except ValueError as wrong:
        raise NoGateway from wrong
    if parts.scheme not in ("http", "https") or not host:
        raise NoGateway
    try:
        allowed_ip(host=host, port=port, district_id=kept.district_id)
    except AddressRefused as refused:
        raise GatewayOutOfReach(str(refused)) from refused
    if "{phone}" not in kept.sms_body or "{text}" not in kept.sms_body:
        raise NoBody
    if kept.sms_body.startswith(("{", "[")):
        try:
            json.loads(kept.sms_body)
        except ValueError as wrong:
            raise BodyNoJson from wrong
