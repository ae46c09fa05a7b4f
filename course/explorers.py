"""Which explorers there are and what each is about. None is loaded to say so: Altair alone takes two seconds."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class About(NamedTuple):
    """What a page says of an explorer before it is there.

    Attributes
    ----------
    title : str
        Short, for a list of links.
    question : str
        What it answers; the heading above it.
    scene : str
        What somebody who has read no lesson must know.
    """

    title: str
    question: str
    scene: str


# Each is the function of that name in `course.explore`. In the order of the lessons.
EXPLORERS: Final[Mapping[str, About]] = {
    "pooling": About(
        "Cities of many sizes",
        "When does a city do better by borrowing from the others?",
        "Each city reports a click rate, some from ten users and some from a thousand. No pooling believes each "
        "report, complete pooling gives every city the common mean, partial pooling lies between.",
    ),
    "schools": About(
        "Eight schools",
        "How much of the answer is the prior's?",
        "Eight schools tried the same coaching, and school A reports 28 points with a standard error of 15. How far to "
        "believe it depends on tau, how much schools differ, and eight schools say little about that.",
    ),
    "shrinkage": About(
        "Shrinkage",
        "Which school keeps most of its own report?",
        "The same eight schools, with tau in your hand. Choose a school, make its report more or less certain, and see "
        "what it keeps.",
    ),
    "james_stein": About(
        "James-Stein",
        "What does a bad target cost?",
        "Many groups are measured once each, and all the reports are pulled towards a target. A risk below 1 means "
        "that pulling beats believing the reports.",
    ),
    "funnel": About(
        "The funnel",
        "In which coordinates can a sampler walk?",
        "A Hamiltonian sampler kicks a ball and follows it step by step. Here one kick is followed in the two ways of "
        "writing one hierarchical model, over exact draws from its posterior. Steps that are too long make energy "
        "out of nothing, which is how a divergence begins.",
    ),
    "lines": About(
        "Lines for 85 counties",
        "How far should a county's line follow its own houses?",
        "Radon was measured in 919 houses of Minnesota, in basements and on first floors. Each county has a line from "
        "basement to first floor, drawn from a population of lines; you set how much counties differ.",
    ),
    "prices": About(
        "Prices by city",
        "Which price costs a small city least?",
        "Ten cities, 20 to 200 users each, every user shown one price. One curve for all ignores that cities differ, a "
        "curve for each believes twenty users, and some cities have none. The spread between cities is in your hand, "
        "and the money lost says which one was right.",
    ),
    "bandit_race": About(
        "Bandits",
        "What should an article that nobody has seen be worth?",
        "A front page has some articles and one place. Each visitor is shown one, clicks or does not, and only so are "
        "click rates learned. Two policies race on the same page: each bar is what one believes of an article, the "
        "cross is the truth, and a larger dot has been shown more often. Rates are around 5%; the concentration says "
        "how alike they are.",
    ),
    "sharing": About(
        "Shared heads",
        "How much should twelve shops learn from each other?",
        "A chain forecasts croissants from how warm the day is, with a level and an effect of warmth for each shop: "
        "its head. Ten shops have been open for days, two for a month. The pull draws all heads towards their mean, "
        "from each on its own to all alike.",
    ),
    "when": About(
        "When it helps",
        "How much data in each group makes borrowing pay?",
        "Six situations, in each of which many groups have little data. Choose one, and set how many groups there are, "
        "how much data each has and how much groups differ. The strip under the curves says who errs least, and the "
        "bars on the right say how far one platform may be from the average.",
    ),
    "cities": About(
        "Ten thousand cities",
        "When may an interval take the population for known?",
        "Each city has so many users, and how much cities differ is estimated from all of them. Intervals made as if "
        "that estimate were the truth are honest when there are many cities; set how many there are, and see when that "
        "is enough.",
    ),
}
