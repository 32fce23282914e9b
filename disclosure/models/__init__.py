"""What is shown: what places publish; open days, and what was asked and handed out there."""

from disclosure.models.annual import AnnualReport
from disclosure.models.booklets import Booklet, BookletEdition, BookletEntry, BookletPublication
from disclosure.models.counts import Count, Measure, MixedMeasures, Sum, add_up
from disclosure.models.desk import (
    CardReturn,
    ContactCard,
    HotIssue,
    IssueAnswer,
    IssuePublication,
    Raised,
    Supply,
)
from disclosure.models.items import Item, ItemFile, ItemStep, ItemVersion, PublicItem
from disclosure.models.open_days import Booth, Handout, Material, OpenDay, Reception, Screen
from disclosure.models.outside import DrawnReference, HandedOut, Intake, IntakeKey, PublicState
from disclosure.models.plans import DayPlan, PlannedMaterial, PlanTask
from disclosure.models.portal import FollowCode, Knock, NewCode, PublishedAnswer
from disclosure.models.summaries import Summary

__all__ = [
    "AnnualReport",
    "Booklet",
    "BookletEdition",
    "BookletEntry",
    "BookletPublication",
    "Booth",
    "CardReturn",
    "ContactCard",
    "Count",
    "DayPlan",
    "DrawnReference",
    "FollowCode",
    "HandedOut",
    "Handout",
    "HotIssue",
    "Intake",
    "IntakeKey",
    "IssueAnswer",
    "IssuePublication",
    "Item",
    "ItemFile",
    "ItemStep",
    "ItemVersion",
    "Knock",
    "Material",
    "Measure",
    "MixedMeasures",
    "NewCode",
    "OpenDay",
    "PlanTask",
    "PlannedMaterial",
    "PublicItem",
    "PublicState",
    "PublishedAnswer",
    "Raised",
    "Reception",
    "Screen",
    "Sum",
    "Summary",
    "Supply",
    "add_up",
]
