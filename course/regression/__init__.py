"""Lines and curves that vary by group.

`groups` reads rows and sums them; `lines` and `choices` are no pooling and complete pooling; `population` is everything
in closed form once the population is given, `mixed` and `exact` find the population without and with priors; `predict`
asks which question is meant, `scores` says how well the unseen is predicted, `decide` sets prices,
`chosen` in four ways.
"""

from course.regression.choices import OneCurve, OwnCurves, Separation, one_curve, own_curves, separation
from course.regression.chosen import Chosen, choose_prices
from course.regression.decide import Best, Calibration, best_price, calibration, revenue_curves, revenue_lost
from course.regression.exact import ExactPopulation, exact_population
from course.regression.exact_choices import ExactChoices, choices_alone, curves_given, exact_choices
from course.regression.groups import (
    Cells,
    Rows,
    Scale,
    Sums,
    as_group_predictor,
    cells,
    group_rows,
    group_values,
    scale,
    sums,
)
from course.regression.lines import Arrows, OneLine, OwnLines, arrows, one_line, own_lines, within_sd
from course.regression.mixed import MixedFit, fit_mixed
from course.regression.population import (
    Lines,
    Population,
    best_mean_line,
    draw_lines,
    lines_given,
    log_evidence,
    mean_lines,
)
from course.regression.predict import LineDraws, UnseenGroupError
from course.regression.priors import LinePriors, check_priors, log_prior
from course.regression.scores import LeftOut, choice_log_density, leave_out, row_log_density
from course.validate import Grouping

__all__ = [
    "Arrows",
    "Best",
    "Calibration",
    "Cells",
    "Chosen",
    "ExactChoices",
    "ExactPopulation",
    "Grouping",
    "LeftOut",
    "LineDraws",
    "LinePriors",
    "Lines",
    "MixedFit",
    "OneCurve",
    "OneLine",
    "OwnCurves",
    "OwnLines",
    "Population",
    "Rows",
    "Scale",
    "Separation",
    "Sums",
    "UnseenGroupError",
    "arrows",
    "as_group_predictor",
    "best_mean_line",
    "best_price",
    "calibration",
    "cells",
    "check_priors",
    "choice_log_density",
    "choices_alone",
    "choose_prices",
    "curves_given",
    "draw_lines",
    "exact_choices",
    "exact_population",
    "fit_mixed",
    "group_rows",
    "group_values",
    "leave_out",
    "lines_given",
    "log_evidence",
    "log_prior",
    "mean_lines",
    "one_curve",
    "one_line",
    "own_curves",
    "own_lines",
    "revenue_curves",
    "revenue_lost",
    "row_log_density",
    "scale",
    "separation",
    "sums",
    "within_sd",
]
