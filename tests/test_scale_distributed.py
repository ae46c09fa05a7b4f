"""Partitions: the same answer here, on workers, and when a worker dies; memory that does not suffice is no obstacle."""

import os
import random
import signal
import threading
import time

import numpy as np
import pytest

from course import scale, simulate
from course.errors import CourseError
from course.scale import distributed, partitions


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    found = simulate.priced_cities(rng, users=rng.integers(1, 60, 600), rho=-0.5)
    order = rng.permutation(found.city.size)
    return found.price[order] / 10, found.bought[order], found.city[order]


@pytest.fixture(scope="module")
def folder(world, tmp_path_factory):
    path = tmp_path_factory.mktemp("partitions")
    scale.write_partitions(path, *world, n_partitions=5, names=["price"])
    return path


COLUMNS = {"x": "price", "y": "y", "group": "group"}


@pytest.fixture(scope="module")
def whole(world):
    return scale.fit_logistic(*world)


def same(found, whole):
    np.testing.assert_array_equal(found.labels, whole.labels)
    for name in ("mean", "cov", "mode", "mode_cov"):
        np.testing.assert_allclose(getattr(found, name), getattr(whole, name), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(found.se, whole.se, rtol=1e-5)
    assert found.log_marginal == pytest.approx(whole.log_marginal, rel=1e-12)


@pytest.mark.parametrize("memory", [2e9, 0])
def test_partitions_one_at_a_time_give_the_same_answer(folder, whole, memory, monkeypatch):
    reads = []
    monkeypatch.setattr(partitions, "read", lambda source, read=partitions.read: reads.append(source) or read(source))
    same(scale.fit_partitions(folder, **COLUMNS, memory=memory), whole)
    assert (len(reads) == 5) == (memory > 0)
    assert len(partitions.SHELF._held) == (5 if memory else 1)


def test_names_and_a_warm_start_survive_partitions(world, tmp_path):
    x, y, city = world
    names = np.array([f"city {c}" for c in city])
    files = scale.write_partitions(tmp_path, x, y, names, n_partitions=3)
    fit = scale.fit_partitions(tmp_path, x="x0", y="y", group="group")
    same(fit, scale.fit_logistic(x, y, names))
    again = scale.fit_partitions(tmp_path, x=["x0"], y="y", group="group", start=fit)
    assert len(files) == 3
    assert len(again.trace.steps) < len(fit.trace.steps)
    assert again.rows is None


@pytest.fixture(scope="module")
def watched():
    """Events in some exposure, and successes among some trials, in groups far from the origin of their predictors."""
    rng = np.random.default_rng(1)
    group = rng.permutation(np.repeat(np.arange(3000), 4))
    x, w, share = rng.normal(size=(3, group.size))
    share = np.exp(share)
    odds = rng.normal(-0.5, 0.7, 3000)[group] + 0.4 * x - 0.3 * w
    events, ones = rng.poisson(share * np.exp(odds)), rng.binomial(6, 1 / (1 + np.exp(-odds)))
    return x + 1e6, w, share, events, ones, group


@pytest.mark.parametrize("memory", [2e9, 0])
def test_all_models_give_the_same_answer_in_partitions(watched, tmp_path, memory):
    x, w, share, events, ones, group = watched
    options = {"x": "x0", "y": "y", "group": "group", "fixed": "fixed0", "progress": False, "memory": memory}
    scale.write_partitions(tmp_path / "a", x, events, group, fixed=w, exposure=share, n_partitions=3)
    same(
        scale.fit_partitions(tmp_path / "a", **options, exposure="exposure"),
        scale.fit_poisson(x, events, group, fixed=w, exposure=share),
    )
    scale.write_partitions(tmp_path / "b", None, ones, group, fixed=w, trials=6, n_partitions=3)
    found = scale.fit_partitions(tmp_path / "b", **options | {"x": []}, trials="trials")
    whole = scale.fit_logistic(None, ones, group, fixed=w, trials=6)
    same(found, whole)
    np.testing.assert_allclose(found.fixed, whole.fixed, rtol=1e-6)
    np.testing.assert_allclose(found.fixed_se, whole.fixed_se, rtol=1e-4)
    assert found.names == ("intercept", "fixed0")


def test_few_rows_a_group_are_not_left_to_laplace_in_partitions(tmp_path):
    rng = np.random.default_rng(0)
    users = np.r_[np.arange(3000), np.arange(0, 3000, 10)]
    y = rng.binomial(1, 0.1, users.size)
    scale.write_partitions(tmp_path, None, y, users, n_partitions=2)
    fit = scale.fit_partitions(tmp_path, x=[], y="y", group="group", progress=False)
    assert fit.n_quadrature == 7
    assert fit.predict(None, [-1])[0] == pytest.approx(y.mean(), abs=0.01)


def test_a_folder_holds_what_was_written_last(world, tmp_path):
    x, y, city = world
    scale.write_partitions(tmp_path, x, y, city, n_partitions=8)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    few = city < 100
    files = scale.write_partitions(tmp_path, x[few], y[few], city[few], n_partitions=4)
    assert sorted(tmp_path.glob("*.parquet")) == sorted(files)
    assert (tmp_path / "notes.txt").exists()
    assert len(scale.fit_partitions(tmp_path, x="x0", y="y", group="group", progress=False).labels) == 100
    (tmp_path / "sales.parquet").write_bytes(files[0].read_bytes())
    with pytest.raises(ValueError, match=r"no \*.parquet files of others, got sales.parquet"):
        scale.write_partitions(tmp_path, x, y, city, n_partitions=2)
    assert sorted(tmp_path.glob("part-*")) == sorted(files)


def test_columns_of_tables_keep_their_names_and_none_is_written_over(world, tmp_path):
    import pandas as pd

    x, y, city = world
    table = pd.DataFrame({"price": x, "sunny": x > 5})
    scale.write_partitions(tmp_path, table[["price"]], y, city, fixed=table.sunny, n_partitions=2)
    fit = scale.fit_partitions(tmp_path, x="price", y="y", group="group", fixed="sunny", progress=False)
    assert fit.names == ("intercept", "price", "sunny")
    with pytest.raises(ValueError, match="none of them y, group, trials or exposure"):
        scale.write_partitions(tmp_path, x, y, city, names=["y"], n_partitions=2)


def test_a_group_in_two_partitions_is_refused(world, tmp_path):
    x, y, city = world
    for i, half in enumerate((slice(None, None, 2), slice(1, None, 2))):
        path = scale.write_partitions(tmp_path / str(i), x[half], y[half], city[half], n_partitions=1)[0]
        path.rename(tmp_path / f"{i}.parquet")
    with pytest.raises(ValueError, match=r"group must be in one partition only, got .*0.* in two"):
        scale.fit_partitions(tmp_path, x="x0", y="y", group="group")


def test_separation_in_partitions_is_one_warning_that_names_it(tmp_path):
    rng = np.random.default_rng(50)
    x, city = rng.normal(size=600), rng.integers(0, 10, 600)
    scale.write_partitions(tmp_path, x, (x > 0.1).astype(int), city, n_partitions=2, names=["x"])
    with pytest.warns(scale.NotConverged) as told:
        scale.fit_partitions(tmp_path, x="x", y="y", group="group", progress=False)
    assert len(told) == 1
    assert "do the predictors separate ones from zeros?" in str(told[0].message)


def test_a_folder_without_partitions_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"folder must have \*.parquet files"):
        scale.fit_partitions(tmp_path, **COLUMNS)


