"""What lesson 08 quotes of many platforms is what the benchmark printed; its small numbers by another route."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import integrate, stats

from course import bandits

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "benchmarks" / "races.txt").read_text(encoding="utf-8")
CORE = nbformat.read(ROOT / "notebooks" / "08_bandits.ipynb", as_version=4)
FURTHER = nbformat.read(ROOT / "notebooks" / "further" / "08_bandits.ipynb", as_version=4)


def numbers(notebook, cell):
    """All numbers in a cell's code."""
    source = next(one.source for one in notebook.cells if one.id == cell)
    return [float(token.replace("_", "")) for token in re.findall(r"(?<![\w.])-?\d[\d_]*(?:\.\d+)?", source)]


def part(title):
    """Lines of the benchmark's table below a title, and the title."""
    lines = TABLE.splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith(title))
    end = next((k for k in range(start + 1, len(lines)) if not lines[k].startswith("   ")), len(lines))
    return lines[start:end]


def row(title, name):
    line = next(line for line in part(title) if line.strip().startswith(name))
    return [float(token) for token in re.findall(r"-?\d+\.\d+", line[30:])]


@pytest.mark.parametrize("visitors", ["3,000", "10,000"])
def test_the_race_is_the_benchmarks(visitors):
    title, quoted = f"fifty articles, {visitors} visitors", numbers(CORE, "race-table")
    names = (
        "random",
        "UCB1",
        "KL-UCB",
        "Thompson, flat",
        "right mean",
        "Thompson, hier",
        "oracle",
    )
    for name in (*names, "epsilon-greedy"):
        assert row(title, name)[0] in quoted


def test_the_right_mean_alone_saves_most_of_what_the_hierarchy_saves():
    flat, light, hierarchy = (
        row("fifty articles, 3,000", name)[0] for name in ("Thompson, flat", "right", "Thompson, h")
    )
    assert 0.75 < (flat - light) / (flat - hierarchy) < 0.85


def test_the_priors_are_the_benchmarks():
    quoted, title = numbers(CORE, "wrong-priors"), "a prior that is handed over"
    for name in ("m = 0.02, c = 42", "m = 0.02, c = 2 ", "m = 0.30, c = 42", "m = 0.30, c = 2 "):
        lost, _, _, more, error = row(title, name)
        assert {lost, more, error} <= set(quoted)
    assert row(title, "true")[0] in quoted


@pytest.mark.parametrize(("notebook", "cell"), [(CORE, "newcomers"), (FURTHER, "noticed")])
def test_the_newcomers_are_the_benchmarks(notebook, cell):
    quoted = numbers(notebook, cell)
    if cell == "newcomers":
        for name in ("Thompson, flat", "m = 0.05", "Thompson, empirical", "Thompson, hierarchical"):
            assert set(row("after better writers", name)[:2]) <= set(quoted)
    else:
        found = [re.search(r"shown (\d+) times.*on (\d\.\d+) of", line) for line in part("after better writers")]
        for hit in filter(None, found):
            assert {float(hit[1]), float(hit[2])} <= set(quoted)


@pytest.mark.parametrize(
    ("cell", "title", "names"),
    [
        (
            "few-arms",
            "three articles",
            ("Thompson, flat", "Thompson, h", "hierarchical, c <= 10", "hierarchical, c > 100"),
        ),
        ("few-arms", "three articles", ("m = 0.8, c = 2 ", "m = 0.8, c = 100 ", "m = 0.8, c = 1000", "UCB1", "KL-UCB")),
        ("arrivals", "and a new article", ("Thompson, flat", "Thompson, hier", "Thompson, empirical", "epsilon")),
    ],
)
def test_what_the_further_reading_quotes_is_the_benchmarks(cell, title, names):
    for name in names:
        assert row(title, name)[0] in numbers(FURTHER, cell)


def test_frozen_and_gloomy_are_the_benchmarks():
    for until in (50, 100, 200, 500, 1000):
        assert set(row("when the population", f"population frozen at {until} ")[-2:]) <= set(numbers(FURTHER, "frozen"))
    lead = [re.findall(r"\d+\.\d", line) for line in part("the true prior loses more")[1:]]
    assert {float(token) for line in lead for token in line} <= set(numbers(FURTHER, "gloom"))


def test_the_share_of_infinite_concentrations_is_the_benchmarks():
    shares = re.findall(r"^shown +(\d+) times each.* on (\d\.\d+) ", TABLE, re.M)
    quoted = numbers(CORE, "flat-likelihood")
    assert [round(float(share), 2) in quoted for _, share in shares] == [True] * 4


def test_the_second_of_two_articles_is_better_with_that_probability():
    a, b = stats.beta(4, 18), stats.beta(2, 5)
    assert b.expect(a.cdf) == pytest.approx(integrate.quad(lambda x: b.pdf(x) * a.cdf(x), 0, 1)[0], abs=1e-6)
    rng = np.random.default_rng(1)
    assert np.mean(rng.beta(4, 18, 400_000) < rng.beta(2, 5, 400_000)) == pytest.approx(0.70, abs=0.005)


def test_the_slope_written_out_in_the_lesson_is_the_librarys():
    names = {"np": np}
    source = next(one.source for one in CORE.cells if one.id == "three-arms")
    exec(source.split("print")[0], names)
    assert sum(names["parts"]) == pytest.approx(bandits.lai_robbins([0.9, 0.8, 0.7]))


def test_an_unseen_article_gets_a_hearing_from_one_prior_and_not_from_the_other():
    assert stats.beta(1, 1).sf(0.08) == pytest.approx(0.92)
    assert 1 / 7 < stats.beta(2, 40).sf(0.08) < 1 / 6
