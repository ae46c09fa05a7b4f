"""Do the course's models find what they are given? Simulation-based calibration, Talts et al. (2020).

A truth is drawn from the prior and data from it; the rank of the truth among posterior draws is then uniform, if model
and sampler are right. Every model that a lesson samples is tried, what `course.models` builds, what the solutions of
tasks build and what the course draws without a chain. `calibrated/` says which (`cases`), how (`sampled`), and how
ranks are kept and judged (`ranks`).

Run it from the top folder: ``uv run python -m benchmarks.calibration [--only NAME ...] [--sims 300]``. A run may be
killed at any moment and goes on where it was; world k of a model is the same world in any order. calibration.txt has
its table, which ``--table`` writes from the files of ranks alone.
"""

import argparse
import logging
import subprocess
import time
import warnings
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.calibrated import ranks
from benchmarks.calibrated.cases import CASES, Case
from benchmarks.calibrated.sampled import Fit, World, exactly, sampled

TABLE = Path(__file__).with_suffix(".txt")
SIMULATIONS, INDEPENDENT = 300, 1000
LEAST = 0.01  # after Holm's correction over all parameters of all models that should pass


def run(name: str, case: Case, simulations: int, place: Path = ranks.PLACE, seconds: float = np.inf) -> None:
    """Run what is missing of the first ``simulations`` worlds, for about so many seconds at most."""
    path, stop = place / f"{name}.csv", time.monotonic() + seconds
    kept = ranks.read(path)
    if kept and (kept.fingerprint != case.fingerprint or kept.names != case.watch):
        path.unlink()  # the ranks of another model
        kept = None
    missing = np.setdiff1d(np.arange(simulations), [] if kept is None else kept.number)
    if not missing.size:
        return
    commit = _commit()
    if kept is None or commit not in kept.commits:
        ranks.begin(path, case.fingerprint, commit, case.watch)
    fit = prepared(case)
    for number in missing:
        began = time.monotonic()
        world = one(fit, name, int(number), len(case.watch))
        ranks.append(path, int(number), time.monotonic() - began, world)
        if time.monotonic() > stop and number % 25 == 24:  # round numbers: each has its own table of nulls
            return


def prepared(case: Case) -> Fit:
    """Compile what there is to compile."""
    if case.exact is not None:
        return exactly(case.exact, case.watch)
    if case.make is None:
        raise TypeError("a case has a model or draws")
    return sampled(case.make(), case.watch, case.accept)


def one(fit: Fit, name: str, number: int, parameters: int) -> World:
    """One world, seeded by model and number. What cannot be fitted is kept too: as a failure."""
    try:
        return fit(np.random.SeedSequence([zlib.crc32(name.encode()), number]))
    except (ValueError, RuntimeError, ArithmeticError) as error:
        print(f"{name} {number}: {error}"[:300], flush=True)
        return World((-1,) * parameters)


def _commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=9", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class Row(NamedTuple):
    """One line of the table."""

    name: str
    where: str
    sampler: str
    fails: bool
    kept: ranks.Kept
    verdicts: tuple[ranks.Verdict, ...]
    covered: tuple[tuple[float, float], ...]  # at 50, 80 and 90%: over all its parameters, and its standard error


def row(name: str, case: Case, kept: ranks.Kept) -> Row:
    """Judge one file; standard errors over worlds, since the parameters of one world hang together."""
    good = kept.ranks[~kept.failed]
    shares = [ranks.inside(good, level).mean(axis=1) for level in ranks.LEVELS]
    covered = tuple((float(s.mean()), float(s.std(ddof=1) / np.sqrt(s.size))) for s in shares)
    sampler = "independent" if case.exact else f"nutpie {case.accept:g}"
    return Row(name, case.where, sampler, case.fails, kept, tuple(map(ranks.judge, good.T)), covered)


def rows(place: Path = ranks.PLACE) -> list[Row]:
    """Every case that has been run, in the order of the course."""
    found = {name: ranks.read(place / f"{name}.csv") for name in CASES}
    return [row(name, CASES[name], kept) for name, kept in found.items() if kept is not None and len(kept.number) > 1]


def adjusted(given: list[Row]) -> dict[tuple[str, str], float]:
    """p-values of all parameters, after Holm's correction over those of models that should pass.

    The models that a lesson shows to go wrong are a family of their own.
    """
    found: dict[tuple[str, str], float] = {}
    for fails in (False, True):
        some = [(r, k) for r in given if r.fails is fails for k in range(len(r.verdicts))]
        if some:
            p = ranks.holm(np.array([r.verdicts[k].p for r, k in some]))
            found |= {(r.name, r.kept.names[k]): float(value) for (r, k), value in zip(some, p, strict=True)}
    return found