@pytest.fixture(scope="module")
def client():
    import dask
    from dask.distributed import Client, LocalCluster
    from distributed.utils import get_mp_context

    options = {
        "distributed.admin.log-format": "%(message)s",
        "distributed.deploy.lost-worker-timeout": "1 hour",  # else a busy computer loses the nannies of killed workers
        "distributed.worker.multiprocessing-method": "forkserver",  # a worker begins in a second
    }
    with dask.config.set(options):
        get_mp_context().set_forkserver_preload(["distributed", "course.scale.distributed"])
        with (
            LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
            ) as cluster,
            Client(cluster) as found,
        ):
            yield found


@pytest.fixture
def empty():
    """A client without a worker; ``cluster.scale`` gives some."""
    from dask.distributed import Client, LocalCluster

    options = {"processes": False, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with LocalCluster(n_workers=0, **options) as cluster, Client(cluster) as found:
        yield found


def test_a_fit_that_has_no_worker_says_so_and_not_before_its_patience_ends(empty, folder, whole):
    with pytest.raises(CourseError, match=r"needs a worker, and for 2 s .* none.*cluster.scale\(2\).*`patience`"):
        scale.fit_partitions(folder, **COLUMNS, client=empty, progress=False, patience=2)
    with pytest.raises(CourseError, match="needs a worker"):
        scale.fit_partitions(folder, **COLUMNS, client=empty, start=whole, progress=False, patience=1)
    late = threading.Timer(3, empty.cluster.scale, [2])
    late.start()
    same(scale.fit_partitions(folder, **COLUMNS, client=empty, progress=False), whole)
    late.join()


def test_patience_is_a_time(folder):
    with pytest.raises(ValueError, match=r"patience must be positive and finite.*in seconds"):
        scale.fit_partitions(folder, **COLUMNS, patience=-1)


def test_a_fit_that_loses_its_last_worker_says_so(empty, folder, whole):
    empty.cluster.scale(2)
    empty.wait_for_workers(2)
    passes = []

    def each(crew, *arguments, each=distributed._Crew.each):
        passes.append(None)
        if len(passes) == 5:
            empty.cluster.scale(0)
        return each(crew, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributed._Crew, "each", each)
        with pytest.raises(CourseError, match="for 3 s the client has had none"):
            scale.fit_partitions(folder, **COLUMNS, client=empty, progress=False, patience=3)
    empty.cluster.scale(2)
    same(scale.fit_partitions(folder, **COLUMNS, client=empty, start=whole, progress=False), whole)


DEAD = set()


def kill(nannies):
    """Kill the workers of some nannies; how many were at work: one that only begins is lost to Dask for ever."""
    met = {nanny.pid for nanny in nannies if nanny.status.name == "running" and nanny.pid} - DEAD
    for pid in met:
        os.kill(pid, signal.SIGKILL)
    DEAD.update(met)
    return len(met)


def nannies(client):
    return [nanny for _, nanny in sorted(client.cluster.workers.items())]


@pytest.mark.parametrize("dying", [1, 2])
def test_workers_give_the_same_answer_and_the_death_of_some_changes_nothing(client, folder, whole, dying):
    # When both die, tasks are meant for workers that are no more, and Dask would keep them for ever.
    same(scale.fit_partitions(folder, **COLUMNS, client=client), whole)
    passes = []

    def each(crew, *arguments, each=distributed._Crew.each):
        passes.append(None)
        if len(passes) == 5:
            assert kill(nannies(client)[:dying]) == dying
        return each(crew, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributed._Crew, "each", each)
        found = scale.fit_partitions(folder, **COLUMNS, client=client)
    same(found, whole)
    assert len(passes) > 10


@pytest.mark.parametrize("kills", [20, pytest.param(1000, marks=pytest.mark.slow)])
def test_workers_killed_again_and_again_change_nothing(client, folder, whole, kills, monkeypatch):
    # At moments that nobody chose: now one, now both, before, in and between passes. Nobody gives up after four.
    monkeypatch.setattr(client.cluster.scheduler, "allowed_failures", 10 * kills)
    monkeypatch.setattr(distributed, "_DEATHS", 10 * kills)
    for _ in range(2):
        begin = time.monotonic()
        same(scale.fit_partitions(folder, **COLUMNS, client=client, progress=False), whole)
    warm, rng, met, fits = time.monotonic() - begin, random.Random(kills), 0, 0
    ended = threading.Event()

    def fire():
        nonlocal met
        while met < kills and not ended.wait(rng.uniform(0, 2 + warm)):
            met += kill(rng.sample(nannies(client), rng.choice([1, 1, 2])))

    gun = threading.Thread(target=fire)
    gun.start()
    try:
        while gun.is_alive() or not fits:
            same(scale.fit_partitions(folder, **COLUMNS, client=client, progress=False), whole)
            fits += 1
    finally:
        ended.set()
        gun.join()
    assert met >= kills
    assert fits > 1  # else workers died only while they began


def test_a_partition_that_kills_every_worker_is_a_sentence(client):
    crew = distributed._Crew(client, ["a", "b"], 60.0)
    with pytest.raises(CourseError, match=r"4 workers died over the same partition.*`memory`"):
        crew.each(lambda task, source: os.kill(os.getpid(), signal.SIGKILL), "task")
    assert crew.each(lambda task, source: task + source, "task ") == ["task a", "task b"]
