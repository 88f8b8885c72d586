# SPDX-License-Identifier: GPL-3.0-or-later
# Rows of saving.h, which test_saving.c includes: python3 saving.py > saving.h
# Nothing but the definition: the isotonic fit as max-min of means, the least rate that reaches an
# accuracy by bisection, the mean over accuracies by the midpoint rule.
import math
import random


def rise(y):
    n = len(y)
    return [max(min(sum(y[i:j + 1]) / (j - i + 1) for j in range(k, n)) for i in range(k + 1))
            for k in range(n)]


def accuracy(rates, y, x):
    for i in range(len(rates) - 1):
        x0, x1 = math.log(rates[i]), math.log(rates[i + 1])
        if x <= x1:
            return y[i] + (y[i + 1] - y[i]) * (x - x0) / (x1 - x0)
    return y[-1]


def least_rate(rates, y, wanted):
    lo, hi = math.log(rates[0]), math.log(rates[-1])
    for _ in range(60):
        mid = (lo + hi) / 2
        if accuracy(rates, y, mid) >= wanted:
            hi = mid
        else:
            lo = mid
    return hi


def saving(ra, a, rb, b, steps=20000):
    a, b = rise(a), rise(b)
    lo, hi = max(a[0], b[0]), min(a[-1], b[-1])
    if hi - lo <= 1e-9:
        return math.nan, math.nan, math.nan
    total = 0.0
    for k in range(steps):
        wanted = lo + (hi - lo) * (k + 0.5) / steps
        total += least_rate(ra, a, wanted) - least_rate(rb, b, wanted)
    return 1 - math.exp(total / steps), lo, hi


def text(v):
    return "NAN" if math.isnan(v) else repr(v)


random.seed(5)
print("/* SPDX-License-Identifier: GPL-3.0-or-later */")
print("/* Written by saving.py. */")
for case in range(12):
    sides = []
    for _ in range(2):
        n = random.randint(2, 5)
        rates = sorted(random.sample(range(20, 3000), n))
        y = [round(random.random() * 0.4 + 0.6 * i / n, 3) for i in range(n)]
        sides.append((rates, y))
    (ra, a), (rb, b) = sides
    s, lo, hi = saving(ra, a, rb, b)
    lists = ["{ " + ", ".join(map(repr, v)) + " }" for v in (ra, a, rb, b)]
    print("{ %d, %d, %s, %s, %s, %s }," % (len(a), len(b), ", ".join(lists), text(s), text(lo),
                                           text(hi)))
