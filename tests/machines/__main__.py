"""Run every lesson and solution with other seeds and as on other processors; what was run already is not run again.

``python -m tests.machines [NOTEBOOK ...] [--table]``: part of a notebook's name chooses it; without one, all.
A record is good as long as neither the notebook nor what it imports of the course has changed.
"""

import argparse
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.machines import runs
from tests.machines.kinds import here

FOLDERS = ("notebooks", "notebooks/further", "solutions")
OFFSETS = range(1, 11)
WITH_OFFSETS = range(3)  # on each other processor; 0 is what a learner there meets, golden outputs included


def wanted(notebooks: list[Path]) -> list[runs.Run]:
    """Every run there is to be, those first that are likeliest to tell something new."""
    other = [(None, offset) for offset in OFFSETS]
    kinds = other[:3] + [(machine.name, 0) for machine in here()] + other[3:]
    kinds += [(machine.name, offset) for offset in WITH_OFFSETS[1:] for machine in here()]
    return [runs.Run(path, machine, offset) for machine, offset in kinds for path in notebooks]


def main() -> int:
    """Run what is missing, print the table of all; 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.machines", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NOTEBOOK", help="part of a path, such as notebooks/03")
    parser.add_argument("--table", action="store_true", help="only the table of what has been run")
    chosen = parser.parse_args()
    every = [path for folder in FOLDERS for path in sorted((runs.ROOT / folder).glob("*.ipynb"))]
    notebooks = [p for p in every if not chosen.names or any(n in p.as_posix() for n in chosen.names)]
    record, todo = runs.Record(), wanted(notebooks)
    if not chosen.table:
        missing = [run for run in todo if record.of(run) is None]
        on_record = f"{len(todo) - len(missing)} of {len(todo)} runs are on record"
        print(f"{on_record}; Ctrl-C stops, the same command goes on.", flush=True)
        _run(missing, record)
    print(runs.table(notebooks, {run: record.of(run) for run in todo}))
    return int(any(found is None or found["exit"] for found in map(record.of, todo)))


def _run(missing: list[runs.Run], record: runs.Record) -> None:
    """Two at a time."""
    done, lock = iter(range(1, len(missing) + 1)), threading.Lock()

    def one(run: runs.Run) -> None:
        found = run.execute()
        with lock:
            record.add(run, found)
            verdict = f"FAILED at {found['cell']}: {found['error']}" if found["exit"] else "ok"
            print(f"[{next(done)}/{len(missing)}] {run}: {verdict} ({found['seconds']:.0f} s)", flush=True)

    with ThreadPoolExecutor(2) as pool:
        try:
            list(pool.map(one, missing))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise


if __name__ == "__main__":
    sys.exit(main())
