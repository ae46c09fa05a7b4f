"""Figures of the course: one style, one palette, alternative text on every picture.

Functions here draw arrays that are already computed. Make a figure with `subplots`, draw on its axes, end with `show`.
"""

from course.plots.drawing import (
    band,
    by_size,
    calibration,
    density,
    histogram,
    measured,
    plain_numbers,
    poolings,
    reference_line,
    risk_axes,
    slopes,
    trajectory,
    triptych,
)
from course.plots.figure import (
    COMPLETE,
    EXACT,
    INK,
    NONE,
    PARTIAL,
    POOLINGS,
    SERIES,
    Look,
    Picture,
    picture,
    show,
    style,
    subplots,
)
from course.plots.schematic import sharing

__all__ = [
    "COMPLETE",
    "EXACT",
    "INK",
    "NONE",
    "PARTIAL",
    "POOLINGS",
    "SERIES",
    "Look",
    "Picture",
    "band",
    "by_size",
    "calibration",
    "density",
    "histogram",
    "measured",
    "picture",
    "plain_numbers",
    "poolings",
    "reference_line",
    "risk_axes",
    "sharing",
    "show",
    "slopes",
    "style",
    "subplots",
    "trajectory",
    "triptych",
]
