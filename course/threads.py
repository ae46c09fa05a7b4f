"""One thread for BLAS where products are small: threads that wait for each other are slow on a busy computer."""

import functools
from collections.abc import Callable

__all__ = ["CALM", "one_blas_thread"]

# For processes that are yet to start: kernels of JupyterLab, the tests' workers.
CALM = {"OPENBLAS_NUM_THREADS": "1"}


def one_blas_thread[**P, R](work: Callable[P, R]) -> Callable[P, R]:
    """Let a function compute with one BLAS thread, and give back the others after it.

    Parameters
    ----------
    work : callable
        A function of many products that take microseconds each.
    """

    @functools.wraps(work)
    def calm(*args: P.args, **kwargs: P.kwargs) -> R:
        from threadpoolctl import threadpool_limits  # looks through the process's libraries: a millisecond a call

        with threadpool_limits(1, "blas"):
            return work(*args, **kwargs)

    return calm
