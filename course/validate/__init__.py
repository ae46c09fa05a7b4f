"""What the concept modules demand of their input, in one place.

`reading` makes numbers of arrays, lists and columns, `tables` rows of predictors, labels and columns that stand beside
each other, `demands` says what estimates, counts and the like have to be, and `identified` computes which columns and
spreads no data of this design can tell apart. Each message says the rule, the value, where it stands and what was found
to be wrong, or asks about what is likely. Nothing here repairs input.
"""

from course.validate.demands import (
    Counts,
    Estimates,
    as_choice_rows,
    as_counts,
    as_draw_count,
    as_estimates,
    as_number,
    as_positive,
    as_probability,
    as_rng,
    as_sigma,
    as_tau,
    as_whole,
    refuse_above,
)
from course.validate.identified import tied_columns, tied_spreads
from course.validate.reading import BoolArray, FloatArray, as_floats, is_missing, refuse, refuse_huge, shown
from course.validate.tables import (
    Columns,
    Grouping,
    IntArray,
    Labels,
    as_column,
    as_columns,
    as_labels,
    as_same_labels,
    group_by,
    kind_of_labels,
    same_index,
    same_length,
)

__all__ = [
    "BoolArray",
    "Columns",
    "Counts",
    "Estimates",
    "FloatArray",
    "Grouping",
    "IntArray",
    "Labels",
    "as_choice_rows",
    "as_column",
    "as_columns",
    "as_counts",
    "as_draw_count",
    "as_estimates",
    "as_floats",
    "as_labels",
    "as_number",
    "as_positive",
    "as_probability",
    "as_rng",
    "as_same_labels",
    "as_sigma",
    "as_tau",
    "as_whole",
    "group_by",
    "is_missing",
    "kind_of_labels",
    "refuse",
    "refuse_above",
    "refuse_huge",
    "same_index",
    "same_length",
    "shown",
    "tied_columns",
    "tied_spreads",
]
