"""Who won where? Lesson 10's six situations with many replications, and the additive model with nobody shrunk.

    python -m benchmarks.situations

Every row: mean losses of no, complete and partial pooling, then what partial pooling gained over the first two, with
the standard error of the paired difference. situations.txt keeps the last table.
"""

import numpy as np

from course import regression, simulate
from course.situations import abtests, fraud, languages, prices, recommend, trials
from course.situations.scores import Scores

LETTERS, RELATIVES, OWN_WORDS = 20, 9, 60.0  # letters; other languages of the family; concentration of a language


def show(name: str, found: Scores, digits: int = 3) -> None:
    means = "".join(f"{loss:9.{digits}f}" for loss in found.means)
    gains = "".join(f"   {g.mean:+.{digits}f} +- {g.se:.{digits + 1}f}" for g in map(found.gain, ("none", "complete")))
    print(f"{name:32}{means}{gains}   best: {' and '.join(found.best())}", flush=True)


def newcomers() -> None:
    usual = recommend.play(recommend.Platform(), 1000, np.random.default_rng(1))
    for what, scores, unshrunk, digits in (
        ("error", usual.error, usual.unshrunk_error, 3),
        ("lost", usual.lost, usual.unshrunk_lost, 4),
    ):
        for rated in recommend.RATED:
            show(f"newcomers, {what}, {rated} rated", scores[rated], digits)
            show("   no pooling: additive, unshrunk", Scores(unshrunk[rated], *_last_two(scores[rated])), digits)
    for name, platform in {
        "users alike": recommend.Platform(tau_user=0),
        "users alike, items known": recommend.Platform(tau_user=0, ratings=30, users=200),
    }.items():
        found = recommend.play(platform, 400, np.random.default_rng(2))
        show(f"{name}, lost, 10 rated", Scores(found.unshrunk_lost[10], *_last_two(found.lost[10])), 4)


def _last_two(scores: Scores) -> tuple[np.ndarray, np.ndarray]:
    return scores.complete, scores.partial


def family(rng: np.random.Generator) -> np.ndarray:
    """Chances of the next letter around which a family's languages are drawn, shape (letters, letters)."""
    voice = rng.dirichlet(np.full(LETTERS, 2.0))
    return np.array([rng.dirichlet(LETTERS * 0.4 * voice + 1e-3) for _ in range(LETTERS)])


def language(q: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.array([rng.dirichlet(OWN_WORDS * row + 1e-3) for row in q])


def read(chain: np.ndarray, letters: int, rng: np.random.Generator) -> np.ndarray:
    """How often letters follow each other in a text of so many letters."""
    steps, codes = chain.cumsum(axis=1), np.zeros(letters + 1, dtype=np.int64)
    for place, u in enumerate(rng.random(letters)):
        codes[place + 1] = min(int(np.searchsorted(steps[codes[place]], u)), LETTERS - 1)
    return languages.follows(codes, LETTERS)


def bits(table: np.ndarray, chain: np.ndarray) -> float:
    """Expected bits per letter of a table, when the chain writes."""
    values, vectors = np.linalg.eig(chain.T)
    often = np.abs(np.real(vectors[:, np.argmax(np.real(values))]))
    return float(-(often / often.sum()) @ (chain * np.log2(table)).sum(axis=1))


def rare_language(letters: int, worlds: int, *, stranger: bool = False) -> Scores:
    lost = np.empty((worlds, 3))
    for world, row in enumerate(lost):
        rng = np.random.default_rng(world)
        q = family(rng)
        relatives = np.sum([read(language(q, rng), 3000, rng) for _ in range(RELATIVES)], axis=0)
        rare = language(family(rng) if stranger else q, rng)
        found = languages.estimates(read(rare, letters, rng), relatives)
        row[:] = [bits(table, rare) for table in found[:3]]
    return Scores(*lost.T)


def priced(spread: float, worlds: int) -> Scores:
    """Euros a visitor lost; no pooling is the same model with the same priors on each city alone, exactly."""
    lost, left = [], 0
    for seed in range(worlds):
        world = simulate.priced_cities(
            np.random.default_rng(seed), users=prices.USERS, tau=(1.5 * spread, 0.3 * spread)
        )
        cells = regression.cells(world.bought, world.price / 10, world.city)
        try:
            pooled = prices.estimates(cells)
        except ValueError:
            left += 1
            continue
        revenue = regression.choices_alone(cells, prices.PRIORS).revenue(prices.MENU)
        three = prices.MENU[revenue.argmax(axis=1)], pooled.complete, pooled.partial
        lost.append([10 * regression.revenue_lost(p, world.alpha, world.beta, prices.MENU).mean() for p in three])
    print(f"   prices, {spread:g} of tau: {len(lost)} worlds, {left} left the grid")
    return Scores(*np.array(lost).T)


def main() -> None:
    print(f"{'':32}     none complete  partial   gain over none      over complete")
    newcomers()
    show("fraud, sizes differ", fraud.play(fraud.Country(), 400, np.random.default_rng(3)))
    show("fraud, all of one size", fraud.play(fraud.Country(spread=0), 400, np.random.default_rng(4)))
    show("trials, other half", trials.play(trials.bcg(), 1000, np.random.default_rng(5)))
    show("trials, if they were alike", trials.play_alike(trials.bcg(), 1000, np.random.default_rng(6)))
    for letters in (100, 300, 1000, 3000):
        show(f"a language, {letters} letters", rare_language(letters, 100))
        show("   no relative of the family", rare_language(letters, 100, stranger=True))
    for mean in (0.5, 0.25, 0.0):
        show(f"A/B, mean effect {mean:g}", abtests.play(abtests.Shop(mean=mean), 20_000, np.random.default_rng(7)))
    show("A/B, all segments +0.5", abtests.play(abtests.Shop(tau=0), 20_000, np.random.default_rng(8)))
    for spread in (1.0, 0.5, 0.1):
        show(f"prices, {spread:g} of tau", priced(spread, 600))


if __name__ == "__main__":
    main()
