"""What was asked, and whether it is answered."""

from inquiries.models.answer import Answer, Contact, Draft, Rating
from inquiries.models.attachment import Attachment
from inquiries.models.chase import Chase, SetAside
from inquiries.models.citizen import Citizen, ClearReading
from inquiries.models.duty import Duty
from inquiries.models.event import DailyRoot, Event
from inquiries.models.inquiry import Inquiry, Submission, Topic
from inquiries.models.rules import AnswerRule, Ladder, RuleBook
from inquiries.models.sight import Pen, Sight

__all__ = [
    "Answer",
    "AnswerRule",
    "Attachment",
    "Chase",
    "Citizen",
    "ClearReading",
    "Contact",
    "DailyRoot",
    "Draft",
    "Duty",
    "Event",
    "Inquiry",
    "Ladder",
    "Pen",
    "Rating",
    "RuleBook",
    "SetAside",
    "Sight",
    "Submission",
    "Topic",
]
