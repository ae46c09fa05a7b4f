"""Ten thousand groups and beyond: populations fitted by maximising the marginal likelihood, in compiled passes."""

from course.scale.ascent import NotConverged, Step, Trace
from course.scale.fits import Centred, GroupFit, LogisticFit, NormalFit
from course.scale.logistic import fit_logistic

__all__ = [
    "Centred",
    "GroupFit",
    "LogisticFit",
    "NormalFit",
    "NotConverged",
    "Step",
    "Trace",
    "fit_logistic",
]
