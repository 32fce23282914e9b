"""What is shown: open days, and what was asked and handed out there."""

from disclosure.models.counts import Count, Measure, MixedMeasures, Sum, add_up
from disclosure.models.open_days import Booth, Handout, Material, OpenDay, Reception

__all__ = [
    "Booth",
    "Count",
    "Handout",
    "Material",
    "Measure",
    "MixedMeasures",
    "OpenDay",
    "Reception",
    "Sum",
    "add_up",
]
