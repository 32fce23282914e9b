"""An item is written, reviewed by another, published, revised, withdrawn: nothing reaches the public in between."""

from __future__ import annotations

import difflib
import hashlib
import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import filetype
import nh3
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.functional import Promise
from django.utils.html import linebreaks
from django.utils.translation import gettext_lazy as _

from bureaus.access import MAY, Act, Holding, holdings
from bureaus.models import Officer, Place, Post
from bureaus.models.written import check_text
from bureaus.services.calendar import calendar_for
from bureaus.workdays import local_date, midnight
from disclosure.checklist import BY_CODE, WORKING_DAYS_TO_PUBLISH, Entry
from disclosure.models import Item, ItemFile, ItemStep, ItemVersion, PublicItem
from disclosure.services.refusals import (
    EndsBeforeItBegins,
    ItemChanged,
    MadeInFuture,
    NeedsPart,
    NeedsTitle,
    NeedsWordsBack,
    NoSuchPart,
    NotAPublicFile,
    NotAtThisStage,
    NotReviewedWhole,
    NotTheirPost,
    NotYourItem,
    ReviewerWrote,
    ReviewPassed,
    TooManyFiles,
)
from inquiries import deadlines
from inquiries.access import covers
from inquiries.models import Duty
from inquiries.services.duties import Kind, finish_duty, head_of, open_duty

