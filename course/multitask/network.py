"""The same in PyTorch: a trunk for all tasks, a head for each, and a mean head.

The only module of the course that loads PyTorch, and only when one of its functions is called.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from course.errors import CourseError
from course.validate import FloatArray

__all__ = ["INSTALL", "arrays", "build", "fit", "installed", "loss", "ready", "require", "tensors"]

INSTALL: Final = "uv run --extra torch course lab"
_WHY: Final = "the network needs PyTorch, which is not installed here"
_HOW: Final = f"Everything else runs without it; on Linux it is a download of some 3 GB. Get it with: {INSTALL}"

type Net = Any
type Tensor = Any


def installed() -> bool:
    """Is PyTorch there? Nothing is loaded to find out."""
    return importlib.util.find_spec("torch") is not None


def ready() -> bool:
    """Is PyTorch there? If not, print in a sentence how to get it."""
    if not installed():
        print(CourseError(_WHY.capitalize().replace("pytorch", "PyTorch"), _HOW))
    return installed()


def require() -> Any:
    """Load PyTorch.

    Raises
    ------
    CourseError
        When it is not installed, with the command that installs it.
    """
    if not installed():
        raise CourseError(_WHY, _HOW)
    return importlib.import_module("torch")


def build(n_tasks: int, n_inputs: int, *, width: int | None = None, curved: bool = True, seed: int = 0) -> Net:
    """Make a network: ``trunk``, ``heads`` of shape (n_tasks, width) and ``mean_head`` of shape (width,).

    Parameters
    ----------
    n_tasks, n_inputs : int
        Number of tasks and of features.
    width : int, optional
        Width of the trunk; None for no trunk, so that heads see the features themselves.
    curved : bool
        Let the trunk bend (tanh); else it is linear.
    seed : int
        Of the random start; PyTorch's own generator is left as it was.
    """
    torch = require()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = torch.nn.Module()
        linear = torch.nn.Linear(n_inputs, width or n_inputs, bias=False, dtype=torch.float64)
        net.trunk = torch.nn.Identity() if width is None else torch.nn.Sequential(linear)
        if width is not None and curved:
            net.trunk.append(torch.nn.Tanh())
        start = 0.1 * torch.randn(n_tasks, width or n_inputs, dtype=torch.float64)
        net.heads = torch.nn.Parameter(start)
        net.mean_head = torch.nn.Parameter(torch.zeros(width or n_inputs, dtype=torch.float64))
    return net


def loss(
    net: Net, x: Tensor, y: Tensor, task: Tensor, pull: float, towards: Literal["mean", "zero"] = "mean"
) -> Tensor:
    """Squared error of all rows and the pull on the heads: to the mean head, or to zero (weight decay).

    Nothing in it asks for PyTorch: it takes NumPy's arrays as well.
    """
    forecast = (net.trunk(x) * net.heads[task]).sum(1)
    centre = net.mean_head if towards == "mean" else 0.0
    return ((y - forecast) ** 2).sum() + pull * ((net.heads - centre) ** 2).sum()


def tensors(*values: Any) -> tuple[Tensor, ...]:
    """NumPy's arrays as tensors of the same kind and precision."""
    torch = require()
    return tuple(torch.as_tensor(value) for value in values)


def arrays(*values: Tensor) -> tuple[FloatArray, ...]:
    """Tensors as NumPy's arrays, cut off from the network."""
    return tuple(value.detach().numpy().copy() for value in values)


def fit(
    net: Net, objective: Callable[..., Tensor], *arguments: Any, trunk_decay: float = 0.0, steps: int = 500
) -> float:
    """Minimise an objective over everything in the network, by full-batch L-BFGS; the same numbers every time.

    Parameters
    ----------
    net : module
        From `build`; changed in place.
    objective : callable
        The network and the other arguments -> the loss, a tensor; `loss`, or one of your own.
    *arguments
        What the objective gets after the network.
    trunk_decay : float
        Weight decay on the trunk. Without it a linear trunk grows and its heads shrink until no pull is left.
    steps : int
        Most iterations.

    Returns
    -------
    float
        The loss that was reached, decay of the trunk included.
    """
    torch = require()
    options = {"max_iter": steps, "history_size": 50, "tolerance_grad": 1e-10, "tolerance_change": 1e-14}
    optimiser = torch.optim.LBFGS(net.parameters(), line_search_fn="strong_wolfe", **options)

    def total() -> Tensor:
        return objective(net, *arguments) + trunk_decay * sum((weights**2).sum() for weights in net.trunk.parameters())

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = total()
        value.backward()
        return value

    with _one_thread(torch):
        optimiser.step(closure)
        return float(total().detach())


@contextmanager
def _one_thread(torch: Any) -> Iterator[None]:
    """Sums in one order, so that the last digit is the same every time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
