import numpy as np
import pymc as pm

from course.lessons.multitask.tasks import SHOP, X, Y
from tests.wrong_answers import Wrong, built


def head(x, y, mean_head, pull):
    return np.linalg.solve(x.T @ x + pull * np.eye(x.shape[1]), x.T @ y + pull * mean_head)


def first_not_pulled(x, y, mean_head, pull):
    free = pull * np.eye(x.shape[1])
    free[0, 0] = 0
    return np.linalg.solve(x.T @ x + free, x.T @ y + free @ mean_head)


def whole(misfit, prior):
    def total(x, y, task, heads, mean_head, pull):
        return misfit(y - (x * heads[task]).sum(axis=1)) + pull * prior(heads - mean_head, task)

    return total


def loss(own=True, target="mean", weight=None):
    def total(x, y, task, heads, mean_head, pull):
        forecast = (x * heads[task]).sum(axis=1) if own else x @ heads[0]
        centre = {"mean": mean_head, "zero": 0.0, "average": heads.mean(axis=0)}[target]
        return ((y - forecast) ** 2).sum() + (weight or pull) * ((heads - centre) ** 2).sum()

    return total


def shops(
    centre=lambda m: m,
    rows=lambda h: (X * h[SHOP]).sum(axis=1),
    noise=lambda s: s,
    tau=lambda: pm.HalfNormal("t", 20),
):
    with pm.Model() as model:
        m, t, s = pm.Normal("m", 0, 30, shape=2), tau(), pm.HalfNormal("s", 50)
        h = pm.Normal("h", centre(m), t, shape=(3, 2))
        pm.Normal("sales", rows(h), noise(s), observed=Y)
    return model


RIGHT_CLAIMS = {"A": False, "B": True, "C": False, "D": True, "E": False}

WRONG = {
    "multitask.pull": [
        Wrong(0.16, "the other way up"),
        Wrong(2.5, "sigma/tau"),
        Wrong(100 / 725, "a weight on the data"),
        Wrong(3.125, "cancels"),
        Wrong(6, "rounded to a whole number: give two digits"),
        Wrong(6.3, "rounded too far: give two digits"),
        Wrong(25, "that is sigma."),
        Wrong(10, "that is tau."),
        Wrong(250, "sigma times tau"),
        Wrong(0.0016, "1/sigma²"),
        Wrong(0.005, "1/(2 tau²)"),
    ],
    "multitask.head": [
        Wrong(lambda x, y, mean_head, pull: head(x, y, 0 * mean_head, pull), "weight decay"),
        Wrong(lambda x, y, mean_head, pull: mean_head + head(x, y, 0 * mean_head, pull), "was pulled to zero"),
        Wrong(lambda x, y, mean_head, pull: head(x, y, mean_head / pull, pull), "missing before the mean head"),
        Wrong(lambda x, y, mean_head, pull: np.linalg.lstsq(x, y)[0], "nothing is pulled"),
        Wrong(lambda x, y, mean_head, pull: np.linalg.solve(x.T @ x + pull, x.T @ y + pull * mean_head), "every entry"),
        Wrong(lambda x, y, mean_head, pull: mean_head, "no day of this task"),
        Wrong(lambda x, y, mean_head, pull: head(x, y, mean_head, pull / len(y)), "divided by the number of days"),
        Wrong(lambda x, y, mean_head, pull: head(x, y, mean_head, 2 * pull), "doubled"),
        Wrong(lambda x, y, mean_head, pull: head(x, y, mean_head, pull / 2), "halved"),
        Wrong(lambda x, y, mean_head, pull: head(x, y, mean_head, 1 / pull), "upside down"),
        Wrong(
            lambda x, y, mean_head, pull: mean_head + len(y) / (len(y) + pull) * (np.linalg.lstsq(x, y)[0] - mean_head),
            "n/(n + pull)",
        ),
        Wrong(first_not_pulled, "The first coefficient is not pulled"),
        Wrong(
            lambda x, y, mean_head, pull: (x.T @ y + pull * mean_head) / (np.diag(x.T @ x) + pull), "the diagonal alone"
        ),
        Wrong(lambda x, y, mean_head, pull: head(x, y - x @ mean_head, 0 * mean_head, pull), "Add the mean head"),
    ],
    "multitask.loss": [
        Wrong(loss(target="zero"), "Each row meets its own head now"),
        Wrong(loss(own=False), "The prior is mended"),
        Wrong(loss(target="average"), "pulled to their average"),
        Wrong(loss(weight=1.0), "nowhere in it"),
        Wrong(
            whole(lambda left: (left**2).sum(), lambda away, task: (away[np.unique(task)] ** 2).sum()),
            "a task without a day has dropped out",
        ),
        Wrong(
            whole(lambda left: (left**2).sum(), lambda away, task: (away[: task.max() + 1] ** 2).sum()),
            "a task without a day has dropped out",
        ),
        Wrong(whole(lambda left: (left**2).mean(), lambda away, task: (away**2).mean()), "have become means"),
        Wrong(whole(lambda left: (left**2).sum() / 2, lambda away, task: (away**2).sum() / 2), "half of what"),
        Wrong(whole(lambda left: (left**2).sum(), lambda away, task: np.linalg.norm(away)), "become a norm"),
        Wrong(
            whole(lambda left: (left**2).sum(), lambda away, task: np.linalg.norm(away, axis=1).sum()), "a sum of norms"
        ),
        Wrong(
            lambda x, y, task, heads, mean_head, pull: (
                ((y - x @ heads[task].T) ** 2).sum() + pull * ((heads - mean_head) ** 2).sum()
            ),
            "is a table",
        ),
        Wrong(
            lambda x, y, task, heads, mean_head, pull: (
                ((y - x @ mean_head) ** 2).sum() + pull * ((heads - mean_head) ** 2).sum()
            ),
            "forecast with the mean head",
        ),
        Wrong(
            lambda x, y, task, heads, mean_head, pull: (
                ((y - (x * heads[task]).sum(1)) ** 2).mean() + pull * ((heads - mean_head) ** 2).sum()
            ),
            "a mean over days",
        ),
    ],
    "multitask.model": [
        built(lambda: shops(centre=lambda m: 0), "pulled to zero"),
        built(lambda: shops(rows=lambda h: (X * h[0]).sum(axis=1)), "share one deviation"),
        built(lambda: shops(noise=lambda s: s**2), "squared"),
        built(lambda: shops(tau=lambda: pm.HalfNormal("t", 5)), "your t is HalfNormal(5)"),
        built(lambda: shops(tau=lambda: pm.HalfNormal("t", 20, shape=2)), "the forecast of y"),
    ],
    "multitask.claims": [
        Wrong({**RIGHT_CLAIMS, "A": True}, "to A. A is "),
        Wrong({**RIGHT_CLAIMS, "C": True}, "to C. C is "),
        Wrong({**RIGHT_CLAIMS, "E": True}, "to E. E is "),
    ],
}
