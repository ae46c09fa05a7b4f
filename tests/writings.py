"""The model of each exercise, written in many ways that are one law, and with mistakes in each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from course.lessons.bandits import tasks as bandits
from course.lessons.eight_schools import tasks as eight_schools
from course.lessons.linear_regression import tasks as linear
from course.lessons.logistic_regression import tasks as logistic
from course.lessons.many_groups import tasks as many
from course.lessons.model_structure import tasks as structure
from course.lessons.multitask import tasks as multitask
from course.lessons.ten_thousand_cities import tasks as cities
from course.lessons.when_it_helps import tasks as helps


def normal(name, m, s, **shape):
    return pm.Normal(name, m, s, **shape)


def half(name, s):
    return pm.HalfNormal(name, s)


def centred(name, middle, spread, shape):
    return pm.Normal(name, middle, spread, shape=shape)


def standard(name, middle, spread, shape):
    return middle + spread * pm.Normal(name, shape=shape)


@dataclass(frozen=True)
class Writing:
    """How somebody writes normal priors, half-normal priors and normal group effects."""

    normal: Callable[..., Any] = normal
    half: Callable[..., Any] = half
    effects: Callable[..., Any] = standard
    finish: Callable[[], Any] = lambda: None


def offset(name, middle, spread, shape):
    return middle + pm.Normal(name, 0, spread, shape=shape)


def subtracted(name, middle, spread, shape):
    return middle - spread * pm.Normal(name, shape=shape)


def by_precision(name, middle, spread, shape):
    return pm.Normal(name, middle, tau=1 / spread**2, shape=shape)


def scalars(name, middle, spread, shape):
    n = int(np.prod(shape))
    z = pt.stack([pm.Normal(f"{name}_{i}") for i in range(n)]).reshape(np.atleast_1d(shape))
    return middle + spread * z


def by_covariance(name, middle, spread, shape):
    n = int(np.prod(shape))
    flat = pm.MvNormal(name, mu=np.zeros(n), cov=spread**2 * pt.eye(n))
    return middle + flat.reshape(np.atleast_1d(shape))


def by_root(name, middle, spread, shape):
    n = int(np.prod(shape))
    flat = pm.MvNormal(name, mu=np.zeros(n), chol=spread * pt.eye(n))
    return middle + flat.reshape(np.atleast_1d(shape))


def of_more(name, middle, spread, shape):
    n = int(np.prod(shape))
    return middle + spread * pm.Normal(name, shape=(2, n + 3))[1, 2 : n + 2].reshape(np.atleast_1d(shape))


def of_two(name, middle, spread, shape):
    return middle + spread * (0.6 * pm.Normal(name, shape=shape) + 0.8 * pm.Normal(f"{name}_too", shape=shape))


def backwards(name, middle, spread, shape):
    return middle + spread * pm.Normal(name, shape=shape)[::-1]


def from_zero(name, m, s, **shape):
    return m + s * pm.Normal(name, 0, 1, **shape)


def from_log(name, m, s, **shape):
    return pm.math.log(pm.LogNormal(name, m, s, **shape))


def of_parts(name, m, s, **shape):
    return pm.Normal(name, m, 0.6 * s, **shape) + pm.Normal(f"{name}_more", 0, 0.8 * s, **shape)


def times(name, s):
    return s * pm.HalfNormal(name, 1)


def folded(name, s):
    return pm.math.abs(pm.Normal(name, 0, s))


def from_square(name, s):
    return pm.math.sqrt(pm.Gamma(name, 0.5, 1 / (2 * s**2)))


def cut(name, s):
    return pm.TruncatedNormal(name, mu=0, sigma=s, lower=0)


def from_chi(name, s):
    return s * pm.math.sqrt(pm.ChiSquared(name, 1))


def strays():
    pm.Data("unused", np.arange(3.0))
    pm.Normal("nobody", 0, 1)


WRITINGS = {
    "centred": Writing(effects=centred),
    "standard": Writing(),
    "offset": Writing(effects=offset),
    "scaled": Writing(from_zero, times),
    "scaled, centred": Writing(from_zero, times, centred),
    "subtracted": Writing(half=times, effects=subtracted),
    "precision": Writing(effects=by_precision),
    "scalars": Writing(effects=scalars),
    "covariance": Writing(effects=by_covariance),
    "root": Writing(from_zero, effects=by_root),
    "of more": Writing(effects=of_more),
    "of two": Writing(of_parts, effects=of_two),
    "backwards": Writing(half=cut, effects=backwards),
    "folded": Writing(from_log, folded),
    "square": Writing(half=from_square, effects=centred),
    "chi": Writing(from_zero, from_chi, offset),
    "strays": Writing(effects=centred, finish=strays),
}
INDEPENDENT = {
    k: w for k, w in WRITINGS.items() if w.effects in (standard, subtracted, scalars, of_more, of_two, backwards)
}
INDEPENDENT |= {
    "chi, standard": Writing(from_zero, from_chi),
    "folded, of more": Writing(of_parts, folded, of_more),
    "square, scalars": Writing(half=from_square, effects=scalars),
    "log, subtracted": Writing(from_log, cut, subtracted),
}
"""Those in which no free variable depends on another: non-centred."""


def normal_data(name, centre, spread, observed):
    pm.Normal(name, centre, spread, observed=observed)


def one_by_one(name, centre, spread, observed):
    for i in reversed(range(len(observed))):
        own = spread if np.ndim(spread) == 0 else spread[i]
        pm.Normal(f"{name}_{i}", centre[i], own, observed=observed[i])


def in_a_block(name, centre, spread, observed):
    pm.MvNormal(name, mu=centre, cov=pt.diag(pt.as_tensor(spread) ** 2 * np.ones(len(observed))), observed=observed)


def sorted_data(name, centre, spread, observed):
    order = np.argsort(observed)
    own = spread if np.ndim(spread) == 0 else spread[order]
    pm.Normal(name, centre[order], own, observed=pm.Data("sorted", observed[order]))


NORMAL_DATA = (normal_data, one_by_one, in_a_block, sorted_data)


def counts(name, log_odds, n, observed):
    pm.Binomial(name, n=n, logit_p=log_odds, observed=observed)


def rates(name, log_odds, n, observed):
    pm.Binomial(name, n=n, p=1 / (1 + pm.math.exp(-log_odds)), observed=observed)


def rows(name, log_odds, n, observed):
    place = np.repeat(np.arange(len(n)), n)
    yes = np.concatenate([np.arange(k) < y for k, y in zip(n, observed, strict=True)])
    pm.Bernoulli(name, logit_p=log_odds[place], observed=yes.astype(int))


def cells(name, log_odds, n, observed):
    for i in range(len(n)):
        pm.Binomial(f"{name}_{i}", n=n[i], p=pm.math.sigmoid(log_odds[i]), observed=observed[i])


COUNTS = (counts, rates, rows, cells)


def schools(w=WRITINGS["standard"], data=normal_data, *, tau=None, mu=(0, 10), sigma=eight_schools.SIGMA, theta=None):
    with pm.Model() as model:
        m, t = w.normal("mu", *mu), (tau or (lambda: w.half("tau", 10)))()
        e = w.effects("theta", m, t, 8)
        data("y", theta(m, t, e) if theta else e, sigma, eight_schools.EFFECT)
        w.finish()
    return model


def exponential():
    return pm.Exponential("tau", 0.1)


def eight(w=WRITINGS["standard"], data=normal_data, **knobs):
    return schools(w, data, **{"tau": exponential, **knobs})


EXPONENTIALS = (
    exponential,
    lambda: pm.Gamma("tau", 1, 0.1),
    lambda: 10 * pm.Exponential("tau", 1),
    lambda: -10 * pm.math.log(pm.Uniform("tau", 0, 1)),
    lambda: pm.Weibull("tau", 1, 10),
)


def marginal(w=WRITINGS["standard"], data=normal_data, *, mu=(0, 10), tau=10, spread=None):
    sigma = eight_schools.SIGMA
    with pm.Model() as model:
        m, t = w.normal("mu", *mu), w.half("tau", tau)
        own = spread(sigma, t) if spread else pt.sqrt(sigma**2 + t**2)
        data("y", m * np.ones(8), own, eight_schools.EFFECT)
        w.finish()
    return model


def depots(
    w=WRITINGS["centred"], data=normal_data, *, mu=(30, 10), beta=(0, 10), tau=10, x=structure.COUNTRY, error=None
):
    with pm.Model() as model:
        m, b, t = w.normal("mu", *mu), w.normal("beta", *beta), w.half("tau", tau)
        theta = w.effects("theta", m + b * x, t, 8)
        data("y", theta, structure.ERROR if error is None else error, structure.MINUTES)
        w.finish()
    return model


def radon(
    w=WRITINGS["centred"],
    data=normal_data,
    *,
    tau=0.5,
    sigma=1,
    beta=(0, 1),
    u=linear.URANIUM,
    county=linear.COUNTY,
    noise=None,
):
    with pm.Model() as model:
        m, g, b = w.normal("mu", 1, 1), w.normal("gamma", 0, 1), w.normal("beta", *beta)
        t, s = w.half("tau", tau), w.half("sigma", sigma)
        alpha = (
            w.effects("alpha", m + g * u, t, 4)
            if w.effects is not backwards
            else m + g * u + w.effects("alpha", 0, t, 4)
        )
        data("y", alpha[county] + b * linear.FLOOR, noise(s) if noise else s, linear.LOG_RADON)
        w.finish()
    return model


def curves(
    w=WRITINGS["centred"],
    data=counts,
    *,
    ma=(4, 2),
    mb=(-0.7, 0.3),
    ta=2,
    tb=0.5,
    price=logistic.PRICE,
    city=logistic.CITY,
    line=None,
):
    with pm.Model() as model:
        a, b = w.normal("mu_alpha", *ma), w.normal("mu_beta", *mb)
        s, t = w.half("tau_alpha", ta), w.half("tau_beta", tb)
        alpha, beta = w.effects("alpha", a, s, 4), w.effects("beta", b, t, 4)
        data("bought", line(alpha, beta) if line else alpha[city] + beta[city] * price, logistic.ASKED, logistic.BOUGHT)
        w.finish()
    return model


def shops(
    w=WRITINGS["standard"], data=normal_data, *, mean=30, tau=20, sigma=50, shop=multitask.SHOP, rows=None, noise=None
):
    with pm.Model() as model:
        m = w.normal("mean", 0, mean, shape=2)
        t, s = w.half("tau", tau), w.half("sigma", sigma)
        heads = w.effects("heads", m, t, (3, 2))
        data(
            "y", rows(heads) if rows else (multitask.X * heads[shop]).sum(axis=1), noise(s) if noise else s, multitask.Y
        )
        w.finish()
    return model


def six_cities(w=WRITINGS["standard"], data=counts, *, mu=(0, 5), tau=2, line=None, n=cities.USERS):
    with pm.Model() as model:
        m, t = w.normal("mu", *mu), w.half("tau", tau)
        alpha = w.effects("alpha", m, t, 6)
        data("bought", line(m, t, alpha) if line else alpha, n, cities.BOUGHT)
        w.finish()
    return model


def t_centred(name, middle, spread, shape, nu=4):
    return pm.StudentT(name, nu, mu=middle, sigma=spread, shape=shape)


def t_standard(name, middle, spread, shape, nu=4):
    return middle + spread * pm.StudentT(name, nu, mu=0, sigma=1, shape=shape)


def t_offset(name, middle, spread, shape, nu=4):
    return middle + pm.StudentT(name, nu, mu=0, sigma=spread, shape=shape)


def t_mixed(name, middle, spread, shape, nu=4):
    g = pm.Gamma(f"{name}_g", nu / 2, nu / 2, shape=shape)
    return middle + spread * pm.Normal(name, shape=shape) / pm.math.sqrt(g)


def t_chi(name, middle, spread, shape, nu=4):
    g = pm.ChiSquared(f"{name}_g", nu, shape=shape)
    return pm.Normal(name, middle, spread * pm.math.sqrt(nu / g), shape=shape)


def t_inverse(name, middle, spread, shape, nu=4):
    return pm.Normal(name, middle, pm.math.sqrt(pm.InverseGamma(f"{name}_v", nu / 2, nu * spread**2 / 2, shape=shape)))


def t_scalars(name, middle, spread, shape, nu=4):
    return middle + spread * pt.stack([pm.StudentT(f"{name}{i}", nu) for i in range(shape)])


HEAVY = {
    f"{effects.__name__}, {k}": Writing(WRITINGS[k].normal, WRITINGS[k].half, effects, WRITINGS[k].finish)
    for effects, k in (
        (t_centred, "centred"),
        (t_standard, "standard"),
        (t_offset, "scaled"),
        (t_mixed, "standard"),
        (t_chi, "scaled"),
        (t_inverse, "standard"),
        (t_scalars, "folded"),
        (t_centred, "square"),
        (t_standard, "of two"),
        (t_mixed, "chi"),
        (t_offset, "backwards"),
        (t_scalars, "strays"),
    )
}


def odd_one(w=HEAVY["t_centred, centred"], data=normal_data, *, mu=(0, 10), tau=5, sigma=helps.SIGMA, theta=None):
    with pm.Model() as model:
        m, t = w.normal("mu", *mu), w.half("tau", tau)
        e = w.effects("theta", m, t, 6)
        data("y", theta(m, t, e) if theta else e, sigma, helps.Y)
        w.finish()
    return model


# Rates of a beta distribution: m and c, the rates, and the clicks, each written in several ways.


def beta_rates(m, c, n, y):
    pm.Binomial("clicks", n=n, p=pm.Beta("theta", m * c, (1 - m) * c, shape=len(n)), observed=y)


def beta_out(m, c, n, y):
    pm.BetaBinomial("clicks", n=n, alpha=m * c, beta=(1 - m) * c, observed=y)


def beta_moments(m, c, n, y):
    pm.Binomial("clicks", n=n, p=pm.Beta("theta", mu=m, nu=c, shape=len(n)), observed=y)


def beta_sd(m, c, n, y):
    sd = pm.math.sqrt(m * (1 - m) / (c + 1))
    pm.Binomial("clicks", n=n, p=pm.Beta("theta", mu=m, sigma=sd, shape=len(n)), observed=y)


def beta_gammas(m, c, n, y):
    a, b = pm.Gamma("a", m * c, 1, shape=len(n)), pm.Gamma("b", (1 - m) * c, 1, shape=len(n))
    pm.Binomial("clicks", n=n, p=a / (a + b), observed=y)


def beta_misses(m, c, n, y):
    pm.Binomial("clicks", n=n, p=1 - pm.Beta("miss", (1 - m) * c, m * c, shape=len(n)), observed=y)


def beta_stray(m, c, n, y):
    pm.Beta("rate", m * c, (1 - m) * c)
    beta_out(m, c, n, y)


def beta_loop(m, c, n, y):
    for i in range(len(n)):
        pm.Binomial(f"clicks{i}", n=n[i], p=pm.Beta(f"theta{i}", m * c, (1 - m) * c), observed=y[i])


def beta_backwards(m, c, n, y):
    pm.Binomial("clicks", n=n[::-1], p=pm.Beta("theta", m * c, (1 - m) * c, shape=len(n)), observed=y[::-1])


BETAS = (beta_rates, beta_out, beta_moments, beta_sd, beta_gammas, beta_misses, beta_stray, beta_loop, beta_backwards)


def one_rate(m, c, n, y):
    pm.Binomial("y", n=n, p=pm.Beta("p", m * c, (1 - m) * c), observed=y)


def clicks(data=beta_out, m=lambda: pm.Beta("m", 1, 9), c=lambda: pm.HalfNormal("c", 100), n=many.USERS, y=many.CLICKS):
    with pm.Model() as model:
        data(m(), c(), n, y)
    return model


M_OF_NINE = (
    lambda: pm.Beta("m", 1, 9),
    lambda: 1 - pm.Beta("m", 9, 1),
    lambda: pm.Kumaraswamy("m", 1, 9),
    lambda: 1 - pm.Uniform("m", 0, 1) ** (1 / 9),
    lambda: 1 - pm.math.exp(-pm.Exponential("m", 9)),
)
C_OF_HUNDRED = tuple((lambda f=f: f("c", 100)) for f in (half, times, folded, from_square, cut, from_chi))


def platform(
    data=beta_rates, z=("z", -3, 1), w=("w", 3, 1), logit=normal, log=normal, m=pm.math.invlogit, c=pm.math.exp
):
    with pm.Model() as model:
        data(m(logit(*z)), c(log(*w)), bandits.SHOWN, bandits.CLICKS)
    return model


def lognormal_c(data=beta_rates):
    with pm.Model() as model:
        data(pm.LogitNormal("m", -3, 1), pm.LogNormal("c", 3, 1), bandits.SHOWN, bandits.CLICKS)
    return model


def both_in_one(data=beta_out):
    with pm.Model() as model:
        zw = pm.Normal("zw", [-3, 3], 1)
        data(pm.math.sigmoid(zw[0]), pm.math.exp(zw[1]), bandits.SHOWN, bandits.CLICKS)
    return model


Build = Callable[[], pm.Model]


def _spread(build, writings, datas) -> dict[str, Build]:
    """One model a writing, the ways to hand over the data in turn."""
    found = {}
    for i, (name, writing) in enumerate(writings.items()):
        data = datas[i % len(datas)]
        found[f"{name}, {data.__name__}"] = lambda w=writing, d=data: build(w, d)
    return found


_eight = {
    f"{name}, {data.__name__}, {i % 5}": lambda w=w, d=data, t=EXPONENTIALS[i % 5]: eight(w, d, tau=t)
    for i, ((name, w), data) in enumerate(zip(WRITINGS.items(), NORMAL_DATA * 5, strict=False))
}
_clicks = {
    f"{data.__name__}, {i % 5}, {i % 6}": lambda d=data, m=M_OF_NINE[i % 5], c=C_OF_HUNDRED[i % 6]: clicks(d, m, c)
    for i, data in enumerate(BETAS * 2)
}
_platforms = {
    **{
        f"{data.__name__}, {i}": lambda d=data, f=(normal, from_zero, of_parts, from_log)[i % 4]: platform(
            d, logit=f, log=f
        )
        for i, data in enumerate(BETAS)
    },
    "LogNormal": lognormal_c,
    "LogNormal, integrated": lambda: lognormal_c(beta_out),
    "one block": both_in_one,
    "m by hand": lambda: platform(m=lambda z: 1 / (1 + pm.math.exp(-z))),
}
EQUAL: dict[str, dict[str, Build]] = {
    "many_groups.model": _clicks,
    "model_structure.model": _spread(depots, {k: w for k, w in WRITINGS.items() if k != "backwards"}, NORMAL_DATA),
    "eight_schools.model": _eight,
    "shrinkage.model": _spread(marginal, {k: w for k, w in WRITINGS.items() if k != "strays"}, NORMAL_DATA),
    "funnel.model": _spread(schools, INDEPENDENT, NORMAL_DATA),
    "linear_regression.model": _spread(radon, WRITINGS, NORMAL_DATA),
    "logistic_regression.model": _spread(curves, WRITINGS, COUNTS),
    "bandits.model": _platforms,
    "multitask.model": _spread(shops, WRITINGS, NORMAL_DATA),
    "when_it_helps.model": _spread(odd_one, HEAVY, NORMAL_DATA),
    "ten_thousand_cities.model": _spread(six_cities, WRITINGS, COUNTS),
}


def _wrong(build, writings=("centred", "scaled", "of two"), **knobs):
    return {
        f"{name}, {writing}": (lambda w=WRITINGS[writing], k=knob: build(w, **k[0]), knob[1])
        for name, knob in knobs.items()
        for writing in writings
    }


def _cauchy():
    return pm.HalfCauchy("tau", 10)


_sigma2 = eight_schools.SIGMA**2
WRONG: dict[str, dict[str, tuple[Build, str]]] = {
    "eight_schools.model": _wrong(
        eight,
        mean=({"tau": lambda: pm.Exponential("tau", 10)}, "mean 1/10"),
        half=({"tau": lambda: pm.HalfNormal("tau", 10)}, ""),
        cauchy=({"tau": _cauchy}, ""),
        ten=({"tau": lambda: pm.Exponential("tau", 1)}, ""),
        mu=({"mu": (0, 100)}, "10²"),
        moved=({"mu": (5, 10)}, ""),
        narrow=({"mu": (0, 9)}, ""),
        variance=({"sigma": _sigma2}, "variances"),
        precision=({"sigma": 1 / eight_schools.SIGMA}, "standard error of school"),
        shuffled=({"sigma": eight_schools.SIGMA[::-1]}, "standard error of school"),
        one=({"theta": lambda m, t, e: e[0] * np.ones(8)}, "share one"),
        double=({"theta": lambda m, t, e: m + e}, "effect of school"),
    ),
    "funnel.model": _wrong(
        schools,
        ("standard", "scaled", "of two"),
        cauchy=({"tau": _cauchy}, ""),
        exponential=({"tau": exponential}, ""),
        five=({"tau": lambda: pm.HalfNormal("tau", 5)}, ""),
        mu=({"mu": (0, 100)}, ""),
        moved=({"mu": (5, 10)}, ""),
        narrow=({"mu": (0, 8)}, ""),
        variance=({"sigma": _sigma2}, "standard error of school"),
        precision=({"sigma": 1 / eight_schools.SIGMA}, "standard error of school"),
        shuffled=({"sigma": eight_schools.SIGMA[::-1]}, "standard error of school"),
        one=({"theta": lambda m, t, e: e[0] * np.ones(8)}, "share one"),
        double=({"theta": lambda m, t, e: m + e}, "effect of school"),
        product=({"theta": lambda m, t, e: m * t + e - m}, "mu is multiplied by tau"),
    ),
    "shrinkage.model": _wrong(
        marginal,
        sum=({"spread": lambda s, t: s + t}, "sigma + tau"),
        variance=({"spread": lambda s, t: s**2 + t**2}, "variance"),
        tau=({"spread": lambda s, t: t * np.ones(8)}, "tau alone"),
        sigma=({"spread": lambda s, t: s}, "tau plays no part"),
        precision=({"spread": lambda s, t: (1 / s**2 + 1 / t**2) ** -0.5}, "spread of report"),
        half=({"spread": lambda s, t: (s**2 + t) ** 0.5}, "spread of report"),
        difference=({"spread": lambda s, t: abs(s**2 - t**2) ** 0.5}, "spread of report"),
        mu=({"mu": (0, 100)}, ""),
        moved=({"mu": (3, 10)}, ""),
        five=({"tau": 5}, ""),
        hundred=({"tau": 100}, ""),
        mean=({"spread": lambda s, t: (np.mean(s**2) + t**2) ** 0.5 * np.ones(8)}, "spread of report"),
    ),
    "model_structure.model": _wrong(
        depots,
        ("centred", "scaled", "of two"),
        none=({"x": np.zeros(8)}, "countryside is not in it"),
        all=({"x": np.ones(8)}, "added to every depot"),
        town=({"x": 1 - structure.COUNTRY}, "added to the town"),
        minus=({"x": 2 * structure.COUNTRY - 1}, ""),
        twice=({"x": 2 * structure.COUNTRY}, ""),
        mu=({"mu": (0, 10)}, ""),
        wide=({"mu": (30, 100)}, ""),
        beta=({"beta": (0, 1)}, ""),
        five=({"tau": 5}, ""),
        variance=({"error": structure.ERROR**2}, "standard error of minutes"),
        none_of_it=({"error": np.ones(8)}, "standard error of minutes"),
        shuffled=({"error": structure.ERROR[::-1]}, "standard error of minutes"),
    ),
    "linear_regression.model": _wrong(
        radon,
        ("centred", "scaled", "of two"),
        none=({"u": np.zeros(4)}, "uranium is not in it"),
        minus=({"u": linear.URANIUM**2}, ""),
        first=({"county": np.zeros(10, int)}, "level of one county"),
        order=({"county": linear.COUNTY[::-1]}, "wrong order"),
        square=({"noise": lambda s: s**2}, "sigma²"),
        root=({"noise": lambda s: s**0.5}, "spread around the line"),
        half=({"tau": 1}, ""),
        wide=({"sigma": 2}, ""),
        slope=({"beta": (0, 10)}, ""),
        positive=({"beta": (1, 1)}, ""),
        ten=({"u": 10 * linear.URANIUM}, ""),
        next=({"county": (linear.COUNTY + 1) % 4}, ""),
    ),
    "logistic_regression.model": _wrong(
        curves,
        ("centred", "scaled", "of two"),
        euros=({"price": 10 * logistic.PRICE}, "in euros"),
        centred_price=({"price": logistic.PRICE - logistic.PRICE.mean()}, "the price is centred"),
        first=({"line": lambda a, b: a[0] + b[0] * logistic.PRICE}, "share one deviation"),
        minus=({"line": lambda a, b: a[logistic.CITY] - b[logistic.CITY] * logistic.PRICE}, "subtracted"),
        no_price=({"line": lambda a, b: a[logistic.CITY] + b[logistic.CITY]}, "chance behind bought"),
        swapped=({"ta": 0.5, "tb": 2}, ""),
        tau=({"ta": 1}, ""),
        prior=({"ma": (0, 2)}, ""),
        wide=({"mb": (-0.7, 3)}, ""),
        sign=({"mb": (0.7, 0.3)}, ""),
        city=({"city": logistic.CITY[::-1]}, "chance behind bought"),
        product=({"line": lambda a, b: a[logistic.CITY] * b[logistic.CITY] * logistic.PRICE}, "chance behind bought"),
    ),
    "multitask.model": _wrong(
        shops,
        ("centred", "scaled", "of two"),
        first=({"shop": np.zeros(7, int)}, "share one deviation"),
        order=({"shop": multitask.SHOP[::-1]}, "forecast of y"),
        square=({"noise": lambda s: s**2}, "squared"),
        root=({"noise": lambda s: s**0.5}, "spread around the forecast"),
        mean=({"mean": 3}, ""),
        tau=({"tau": 10}, ""),
        sigma=({"sigma": 5}, ""),
        level=({"rows": lambda h: h[multitask.SHOP, 0]}, ""),
        warm=({"rows": lambda h: h[multitask.SHOP, 0] + multitask.X[:, 1] * h[0, 1]}, ""),
        minus=({"rows": lambda h: (multitask.X * [1, 0.5] * h[multitask.SHOP]).sum(axis=1)}, ""),
        product=({"rows": lambda h: (multitask.X * h[multitask.SHOP]).prod(axis=1)}, ""),
        average=({"rows": lambda h: (multitask.X * h[multitask.SHOP]).mean(axis=1)}, ""),
    ),
    "ten_thousand_cities.model": _wrong(
        six_cities,
        first=({"line": lambda m, t, a: a[0] * np.ones(6)}, "share one deviation"),
        one=({"line": lambda m, t, a: m * np.ones(6)}, "complete pooling"),
        minus=({"line": lambda m, t, a: a - m}, "chance behind bought"),
        double=({"line": lambda m, t, a: a + m}, "chance behind bought"),
        squared=({"line": lambda m, t, a: m + t * (a - m)}, ""),
        probability=({"line": lambda m, t, a: pm.math.sigmoid(a)}, "chance behind bought"),
        mu=({"mu": (0, 25)}, ""),
        moved=({"mu": (-1, 5)}, ""),
        narrow=({"mu": (0, 1)}, ""),
        tau=({"tau": 4}, ""),
        five=({"tau": 5}, ""),
        trials=({"n": cities.USERS + 1}, "numbers of trials"),
    ),
}


def _heavy(w, nu=4, **knobs):
    effects = {"centred": t_centred, "scaled": t_mixed, "of two": t_standard}[w]
    given = Writing(WRITINGS[w].normal, WRITINGS[w].half, lambda *a: effects(*a, nu=nu))
    return odd_one(given, **knobs)


WRONG["when_it_helps.model"] = {
    f"{name}, {w}": (lambda w=w, k=knob: _heavy(w, **k[0]), knob[1])
    for w in ("centred", "scaled", "of two")
    for name, knob in {
        "normal": ({"nu": 1e6}, "the population is normal"),
        "cauchy": ({"nu": 1}, "a Cauchy"),
        "three": ({"nu": 3}, ""),
        "seven": ({"nu": 7}, ""),
        "variance": ({"sigma": helps.SIGMA**2}, "variances"),
        "ones": ({"sigma": np.ones(6)}, "standard error of y"),
        "mu": ({"mu": (0, 100)}, ""),
        "moved": ({"mu": (1, 10)}, ""),
        "narrow": ({"mu": (0, 1)}, ""),
        "tau": ({"tau": 10}, ""),
        "first": ({"theta": lambda m, t, e: e[0] * np.ones(6)}, "share one deviation"),
        "double": ({"theta": lambda m, t, e: m + e}, "theta behind y"),
    }.items()
}
WRONG["many_groups.model"] = {
    f"{name}, {data.__name__}": (lambda k=knob, d=data: clicks(**{"data": d, **k[0]}), knob[1])
    for data in (beta_out, beta_rates, beta_gammas)
    for name, knob in {
        "alpha": ({"data": lambda m, c, n, y, d=data: d(m / (m + c), m + c, n, y)}, "as if they were alpha and beta"),
        "swapped": ({"data": lambda m, c, n, y, d=data: d(1 - m, c, n, y)}, "swapped"),
        "one": ({"data": lambda m, c, n, y: pm.Binomial("y", n=n, p=m, observed=y)}, "complete pooling"),
        "c": ({"c": lambda: pm.HalfNormal("c", 10)}, ""),
        "exponential": ({"c": lambda: pm.Exponential("c", 0.01)}, ""),
        "flat": ({"m": lambda: pm.Beta("m", 1, 1)}, ""),
        "nine": ({"m": lambda: pm.Beta("m", 9, 1)}, ""),
        "one more": ({"m": lambda: pm.Beta("m", 2, 9)}, ""),
        "root": ({"data": lambda m, c, n, y, d=data: d(m, c**0.5, n, y)}, "click rate behind"),
        "inverse": ({"data": lambda m, c, n, y, d=data: d(m, 1 / c, n, y)}, "click rate behind"),
        "users": ({"n": many.USERS + 1}, "numbers of trials"),
        "misses": ({"y": many.USERS - many.CLICKS}, "they add up to"),
    }.items()
}
WRONG["bandits.model"] = {
    f"{name}, {data.__name__}": (lambda k=knob, d=data: platform(**{"data": d, **k[0]}), knob[1])
    for data in (beta_rates, beta_out, beta_gammas)
    for name, knob in {
        "alpha": ({"data": lambda m, c, n, y, d=data: d(m / (m + c), m + c, n, y)}, "as if they were alpha and beta"),
        "swapped": ({"z": ("z", 3, 1), "w": ("w", -3, 1)}, ""),
        "z": ({"z": ("z", 0, 1)}, ""),
        "wide": ({"z": ("z", -3, 3)}, ""),
        "w": ({"w": ("w", 3, 2)}, ""),
        "log": ({"c": lambda w: w**2}, "click rate behind"),
        "probit": ({"m": pm.math.invprobit}, "click rate behind"),
        "minus": ({"m": lambda z: pm.math.invlogit(-z)}, "click rate behind"),
        "ten": ({"c": lambda w: 10**w}, "click rate behind"),
        "w for c": ({"c": lambda w: w}, ""),
        "one": ({"data": lambda m, c, n, y: pm.Binomial("y", n=n, p=m, observed=y)}, ""),
        "one theta": (
            {"data": lambda m, c, n, y: pm.Binomial("y", n=n, p=pm.Beta("t", m * c, (1 - m) * c), observed=y)},
            "",
        ),
        "flat": (
            {"data": lambda m, c, n, y: pm.Binomial("y", n=n, p=pm.Beta("t", 1, 1, shape=6), observed=y)},
            "flat prior",
        ),
    }.items()
}


# What an examiner who had not seen the checks thought of.


def memoryless():
    return pm.Truncated("tau", pm.Exponential.dist(0.1), lower=5.0) - 5.0


def two_columns():
    yes, asked = logistic.BOUGHT, logistic.ASKED

    def data(name, log_odds, n, observed):
        p = pm.math.sigmoid(log_odds)
        pm.Multinomial(name, n, pt.stack([p, 1 - p], axis=1), observed=np.column_stack([yes, asked - yes]))

    return curves(data=data)


def both_counts(m, c, n, y):
    a = pt.stack([m * c, (1 - m) * c]) * np.ones((len(n), 1))
    pm.DirichletMultinomial("clicks", n=n, a=a, observed=np.column_stack([y, n - y]))


def logit_normal():
    with pm.Model() as model:
        p = pm.LogitNormal("p", pm.Normal("mu", 0, 5), pm.HalfNormal("tau", 2), shape=6)
        pm.Binomial("bought", n=cities.USERS, p=p, observed=cities.BOUGHT)
    return model


def seen(m, c, n, y):
    beta_rates(m, c, n[n > 0], y[n > 0])


def walk(name, middle, spread, shape):
    steps = pm.GaussianRandomWalk(name, mu=0, sigma=1, init_dist=pm.Normal.dist(0, 1), steps=shape - 1)
    return middle + spread * pt.concatenate([steps[:1], pt.diff(steps)])


def each_multivariate(name, middle, spread, shape):
    scale = pt.atleast_2d(spread**2)
    return pt.concatenate([pm.MvStudentT(f"{name}{i}", nu=4, mu=middle[None], scale=scale) for i in range(shape)])


def censored(name, centre, spread, observed):
    pm.Censored(name, pm.Normal.dist(centre, spread), lower=None, upper=None, observed=observed)


def mixed(name, m, s, **shape):
    return pm.NormalMixture(name, w=[0.3, 0.7], mu=[m, m], sigma=[s, s], **shape)


def by_formula(name, log_odds, n, observed):
    # Without the binomial coefficients, which no parameter enters.
    pm.Potential(name, (observed * log_odds - n * pt.softplus(log_odds)).sum())


EQUAL["eight_schools.model"]["walk"] = lambda: eight(Writing(effects=walk))
EQUAL["eight_schools.model"]["censored at nothing"] = lambda: eight(data=censored)
EQUAL["when_it_helps.model"]["six of one dimension"] = lambda: odd_one(Writing(effects=each_multivariate))
EQUAL["ten_thousand_cities.model"]["a mixture of two alike"] = lambda: six_cities(Writing(normal=mixed))
EQUAL["logistic_regression.model"]["by formula"] = lambda: curves(Writing(effects=centred), by_formula)
EQUAL["eight_schools.model"]["memoryless"] = lambda: eight(tau=memoryless)
EQUAL["logistic_regression.model"]["two columns"] = two_columns
EQUAL["many_groups.model"]["both counts"] = lambda: clicks(both_counts)
EQUAL["many_groups.model"]["without the empty"] = lambda: clicks(seen)
EQUAL["many_groups.model"] |= {
    "by its size": lambda: clicks(c=lambda: abs(pm.Normal("z", 0, 100))),
    "by its square": lambda: clicks(c=lambda: pt.sqrt(pm.Normal("c", 0, 100) ** 2)),
}
EQUAL["ten_thousand_cities.model"]["logit-normal"] = logit_normal


def t_of(nu):
    return lambda name, middle, spread, shape: pm.StudentT(name, nu, mu=middle, sigma=spread, shape=shape)


def t_noise(name, middle, spread, shape):
    return middle + spread * pm.StudentT(name, 30, mu=0, sigma=1, shape=shape)


def sigma_of_each():
    with pm.Model() as model:
        mean, tau, sigma = pm.Normal("m", 0, 30, shape=2), pm.HalfNormal("t", 20), pm.HalfNormal("s", 50, shape=3)
        heads = pm.Normal("h", mean, tau, shape=(3, 2))
        forecast = (multitask.X * heads[multitask.SHOP]).sum(axis=1)
        pm.Normal("y", forecast, sigma[multitask.SHOP], observed=multitask.Y)
    return model


def crossed():
    with pm.Model() as model:
        mean, tau, sigma = pm.Normal("m", 0, 30, shape=2), pm.HalfNormal("tau", 20), pm.HalfNormal("sigma", 50)
        heads = pm.Normal("h", mean, sigma, shape=(3, 2))
        pm.Normal("y", (multitask.X * heads[multitask.SHOP]).sum(axis=1), tau, observed=multitask.Y)
    return model


def posterior_besides():
    model = marginal()
    with model:
        mu, tau, sigma = model["mu"], model["tau"], eight_schools.SIGMA
        weight = tau**2 / (tau**2 + sigma**2)
        pm.Normal("theta", weight * eight_schools.EFFECT + (1 - weight) * mu, pt.sqrt(weight) * sigma)
    return model


def mean_head():
    with pm.Model() as model:
        mean, tau, sigma = pm.Normal("m", 0, 30, shape=2), pm.HalfNormal("t", 20), pm.HalfNormal("s", 50)
        pm.Normal("h", mean, tau, shape=(3, 2))
        pm.Normal("y", pt.dot(multitask.X, mean), sigma, observed=multitask.Y)
    return model


def correlated():
    with pm.Model() as model:
        root, _, _ = pm.LKJCholeskyCov("root", n=2, eta=2, sd_dist=pm.HalfNormal.dist(np.array([2, 0.5]), shape=2))
        own = pt.dot(pm.Normal("z", 0, 1, shape=(4, 2)), root.T)[logistic.CITY]
        alpha, beta = pm.Normal("a", 4, 2) + own[:, 0], pm.Normal("b", -0.7, 0.3) + own[:, 1]
        pm.Binomial("y", logistic.ASKED, logit_p=alpha + beta * logistic.PRICE, observed=logistic.BOUGHT)
    return model


def observed_rates(m, c, n, y):
    seen = np.clip(y / np.maximum(n, 1), 0.01, 0.99)
    pm.Binomial("y", n=n, p=pm.Beta("p", m * c, (1 - m) * c, observed=seen), observed=y)


def guarded(m, c, n, y):
    p = pm.Beta("p", m * c, (1 - m) * c, shape=8)
    pm.Binomial("y", n=n, p=pt.clip(p, 1e-9, 1 - 1e-9), observed=y)


def counted_twice():
    model = eight()
    with model:
        pm.Potential("again", pm.logp(pm.Normal.dist(0, 10), model["mu"]))
    return model


def left_over():
    model = marginal()
    with model:
        pm.Normal("theta", model["mu"], model["tau"], shape=8)
    return model


WRONG["eight_schools.model"] |= {
    "a spread that is cut": (lambda: eight(theta=lambda m, t, e: pt.minimum(t, 15) / t * (e - m) + m), ""),
    "an odd noise": (
        lambda: eight(theta=lambda m, t, e: e, sigma=eight_schools.SIGMA * np.where(np.arange(8) == 3, 1.3, 1)),
        "standard error of school D",
    ),
    "no class": (lambda: pm.Model, "the class pm.Model"),
    "two": (lambda: (eight(), eight()), "one model is wanted"),
}
WRONG["shrinkage.model"] |= {
    "a spread that is cut": (
        lambda: marginal(spread=lambda s, t: pt.sqrt(pt.minimum(t, 15.0) ** 2 + s**2)),
        "spread of report",
    ),
    "theta left over": (left_over, "still drawn"),
    "a normal tau": (
        lambda: marginal(Writing(half=lambda name, s: pm.Normal(name, 0, s))),
        "not that of the task's HalfNormal(10)",
    ),
    "a precision": (
        lambda: marginal(Writing(normal=lambda name, m, s: pm.Normal(name, m, tau=s))),
        "Normal(0, 0.3162)",
    ),
}
WRONG["logistic_regression.model"]["falling slopes alone"] = (
    lambda: curves(line=lambda a, b: a[logistic.CITY] + pt.minimum(b, 0)[logistic.CITY] * logistic.PRICE),
    "bought",
)
WRONG["logistic_regression.model"]["a rising prior"] = (lambda: curves(mb=(0.7, 0.3)), "Normal(0.7, 0.3)")
WRONG["when_it_helps.model"]["4.2"] = (lambda: odd_one(Writing(effects=t_of(4.2))), "with 4.2 where the task has 4")
WRONG["funnel.model"]["t with 30"] = (
    lambda: schools(Writing(effects=t_noise)),
    "a StudentT whose law is not that of the task's Normal",
)
WRONG["multitask.model"]["a sigma for each shop"] = (sigma_of_each, "the spread around the forecast")
WRONG["multitask.model"]["crossed"] = (crossed, "swapped: where the task has HalfNormal(50), yours has tau")
WRONG["shrinkage.model"]["a posterior besides"] = (posterior_besides, "theta is still drawn in it, for nothing")
WRONG["multitask.model"]["the mean head forecasts"] = (mean_head, "complete pooling")
WRONG["logistic_regression.model"]["correlated"] = (correlated, "a correlation is drawn in it")
WRONG["eight_schools.model"]["a prior counted twice"] = (counted_twice, "without its Potential this is the task's")
WRONG["ten_thousand_cities.model"]["swapped counts"] = (
    lambda: six_cities(data=lambda name, log_odds, n, y: pm.Binomial(name, n=y, logit_p=log_odds, observed=n)),
    "its data are the numbers of trials",
)
WRONG["many_groups.model"] |= {
    "observed rates": (lambda: clicks(observed_rates), "it observes 16 numbers"),
    "guarded": (lambda: clicks(guarded), "is at most 1e-12 in none"),
    "one more": (lambda: clicks(c=lambda: 1 + pm.HalfNormal("c", 100)), "is at most 1e-12 in"),
    "by its size": (lambda: clicks(c=lambda: abs(pm.Normal("c", 0, 105))), "HalfNormal(105)"),
    "by its square": (lambda: clicks(c=lambda: pt.sqrt(pm.Normal("c", 0, 105) ** 2)), "HalfNormal(105)"),
    "not half": (lambda: clicks(c=lambda: pm.Normal("c", 0, 100)), "your c has a Normal whose law is not that"),
    "not half, rates": (lambda: clicks(beta_rates, c=lambda: pm.Normal("c", 0, 100)), "c is below 0 in "),
    "one rate": (lambda: clicks(one_rate), "the task's model, m, c and rate (8 numbers)"),
    "eight means": (
        lambda: clicks(m=lambda: pm.Beta("m", 1, 9, shape=8)),
        "draws m (8 numbers) and c; the task's model, m and c",
    ),
}
