"""Drills: cards that come again when they are about to be forgotten, in a terminal and in a notebook, with one history.

`cards` says what a card is, `decks` reads and validates, `bank` is the course's deck; `expressions` evaluates what a
card computes, `worked` draws its values, `questions` puts it as a question and judges; `text` shows formulas in a
terminal and on a page. `reviews` is the learner's record, `schedule` what FSRS makes of it, `weights` FSRS fitted to
it, `session` what comes next, `today` where new cards come from, `plan` and `forward` the days until an interview,
`interview` a mock one. `terminal` and `notebook` (with `terminal_*` and `notebook_*`) are
the two places to sit, `scratch` a sitting that leaves no record; `report` says what was shown; `anki` takes the deck
elsewhere.

This file imports nothing, so that the terminal does not pay for the notebook's widgets.
"""
