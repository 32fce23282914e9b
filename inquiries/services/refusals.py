"""Every refusal of the life of an inquiry, by name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bureaus.services.refusals import Refusal


class ChangedMeanwhile(Refusal):
    """Somebody else acted first; what was typed is kept by the door."""

    sentence = _("This inquiry has changed since you opened it. Look at it again; what you typed is kept.")

    def __init__(self, who: str = "", what: str = "") -> None:
        super().__init__(
            _(
                "%(who)s did “%(what)s” since you opened this inquiry. Look at it again; what you typed is kept."
            )
            % {"who": who, "what": what}
            if who
            else ""
        )


class AlreadyAnswered(Refusal):
    sentence = _("This inquiry is already answered.")


class NotAnswered(Refusal):
    sentence = _("This inquiry is not answered yet.")


class NotYours(Refusal):
    sentence = _("Your post may not do this to this inquiry.")


class NotInThisState(Refusal):
    sentence = _("This cannot be done in the state the inquiry is in.")


class Rides(Refusal):
    sentence = _("This inquiry was merged into another. Act on that one, or take this one out first.")


class NeedsWords(Refusal):
    sentence = _("Write it in words.")


class BlankLeft(Refusal):
    """A blank of a standard text that nobody filled in."""

    sentence = _(
        "Nobody has filled in a blank of the standard text. Write what belongs there, or take it out."
    )

    field = "text"

    def __init__(self, blanks: list[str]) -> None:
        super().__init__(
            _("Nobody has filled in %(blanks)s. Write what belongs there, or take it out.")
            % {"blanks": "、".join(blanks)}
        )


class NotAnEmergencyNumber(Refusal):
    sentence = _("Choose to which it was handed, 110, 119, 120 or 122, and only where it was handed on.")
    field = "number"


class NeedsReason(Refusal):
    sentence = _("Give a reason.")
    field = "reason"


class NeedsOutcome(Refusal):
    sentence = _("Choose an outcome that this kind of inquiry can have.")
    field = "outcome"


class NeedsGround(Refusal):
    sentence = _("Choose the ground in law: the yearly report counts by it.")
    field = "ground"


class NeedsPromiseDay(Refusal):
    sentence = _("A planned outcome is a promise: give the day, today or later.")
    field = "promised_on"


class NeedsDecision(Refusal):
    sentence = _("A circular is signed or refused; no other duty is.")
    field = "decision"


class NeedsAttempts(Refusal):
    sentence = _("Log three attempts to reach the citizen first.")


class NowhereToTell(Refusal):
    sentence = _(
        "“How the citizen was told”: the citizen left nothing to send the answer to. Enter a telephone number or an"
        " e-mail address, for a letter the address, or choose how the citizen was told on the spot."
    )
    field = "told_how"


class AskedInFuture(Refusal):
    sentence = _("The question cannot have been asked after now. Check the day and the hour.")
    field = "asked_at"


class NotReceivedThen(Refusal):
    sentence = _("Only a disclosure application has a day received: from the day asked until today.")
    field = "received_on"


class NotAnApplication(Refusal):
    sentence = _("This is done to disclosure applications only.")


class CorrectionTooLate(Refusal):
    sentence = _(
        "A correction is asked within 7 working days of receipt. That time has passed: answer the application as it is."
    )


class CorrectionAskedBefore(Refusal):
    sentence = _("The applicant was told once what to correct. The law allows one notice only.")


class NotThatLong(Refusal):
    sentence = _("Give the applicant from tomorrow to at most 30 working days.")
    field = "until_on"


class CorrectionAwaited(Refusal):
    sentence = _("The applicant still has time to correct the application.")


class FeeAskedBefore(Refusal):
    sentence = _("The applicant was told once what to pay. A second notice is not sent.")


class FeeAwaited(Refusal):
    sentence = _("The applicant still has time to pay: 20 working days from the day after the notice.")


class FeeTooLate(Refusal):
    sentence = _(
        "A fee notice goes out before the answer is due. That day has passed: answer the application as it is."
    )


class NotGivenUp(Refusal):
    sentence = _(
        "An application counts as given up where the applicant was told what to correct or to pay, "
        "and that time is over. Choose another ground."
    )
    field = "ground"


class NotItemsOrPages(Refusal):
    sentence = _("Give how many as a whole number from 1 to 100,000, and how many before from 0 on.")
    field = "n"


class NothingToPay(Refusal):
    sentence = _("That many cost nothing: 10 items in a month and 30 pages are free. Answer the application.")
    field = "n"


class ConsultationRuns(Refusal):
    sentence = _(
        "The 15 working days to reply have not passed. Log it when the reply comes or the time is over."
    )
    field = "answered"


class NotThatDay(Refusal):
    sentence = _("This day lies between the asking and today.")


class StillAwaited(Refusal):
    sentence = _(
        "A correction or a third party is still awaited. Merge it when that has come or its time is over."
    )


class AskedTooEarly(Refusal):
    sentence = _("The question cannot have been asked before 2 January 2000. Check the year.")
    field = "asked_at"


class DueBeforeAsked(Refusal):
    sentence = _("The source cannot have wanted the answer before the question was asked. Check both days.")
    field = "external_due_at"


class SourceNumberTaken(Refusal):
    sentence = _("The source's number is recorded already. Open that inquiry, or check the number.")
    field = "external_number"


class SourceNumberTwice(Refusal):
    """A number that stands in another line of the same file too."""

    sentence = _("Another line of the file has this number already; only that one came in.")

    field = "external_number"

    def __init__(self, line: int) -> None:
        super().__init__(_("Line %(line)d has this number already; only that one came in.") % {"line": line})


class TwoOfThisNumber(Refusal):
    """Several matters were written in by hand under one number."""

    sentence = _("Several matters have this number. Correct it by hand where it is another's.")

    field = "external_number"

    def __init__(self, references: list[str]) -> None:
        super().__init__(
            _("%(references)s have this number. Correct it by hand where it is another's.")
            % {"references": "、".join(references)}
        )


class FieldMissing(Refusal):
    """A cell that is needed stands empty."""

    sentence = _("A cell that is needed is empty. Fill it in.")

    def __init__(self, heading: str) -> None:
        super().__init__(_("“%(heading)s” is empty. Fill it in.") % {"heading": heading})


class NoSource(Refusal):
    sentence = _("This inquiry came from no source that could set a due of its own.")


class SourceDueStands(Refusal):
    sentence = _("The due of the source leaves no more time. Ask the source first, and enter its new due.")
    field = "days"


class AnsweredWhen(Refusal):
    sentence = _("It was answered between the asking and now, with the outcome and the words of the answer.")
    field = "answered_at"


class NotOnePlace(Refusal):
    sentence = _(
        "There is no one place of this name. Write it with the place above, such as 民政局/社会救助科."
    )
    field = "place"


class NotPublicYet(Refusal):
    sentence = _("Imported matters reach public lists only from the day that the district has set for them.")
    field = "decision"


class PlannedBefore(Refusal):
    sentence = _("The day planned has passed. Give today or a later one, within a year.")
    field = "planned_on"


class TopicElsewhere(Refusal):
    sentence = _("This topic is none of this district's. Choose another.")
    field = "topic"


class TopicRetired(Refusal):
    sentence = _("This topic is no longer used. Choose another.")
    field = "topic"


class UnknownRule(Refusal):
    sentence = _("No answer rule covers this kind and urgency. The district must add one.")
    field = "kind"


class NowhereToGo(Refusal):
    sentence = _("This place takes no inquiries of this district. Choose another.")
    field = "place"


class NobodyToChase(Refusal):
    sentence = _(
        "Nobody holds a post that could be chased for this. Fill a post of the district office first."
    )


class AboutThatOffice(Refusal):
    sentence = _("The matter is about this office, so it cannot handle it.")
    field = "place"


class IdentityNotAsked(Refusal):
    sentence = _("An identity number is asked only for disclosure applications.")
    field = "identity_number"


class SameKeyOtherBody(Refusal):
    sentence = _("This submission key was used before for something else.")
    field = "Idempotency-Key"


class ReturnTooLate(Refusal):
    sentence = _("The time to return this inquiry has passed.")


class Designated(Refusal):
    sentence = _("The district designated this place; it cannot return or dispute the inquiry.")


class MustDesignate(Refusal):
    sentence = _("This inquiry came back three times. The district must designate who handles it.")


class TooManyHops(Refusal):
    sentence = _("This inquiry was handed over twice already. It goes back to the district.")


class ExtensionTooLate(Refusal):
    sentence = _("An extension is asked before the due time, never after.")


class NoExtensionLeft(Refusal):
    sentence = _("The answer rule allows no further extension.")


class DutyOpenAlready(Refusal):
    sentence = _("This is already waiting for a decision.")


class DutyDone(Refusal):
    sentence = _("This was already done.")


class NotTheSame(Refusal):
    sentence = _(
        "Only inquiries of the same citizen and the same bureau are merged here; the district may do it."
    )


class LeadRides(Refusal):
    sentence = _("The inquiry to merge into rides on another itself.")


class HasRiders(Refusal):
    sentence = _("Others ride on this inquiry. Take them out first.")


class SealedApart(Refusal):
    sentence = _("A sealed inquiry is merged only with another sealed one.")


class TooFarAhead(Refusal):
    sentence = _("This day is more than a year away. Give an earlier one.")
    field = "until_on"


class CannotEaseDue(Refusal):
    sentence = _("Only the district may reclassify to a later due time.")


class NotSealedReader(Refusal):
    sentence = _("This inquiry is sealed. Only its named readers may act on it.")


class NotHappenedYet(Refusal):
    sentence = _("This lies in the future. Log it when it has happened.")


class NobodyToCall(Refusal):
    sentence = _("The citizen left no telephone number or e-mail address to be called back at.")


class NotSealed(Refusal):
    sentence = _("This inquiry is not sealed. Ask the other place for assistance instead.")


class StillNames(Refusal):
    sentence = _(
        "The copy still names the citizen, a telephone number or an address of theirs. Take that out first."
    )


class DayPassed(Refusal):
    sentence = _("This day has passed. Give today or a later one.")
    field = "until_on"


class SameSide(Refusal):
    sentence = _("The bureau that answered does not ask the citizen about its own answer.")


class NotAnIdentityNumber(Refusal):
    sentence = _("This is not an identity number. Check its 18 characters.")
    field = "identity_number"


class UnknownCalendar(Refusal):
    sentence = _("No calendar has been written. Load a year of working days first.")


class EditionChanged(Refusal):
    sentence = _(
        "Somebody saved another edition since you opened this page. Look at it again; what you typed is kept."
    )


class RulesIncomplete(Refusal):
    sentence = _("An edition of the answer rules has one rule for each kind and urgency.")


class WrongWeights(Refusal):
    sentence = _("Weights are rates with whole hundredths from 1 up, together 100 at most.")
    field = "weights"


class PeriodNotOver(Refusal):
    sentence = _("This period is not over. A bulletin is of days that have ended.")
    field = "to"


class MadeMeanwhile(Refusal):
    sentence = _("A bulletin was frozen since you opened this page, perhaps by yourself. Look at it first.")


class AnswerOwed(Refusal):
    sentence = _("This citizen is still owed an answer. Log it first, then erase who asked.")

    def __init__(self, references: str = "") -> None:
        super().__init__(
            _("This citizen is still owed an answer to %(references)s. Log it first, then erase who asked.")
            % {"references": references}
            if references
            else ""
        )


class PartUnseen(Refusal):
    sentence = _(
        "Another matter holds the same contact data, and you may not act on it. A director of the district who is its "
        "named reader erases both."
    )


class AlreadyErased(Refusal):
    sentence = _("This citizen's contact data and files were erased before. Nothing is left to erase.")


class NothingToErase(Refusal):
    sentence = _("No contact data and no file was ever kept here. There is nothing to erase.")


class CitizenErased(Refusal):
    sentence = _("Who asked was erased: nobody can read the contact data or write to the citizen any more.")


class ReviewedByMaker(Refusal):
    sentence = _("Another officer of the office reviews a bulletin than the one who made it.")


class DraftDecided(Refusal):
    sentence = _("This draft was decided already.")


class NotReviewed(Refusal):
    sentence = _("The draft has to be reviewed before it is signed.")


class NoOpenChallenge(Refusal):
    sentence = _("Choose a reconsideration or a lawsuit of this application that is not closed yet.")
    field = "challenge"


class WrongBulletin(Refusal):
    sentence = _("Only a bulletin of this district that stands can be corrected or withdrawn, and only once.")


class NeedsForeword(Refusal):
    sentence = _("Say in the foreword why the earlier bulletin is corrected or withdrawn.")
    field = "words"


class NothingToSign(Refusal):
    sentence = _("Nothing of this inquiry waits for a signature.")


class WrongSigner(Refusal):
    sentence = _("This post does not decide that. Choose the post that signed.")
    field = "post"


class NobodyThen(Refusal):
    sentence = _("Nobody held this post on that day.")
    field = "signed_on"


class SignedByDrafter(Refusal):
    sentence = _("Whoever drafted the answer does not approve it, on paper either.")
    field = "post"


class SignedAnotherDay(Refusal):
    sentence = _("The paper was signed on a day from the asking until today.")
    field = "signed_on"


class NotAScan(Refusal):
    sentence = _("A scan is a PDF or a picture.")
    field = "file"
