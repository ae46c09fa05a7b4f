"""The page "What is shown, and how" says what the files of the runs say, and each marker is filled."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks import calibration, mutation, scale_coverage
from benchmarks.calibrated import ranks
from course import scale
from course.app.site import shown
from course.errors import CourseError

ROOT = Path(__file__).parents[1]
COVERED = scale_coverage.covered(scale_coverage.kept())
PAGE = (ROOT / "docs" / "site" / "shown.md").read_text(encoding="utf-8")

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@pytest.fixture(scope="module")
def texts():
    return shown.texts(ROOT)


def test_the_table_of_coverage_is_what_the_worlds_say():
    assert scale_coverage.TABLE.read_text(encoding="utf-8") == scale_coverage.table(COVERED)


def test_the_table_of_mutants_is_what_their_fates_say_and_each_survivor_was_looked_at():
    lines, looked = mutation.kept(), mutation.explained()
    assert mutation.TABLE.read_text(encoding="utf-8") == mutation.table(mutation.scores(lines, looked))
    last = {one["key"]: one["by"] for one in lines}
    assert {key for key, by in last.items() if not by} == set(looked)
    assert {verdict for verdict, _ in looked.values()} <= {"equivalent", "alive"}


def test_the_page_has_the_scores_of_the_mutants_themselves(texts):
    lines, looked = mutation.kept(), mutation.explained()
    *rows, every, fresh, last = (
        [cell.strip() for cell in row.split("|")[1:-1]] for row in texts["mutated"].splitlines()[2:]
    )
    sums = np.zeros(3)
    for name, _, tried, *_, first, second in rows:
        fates = {}
        for one in lines:
            if one["module"] == name:
                fates.setdefault(one["key"], []).append(bool(one["by"]))
        same = sum(looked.get(key, ("",))[0] == "equivalent" for key in fates)
        killed = sum(fate[0] for fate in fates.values())
        assert len(fates) == int(tried)
        sums += killed, len(fates) - same, len(fates)
        for cell, n in ((first, len(fates) - same), (second, len(fates))):
            # Clopper and Pearson: where a tail of what was found, or of more, has 2.5%.
            low = stats.beta.ppf(0.025, killed, n - killed + 1)
            high = stats.beta.ppf(0.975, killed + 1, n - killed) if killed < n else 1.0
            said = [float(figure) for figure in re.findall(r"[\d.]+", cell)]
            assert said == pytest.approx([100 * killed / n, 100 * low, 100 * high], abs=0.051)
    assert every[0] == "all"
    assert [float(cell.strip("%")) for cell in every[-2:]] == pytest.approx(100 * sums[0] / sums[1:], abs=0.051)
    first = {}
    for one in lines:
        first.setdefault((one["module"], one["key"]), one)
    since = {"multitask": 3, "scale": 4}  # their last rounds; the other modules had two
    for row, name, of in ((fresh, "fresh", {}), (last, "last round", since)):
        new = [one for one in first.values() if one.get("round", 1) >= (of.get(one["module"], 9) if of else 2)]
        killed = sum(bool(one["by"]) for one in new)
        same = sum(looked.get(one["key"], ("",))[0] == "equivalent" for one in new)
        assert row[0] == name
        assert [int(row[2]), int(row[3])] == [len(new), killed]
        assert float(row[-2].strip("%")) == pytest.approx(100 * killed / (len(new) - same), abs=0.051)


def test_the_page_says_in_words_what_its_table_of_mutants_says():
    found = {one.module: one for one in mutation.scores(mutation.kept(), mutation.explained())}
    every, fresh = found["all"], found["fresh"]
    shares = every.killed / every.tried, fresh.killed / fresh.tried, fresh.killed / (fresh.tried - fresh.equivalent)
    a, b, c = (WORDS[round(10 * share)] for share in shares)
    wanted = (
        f"the tests noticed {a} in ten; of the fresh ones {b} in ten, and {c} in ten of those that in our judgement"
    )
    assert wanted in page()
    assert f"other {every.tried - every.killed}, {every.mended} have a test now, {every.equivalent} change" in page()
    assert f"and {every.tried - every.killed - every.mended - every.equivalent} are alive" in page()
    assert min((one.killed / one.tried, one.module) for one in found.values())[1] == "scale"


def test_the_page_names_what_no_mutant_was_made_of():
    for name in mutation.LEFT_OUT:
        assert f"`{name}`" in PAGE or f"`{Path(name).name}`" in PAGE


def test_every_marker_of_the_page_is_filled_and_every_text_is_used(texts):
    assert set(re.findall(r"^\{(\w+)\}$", PAGE, re.MULTILINE)) == set(texts)


def test_the_page_has_the_shares_of_the_ranks_themselves(texts):
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in texts["calibration"].splitlines()[2:]]
    assert [row[0] for row in rows] == [row.name for row in calibration.rows()]
    for row in rows:
        kept = ranks.read(ranks.PLACE / f"{row[0]}.csv")
        good = kept.ranks[~kept.failed]
        share = np.mean((good >= 10) & (good <= 89))  # the middle 80 of 100 ranks
        assert float(row[4].split("±")[0]) == pytest.approx(100 * share, abs=0.051)
        assert int(row[1]) == len(kept.ranks)


def test_the_page_has_the_coverage_of_the_worlds_themselves(texts):
    one = next(c for c in COVERED if c.kind == "trials" and c.groups == 100)
    line = next(line for line in texts["covered"].splitlines() if line.startswith(f"| trials | {one.name} |"))
    assert line.split("|")[4].strip().strip("*").startswith(f"{100 * one.share[2]:.1f}\N{NO-BREAK SPACE}±")


@pytest.mark.parametrize(
    ("share", "error", "single", "bold"),
    [
        (90, 0.5, False, True), (93.9, 0.1, False, True), (94.1, 0.1, False, False), (92, 1.2, False, False),
        # 97 of 121 worlds: three errors of a true 95% are 5.9 points; 113 of 121: not yet
        (80.2, 3.6, True, True), (85.6, 3.2, True, True), (93.4, 2.3, True, False), (96, 1.2, True, False),
    ],
)  # fmt: skip
def test_what_falls_short_is_bold(share, error, single, bold):
    assert str(shown.Cell(share, error, single)).startswith("**") == bold


def test_a_table_of_another_form_is_an_error_with_a_remedy(tmp_path):
    (tmp_path / "benchmarks").mkdir()
    with pytest.raises(CourseError, match=r"calibration\.txt is missing"):
        shown.texts(tmp_path)
    (tmp_path / "benchmarks" / "calibration.txt").write_text("head\nschools  300\n\nsaid\n\n", encoding="utf-8")
    with pytest.raises(CourseError, match="a line has 2 cells, not 14"):
        shown.texts(tmp_path)


def test_the_picture_shows_the_centred_funnel_outside_its_band(texts):
    # By the band that the page draws: tau of the centred form leaves it, no line of the other does.
    out = {}
    for name in shown.PANELS.values():
        kept = ranks.read(ranks.PLACE / f"{name}.csv")
        low, high = ranks.band(len(kept.ranks))
        count = [np.cumsum(np.bincount(one, minlength=100))[:-1] for one in kept.ranks.T]
        out[name] = [bool(((c < low) | (c > high)).any()) for c in count]
    assert out["funnel_centred"][1]
    assert not any(out["funnel_noncentred"])
    assert 'role="img" aria-label="Three panels' in texts["ranks"]


def test_a_run_of_coverage_goes_on_where_it_was(tmp_path, monkeypatch):
    path = tmp_path / "some.jsonl"
    monkeypatch.setattr(scale_coverage, "BLOCK", 2)
    scale_coverage.run("rates", 100, path=path, worlds=2)
    with path.open("a") as file:
        file.write('{"kind":"rates","gro')  # killed here
    scale_coverage.run("rates", 100, path=path, worlds=4)
    found = scale_coverage.kept(path)
    assert [one["block"] for one in found] == [0, 1]
    again = scale_coverage.block("rates", 100, 1)
    assert again["held"] == found[1]["held"]  # a world is the same before and after


def test_the_groups_intervals_are_those_of_the_table():
    rng = np.random.default_rng(5)
    world = scale_coverage.rows(100, rng)
    y = rng.random(world.group.size) < 0.4
    fit = scale.fit_logistic(world.x, y, world.group, **scale_coverage.QUIET)
    for a, name in enumerate(fit.coefficients):
        half = (fit.groups(0.95)[name]["high"] - fit.groups(0.95)[name]["low"]).to_numpy() / 2
        np.testing.assert_allclose(half, scale_coverage.Z[2] * np.sqrt(fit.mode_cov[:, a, a]), rtol=1e-9)


SAID = [  # function, kind, groups, and the figures of its docstring in their order
    (scale.fit_logistic, "logistic", 10, "61 81 79"),
    (scale.fit_logistic, "logistic", 100, "89 91 90"),
    (scale.fit_logistic, "logistic", 10_000, "94 70 44"),
    (scale.fit_poisson, "poisson", 10, "75 80 75"),
    (scale.fit_poisson, "poisson", 100, "94 94 92"),
]


@pytest.mark.parametrize(("function", "kind", "groups", "figures"), SAID)
def test_what_a_docstring_says_of_coverage_is_what_was_found(function, kind, groups, figures):
    names = ("groups' slope 1", "tau intercept, by variance", "tau slope 1, by variance")
    found = {one.name: one.share[2] for one in COVERED if (one.kind, one.groups) == (kind, groups)}
    assert " ".join(f"{100 * found[name]:.0f}" for name in names) == figures
    notes = function.__doc__.split("Notes")[1]
    said = re.findall(r"(\d+)%", notes[notes.index(f"{groups:,} groups") :])
    assert [figure for figure in said if figure in figures.split()][:3] == figures.split()


def test_what_the_docstring_of_rates_says_is_what_was_found():
    found = {one.groups: one for one in COVERED if (one.kind, one.name) == ("rates", "groups")}
    notes = scale.fit_beta_binomial.__doc__.split("Notes")[1]
    alike = found[10].edges / found[10].worlds
    figures = (found[10].share[2], alike, found[100].share[2])
    assert re.findall(r"(\d+)%", notes)[1:] == [f"{100 * figure:.0f}" for figure in figures]


# What the page's words say of intervals at 95% that hold, in words and by the table: least and most of a kind of row.
TENS = {
    "spreads by variance hold in {} to {} of 100 worlds": (10, "by variance"),
    "by log in {} to {}": (10, "by log"),
    "groups' slopes in {} to {} of 100 groups": (10, "groups' slope"),
    "their intercepts in {} to {}": (10, "groups' intercept"),
    "mean coefficients in {} to {} of 100 worlds": (10, "mean "),
}


def page():
    return " ".join(PAGE.split())


@pytest.mark.parametrize("words", TENS)
def test_the_words_on_coverage_are_those_of_the_table(words):
    groups, name = TENS[words]
    shares = [100 * one.share[2] for one in COVERED if one.groups == groups and name in one.name]
    assert words.format(f"{min(shares):.0f}", f"{max(shares):.0f}") in page()


def test_the_words_on_ten_thousand_groups_are_those_of_the_table():
    def spreads(kind):
        rows = [one for one in COVERED if (one.kind, one.groups) == (kind, 10_000) and one.name.startswith("tau")]
        return [f"{100 * pick(one.share[2] for one in rows):.0f}" for pick in (min, max)]

    low, high = spreads("logistic")
    assert f"rows of 0 and 1 hold their two spreads in {low} to {high} of 100 worlds" in page()
    assert "the same spreads hold in {} to {}".format(*spreads("7 nodes")) in page()
    assert f"and trials that of their slopes in {spreads('trials')[0]}." in page()
    assert min(COVERED, key=lambda one: one.share[2]).kind == "logistic"
    rates = next(one for one in COVERED if (one.kind, one.groups, one.name) == ("rates", 10, "groups"))
    assert f"a group's rate in {100 * rates.share[2]:.0f}" in page()
    assert f"hold for {100 * rates.share[2]:.0f} of 100 groups where there are ten" in page()
    spread = next(one for one in COVERED if (one.kind, one.groups, one.name) == ("rates", 10, "concentration, log"))
    assert f"the concentration of rates in {100 * spread.share[2]:.0f}" in page()


def test_the_words_on_models_are_those_of_the_table(texts):
    found = calibration.rows()
    enough = sum(len(row.kept.number) >= 300 for row in found)
    few = sum(len(row.kept.number) <= 25 for row in found)
    assert f"{enough} of the {len(found)} have the 300 worlds" in page()
    assert f"and {few} have 25 or fewer" in page()
    batters = ranks.read(ranks.PLACE / "exact_batters.csv")
    held = ranks.inside(batters.ranks[:, batters.names.index("mean")], 0.9)
    assert f"90% interval in {held.sum()} of {held.size:,} worlds" in page()
    assert f"{WORDS[sum(row.fails for row in found)].capitalize()} of {len(found)} fail" in page()


def test_the_words_on_lines_are_those_of_their_ranks():
    def lowest(name, of):
        kept = ranks.read(ranks.PLACE / f"lines_{name}.csv")
        assert len(kept.ranks) == 300
        return (kept.ranks[:, kept.names.index(of)] == 0).sum()

    assert (
        f"(`lines_levels`) the truth of their tau lies below all 99 draws in {lowest('levels', 'tau_alpha')}" in page()
    )
    assert f"(`lines_steps`) that of theirs in {lowest('steps', 'tau_beta')}," in page()
    both = " and ".join(str(lowest("neither", of)) for of in ("tau_alpha", "tau_beta"))
    assert f"(`lines_neither`), in {both}." in page()


def test_the_words_on_worlds_are_those_of_the_table():
    worlds = {}
    for one in COVERED:
        worlds.setdefault((one.groups == 10_000, one.worlds), set()).add((one.kind, one.groups))
    assert worlds.pop((False, 1000))
    assert worlds.pop((False, 100)) == {("rates", 100), ("rates", 1000)}
    counts = [count for large, count in worlds if large]
    assert len(counts) == len(worlds)
    assert f"for ten thousand groups ({min(counts)} to {max(counts)};" in page()
