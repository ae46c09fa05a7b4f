"""Ten thousand groups and beyond: populations fitted by maximising the marginal likelihood, in compiled passes."""

from course.scale.ascent import NotConverged, Step, Trace
from course.scale.counts import BetaBinomialFit, fit_beta_binomial
from course.scale.distributed import fit_partitions
from course.scale.fits import Centred, GroupFit, LogisticFit, NormalFit, PoissonFit
from course.scale.logistic import Modes, fit_logistic, fit_poisson, modes_given
from course.scale.marginals import Marginals, marginals_given
from course.scale.normal import fit_normal
from course.scale.partitions import write_partitions

__all__ = [
    "BetaBinomialFit",
    "Centred",
    "GroupFit",
    "LogisticFit",
    "Marginals",
    "Modes",
    "NormalFit",
    "NotConverged",
    "PoissonFit",
    "Step",
    "Trace",
    "fit_beta_binomial",
    "fit_logistic",
    "fit_normal",
    "fit_partitions",
    "fit_poisson",
    "marginals_given",
    "modes_given",
    "write_partitions",
]
