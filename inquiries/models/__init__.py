"""What was asked, and whether it is answered."""

from inquiries.models.answer import Answer, Contact, Draft, Rating
from inquiries.models.attachment import Attachment
from inquiries.models.batch import Batch
from inquiries.models.bulk import BulkAct
from inquiries.models.challenge import Challenge
from inquiries.models.chase import Chase, SetAside
from inquiries.models.citizen import Citizen, ClearReading, IdentitySeen
from inquiries.models.counting import Counting
from inquiries.models.draw import CallbackDraw, DrawnCallback
from inquiries.models.duty import Duty
from inquiries.models.event import DailyRoot, Event
from inquiries.models.export import Export
from inquiries.models.inquiry import Inquiry, Submission, Topic
from inquiries.models.paper import IssuedPaper, PaperCount, SignedPaper
from inquiries.models.rules import AnswerRule, Ladder, RuleBook
from inquiries.models.score import Bulletin, BulletinDraft, BulletinPublication, ScoreWeights
from inquiries.models.search import ChangeEra, Terms, Tombstone
from inquiries.models.sight import Pen, Sight
from inquiries.models.source import LedgerFile, WorkOrder
from inquiries.models.texts import StandardText
from inquiries.models.view import SavedView, StartView
from inquiries.models.webhooks import Delivery, Subscription

__all__ = [
    "Answer",
    "AnswerRule",
    "Attachment",
    "Batch",
    "BulkAct",
    "Bulletin",
    "BulletinDraft",
    "BulletinPublication",
    "CallbackDraw",
    "Challenge",
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
    "Export",
    "IdentitySeen",
    "Inquiry",
    "IssuedPaper",
    "Ladder",
    "LedgerFile",
    "PaperCount",
    "Pen",
    "Rating",
    "RuleBook",
    "SavedView",
    "ScoreWeights",
    "SetAside",
    "Sight",
    "SignedPaper",
    "StandardText",
    "StartView",
    "Submission",
    "Subscription",
    "Terms",
    "Tombstone",
    "Topic",
    "WorkOrder",
]
