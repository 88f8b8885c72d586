#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values for test_stats.c from numpy, scipy and statsmodels (Debian 12: python3-statsmodels).

    /usr/bin/python3 tests/unit/reference/stats.py > tests/unit/reference/stats_py.h
    clang-format -i tests/unit/reference/stats_py.h

Nothing here shares a formula with eval/score: standard errors are those of a
regression on a constant with a cluster-robust covariance, the bootstrap
distribution of the small case is enumerated (every one of C^C samples has the
same chance), that of the others drawn 2,000,000 times with numpy's generator.
"""
import itertools

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

ROUNDS = 2_000_000


def number(x):
    return repr(float(x))


def make(seed, clusters, biggest, grid, gap):
    """Items of `clusters` videos, each with a difficulty of its own, values in
    fourths; some are missing (-1) on one side."""
    rng = np.random.default_rng(seed)
    video, a, b = [], [], []
    for c in range(clusters):
        ease = rng.beta(2, 1.5)
        for _ in range(rng.integers(1, biggest + 1)):
            u = rng.random()
            va, vb = (grid * rng.binomial(4 // grid, p) for p in
                      (ease ** 0.6, ease ** (0.6 + gap) * (0.7 + 0.3 * u)))
            lost = rng.random()
            video.append(100 - 3 * c)
            a.append(-1 if lost < 0.04 else int(va))
            b.append(-1 if 0.04 <= lost < 0.08 else int(vb))
    return np.array(video), np.array(a), np.array(b)


def clustered(values, groups):
    fit = sm.OLS(values, np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": np.unique(groups, return_inverse=True)[1]}, use_t=True)
    low, high = fit.conf_int(0.05)[0]
    return fit.params[0], fit.bse[0], low, high, fit.pvalues[0]


def share(values, groups):
    mean, se, low, high, _ = clustered(values, groups)
    w = proportion_confint(values.sum(), len(values), 0.05, "wilson")
    return "{ %d, %d, %d, %s }" % (
        len(values), len(set(groups)), (values >= 0.5).sum(),
        ", ".join(map(number, (mean, se, max(0, low), min(1, high), *w))))


def bootstrap(d, groups):
    ids = sorted(set(groups))
    n = np.array([(groups == g).sum() for g in ids], float)
    s = np.array([d[groups == g].sum() for g in ids])
    k = len(ids)
    if k <= 7:
        pick = np.array(list(itertools.product(range(k), repeat=k)))
        means = s[pick].sum(1) / n[pick].sum(1)
    else:
        rng = np.random.default_rng(5)
        means = np.concatenate([
            (lambda p: s[p].sum(1) / n[p].sum(1))(rng.integers(0, k, (20_000, k)))
            for _ in range(ROUNDS // 20_000)])
    diff = d.mean()
    p = (np.abs(means - diff) >= abs(diff) - 1e-12).mean()
    return p, *np.percentile(means, [2.5, 97.5], method="weibull")


def pair(video, a, b):
    both = (a >= 0) & (b >= 0)
    va, vb, g = a[both] / 4, b[both] / 4, video[both]
    d = va - vb
    ra, rb = va >= 0.5, vb >= 0.5
    table = [[(ra & rb).sum(), (ra & ~rb).sum()], [(~ra & rb).sum(), (~ra & ~rb).sum()]]
    diff, se, low, high, p = clustered(d, g)
    clusters = len(set(g))
    find = (stats.t.ppf(0.975, clusters - 1) + stats.t.ppf(0.8, clusters - 1)) * se
    counts = (len(d), clusters, (b < 0).sum(), (a < 0).sum(), *table[0], *table[1])
    return "{ %s, %s }" % (", ".join("%d" % c for c in counts), ", ".join(map(number, (
        va.mean(), vb.mean(), diff, se, low, high, p,
        mcnemar(table, exact=True).pvalue, *bootstrap(d, g), find)))), \
        share((ra & ~rb).astype(float), g)


def array(v):
    return "{ %s }" % ", ".join(map(str, v))


print("/* SPDX-License-Identifier: GPL-3.0-or-later */")
print("/* Made by tests/unit/reference/stats.py with numpy %s, scipy %s, statsmodels %s. */" % (
    np.__version__, scipy.__version__, statsmodels.__version__))
print("#ifndef DVB_TESTS_STATS_PY_H\n#define DVB_TESTS_STATS_PY_H\n#include <stddef.h>")
print("""
struct want_share { size_t n, clusters, count; double share, se, lo, hi, wilson_lo, wilson_hi; };
struct want_pair {
    size_t n, clusters, left_a, left_b, both_right, only_a, only_b, both_wrong;
    double mean_a, mean_b, diff, se, lo, hi, t_p, mcnemar_p, boot_p, boot_lo, boot_hi, detectable;
};
/* Values in fourths; -1: not in that cell. */
struct reference {
    const char *name;
    size_t n;
    const int *video, *a, *b;
    struct want_share cell_a, cell_b, sensitivity;
    struct want_pair pair;
};
""")
rows = []
for name, data in (("small", make(4, 7, 5, 4, 0.2)), ("videos60", make(2, 60, 8, 4, 0.25)),
                   ("scores", make(3, 20, 7, 1, 0.3))):
    video, a, b = data
    for what, v in (("video", video), ("a", a), ("b", b)):
        print("static const int %s_%s[] = %s;" % (name, what, array(v)))
    p, s = pair(video, a, b)
    cells = [share(v[v >= 0] / 4, video[v >= 0]) for v in (a, b)]
    rows.append('{ "%s", %d, %s_video, %s_a, %s_b, %s, %s, %s, %s }' % (
        name, len(video), name, name, name, *cells, s, p))
print("static const struct reference references[] = { %s };" % ", ".join(rows))
print("#endif")
