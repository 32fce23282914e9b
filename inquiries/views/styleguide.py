"""Every component of the pages in every state, with when to use which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from bureaus.models.posts import Post
from inquiries.models.inquiry import Inquiry
from inquiries.states import State

FOLDER = "bida/components"


@dataclass(frozen=True)
class Component:
    """A partial, when it is used, and its states: what each is called and what is handed to the partial."""

    code: str
    name: str | Promise
    when: str | Promise
    states: Callable[[], list[tuple[str, dict[str, Any]]]]
    within: str = "{}"  # the list that a component is an item of
    partial: str = field(default="")

    @property
    def path(self) -> str:
        """The template."""
        return self.partial or f"{FOLDER}/{self.code}.html"


class _Form(forms.Form):
    """A field in each of its states."""

    question = forms.CharField(label=gettext_lazy("Question"), widget=forms.Textarea(attrs={"rows": 2}))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=())
    at_once = forms.BooleanField(label=gettext_lazy("Answered at once"), required=False)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["kind"].choices = Inquiry._meta.get_field("kind").choices  # type: ignore[attr-defined]


def _badges() -> list[tuple[str, dict[str, Any]]]:
    states = dict(Inquiry._meta.get_field("state").choices or ())
    return [
        *((f"state={code}", {"word": states[code], "state": str(code)}) for code in State),
        ("", {"word": _("sealed")}),
        ("done", {"word": _("announced"), "done": True}),
    ]


def _left(days: int) -> str:
    return ngettext("%(n)d working day left", "%(n)d working days left", days) % {"n": days}


def _dues() -> list[tuple[str, dict[str, Any]]]:
    exactly = _("was due %(due)s") % {"due": "17:00"}
    return [
        (
            "overdue",
            {
                "urgency": "overdue",
                "words": _("%(span)s late") % {"span": _("%(n)d hours") % {"n": 3}},
                "exactly": exactly,
            },
        ),
        ("today", {"urgency": "today", "words": _("today %(hour)s") % {"hour": "24:00"}}),
        ("soon", {"urgency": "soon", "words": _left(1), "exactly": "24:00"}),
        ("later", {"urgency": "later", "words": _left(8)}),
    ]


def _places() -> list[tuple[str, dict[str, Any]]]:
    return [
        ("", {"place": "社会救助科"}),
        ("inside", {"place": "社会救助科", "inside": "民政局"}),
        ("successor", {"place": "文化局", "successor": "文化体育局"}),
    ]


def _people() -> list[tuple[str, dict[str, Any]]]:
    post = str(Post.Role.HANDLER.label)
    return [
        ("", {"place": "社会救助科", "post": post, "officer": "吴晓燕"}),
        ("acting", {"place": "社会救助科", "post": post, "officer": "何静", "acting": True}),
        ("part", {"place": "民政局", "part": _("approver")}),
        ("officer=None", {"place": "社会救助科", "post": post}),
    ]


def _figures() -> list[tuple[str, dict[str, Any]]]:
    here = reverse("styleguide")
    recorded, late = _("recorded"), _("overdue")
    return [
        ("", {"number": "1,204", "label": recorded}),
        ("address", {"number": "1,204", "label": recorded, "address": here, "notes": ["+12%"]}),
        ("late", {"number": "7", "label": late, "address": here, "late": True, "notes": ["n = 214"]}),
    ]


def _charts() -> list[tuple[str, dict[str, Any]]]:
    heads = [_("Day"), _("recorded"), _("answered")]
    given = {"name": "guide", "title": _("Do answers keep up with questions?"), "heads": heads}
    rows = [[f"5/{on}", 20 + on % 5, 18 + on % 4] for on in range(11, 16)]
    return [
        ("", given | {"rows": rows}),
        ("rows=[1]", given | {"rows": rows[:1]}),
        ("rows=[]", given | {"rows": [], "none": _("Nothing was asked in these days.")}),
    ]


def _empties() -> list[tuple[str, dict[str, Any]]]:
    here = reverse("styleguide")
    return [
        ("", {"sentence": _("Nothing is owed. Well done.")}),
        (
            "more, act",
            {
                "sentence": _("Nothing that you may see fits this."),
                "more": _("Take a filter away, or search other words."),
                "act": _("Search"),
                "address": here,
            },
        ),
    ]


def _confirms() -> list[tuple[str, dict[str, Any]]]:
    tells = _(
        "The account cannot sign in any more. What its posts owe falls at once to those below, who are told."
    )
    return [("", {"tells": tells, "act": _("Disable it"), "leave": reverse("styleguide")})]


def _refusals() -> list[tuple[str, dict[str, Any]]]:
    kept = _("Not done yet. See the note at the field; what you typed is kept.")
    return [
        ("", {"sentence": kept}),
        (
            "remedy",
            {"sentence": _("Your post may not do this."), "remedy": _("Whoever holds the right post can.")},
        ),
    ]


def _troubles() -> list[tuple[str, dict[str, Any]]]:
    return [(f"which={which}", {"which": which}) for which in ("network", "session", "server")]


def _rows() -> list[tuple[str, dict[str, Any]]]:
    row = {
        "page": reverse("styleguide"),
        "reference": "2026-0000412-8",
        "kind": str(dict(Inquiry._meta.get_field("kind").choices or ())["help"]),
        "question": "楼道灯坏了，找谁修？",
        "about": "张** · 社会救助科",
        "coming": _("supervise") + " 10:00",
        "act": _("Answer"),
    }
    return [(str(due["urgency"]), row | due) for _name, due in _dues()]


def _fields() -> list[tuple[str, dict[str, Any]]]:
    asked, refused = _Form(auto_id="guide_%s"), _Form({}, auto_id="guide_refused_%s")
    refused.full_clean()
    return [
        ("", {"field": asked["question"]}),
        ("errors", {"field": refused["question"]}),
        ("select", {"field": asked["kind"]}),
        ("check", {"field": asked["at_once"]}),
    ]


COMPONENTS = (
    Component(
        "badge",
        gettext_lazy("Status badge"),
        gettext_lazy(
            "The state of an inquiry in one word, or a mark beside a name. Never coloured: colour says due alone."
        ),
        _badges,
    ),
    Component(
        "due",
        gettext_lazy("Due clock"),
        gettext_lazy(
            "Wherever somebody owes something by a time: shape, words in working time, and the instant below. Red, "
            "amber and green stand here and nowhere else."
        ),
        _dues,
    ),
    Component(
        "place",
        gettext_lazy("Place"),
        gettext_lazy(
            "A place by its name; what it lies in where the name alone is not enough, and its successor."
        ),
        _places,
    ),
    Component(
        "person",
        gettext_lazy("Post and person"),
        gettext_lazy(
            "Who owes or did it: the post first, for it is the post that owes; the deputy is marked."
        ),
        _people,
    ),
    Component(
        "figure",
        gettext_lazy("Figure card"),
        gettext_lazy("One number with its name, in a list of at most six; it opens into what it counts."),
        _figures,
        within='<ul class="b-cards">{}</ul>',
    ),
    Component(
        "chart",
        gettext_lazy("Chart with its table"),
        gettext_lazy(
            "One question, which is the title. The numbers stand in the table, which is there without JavaScript "
            "too; of fewer than two rows nothing is drawn."
        ),
        _charts,
    ),
    Component(
        "empty",
        gettext_lazy("Empty state"),
        gettext_lazy(
            "In the place of a list without rows: why it is empty, and the next act where there is one."
        ),
        _empties,
    ),
    Component(
        "confirm",
        gettext_lazy("Confirm"),
        gettext_lazy(
            "Before what cannot be taken back: what it will do, the act by its own name, and the way out. What can "
            "be taken back is not asked about."
        ),
        _confirms,
    ),
    Component(
        "refusal",
        gettext_lazy("Refusal"),
        gettext_lazy(
            "Above a form that was not taken: what is wrong and what to do. Told by weight and a frame, never red; "
            "what was typed stands below."
        ),
        _refusals,
    ),
    Component(
        "trouble",
        gettext_lazy("Not sent"),
        gettext_lazy(
            "Above the button of a form that could not go out: no connection, no session, a server that fails. It "
            "comes by itself on every page; what was typed stays."
        ),
        _troubles,
    ),
    Component(
        "row",
        gettext_lazy("List row"),
        gettext_lazy(
            "One matter of a list: which, what, by when, what comes next, and its one act. A list with cells of its "
            "own extends it and fills its blocks."
        ),
        _rows,
        within='<ul class="b-rows">{}</ul>',
    ),
    Component(
        "field",
        gettext_lazy("Field"),
        gettext_lazy("Every control of every form, with its label, hint and refusal."),
        _fields,
        partial="bida/field.html",
    ),
)


@login_required
@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """For whoever is signed in; it shows nothing of anybody."""
    shown = [
        (
            component,
            [(name, _call(component, given), _both(request, component, given)) for name, given in states],
        )
        for component in COMPONENTS
        for states in [component.states()]
    ]
    return render(request, "inquiries/styleguide.html", {"shown": shown})


def _call(component: Component, given: dict[str, Any]) -> str:
    """How a template includes it."""
    names = " ".join(f"{name}=…" for name in given)
    return f'{{% include "{component.path}" with {names} %}}'


def _both(request: HttpRequest, component: Component, given: dict[str, Any]) -> list[tuple[str, SafeString]]:
    """The component in each theme; ids and names differ, so that each label finds its own control."""
    return [
        # What it holds was escaped by the component's own template.
        (theme, SafeString(component.within.format(_drawn(request, component, given, theme))))  # nosec B703
        for theme in ("is-light", "is-dark")
    ]


def _drawn(request: HttpRequest, component: Component, given: dict[str, Any], theme: str) -> str:
    if "name" in given and component.code == "chart":
        # Each a landmark of its own name.
        many, sign = len(given["rows"]), "☀" if theme == "is-light" else "☾"
        given = given | {"name": f"guide-{theme}-{many}", "title": f"{given['title']} {sign}{many}"}
    drawn = render_to_string(component.path, given, request)
    return drawn.replace("guide_", f"guide_{theme}_")