MISSING, PUBLISH, REVIEW, REFRESH = "item_missing", "item_publish", "item_review", "item_refresh"
WORKING_DAYS_TO_REVIEW = 3
MOST_OF_PART, MOST_OF_TEXT = 4000, 60_000
MOST_FILES, MOST_BYTES = 20, 10 * 1024 * 1024
LONGEST_REVIEW = timedelta(days=731)
TYPES = frozenset(
    {
        "image/jpeg",
        "image/png",
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
# What a text may be made of: paragraphs, headings below the page's own, lists, tables, links.
TAGS = {
    *("p", "br", "h3", "h4", "ul", "ol", "li", "strong", "em", "blockquote", "a"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}


def _page(duty: Duty) -> str:
    if duty.subject.startswith("item."):
        return f"/items/{duty.subject.removeprefix('item.')}/"
    return f"/items/new/?place={duty.place_id}&kind={duty.subject}"


DUTIES: dict[str, Kind] = {
    MISSING: Kind(_("publish what is missing"), _page, in_words=False),
    PUBLISH: Kind(_("publish what was written"), _page, in_words=False),
    REVIEW: Kind(_("review before publishing"), _page, in_words=False, working_days=True),
    REFRESH: Kind(_("look at an item again"), _page, in_words=False),
}


@dataclass(frozen=True)
class ItemGiven:
    """What an item says, as it was typed."""

    title: str
    body: str
    parts: Mapping[str, str]
    made_on: date
    review_on: date
    effective_on: date | None = None
    expires_on: date | None = None
    post: Post | None = None


def clean_body(typed: str) -> str:
    """The text as HTML that holds nothing but what a text is made of; plain lines become paragraphs."""
    typed = typed.strip()
    if not nh3.is_html(typed):
        return linebreaks(typed, autoescape=True) if typed else ""
    return nh3.clean(
        typed,
        tags=TAGS,
        clean_content_tags={"script", "style"},
        attributes={"a": {"href"}, "th": {"scope", "colspan", "rowspan"}, "td": {"colspan", "rowspan"}},
        url_schemes={"http", "https", "tel", "mailto"},
        link_rel="noopener nofollow",
    ).strip()


def as_typed(body: str) -> str:
    """The text as it goes back into its box: plain where it holds nothing but paragraphs."""
    plain = body.replace("<br>", "\n").replace("<p>", "").replace("</p>", "\n")
    return body if "<" in plain else html.unescape(plain).strip()


def words_of(title: str, parts: Mapping[str, str], body: str) -> str:
    """Everything it says, without marks."""
    spaced = body.replace("<", " <")
    return " ".join(
        [title, *parts.values(), html.unescape(nh3.clean(spaced, tags=set(), clean_content_tags=set()))]
    ).strip()


def may_with(held: Iterable[Holding], act: Act, place: Place) -> bool:
    """Whether one of these posts allows the act at the place."""
    return any(act in MAY[h.post.role] and covers(h, place) for h in held)


def _check_may(by: Officer, act: Act, place: Place, *, now: datetime) -> None:
    if not may_with(holdings(by, now=now), act, place):
        raise NotYourItem


def _lock(item_id: int, act: Act, *, by: Officer, now: datetime, seen: int | None) -> Item:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an act needs the transaction of its scope")
    item = Item.objects.select_for_update(of=("self",)).select_related("place").get(pk=item_id)
    if seen is not None and seen != item.version:
        raise ItemChanged
    _check_may(by, act, item.place, now=now)
    return item


def _save(item: Item, *changed: str, now: datetime) -> None:
    item.version += 1
    item.changed_at = now
    item.save(update_fields=[*changed, "version", "changed_at"])


def _step(item: Item, what: str, *, by: Officer | None, now: datetime, words: str = "") -> None:
    ItemStep.objects.create(item=item, what=what, number=item.live_number, words=words, at=now, by=by)


def _parts(entry: Entry, given: Mapping[str, str]) -> dict[str, str]:
    known = {part.code for part in entry.parts}
    if set(given) - known:
        raise NoSuchPart
    cleaned: dict[str, str] = {}
    for part in entry.parts:
        text = "\n".join(line.strip() for line in given.get(part.code, "").splitlines() if line.strip())
        check_text(text, field=part.code, most=MOST_OF_PART)
        if text:
            cleaned[part.code] = text
    return cleaned


def _put(item: Item, given: ItemGiven, *, by: Officer, now: datetime) -> None:
    """What was typed stands in the working copy, which goes back to being written. Raises what is wrong with it."""
    today = local_date(now)
    if not given.title.strip():
        raise NeedsTitle
    if given.made_on > today:
        raise MadeInFuture
    if given.effective_on and given.expires_on and given.expires_on < given.effective_on:
        raise EndsBeforeItBegins
    if not today < given.review_on <= today + LONGEST_REVIEW:
        raise ReviewPassed
    if given.post is not None and (
        given.post.closed_on is not None or given.post.place.bureau_id != item.place.bureau_id
    ):
        raise NotTheirPost
    check_text(given.body, field="body", most=MOST_OF_TEXT)
    item.title = given.title.strip()
    item.body = clean_body(given.body)
    item.parts = _parts(BY_CODE[item.kind], given.parts)
    item.made_on, item.review_on = given.made_on, given.review_on
    item.effective_on, item.expires_on = given.effective_on, given.expires_on
    item.post = given.post
    item.author = by
    _back_to_writing(item)


def _back_to_writing(item: Item) -> None:
    item.stage = Item.Stage.WRITING
    item.reviewer = item.reviewed_at = None
    item.review_words = ""


_PUT = (
    *("title", "body", "parts", "made_on", "review_on", "effective_on", "expires_on", "post", "author"),
    *("stage", "reviewer", "reviewed_at", "review_words"),
)


def write_item(*, place: Place, kind: str, given: ItemGiven, by: Officer, now: datetime) -> Item:
    """A new item of the place is being written, and owed to the public from now on.

    It is to be published within 20 working days of the day it was made (政府信息公开条例 art. 26). Raises NotYourItem,
    NeedsTitle, MadeInFuture, EndsBeforeItBegins, ReviewPassed, NoSuchPart, NotTheirPost; NotPlainText and TooLong.
    """
    _check_may(by, Act.WRITE_ITEM, place, now=now)
    item = Item(district_id=place.root_id, place=place, kind=kind, created_at=now, changed_at=now)
    _put(item, given, by=by, now=now)
    item.save()
    _step(item, ItemStep.What.WRITTEN, by=by, now=now)
    _owe_publishing(item, by=by, now=now)
    return item


def rewrite_item(item_id: int, *, given: ItemGiven, by: Officer, now: datetime, seen: int | None) -> Item:
    """The working copy says something else; what is public stays until this is reviewed and published.

    A review it had passed or was under is void. Raises what `write_item` does, and ItemChanged.
    """
    item = _lock(item_id, Act.WRITE_ITEM, by=by, now=now, seen=seen)
    _put(item, given, by=by, now=now)
    _save(item, *_PUT, now=now)
    _step(item, ItemStep.What.WRITTEN, by=by, now=now)
    _finish(item, REVIEW, by=by, now=now, decision="rewritten")
    _owe_publishing(item, by=by, now=now)
    return item


def _owe_publishing(item: Item, *, by: Officer | None, now: datetime) -> None:
    subject = f"item.{item.pk}"
    if Duty.objects.filter(kind=PUBLISH, place=item.place, subject=subject, done_at=None).exists():
        return
    calendar = calendar_for(item.district_id)
    made_at = midnight(item.made_on)
    owed_at = deadlines.due(made_at, deadlines.Rule(WORKING_DAYS_TO_PUBLISH), calendar).due_at
    soonest = deadlines.due(now, deadlines.Rule(1), calendar).due_at
    open_duty(
        kind=PUBLISH,
        place=item.place,
        post=item.post,
        due_at=max(owed_at, soonest),
        now=now,
        by=by,
        subject=subject,
        request=item.title,
        tell=False,
    )


def _finish(item: Item, *kinds: str, by: Officer | None, now: datetime, decision: str) -> None:
    owed = Duty.objects.select_for_update(of=("self",)).filter(
        place=item.place, kind__in=kinds, subject=f"item.{item.pk}", done_at=None
    )
    for duty in owed.order_by("pk"):
        finish_duty(duty, by=by, now=now, decision=decision)


def add_file(item_id: int, *, name: str, content: bytes, by: Officer, now: datetime) -> ItemFile:
    """The file belongs to the working copy; it is public once a version that names it is.

    The type is read from the content, never from the name. Raises TooManyFiles, NotAPublicFile, NotYourItem.
    """
    item = _lock(item_id, Act.WRITE_ITEM, by=by, now=now, seen=None)
    if len(content) > MOST_BYTES or len(item.files) >= MOST_FILES:
        raise TooManyFiles
    kind = filetype.guess(content) if content else None
    if kind is None or kind.mime not in TYPES:
        raise NotAPublicFile
    check_text(name, field="file")
    digest = hashlib.sha256(content).hexdigest()
    kept = ItemFile.objects.filter(item=item, digest=digest).first()
    if kept is None:
        kept = ItemFile.objects.create(
            item=item,
            district_id=item.district_id,
            name=name[-120:],
            content_type=kind.mime,
            size=len(content),
            digest=digest,
            stored_as=default_storage.save(f"items/{digest[:2]}/{digest}", ContentFile(content)),
            added_at=now,
            added_by=by,
        )
    if all(line["id"] != str(kept.pk) for line in item.files):
        item.files = [*item.files, {"id": str(kept.pk), "name": kept.name, "size": kept.size}]
        _change_files(item, by=by, now=now)
    return kept


def drop_file(item_id: int, *, file_id: str, by: Officer, now: datetime) -> Item:
    """The working copy no longer names the file; versions that were published with it keep it. Raises NotYourItem."""
    item = _lock(item_id, Act.WRITE_ITEM, by=by, now=now, seen=None)
    item.files = [line for line in item.files if line["id"] != file_id]
    _change_files(item, by=by, now=now)
    return item


def _change_files(item: Item, *, by: Officer, now: datetime) -> None:
    _back_to_writing(item)
    item.author = by
    _save(item, "files", "author", "stage", "reviewer", "reviewed_at", "review_words", now=now)
    _step(item, ItemStep.What.WRITTEN, by=by, now=now)
    _finish(item, REVIEW, by=by, now=now, decision="rewritten")
    _owe_publishing(item, by=by, now=now)


def submit_item(item_id: int, *, by: Officer, now: datetime, seen: int | None = None) -> Item:
    """It waits for its review, which the bureau's head owes within three working days.

    Raises NotAtThisStage, NeedsPart for what an item of its kind must say, NotYourItem, ItemChanged.
    """
    item = _lock(item_id, Act.WRITE_ITEM, by=by, now=now, seen=seen)
    if item.stage != Item.Stage.WRITING:
        raise NotAtThisStage
    entry = BY_CODE[item.kind]
    for part in entry.parts:
        if part.needed and not item.parts.get(part.code):
            raise NeedsPart(
                _("“%(part)s” is asked of every item of its kind. Fill it in.") % {"part": part.label},
                field=part.code,
            )
    if not item.parts and not item.body and not item.files:
        raise NeedsPart(_("It says nothing yet. Write its text or add a file."), field="body")
    item.stage = Item.Stage.REVIEW
    _save(item, "stage", now=now)
    _step(item, ItemStep.What.SUBMITTED, by=by, now=now)
    bureau = Place.objects.get(pk=item.place.bureau_id)
    open_duty(
        kind=REVIEW,
        place=item.place,
        post=head_of(bureau),
        due_at=deadlines.due(
            now, deadlines.Rule(WORKING_DAYS_TO_REVIEW), calendar_for(item.district_id)
        ).due_at,
        now=now,
        by=by,
        subject=f"item.{item.pk}",
        request=item.title,
    )
    return item


def review_item(
    item_id: int,
    *,
    passed: bool,
    no_state_secret: bool = False,
    no_trade_secret: bool = False,
    no_personal_data: bool = False,
    words: str = "",
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Item:
    """It may be published, or goes back to be written again: 先审查后公开 (政府信息公开条例 art. 17).

    Raises ReviewerWrote for whoever wrote at it since it was last published, NotReviewedWhole, NeedsWordsBack,
    NotAtThisStage, NotYourItem, ItemChanged.
    """
    item = _lock(item_id, Act.REVIEW_ITEM, by=by, now=now, seen=seen)
    if item.stage != Item.Stage.REVIEW:
        raise NotAtThisStage
    if by.pk in writers_of(item):
        raise ReviewerWrote
    words = words.strip()
    if passed and not (no_state_secret and no_trade_secret and no_personal_data):
        raise NotReviewedWhole
    if not passed and not words:
        raise NeedsWordsBack
    item.stage = Item.Stage.PASSED if passed else Item.Stage.WRITING
    item.reviewer, item.reviewed_at = by, now
    item.review_words = words
    _save(item, "stage", "reviewer", "reviewed_at", "review_words", now=now)
    _step(item, ItemStep.What.PASSED if passed else ItemStep.What.RETURNED, by=by, now=now, words=words)
    _finish(item, REVIEW, by=by, now=now, decision="passed" if passed else "returned")
    return item


def writers_of(item: Item) -> set[int]:
    """Who wrote at the item since it was last published."""
    last = (
        item.steps.filter(what=ItemStep.What.PUBLISHED).order_by("-pk").values_list("pk", flat=True).first()
    )
    written = item.steps.filter(what=ItemStep.What.WRITTEN, pk__gt=last or 0)
    return {pk for pk in written.values_list("by", flat=True) if pk is not None} | {item.author_id}


def publish_item(item_id: int, *, by: Officer, now: datetime, seen: int | None = None) -> ItemVersion:
    """What passed its review is public as it passed, as the next version; what was owed for it is done.

    1. Locks the item. 2. Writes the version, which the database refuses where it differs from what was reviewed.
    3. The public sees this version instead of the one before. Raises NotAtThisStage, NotYourItem, ItemChanged.
    """
    item = _lock(item_id, Act.PUBLISH_ITEM, by=by, now=now, seen=seen)
    if item.stage != Item.Stage.PASSED or item.reviewer_id is None or item.reviewed_at is None:
        raise NotAtThisStage
    newest = item.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = ItemVersion.objects.create(
        item=item,
        district_id=item.district_id,
        number=newest + 1,
        title=item.title,
        body=item.body,
        parts=item.parts,
        files=item.files,
        made_on=item.made_on,
        effective_on=item.effective_on,
        expires_on=item.expires_on,
        author_id=item.author_id,
        reviewer_id=item.reviewer_id,
        reviewed_at=item.reviewed_at,
        no_state_secret=True,
        no_trade_secret=True,
        no_personal_data=True,
        published_at=now,
        published_by=by,
    )
    standing = PublicItem.objects.filter(item=item).first()
    row = standing or PublicItem(item=item, district_id=item.district_id, place=item.place, kind=item.kind)
    row.current, row.title = version, item.title
    row.words = words_of(item.title, item.parts, item.body)
    row.published_at = now
    row.first_published_at = standing.first_published_at if standing else now
    row.save()
    item.stage = Item.Stage.SETTLED
    item.live_number = version.number
    item.withdrawn_at = item.withdrawn_by = None
    item.withdrawn_why = ""
    _save(item, "stage", "live_number", "withdrawn_at", "withdrawn_by", "withdrawn_why", now=now)
    _step(item, ItemStep.What.PUBLISHED, by=by, now=now)
    _finish(item, PUBLISH, REFRESH, by=by, now=now, decision="published")
    missed = Duty.objects.select_for_update(of=("self",)).filter(
        place=item.place, kind=MISSING, subject=item.kind, done_at=None
    )
    for duty in missed:
        finish_duty(duty, by=by, now=now, decision="published", item=item.pk)
    return version


def confirm_item(
    item_id: int, *, review_on: date, by: Officer, now: datetime, seen: int | None = None
) -> Item:
    """What is public was looked at and is still right; it is looked at again by that day.

    Raises ReviewPassed, NotAtThisStage for what is not public, NotYourItem, ItemChanged.
    """
    item = _lock(item_id, Act.PUBLISH_ITEM, by=by, now=now, seen=seen)
    if item.live_number is None:
        raise NotAtThisStage
    today = local_date(now)
    if not today < review_on <= today + LONGEST_REVIEW:
        raise ReviewPassed
    item.review_on = review_on
    _save(item, "review_on", now=now)
    _step(item, ItemStep.What.CONFIRMED, by=by, now=now)
    _finish(item, REFRESH, by=by, now=now, decision="confirmed")
    return item


def withdraw_item(item_id: int, *, why: str, by: Officer, now: datetime, seen: int | None = None) -> Item:
    """The public sees it no longer; its versions stay. What must be published there is missing again.

    Raises NeedsWordsBack without a reason, NotAtThisStage for what is withdrawn, NotYourItem, ItemChanged.
    """
    item = _lock(item_id, Act.PUBLISH_ITEM, by=by, now=now, seen=seen)
    if item.withdrawn_at is not None:
        raise NotAtThisStage
    why = why.strip()
    if not why:
        raise NeedsWordsBack(_("Write why it is withdrawn."), field="why")
    PublicItem.objects.filter(item=item).delete()
    _step(item, ItemStep.What.WITHDRAWN, by=by, now=now, words=why)
    item.live_number = None
    item.withdrawn_at, item.withdrawn_by, item.withdrawn_why = now, by, why
    _back_to_writing(item)
    changed = ("live_number", "withdrawn_at", "withdrawn_by", "withdrawn_why")
    _save(item, *changed, "stage", "reviewer", "reviewed_at", "review_words", now=now)
    _finish(item, PUBLISH, REVIEW, REFRESH, by=by, now=now, decision="withdrawn")
    return item


def open_file(kept: ItemFile) -> bytes:
    """The content of a file the reader sees."""
    with default_storage.open(kept.stored_as) as stored:
        return bytes(stored.read())


def versions_of(item: Item) -> Sequence[ItemVersion]:
    """What was published, the newest first."""
    return list(item.versions.select_related("author", "reviewer", "published_by").order_by("-number"))


def changed_parts(old: ItemVersion, new: ItemVersion) -> list[dict[str, Any]]:
    """What two versions say, part by part, each line marked as kept, gone or new."""
    entry = BY_CODE[old.item.kind]
    rows: list[tuple[str | Promise, str, str]] = [(_("title"), old.title, new.title)]
    rows += [(part.label, old.parts.get(part.code, ""), new.parts.get(part.code, "")) for part in entry.parts]
    rows.append((_("text"), lines_of(old.body), lines_of(new.body)))
    rows.append((_("files"), _names(old), _names(new)))
    return [
        {"label": label, "lines": _marked(before, after), "same": before == after}
        for label, before, after in rows
        if before or after
    ]


def _names(version: ItemVersion) -> str:
    return "\n".join(line["name"] for line in version.files)


def lines_of(body: str) -> str:
    """The text without marks, one line for each paragraph, entry or row."""
    broken = body.replace("</td>", " ").replace("</th>", " ")
    for end in ("</p>", "<br>", "</li>", "</h3>", "</h4>", "</tr>"):
        broken = broken.replace(end, f"{end}\n")
    text = html.unescape(nh3.clean(broken, tags=set(), clean_content_tags=set()))
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _marked(before: str, after: str) -> list[tuple[str, str]]:
    marks = {" ": "kept", "-": "gone", "+": "new"}
    compared = difflib.ndiff(before.splitlines(), after.splitlines())
    return [(marks[line[0]], line[2:]) for line in compared if line[0] in marks]
