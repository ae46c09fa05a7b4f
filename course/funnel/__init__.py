r"""Funnels: log densities with gradients, trajectories to look at, and the step that each place allows.

For pictures and for understanding; the lessons sample with PyMC. A `Target` is any log density with its gradient.
`neal` is Neal's funnel, `hierarchy` the normal hierarchy; in both, ``centered`` chooses the coordinates in which the
sampler walks and never the distribution.
"""

from course.funnel.information import Informed, informed_groups, stable_step
from course.funnel.targets import Target, hierarchy, neal, scaled
from course.funnel.walk import Chain, Trajectory, hmc, leapfrog

__all__ = [
    "Chain",
    "Informed",
    "Target",
    "Trajectory",
    "hierarchy",
    "hmc",
    "informed_groups",
    "leapfrog",
    "neal",
    "scaled",
    "stable_step",
]
