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


def filled(start):
    def rates(clicks, users, m, c):
        found = start(clicks)
        for i in range(len(clicks)):
            found[i] = (clicks[i] + m * c) / (users[i] + c)
        return found

    return rates


def nan_for_the_empty(clicks, users, m, c):
    with np.errstate(invalid="ignore"):
        return users / (users + c) * (clicks / users) + c / (users + c) * m


def errors(variance=lambda m, c: m * (1 - m) / (c + 1), order=(0, 1, 2), power=1.0):
    def three(n, m, c):
        v = variance(m, c)
        found = (v * c / n, v, v * c / (n + c))
        return tuple(found[i] ** power for i in order)

    return three


def with_noise_at_m(third_of):
    def three(n, m, c):
        noise, v = m * (1 - m) / n, m * (1 - m) / (c + 1)
        return noise, v, third_of(noise, v, n, c)

    return three


def third(of):
    def three(n, m, c):
        v = m * (1 - m) / (c + 1)
        return v * c / n, v, of(v, n, m, c)

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


def mean_rate(clicks, users):
    return (clicks[users > 0] / users[users > 0]).mean()


WRONG = {
    "many_groups.rate": [
        Wrong(0.15, "no pooling"),
        Wrong(0.04, "complete pooling"),
        Wrong(0.83, "lets all of the 80"),
        Wrong(0.095, "as equals"),
        Wrong(6.2, "still to be divided by all users. Or is it a percentage? Then write the share."),
        Wrong(0.2, "the weight of the city's own rate"),
        Wrong(0.8, "the weight of the average rate"),
        Wrong(0.032, "the part of the 80 extra users alone"),
        Wrong(0.03, "hardly any of their clicks"),
        Wrong(0.063, "too high"),
        Wrong(0.061, "too low"),
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
        Wrong(
            lambda clicks, users, m, c: (
                c / (users + c) * clicks / np.maximum(users, 1) + np.where(users > 0, users / (users + c) * m, 0)
            ),
            "And the empty city gets 0",
        ),
        Wrong(lambda clicks, users, m, c: ((clicks + m * c) / (users + c)).round(3), "is right, and rounded"),
        Wrong(lambda clicks, users, m, c: np.zeros(len(users)), "the same, 0; they differ"),
        Wrong(filled(lambda clicks: np.zeros_like(clicks)), "An array of whole numbers cuts off"),
        Wrong(lambda clicks, users, m, c: [str(rate) for rate in (clicks + m * c) / (users + c)], "holds text"),
        Wrong(lambda clicks, users, m, c: [m for _ in users], "complete pooling"),
        Wrong(lambda clicks, users, m, c: (clicks + m * c) / users + c, "brackets"),
        Wrong(lambda clicks, users, m, c: clicks + m * c / (users + c), "brackets"),
    ],
    "many_groups.errors": [
        Wrong(errors(variance=lambda m, c: m * (1 - m) / c), "m(1 - m)/(c + 1)"),
        Wrong(errors(power=0.5), "roots"),
        Wrong(with_noise_at_m(lambda a, v, n, c: a * v / (a + v)), "the third is made of it"),
        Wrong(
            with_noise_at_m(lambda a, v, n, c: (n / (n + c)) ** 2 * a + (c / (n + c)) ** 2 * v),
            "so are the weights of the third",
        ),
        Wrong(third(lambda v, n, m, c: n / (n + c) * v * c / n + c / (n + c) * v), "weights are squared with it"),
        Wrong(third(lambda v, n, m, c: m * (1 - m) / (n + c + 1)), "pooled rate is exactly m"),
        Wrong(lambda n, m, c: tuple(100 * one for one in errors()(n, m, c)), "a hundred times"),
        Wrong(lambda n, m, c: tuple(1.002 * one for one in errors()(n, m, c)), "a simulation only comes near"),
        Wrong(lambda n, m, c: tuple(round(one, 4) for one in errors()(n, m, c)), "is right, and rounded"),
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
        Wrong(
            launch(lambda clicks, users: np.mean([y / n if n else 0 for y, n in zip(clicks, users, strict=True)])),
            "goes into the mean as 0",
        ),
        Wrong(
            lambda clicks, users, c: launch(lambda y, n: clicks.sum() / users.sum())(clicks, np.maximum(users, 1), c),
            "one user who did not click",
        ),
        Wrong(lambda clicks, users, c: nan_for_the_empty(clicks, users, mean_rate(clicks, users), c), "still NaN"),
        Wrong(
            lambda clicks, users, c: (
                (mean_rate(clicks, users) * users + c * np.nan_to_num(clicks / users, nan=mean_rate(clicks, users)))
                / (users + c)
            ),
            "The empty city is mended. The weights are still swapped",
        ),
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
