"""What was asked, and whether it is answered."""

from inquiries.models.answer import Answer, Contact, Draft, Rating
from inquiries.models.attachment import Attachment
from inquiries.models.chase import Chase, SetAside
from inquiries.models.citizen import Citizen, ClearReading
from inquiries.models.counting import Counting
from inquiries.models.draw import CallbackDraw, DrawnCallback
from inquiries.models.duty import Duty
from inquiries.models.event import DailyRoot, Event
from inquiries.models.inquiry import Inquiry, Submission, Topic
from inquiries.models.rules import AnswerRule, Ladder, RuleBook
from inquiries.models.score import Bulletin, ScoreWeights
from inquiries.models.search import ChangeEra, Terms, Tombstone
from inquiries.models.sight import Pen, Sight
from inquiries.models.webhooks import Delivery, Subscription

__all__ = [
    "Answer",
    "AnswerRule",
    "Attachment",
    "Bulletin",
    "CallbackDraw",
    "ChangeEra",
    "Chase",
    "Citizen",
    "ClearReading",
    "Contact",
    "Counting",
    "DailyRoot",
    "Delivery",
    "Draft",
    "DrawnCallback",
    "Duty",
    "Event",
    "Inquiry",
    "Ladder",
    "Pen",
    "Rating",
    "RuleBook",
    "ScoreWeights",
    "SetAside",
    "Sight",
    "Submission",
    "Subscription",
    "Terms",
    "Tombstone",
    "Topic",
]
