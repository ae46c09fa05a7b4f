import numpy as np
import pymc as pm

from course.lessons.many_groups.tasks import CLICKS, USERS
from tests.wrong_answers import Wrong, built


def mixed(weight):
    def rates(clicks, users, m, c):
        own = np.divide(clicks, users, out=np.full(len(users), m), where=users > 0)
        return weight(users, c) * own + (1 - weight(users, c)) * m

    return rates


def own_rates(clicks, users, m, c):
    return clicks / users


def nan_for_the_empty(clicks, users, m, c):
    with np.errstate(invalid="ignore"):
        return users / (users + c) * (clicks / users) + c / (users + c) * m


def errors(variance=lambda m, c: m * (1 - m) / (c + 1), order=(0, 1, 2), power=1.0):
    def three(n, m, c):
        v = variance(m, c)
        found = (v * c / n, v, v * c / (n + c))
        return tuple(found[i] ** power for i in order)

    return three


def model(alpha=lambda m, c: m * c, beta=lambda m, c: (1 - m) * c, c_prior=lambda: pm.HalfNormal("c", 100)):
    with pm.Model() as population:
        m, c = pm.Beta("m", 1, 9), c_prior()
        pm.BetaBinomial("clicks", n=USERS, alpha=alpha(m, c), beta=beta(m, c), observed=CLICKS)
    return population


def one_rate():
    with pm.Model() as population:
        pm.Binomial("clicks", n=USERS, p=pm.Beta("m", 1, 9), observed=CLICKS)
    return population


def launch(overall):
    return lambda clicks, users, c: (clicks + c * overall(clicks, users)) / (users + c)


def still_swapped(clicks, users, c):
    overall = clicks.sum() / users.sum()
    return [(c * y / n + n * overall) / (n + c) if n else overall for y, n in zip(clicks, users, strict=True)]


def still_nan(clicks, users, c):
    return nan_for_the_empty(clicks, users, clicks.sum() / users.sum(), c)


WRONG = {
    "many_groups.rate": [
        Wrong(0.15, "no pooling"),
        Wrong(0.04, "complete pooling"),
        Wrong(0.83, "lets all of the 80"),
        Wrong(0.095, "as equals"),
        Wrong(6.2, "percentage"),
    ],
    "many_groups.pool": [
        Wrong(lambda clicks, users, m, c: (clicks + c) / (users + c), "all click"),
        Wrong(lambda clicks, users, m, c: (clicks + m) / (users + c), "one extra user's share"),
        Wrong(mixed(lambda n, c: c / (n + c)), "swapped"),
        Wrong(mixed(lambda n, c: 0.5), "as equals"),
        Wrong(nan_for_the_empty, "0/0 of the empty one"),
        Wrong(own_rates, "nothing is pooled"),
        Wrong(
            lambda clicks, users, m, c: c / (users + c) * clicks / users + users / (users + c) * m,
            "The weights are swapped",
        ),
        Wrong(
            lambda clicks, users, m, c: [y / n if n else m for y, n in zip(clicks, users, strict=True)],
            "with m for the empty city",
        ),
        Wrong(lambda clicks, users, m, c: [m for _ in users], "complete pooling"),
        Wrong(lambda clicks, users, m, c: (clicks + m * c) / users + c, "brackets"),
        Wrong(lambda clicks, users, m, c: clicks + m * c / (users + c), "brackets"),
    ],
    "many_groups.errors": [
        Wrong(errors(variance=lambda m, c: m * (1 - m) / c), "m(1 - m)/(c + 1)"),
        Wrong(errors(power=0.5), "roots"),
        Wrong(errors(order=(1, 0, 2)), "swapped"),
        Wrong(lambda n, m, c: m * (1 - m) / (c + 1), "3 values are wanted"),
        Wrong(
            lambda n, m, c: (m * (1 - m) * c / n, m * (1 - m), m * (1 - m) * c / (n + c)), "the variance of one click"
        ),
        Wrong(
            lambda n, m, c: (m * (1 - m) / (c + 1) / n, m * (1 - m) / (c + 1), m * (1 - m) / (c + 1) * c / (n + c)),
            "v/n",
        ),
        Wrong(
            lambda n, m, c: (m * (1 - m) / (c + 1) * c / n, m * (1 - m) / (c + 1), m * (1 - m) / (c + 1) * n / (n + c)),
            "grows with n",
        ),
    ],
    "many_groups.model": [
        built(lambda: model(lambda m, c: m, lambda m, c: c), "as if they were alpha and beta"),
        built(lambda: model(lambda m, c: (1 - m) * c, lambda m, c: m * c), "swapped"),
        built(one_rate, "complete pooling"),
        built(lambda: model(c_prior=lambda: pm.Exponential("c", 0.01)), "your c has an Exponential"),
        built(lambda: model(c_prior=lambda: pm.HalfNormal("c", 10)), "your c is HalfNormal(10)"),
    ],
    "many_groups.bug": [
        Wrong(still_swapped, "The weights are still swapped"),
        Wrong(still_nan, "still NaN"),
        Wrong(launch(lambda clicks, users: clicks.mean()), "clicks per city"),
        Wrong(lambda clicks, users, c: np.full(len(users), clicks.sum() / users.sum()), "complete pooling"),
        Wrong(lambda clicks, users, c: clicks / users, "nothing is pooled any more"),
        Wrong(
            lambda clicks, users, c: np.where(users > 0, (clicks + c * clicks.sum() / users.sum()) / (users + c), 0),
            "The empty city gets 0",
        ),
    ],
    "many_groups.list": [
        Wrong("A", "before you choose"),
        Wrong("c", "the most reliable"),
        Wrong("D", "another hundred tiny cities"),
    ],
}
