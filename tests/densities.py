"""A model's log density, to be asked a few questions."""

from collections.abc import Callable
from typing import Any

import pymc as pm
from pytensor.compile.mode import Mode

# Every rewrite of a real run, but no machine code: that takes seconds, and pays after thousands of questions.
_INTERPRETED = Mode(linker="py", optimizer="fast_run")


def log_p(model: pm.Model) -> Callable[[dict[str, Any]], Any]:
    """Return the log density at a point of the sampler's variables, without the Jacobian of getting there."""
    return model.compile_logp(jacobian=False, mode=_INTERPRETED)
