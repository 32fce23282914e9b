"""Every refusal of what is published, by name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bureaus.services.refusals import Refusal


class NotYourItem(Refusal):
    sentence = _("Your post may not do this to items of this place.")


class ItemChanged(Refusal):
    sentence = _("This item has changed since you opened it. Look at it again; what you typed is kept.")


class NotAtThisStage(Refusal):
    sentence = _("This cannot be done at the stage the item is at.")


class NeedsTitle(Refusal):
    sentence = _("Give it a title by which a citizen finds it.")
    field = "title"


class NeedsPart(Refusal):
    sentence = _("This part is asked of every item of its kind. Fill it in.")


class NoSuchPart(Refusal):
    sentence = _("An item of this kind has no such part.")
    field = "parts"


class MadeInFuture(Refusal):
    sentence = _("The day it was made or changed is not in the future.")
    field = "made_on"


class EndsBeforeItBegins(Refusal):
    sentence = _("It cannot end before it is in force.")
    field = "expires_on"


class ReviewPassed(Refusal):
    sentence = _("Choose a day to come, within two years, on which it is looked at again.")
    field = "review_on"


class ReviewerWrote(Refusal):
    sentence = _("Whoever wrote it cannot review it. Another person has to.")


class NotReviewedWhole(Refusal):
    sentence = _(
        "It passes only where all three hold: no state secret, no trade secret, no personal data. "
        "Otherwise send it back in words."
    )
    field = "no_state_secret"


class NeedsWordsBack(Refusal):
    sentence = _("Write what has to be changed.")
    field = "words"


class NotTheirPost(Refusal):
    sentence = _("The responsible post belongs to the bureau that publishes it.")
    field = "post"


class TooManyFiles(Refusal):
    sentence = _("An item may have at most 20 files, each at most 10 MB.")
    field = "file"


class NotAPublicFile(Refusal):
    sentence = _("Pictures, PDF, Word and Excel are taken. This file is something else, whatever its name.")
    field = "file"