def table(given: list[Row]) -> str:
    """All that is kept in calibration.txt."""
    p = adjusted(given)
    head = (
        f"{'model':20}{'worlds':>7}{'param.':>7}{'worst p':>9}{'Holm':>9}{'50%':>13}{'80%':>13}{'90%':>13}"
        f"{'diverg.':>9}{'ESS < 99':>9}{'refused':>8}{'s/world':>8}  {'sampler':12} where, commit"
    )
    lines = [head]
    for r in given:
        least = min(p[r.name, name] for name in r.kept.names)
        shares = "".join(f"{100 * share:7.1f} ±{100 * error:4.1f}" for share, error in r.covered)
        lines.append(
            f"{r.name:20}{len(r.kept.number):7}{len(r.verdicts):7}{min(v.p for v in r.verdicts):9.5f}{least:9.4f}"
            f"{shares}{np.mean(r.kept.divergent > 0):9.2f}{np.mean(r.kept.effective < ranks.DRAWS):9.2f}"
            f"{r.kept.failed.sum():8}{r.kept.seconds.mean():8.2f}  {r.sampler:12} {r.where}, "
            + ", ".join(r.kept.commits)
        )
    return "\n".join([*lines, "", *_summary(given, p), "", *_parameters(given, p), "", *_words()]) + "\n"


def _summary(given: list[Row], p: dict[tuple[str, str], float]) -> list[str]:
    tried = {key for r in given if not r.fails for key in ((r.name, name) for name in r.kept.names)}
    bad = [f"{model} {name} ({p[model, name]:.4f})" for model, name in tried if p[model, name] < LEAST]
    should = {r.name: min(p[r.name, name] for name in r.kept.names) for r in given if r.fails}
    missing = [name for name in CASES if name not in {r.name for r in given}]
    return [
        f"{len(tried)} parameters of {sum(not r.fails for r in given)} models that should pass; those that fail at "
        f"{LEAST:.0%} after Holm's correction: {', '.join(sorted(bad)) or 'none'}",
        "counted as going wrong: " + "; ".join(f"{name}, p {least:.5f}" for name, least in should.items()),
        *([f"not yet run: {', '.join(missing)}"] if missing else []),
    ]


def _parameters(given: list[Row], p: dict[tuple[str, str], float]) -> list[str]:
    lines = [f"{'model':20}{'parameter':16}{'p':>9}{'Holm':>9}{'50%':>7}{'80%':>7}{'90%':>7}"]
    for r in given:
        for name, verdict in zip(r.kept.names, r.verdicts, strict=True):
            shares = "".join(f"{100 * share:7.1f}" for share in verdict.covered)
            lines.append(f"{r.name:20}{name:16}{verdict.p:9.5f}{p[r.name, name]:9.4f}{shares}")
    return lines


def _words() -> list[str]:
    return [
        "Truth from the prior, data from the likelihood, fitted in the lesson's coordinates, with its target_accept,",
        "by nutpie, which pm.sample calls: 4 chains of 500 after 500 of tuning (lessons: 1000), every 20th draw, 99.",
        "Ranks are 0 to 99; p: simultaneous test of uniformity (Saeilynoja et al. 2022), 50,000 simulated nulls.",
        "Intervals: central, over all parameters shown; standard errors over worlds. diverg.: share of worlds with a",
        "divergence. ESS < 99: share of worlds whose slowest parameter had fewer than 99 effective of its 2,000 draws.",
        "refused: worlds of which an exact posterior says that it cannot be computed. That depends on data alone, and",
        "the ranks of the others stay uniform. s/world: mean of the clock, on a busy machine, without compiling.",
    ]


def main() -> None:
    """Run, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(CASES), default=list(CASES))
    parser.add_argument("--sims", type=int, help=f"{SIMULATIONS}, or {INDEPENDENT} where draws are independent")
    parser.add_argument("--seconds", type=float, default=np.inf, help="for each model, at most")
    parser.add_argument("--table", action="store_true", help="only write the table of what has been run")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    for name in [] if given.table else given.only:
        usual = INDEPENDENT if CASES[name].exact else SIMULATIONS
        began = time.monotonic()
        run(name, CASES[name], given.sims or usual, seconds=given.seconds)
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    TABLE.write_text(table(rows()), encoding="utf-8")


if __name__ == "__main__":
    main()
