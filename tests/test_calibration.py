"""Simulation-based calibration of both lessons' models: slow, by `course test --only slow`."""

import logging
from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks import calibration
from course import models

pytestmark = [
    pytest.mark.slow,
    # Draws from the prior make hard data sets too; pm.sample's remarks on them are not the subject.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def require_uniform(ranks: calibration.Ranks) -> None:
    """No p-value that chance would not give in one run of 500, whatever the number of parameters."""
    verdicts = {name: calibration.judge(rank) for name, rank in ranks.items()}
    assert min(v.p for v in verdicts.values()) > 0.002 / len(verdicts), verdicts
    n = len(next(iter(ranks.values())))
    spread = np.sqrt(calibration.INTERVAL * (1 - calibration.INTERVAL) / n)
    assert all(abs(v.covered - calibration.INTERVAL) < 4 * spread for v in verdicts.values()), verdicts


def test_the_population_without_a_chain_is_calibrated() -> None:
    require_uniform(calibration.of_exact(150))


@pytest.mark.parametrize("correlated", [False, True])
def test_choices_are_calibrated(correlated: bool) -> None:
    model = models.varying_choices(calibration.CELLS, calibration.CITY_PRIORS, correlated=correlated)
    require_uniform(calibration.by_simuk(model, 80))


def test_lines_are_calibrated() -> None:
    require_uniform(calibration.by_simuk(models.varying_lines(calibration.SLEEP_ROWS, calibration.SLEEP_PRIORS), 80))


def test_a_model_that_is_wrong_is_not_calibrated() -> None:
    # The same ranks against a prior four times too narrow: the check must be able to fail.
    wrong = calibration.of_exact(60, priors=calibration.SLEEP_PRIORS._replace(tau_alpha=5.0))
    with pytest.raises(AssertionError, match="tau_alpha"):
        require_uniform(wrong)
