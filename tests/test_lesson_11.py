"""What lesson 11 says beside what it prints: its Newton step, its formulas, and its numbers over many worlds."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import special, stats

from course import scale, simulate

FOLDER = Path(__file__).parents[1]
MEASURED = (FOLDER / "benchmarks" / "approximations.txt").read_text(encoding="utf-8")
CORE, FURTHER = (
    {cell.id: cell.source for cell in nbformat.read(FOLDER / "notebooks" / name, as_version=4).cells}
    for name in ("11_ten_thousand_cities.ipynb", "further/11_ten_thousand_cities.ipynb")
)
MEAN, COV = np.array([5.0, -0.8]), np.array([[2.25, -0.27], [-0.27, 0.09]])


def run(source, *names, **given):
    space = {"np": np, "special": special, "stats": stats, **given}
    exec(source, space)
    return [space[name] for name in names]


def measured(line):
    """The means in a line of the benchmark, without their standard errors."""
    found = next(one for one in MEASURED.splitlines() if one.strip().startswith(line))
    return [float(value) for value in re.findall(r"(-?\d+\.\d+) \+-", found)]


@pytest.fixture(scope="module")
def world():
    users = np.array([1, 2, 4, 30, 300, 3000])
    w = simulate.priced_cities(np.random.default_rng(1), users=users, rho=-0.6)
    return w.price / 10, w.bought, w.city


def test_the_lessons_newton_and_laplace_are_the_librarys(world):
    price, bought, city = world
    (one_city,) = run(CORE["newton"], "one_city")
    (laplace,) = run(CORE["laplace"], "laplace", one_city=one_city)
    modes = scale.modes_given(*world, MEAN, COV)
    values = scale.marginals_given(*world, MEAN, COV).log_marginal
    for j in range(6):
        x, y = price[city == j], bought[city == j]
        theta, H = one_city(x, y, MEAN, COV)
        assert theta == pytest.approx(modes.mode[j], abs=1e-6)
        assert np.linalg.inv(H) == pytest.approx(modes.mode_cov[j], rel=1e-5)
        assert laplace(x, y, MEAN, COV) == pytest.approx(values[j], abs=1e-6)


def test_c_is_the_slope_of_the_log_determinant(world):
    price, bought, city = world
    x, y, theta = price[city == 3], bought[city == 3], np.array([4.5, -0.7])
    Z = np.column_stack([np.ones(len(x)), x])

    def curvature(at):
        p = special.expit(Z @ at)
        return Z.T @ (Z * (p * (1 - p))[:, None]) + np.linalg.inv(COV)

    def height(at):
        return np.linalg.slogdet(curvature(at))[1]

    slope = [(height(theta + h) - height(theta - h)) / 2e-5 for h in 1e-5 * np.eye(2)]
    (moved,) = run(FURTHER["one-city"], "moved")
    H = curvature(theta)
    assert 2 * H @ (theta - moved(x, y, theta, H)) == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize(("sigma", "tau"), [(0.2, 1.5), (0.5, 1.5), (0.8, 1.5), (1.0, 1.5), (1.0, 1.72), (1.0, 1.75)])
def test_a_step_without_the_posterior_variance_settles_where_a_quadratic_says(sigma, tau):
    square, total = sigma**2, sigma**2 + tau**2
    spread = tau**2
    for _ in range(20_000):
        spread = (spread / (spread + square)) ** 2 * total
    free = total - 2 * square  # t = (t / (t + sigma^2))^2 total, for t other than 0
    expected = (free + np.sqrt(free**2 - 4 * square**2)) / 2 if tau**2 >= 3 * square else 0.0
    assert spread == pytest.approx(expected, abs=1e-6)


def test_numbers_over_many_worlds_are_the_benchmarks():
    assert measured("EM with modes")[-1] == pytest.approx(-5.1, abs=0.05)
    assert "twenty such worlds 5.1" in CORE["plain-reading"]
    assert measured("EM, modes alone")[2] == pytest.approx(0.21, abs=0.005)
    assert "at 0.21 after sixty rounds" in CORE["forget-reading"]
    (ten_worlds,) = run(next(line for line in CORE["tiny"].splitlines() if line.startswith("ten_worlds")), "ten_worlds")
    with_slope, alone = MEASURED.split("intercept alone")
    for name, row in ten_worlds.items():
        line = with_slope[with_slope.index(f"{name.split(' ')[0]}{' nodes' if ' ' in name else ''}: mean") :]
        assert np.ravel(re.findall(r"(\d\.\d+) \+- (\d\.\d+)", line)[:2]).astype(float) == pytest.approx(
            row, abs=0.0051
        )
    sds = [float(value) for value in re.findall(r"sd (\d\.\d+)", alone)]
    assert sds == pytest.approx([0.79, 0.90], abs=0.0051)
    assert "0.79 with Laplace, 0.90 with 7 nodes" in CORE["million-reading"]


def test_the_table_of_few_cities_is_the_benchmarks():
    (found,) = run(CORE["few"].partition("for name")[0], "found")
    for name, row in found.items():
        cities, size = re.findall(r"[\d,]+", name)
        line = next(one for one in MEASURED.splitlines() if re.match(rf" *{cities} cities of *{size},", one))
        shares = [float(value) for value in re.findall(r"(\d\.\d+) \+-", line)]
        assert 100 * np.array(shares) == pytest.approx(row, abs=0.51)
    assert measured("singular 0")[0] == pytest.approx(0.24, abs=0.005)


def test_half_the_width_takes_eleven_users_and_half_the_chance_fifteen():
    rows = dict(re.findall(r"^ +(\d+) users: (\d.*)$", MEASURED, re.M))
    width, chance = np.array([rows[n].split()[:2] for n in ("0", "10", "11", "12", "15")], float).T
    assert width[1] > width[0] / 2 > width[2]
    assert chance[3] > chance[0] / 2 > chance[4]
