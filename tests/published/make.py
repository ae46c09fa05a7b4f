"""Makes the rows that no published data set has: counts with exposure and with trials, slopes that vary beside one that
does not. Run once, before ``fits.R``; ``rows.csv`` is what counts.

    uv run python tests/published/make.py
"""

from pathlib import Path

import numpy as np

rng = np.random.default_rng(13)
group = np.repeat(np.arange(50), rng.integers(3, 12, 50))
x, w, exposure, n = rng.normal(size=group.size), rng.normal(2, 1, group.size), rng.uniform(0.5, 6, group.size), 8
theta = rng.normal(size=(50, 2)) @ np.array([[0.7, 0.2], [0, 0.4]])
odds = -1.0 + theta[group, 0] + (0.5 + theta[group, 1]) * x + 0.3 * w
events, successes = rng.poisson(exposure * np.exp(odds)), rng.binomial(n, 1 / (1 + np.exp(-odds)))
table = np.column_stack([group, x.round(4), w.round(4), exposure.round(4), events, np.full(group.size, n), successes])
head = "group,x,w,exposure,events,trials,successes"
np.savetxt(Path(__file__).parent / "rows.csv", table, "%g", ",", header=head, comments="")
