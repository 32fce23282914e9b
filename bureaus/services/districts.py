"""What a district decides for itself: which answers it calls back about, its digest, where messages may go."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, acts_of, holdings
from bureaus.models import DistrictSettings, Officer, Place
from bureaus.models.places import FOOTER_SHAPES
from bureaus.services.edits import record_edit
from bureaus.services.notices import AddressRefused, allowed_ip
from bureaus.services.refusals import NotAChoice, Refusal

WIDEST_PREFIX = 8
MOST_HOSTS = 20
# A website by its name, with no path: it stands in a header as it is (CSP, frame-ancestors).
HOST = re.compile(
    r"(?:https?://)?(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?::[0-9]{2,5})?"
)
# This server itself, and what answers for the cloud it may stand in.
SHUT = [
    ipaddress.ip_network(text)
    for text in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/127", "fe80::/10")
]


class NotYourDistrict(Refusal):
    sentence = _("Your post does not decide this for the district.")


class NoRange(Refusal):
    sentence = _("This is no range of inside addresses. Write one a line, such as 10.20.0.0/16.")
    field = "inside_ranges"

    def __init__(self, text: str) -> None:
        super().__init__(
            _("%(text)s is no range of inside addresses. Write one a line, such as 10.20.0.0/16.")
            % {"text": text}
        )


class RangeTooWide(Refusal):
    sentence = _(
        "This range is too wide, or reaches this server itself. Name the network the gateway stands in."
    )
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
    sentence = _("This is no address that the gateway of text messages may have: its detail says why.")
    field = "sms_url"


class NoBody(Refusal):
    sentence = _("Say what is sent to the gateway: the words {phone} and {text} stand for number and text.")
    field = "sms_body"


class BodyNoJson(Refusal):
    sentence = _(
        "This begins like JSON, but is none. Put {phone} and {text} in quotes, and check the commas."
    )
    field = "sms_body"


class NoSiteCode(Refusal):
    sentence = _("The code of the website (网站标识码) is 10 digits. Leave it empty where there is none.")
    field = "site_code"


class NoIcpNumber(Refusal):
    sentence = _(
        "The ICP number reads like 辽ICP备12345678号 or 辽ICP备12345678号-1. Copy it from its notice."
    )
    field = "icp_number"


class NoPoliceNumber(Refusal):
    sentence = _(
        "The police number reads like 辽公网安备21010202000123号, with 14 digits. Copy it from its notice."
    )
    field = "police_number"


class NoHost(Refusal):
    sentence = _("Write one website a line by its name alone, such as www.example.gov.cn, at most 20.")
    field = "embed_hosts"

    def __init__(self, text: str = "") -> None:
        if text:
            super().__init__(
                _("%(text)s is no name of a website. Write one a line, such as www.example.gov.cn.")
                % {"text": text}
            )
        else:
            super().__init__()


def set_district(
    *,
    district: Place,
    callbacks: str,
    digest_hour: int,
    inside_ranges: Sequence[str],
    sms_url: str,
    sms_body: str,
    public_list_from_on: date | None = None,
    site_code: str = "",
    icp_number: str = "",
    police_number: str = "",
    embed_hosts: Sequence[str] = (),
    by: Officer,
    now: datetime,
) -> DistrictSettings:
    """The district works by these settings from now on; `digest_hour` is 0 to 23 in China's time.

    Imported matters reach public lists from `public_list_from_on`, or not at all.

    Footer and `embed_hosts` are of the public pages; a host without http:// is reached by https.

    Raises NotYourDistrict, NotAChoice, NoRange, RangeTooWide, NoSiteCode, NoIcpNumber, NoPoliceNumber, NoHost,
    NoGateway, NoBody, BodyNoJson, and GatewayOutOfReach for one that no name server knows or that stands inside the
    network and outside the ranges.
    """
    held = [holding for holding in holdings(by, now=now) if holding.post.place.root_id == district.pk]
    if Act.EDIT_RULES not in acts_of(held):
        raise NotYourDistrict
    if callbacks not in DistrictSettings.Callbacks.values:
        raise NotAChoice(field="callbacks")
    if digest_hour not in range(24):
        raise NotAChoice(field="digest_hour")
    kept = DistrictSettings.objects.select_for_update().get(district=district)
    before = {name: getattr(kept, name) for name in _SET}
    kept.callbacks = callbacks
    kept.digest_hour = digest_hour
    kept.inside_ranges = [_range(text.strip()) for text in inside_ranges if text.strip()]
    kept.sms_url, kept.sms_body = sms_url.strip(), sms_body.strip()
    kept.public_list_from_on = public_list_from_on
    kept.site_code = _shaped("site_code", site_code, NoSiteCode)
    kept.icp_number = _shaped("icp_number", icp_number, NoIcpNumber)
    kept.police_number = _shaped("police_number", police_number, NoPoliceNumber)
    kept.embed_hosts = _hosts(embed_hosts)
    kept.save(update_fields=_SET)
    if kept.sms_url:
        # Measured by the ranges just saved.
        _check_gateway(kept)
    changed = [name for name in _SET if getattr(kept, name) != before[name]]
    if changed:
        # Which, not to what: a gateway's address may hold its secret.
        record_edit("district_set", district_id=district.pk, by=by, now=now, settings=changed)
    return kept


_SET = [
    *("callbacks", "digest_hour", "inside_ranges", "sms_url", "sms_body", "public_list_from_on"),
    *("site_code", "icp_number", "police_number", "embed_hosts"),
]


def _shaped(name: str, text: str, refused: type[Refusal]) -> str:
    typed = "".join(text.split()).replace("icp", "ICP")
    # Not \d: digits of another script are none here.
    if typed and not re.fullmatch(FOOTER_SHAPES[name].strip("^$"), typed):
        raise refused
    return typed


def _hosts(lines: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for line in lines:
        text = line.strip().lower().removesuffix("/")
        if not text:
            continue
        if not HOST.fullmatch(text):
            raise NoHost(line.strip())
        found[text if text.startswith(("http://", "https://")) else f"https://{text}"] = None
    if len(found) > MOST_HOSTS:
        raise NoHost
    return list(found)


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
