"""The prices that four ways of using the data of other groups would charge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.regression.choices import one_curve, own_curves
from course.regression.decide import best_price
from course.regression.exact_choices import choices_alone, exact_choices
from course.regression.groups import Cells
from course.regression.priors import LinePriors
from course.validate import FloatArray, as_floats


class Chosen(NamedTuple):
    """A price for each group, arrays of shape (n_groups,): no pooling, complete pooling, prior alone, the hierarchy."""

    none: FloatArray
    complete: FloatArray
    alone: FloatArray
    partial: FloatArray


def choose_prices(cells: Cells, priors: LinePriors, prices: ArrayLike) -> Chosen:
    """Choose a price for each group in four ways.

    ``none`` and ``complete`` are maximum likelihood: the best price on a group's own curve, or on one curve for all; a
    group without a curve takes the tried price that took most per trial. ``alone`` and ``partial`` maximise the mean
    revenue over a posterior with one and the same prior: of one group by itself, and of all groups together. The step
    from ``alone`` to ``partial`` is what groups lend each other, and nothing else.

    Parameters
    ----------
    cells, priors
        As for `exact_choices`.
    prices : array_like, shape (n_prices,)
        The menu, in the unit of x.

    Returns
    -------
    Chosen

    Raises
    ------
    ValueError
        From `exact_choices`, if a group's curve leaves its grid.
    """
    menu = as_floats("prices", prices)
    own, one = own_curves(cells), one_curve(cells)
    at_own = best_price(own.alpha.filled(0), own.beta.filled(0), menu).price
    groups = range(len(at_own))
    none = np.where(own.exists, at_own, [best_tried(cells, group) for group in groups])
    everywhere = best_price([one.alpha], [one.beta], menu).price[0]
    alone, partial = (menu[fit(cells, priors).revenue(menu).argmax(axis=1)] for fit in (choices_alone, exact_choices))
    return Chosen(none, np.full(len(at_own), everywhere), alone, partial)


def best_tried(cells: Cells, group: int) -> float:
    """Return the x at which a group's own trials took most: x times the share of successes."""
    mine = cells.groups.of_row == group
    return float(cells.x[mine][np.argmax((cells.x * cells.successes / cells.trials)[mine])])
