"""Prices chosen in four ways: each is what its definition says, and the hierarchy alone lets groups speak."""

import numpy as np

from course import regression, simulate

PRIORS = regression.LinePriors(mu_alpha=(4, 2), mu_beta=(-0.7, 0.3), tau_alpha=2, tau_beta=0.5)
MENU = np.arange(20, 101) / 10


def cells_of(seed, **options):
    world = simulate.priced_cities(np.random.default_rng(seed), **options)
    return regression.cells(world.bought, world.price / 10, world.city)


def test_alone_a_city_charges_the_same_whoever_else_is_there():
    cells = cells_of(3, users=[30, 40, 200])
    first = regression.cells(
        *(part[cells.groups.of_row == 0] for part in (cells.successes, cells.x)),
        np.zeros((cells.groups.of_row == 0).sum()),
        trials=cells.trials[cells.groups.of_row == 0],
    )
    together, single = (regression.choose_prices(each, PRIORS, MENU) for each in (cells, first))
    assert together.alone[0] == single.alone[0]
    assert together.none[0] == single.none[0]


def test_where_there_is_no_curve_the_best_tried_price_is_charged():
    # 20 to 2, 30 to 1 of 2, nothing above: separated; 20 euros took 2.0 a user, 30 took 1.5.
    x, city = [2.0, 3.0, 4.0, 3.0, 5.0, 9.0], [0, 0, 0, 1, 1, 1]
    cells = regression.cells([2, 1, 0, 8, 5, 2], x, city, trials=[2, 2, 2, 9, 9, 9])
    assert not regression.own_curves(cells).exists[0]
    assert regression.choose_prices(cells, PRIORS, MENU).none[0] == 2.0


def test_with_many_users_all_but_complete_pooling_agree():
    chosen = regression.choose_prices(cells_of(5, users=[20_000] * 4), PRIORS, MENU)
    assert np.ptp([chosen.none, chosen.alone, chosen.partial], axis=0).max() < 0.35  # three euros
    assert np.unique(chosen.complete).size == 1
