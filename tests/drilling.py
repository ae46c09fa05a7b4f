"""What the tests of drills share: a small deck with a card of each kind, and clocks that are set by hand."""

from datetime import UTC, datetime, timedelta

from course.drills import decks

DECK = r"""
[[drill]]
id = "test-weight"
kind = "number"
lesson = "04_shrinkage"
section = "Two pieces of evidence, weighed by their precision"
level = 1
prompt = 'With $\sigma = <<sigma>>$ and $\tau = 2$: what is $\lambda$?'
draw = { sigma = [1, 4, 5, 6] }
answer = "data_weight([sigma], 2)[0]"
digits = 3
atol = 0.005
worked = '$4/(4+<<sigma**2>>) = <<answer:.3f>>$'
verify = "near(answer, 4 / (4 + sigma**2))"
mistakes = [{ value = "2 / (2 + sigma)", why = 'That weighs by standard deviations.' }]

[[drill]]
id = "test-recall"
kind = "recall"
lesson = "03_eight_schools"
section = "So, which school is best?"
level = 1
prompt = 'What does $\hat R$ compare?'
answer = 'Chains *with each other*.'
rubric = ["not with the truth"]

[[drill]]
id = "test-code"
kind = "code"
lesson = "01_many_groups"
section = "Neither obvious answer works"
level = 2
prompt = 'What is printed?'
code = '''
import numpy as np
print(np.arange(3).sum())
'''
prints = "3"
options = [
    { text = "`3`", why = "0 + 1 + 2 is three.", pick = true },
    { text = "`6`", why = "That would be arange(4)." },
    { text = "`[0, 1, 3]`", why = "That would be cumsum." },
]

[[drill]]
id = "test-false"
kind = "false"
lesson = "04_shrinkage"
section = "Is that so?"
level = 2
prompt = 'Which one is false?'
options = [
    { text = "The total improves", why = "On average it does." },
    { text = "Each improves", why = "The outlier pays for it.", pick = true },
    { text = "It needs $k \\ge 3$", why = "For a fixed target." },
]

[[drill]]
id = "test-say"
kind = "say"
lesson = "05_funnel"
section = "Why a neck stops the sampler"
level = 3
seconds = 30
prompt = 'Why does $\tau \to 0$ stop the sampler?'
answer = 'One step size cannot fit a neck and a mouth.'
rubric = ["one step size", "the neck's width is $\\tau$", "divergences"]
traps = ["blames the priors"]
follow_ups = ["And with much data?"]
"""
MONDAY = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def deck(*ids):
    cards = decks.parse(DECK, "test.toml")
    return {id: cards[id] for id in ids} if ids else cards


class Time:
    """A clock and a stopwatch that move when they are told to."""

    def __init__(self, now=MONDAY):
        self.now, self.seconds = now, 0.0

    def clock(self):
        return self.now

    def stopwatch(self):
        return self.seconds

    def wait(self, **span):
        self.now += timedelta(**span)
        self.seconds += timedelta(**span).total_seconds()
