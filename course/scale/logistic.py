"""Fitting: varying intercepts and slopes of log odds for as many groups as there are."""
from __future__ import annotations
from collections.abc import Callable
import numpy as np
from course.scale.ascent import Sums, climb, report
from course.scale.coordinates import Coordinates
from course.scale.grouped import Grouped, group
from course.scale.passes import as_sums, logistic_pass, logistic_posteriors, threads_here

def em_step(where, total_groups):
    def step(vector, sums):
        return vector
    return step

def fit_logistic(x, y, labels, *, n_quadrature=1, em_steps=4, tolerance=1e-10, max_passes=200):
    rows = group(x, np.asarray(y).astype(np.int8), labels)
    where = Coordinates(rows.x.mean(axis=1), rows.x.std(axis=1))
    k = rows.k
    J = len(rows.labels)
    eta = np.zeros((J, k))
    thr = threads_here()
    last = {}
    def evaluate(vector):
        tot = logistic_pass(rows, where.population(vector), eta, n_quadrature, thr)
        last['t'] = tot
        return as_sums(tot, where, rows.y.size)
    def em(vector, sums):
        pop = where.population(vector)
        raw = last['t'][1:1+k+k*k] / J
        m = pop.root.T @ raw[:k]
        S = np.eye(k) + pop.root.T @ raw[k:].reshape(k, k)
        S = (S + S.T)/2 - np.outer(m, m)
        return where.vector(pop.mean + pop.root @ m, pop.root @ S @ pop.root.T)
    p = np.clip(y.mean(), 1e-3, 1-1e-3)
    start = np.r_[np.log(p/(1-p)), np.zeros(k-1), np.eye(k)[np.tril_indices(k)]]
    s = climb(evaluate, start, em, em_steps=em_steps, tolerance=tolerance, max_passes=max_passes)
    return s, where.population(s.vector), rows, eta, where, evaluate
