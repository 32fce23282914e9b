"""Every main page, in both themes and at both widths, for those who see little, hear a page, or use a phone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import get_resolver, resolve
from playwright.sync_api import Browser, expect

from bureaus.workdays import SHANGHAI
from tests.house.reading import reading
from tests.house.running import Visitor
from tests.house.tablet import arrives, card, question, waiting
from tests.house.town import Town
from tests.test_every_url import names

pytestmark = pytest.mark.processes

# Who opens what; {…} is a matter of the example in that state.
PAGES = [
    ("wuxiaoyan", "/"),
    ("wuxiaoyan", "/inquiries/{in_hand}/"),
    ("wuxiaoyan", "/notices/?all=1"),
    ("wuxiaoyan", "/addresses/"),
    ("wuxiaoyan", "/password/"),
    ("gaoyuan", "/record/"),
    ("zhouning", "/"),
    ("zhouning", "/record/"),
    ("zhouning", "/record/batch/"),
    ("zhouning", "/inquiries/{received}/"),
    ("zhouning", "/inquiries/{answered}/"),
    ("zhouning", "/inquiries/{received}/letters/recorded/"),
    ("zhouning", "/duties/{duty}/"),
    ("zhouning", "/overview/"),
    ("zhouning", "/places/{bureau}/"),
    ("zhouning", "/places/{bureau}/weekly/"),
    ("zhouning", "/officers/{officer}/"),
    ("zhouning", "/search/"),
    ("zhouning", "/search/?kind=help&chosen=all"),
    ("zhouning", "/?kind=help&chosen=all"),
    ("zhouning", "/exports/"),
    ("zhouning", "/views/"),
    ("zhouning", "/dispatch/"),
    ("zhouning", "/approvals/"),
    ("zhouning", "/callbacks/"),
    ("zhouning", "/figures/recorded/"),
    ("zhouning", "/search/?q=低保"),
    ("zhouning", "/settings/"),
    ("sunliguo", "/notices/digest/"),
    ("zhouning", "/settings/places/"),
    ("zhouning", "/settings/places/merge/"),
    ("zhouning", "/settings/edits/"),
    ("zhouning", "/settings/topics/"),
    ("zhouning", "/settings/topics/new/"),
    ("zhouning", "/settings/ledger/"),
    ("zhouning", "/settings/district/"),
    ("zhouning", "/settings/ledger/12345/"),
    ("sunliguo", "/settings/texts/"),
    ("sunliguo", "/settings/texts/new/"),
    ("sunliguo", "/settings/texts/{text}/"),
    ("zhouning", "/settings/rules/"),
    ("zhouning", "/settings/rules/help/ordinary/"),
    ("zhouning", "/settings/ladders/ordinary/"),
    ("zhouning", "/settings/weights/"),
    ("zhouning", "/settings/calendar/2027/"),
    ("zhouning", "/settings/posts/"),
    ("zhouning", "/settings/posts/{post}/"),
    ("zhouning", "/settings/roster/"),
    ("zhouning", "/wall/"),
    ("zhouning", "/open-days/"),
    ("zhouning", "/open-days/{day}/"),
    ("zhouning", "/open-days/{day}/entries/?of=visits"),
    ("zhouning", "/open-days/{day}/board/"),
    ("zhouning", "/open-days/new/"),
    ("zhouning", "/open-days/{coming}/plans/{district}/"),
    ("sunliguo", "/open-days/{coming}/plans/{bureau}/"),
    ("zhouning", "/open-days/{day}/booths/new/"),
    ("wuxiaoyan", "/booths/{booth}/"),
    ("gaoyuan", "/credibility/"),
    ("zhouning", "/bulletins/"),
    ("zhouning", "/items/"),
    ("zhouning", "/reports/"),
    ("zhouning", "/booklets/"),
    ("sunliguo", "/booklets/new/"),
    ("sunliguo", "/booklets/{booklet}/"),
    ("sunliguo", "/booklets/{booklet}/edition/"),
    ("sunliguo", "/items/{item}/"),
    ("sunliguo", "/items/{item}/edit/"),
    ("sunliguo", "/items/{item}/compare/"),
    ("sunliguo", "/items/new/"),
    ("zhouning", "/public/"),
    ("zhouning", "/public/{district}/bureaus/{bureau}/"),
    ("zhouning", "/public/{district}/bureaus/"),
    ("zhouning", "/public/{district}/items/"),
    ("zhouning", "/public/items/{item}/"),
    ("zhouning", "/styleguide/"),
    ("zhouning", "/public/{district}/ask/"),
    ("zhouning", "/public/{district}/follow/"),
    ("zhouning", "/public/{district}/figures/"),
    ("zhouning", "/public/{district}/overdue/"),
    ("zhouning", "/public/{district}/open-days/"),
    ("zhouning", "/public/{district}/open-days/{coming}/"),
    ("zhouning", "/public/{district}/open-days/{before}/"),
    ("zhouning", "/public/{district}/summaries/{summary}/"),
    ("zhouning", "/nothing/"),
    ("zhouning", "/bulletins/{bulletin}/"),
    ("zhouning", "/bulletins/drafts/{draft}/"),
    ("zhouning", "/inquiries/{received}/papers/register/"),
    ("zhouning", "/settings/places/{bureau}/"),
    ("zhouning", "/settings/places/{bureau}/move/"),
    ("zhouning", "/settings/places/{bureau}/split/"),
    ("zhouning", "/settings/topics/{topic}/"),
    ("zhouning", "/settings/calendar/"),
    ("zhouning", "/settings/accounts/{officer}/disable/"),
    ("zhouning", "/reports/{report}/"),
    ("zhouning", "/matters/status/"),
    ("zhouning", "/public/{district}/"),
    ("zhouning", "/public/{district}/booklets/"),
    ("zhouning", "/public/{district}/booklets/{booklet}/"),
    ("zhouning", "/public/{district}/answers/"),
    ("zhouning", "/public/{district}/answers/{published}/"),
    ("sunliguo", "/answers/"),
    ("wuxiaoyan", "/answers/{answered}/propose/"),
    ("fengyuan", "/summaries/{drafted}/"),
    ("zhouning", "/issues/{issue}/"),
    ("zhouning", "/screens/{screen}/"),
]
# What is a file, a part of a page, an answer for a program, or leads on at once.
NO_PAGES = {
    *("session", "health", "healthz", "readyz", "sign_out", "set_language", "admin_sign_in", "booth_worker"),
    *("verify_address", "act_on_address", "clear", "act", "attach", "attachment", "signed_paper", "panel"),
    *("read_notice", "read_notices", "record-hints", "correction", "bulk_done", "large_text", "new_code"),
    *(
        "view",
        "export",
        "export_file",
        "ask_export",
        "ledger_template",
        "work_orders_template",
        "source_reply",
    ),
    *("letter", "paper-docx", "weekly-docx", "bulletin_docx", "bulletin_numbers", "annual_report_docx"),
    *("booklet_docx", "open_day_plan_docx", "open_day_summary_docx", "public_booklet_docx", "public_file"),
    *("public_figures_as", "public_overdue_as", "public_feed", "public_sitemap", "item_file", "item_act"),
    *("annual_report_begin", "annual_report_approve", "booklet_publish", "answer_decide", "booth_take_back"),
    *("open_day_plan_act", "open_day_summary_begin", "open_day_summary_approve", "open_day_summary_publish"),
    *("open_day_screen", "hot_issue_publish"),
    *(
        "booth_entry",
        "booth_shell",
        "booth_code",
        "held",
        "hot",
        "lag",
        "edits",
        "signal",
        "bulletin_moved",
        "bulletin_filled",
    ),
}
# Pages that come of what somebody did just before; each is looked at by a test of its own.
AFTER_AN_ACT = {
    # The whole day, and the grid of slips.
    *("receipt", "bulk", "slip"),
}


def test_no_page_is_left_out() -> None:
    """A page that is added comes into the list above, or is said to be none."""
    walked = {"sign_in"}
    for _who, path in PAGES:
        bare = re.sub(r"\{\w+\}", "1", path.replace("{text}", str(UUID(int=1)))).split("?")[0]
        if bare != "/nothing/":
            walked.add(str(resolve(bare).url_name))
    there = {name for name in names(get_resolver()) if not name.startswith(("api", "disclosure"))}
    assert there - walked - NO_PAGES == AFTER_AN_ACT
    assert not NO_PAGES - there


def made(visitor: Visitor, path: str, form: Mapping[str, object]) -> int:
    """The number of what an officer has made by that form."""
    status, leads_to = visitor.ask(path, form)
    assert status == 302, leads_to
    return int(re.findall(r"\d+", leads_to)[-1])


@pytest.fixture(scope="module")
def matters(town: Town) -> dict[str, Any]:
    """A matter of the example in each state, an open duty and a post."""
    ask = town.bida.ask
    [(duty,)] = ask("select min(id) from inquiries_duty where done_at is null and kind = 'circular'")
    [(post,)] = ask(
        "select o.id from bureaus_post o join bureaus_place p on p.id = o.place_id "
        "where p.name = '社会救助科' and o.role = 'handler'"
    )
    [(bureau, officer)] = ask(
        "select p.parent_id, min(t.officer_id) from bureaus_tenure t join bureaus_post o on o.id = t.post_id "
        f"join bureaus_place p on p.id = o.place_id where o.id = {post} group by p.parent_id"
    )
    states = ask(
        "select state, min(i.id) from inquiries_inquiry i join bureaus_place p on p.id = holder_id "
        "where not sealed and imported = false and (state <> 'in_hand' or p.name = '社会救助科') group by state"
    )
    [(day, booth)] = ask(
        "select b.open_day_id, b.id from disclosure_booth b join bureaus_place p on p.id = b.place_id "
        "join disclosure_openday d on d.id = b.open_day_id where d.is_example and p.name = '民政局' "
        'and exists (select from disclosure_supply s where s.booth_id = b.id) order by d."on" limit 1'
    )
    [(coming,)] = ask('select id from disclosure_openday where is_example order by "on" desc limit 1')
    [(before, summary)] = ask(
        "select open_day_id, id from disclosure_summary where published_at is not null order by id limit 1"
    )
    [(district,)] = ask("select id from bureaus_place where kind = 'district' and name = '示例区'")
    [(item,)] = ask("select min(item_id) from disclosure_itemversion where number = 2")
    [(booklet,)] = ask("select min(id) from disclosure_booklet")
    [(topic,)] = ask(f"select min(id) from inquiries_topic where district_id = {district}")
    [(published,)] = ask("select min(id) from disclosure_publishedanswer where approved_at is not null")
    [(issue,)] = ask(f"select min(id) from disclosure_hotissue where booth_id = {booth}")
    clerk, director, liaison = (town.visit(who) for who in ("linxiao", "zhouning", "fengyuan"))
    clerk.ask(f"/open-days/{coming}/screen/", {"do": "open"})
    [(screen,)] = ask("select token from disclosure_screen where withdrawn_at is null")
    last_on = datetime.now(SHANGHAI).date().replace(day=1) - timedelta(days=1)
    month = {"first_on": last_on.replace(day=1), "last_on": last_on}
    signed, draft = (made(clerk, "/bulletins/", month) for _each in range(2))
    kept = {"place": bureau, "title": "低保材料", "text": "请带身份证和收入证明。"}
    status, leads_to = town.visit("sunliguo").ask("/settings/texts/new/", kept)
    assert status == 302, leads_to
    [(text,)] = ask("select line from inquiries_standardtext order by id desc limit 1")
    for step in ("pass", "sign"):
        made(director, f"/bulletins/drafts/{signed}/", {"step": step})
    [(bulletin,)] = ask(f"select id from inquiries_bulletin where draft_id = {signed}")
    return dict(states) | {
        "topic": topic,
        "screen": screen,
        "text": text,
        "published": published,
        "issue": issue,
        "bulletin": bulletin,
        "draft": draft,
        "report": made(liaison, "/reports/begin/", {"year": 2025, "place": bureau}),
        "drafted": made(liaison, f"/open-days/{day}/summaries/{bureau}/", {}),
        "booklet": booklet,
        "duty": duty,
        "post": post,
        "item": item,
        "district": district,
        "bureau": bureau,
        "officer": officer,
        "day": day,
        "booth": booth,
        "coming": coming,
        "before": before,
        "summary": summary,
    }


@pytest.mark.parametrize(("language", "scheme"), [("zh-CN", "dark"), ("en-GB", "light")])
def test_every_page_is_for_everybody(
    browser: Browser, town: Town, matters: dict[str, Any], language: str, scheme: str
) -> None:
    wrong: list[str] = []
    with reading(browser, town, language, scheme) as stranger:
        stranger.opens("/sign-in/")
        wrong += stranger.looks(language)
        stranger.page.locator("main .btn-primary").click()
        wrong += stranger.looks(language)
    for username in dict.fromkeys(who for who, _path in PAGES):
        with reading(browser, town, language, scheme) as officer:
            officer.signs_in(town, username)
            for path in (path for who, path in PAGES if who == username):
                officer.opens(path.format_map(matters))
                wrong += officer.looks(language)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("language", "scheme"), [("zh-CN", "light"), ("en-GB", "dark")])
def test_a_refused_form_is_for_everybody(
    browser: Browser, town: Town, matters: dict[str, Any], language: str, scheme: str
) -> None:
    wrong: list[str] = []
    with reading(browser, town, language, scheme) as officer:
        officer.signs_in(town, "zhouning")
        for path, form in (
            ("/record/", "#record"),
            (f"/inquiries/{matters['received']}/", "#act-answer form"),
            ("/settings/roster/", "main form[novalidate]"),
            (f"/duties/{matters['duty']}/", "#ends"),
        ):
            officer.opens(path)
            # The form asks for a connection and a session first, and the page that refuses it comes then.
            with officer.page.expect_response(lambda answer: answer.request.method == "POST"):
                officer.page.locator(form).first.evaluate("form => form.requestSubmit()")
            officer.page.wait_for_load_state()
            expect(officer.page.locator("[role=alert]").first, f"{path} refuses").to_be_visible()
            wrong += officer.looks(language)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("language", "scheme"), [("zh-CN", "dark"), ("en-GB", "light")])
def test_the_desk_without_a_network_is_for_everybody(
    browser: Browser, town: Town, matters: dict[str, Any], language: str, scheme: str
) -> None:
    booth = matters["booth"]
    with reading(browser, town, language, scheme) as reader:
        arrives(reader, town, booth)
        page, serial = reader.page, f"07-{language[:1]}"
        card(page, serial)
        expect(page.locator("#said")).to_contain_text(serial.upper())
        page.context.set_offline(True)
        card(page, serial)
        question(page, "断网时问的：" + "低保怎么申请，需要哪些材料？" * 4)
        expect(waiting(page)).to_have_count(2)
        reader.opens(f"/booths/{booth}/")
        expect(waiting(page)).to_have_count(2)
        reader.wrong.clear()
        wrong = reader.looks(language)
        # The question keeps waiting, and the card is refused.
        page.route("**/booths/*/question/", lambda route: route.abort())
        page.context.set_offline(False)
        expect(page.locator("[data-why]:visible")).to_have_count(1)
        reader.opens(f"/booths/{booth}/")
        expect(page.locator("[data-why]:visible")).to_have_count(1)
        # What was refused is news: it comes above everything, and moves what stands there.
        wrong += [each for each in reader.looks(language) if "moves under the eye" not in each]
        page.unroute("**/booths/*/question/")
        assert [each for each in wrong if "Failed to load resource" not in each] == []
