"""A writer that is killed again and again, at moments that nobody chose; for what must not lose a word."""

import json
import subprocess
import sys
from collections.abc import Sequence

_PROGRAM = """
import json, os, random, signal, sys, time
kills, longest, seed = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
random.seed(seed)
def look(kill, returned): pass
{setup}
said = []
for kill in range(kills):
    if kill % 25 == 0:  # how long a write takes now, so that kills meet writers at work on a busy computer too
        begin = time.perf_counter()
        write(kill - 1, 100, seed)
        taken = time.perf_counter() - begin
        patience = min(20 * taken, max(longest, 4 * taken))
    read, pipe = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(pipe, b"\\n")  # at work from here on: a kill before would meet nobody
        for n in range(100):
            write(kill, n, seed)
            os.write(pipe, b"%d\\n" % n)
        os._exit(0)
    os.close(pipe)
    os.read(read, 1)
    time.sleep(random.uniform(0, patience))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read) as lines:
        returned = [int(line) for line in lines.read().split()]
    look(kill, returned)
    said += [(kill, n) for n in returned]
print(json.dumps(said))
"""


def killed(setup: str, seeds: Sequence[int], kills: int, patience: float = 0.02) -> set[tuple[int, int, int]]:
    """Run a writer for each seed, all at once, and kill each so many times.

    ``setup`` defines ``write(kill, n, seed)``; a kill comes within ``patience`` seconds, or four writes. It may define
    ``look(kill, returned)``, which is called after each kill with the ``n`` of what had returned, and raises where
    something is amiss.
    Returned is (seed, kill, n) of every write that had returned.
    """
    command = [sys.executable, "-c", _PROGRAM.format(setup=setup), str(kills), str(patience)]
    runs = [subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True) for seed in seeds]
    outputs = [run.communicate()[0] for run in runs]
    assert all(run.returncode == 0 for run in runs)
    return {(seed, *pair) for seed, output in zip(seeds, outputs, strict=True) for pair in json.loads(output)}
