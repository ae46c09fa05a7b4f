"""Six situations in which groups are many and data few, and three in which a hierarchy goes wrong.

Each situation is a module with the same parts: data are simulated (``simulate``) or loaded, ``estimates`` gives the
answers of no, complete and partial pooling, ``play`` lets the three meet many worlds or splits and returns `Scores`.
"""

from course.situations import abtests, expected, fraud, heavy, languages, normal, prices, recommend, trials, trouble
from course.situations.scores import Gain, Scores, table

__all__ = [
    "Gain",
    "Scores",
    "abtests",
    "expected",
    "fraud",
    "heavy",
    "languages",
    "normal",
    "prices",
    "recommend",
    "table",
    "trials",
    "trouble",
]
