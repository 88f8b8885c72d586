/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/freshness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/network/metrics.h"

static void add_numbers(const json_t *list, double **v, size_t *n, size_t *cap)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (!json_is_number(item)) /* black has no age */
            continue;
        *v = dvb_grow(*v, *n, cap, sizeof(**v));
        (*v)[(*n)++] = json_number_value(item);
    }
}

void dvb_freshness_add(struct dvb_freshness *f, const struct dvb_rendition *r)
{
    json_t *detail = r->detail ? json_loads(r->detail, 0, NULL) : NULL;
    const json_t *call = json_object_get(detail, "call");
    if (call) {
        add_numbers(json_object_get(call, "ages_ms"), &f->ages, &f->n_ages, &f->cap_ages);
        add_numbers(json_object_get(call, "stalls_ms"), &f->stalls, &f->samples, &f->cap_stalls);
        f->substituted += (size_t)dvb_json_get_num(call, "substituted", 0);
        f->missing += (size_t)dvb_json_get_num(call, "missing", 0);
    }
    json_decref(detail);
}

void dvb_freshness_release(struct dvb_freshness *f)
{
    free(f->ages);
    free(f->stalls);
    *f = (struct dvb_freshness){ 0 };
}

static double mean(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return n ? sum / (double)n : NAN;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double p95(const double *v, size_t n)
{
    double *sorted = dvb_calloc(n + 1, sizeof(*sorted));
    if (n)
        memcpy(sorted, v, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), ascending);
    double result = dvb_metrics_quantile(sorted, n, 0.95);
    free(sorted);
    return result;
}

double dvb_freshness_age(const struct dvb_freshness *f)
{
    return mean(f->ages, f->n_ages);
}

static json_t *num(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

json_t *dvb_freshness_json(const struct dvb_freshness *f)
{
    if (!f->samples)
        return json_null();
    return dvb_json_pack(
        "{s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "age_p95_ms", num(p95(f->ages, f->n_ages)),
        "age_mean_ms", num(dvb_freshness_age(f)), "stall_ms", num(mean(f->stalls, f->samples)),
        "stall_p95_ms", num(p95(f->stalls, f->samples)), "samples", (json_int_t)f->samples,
        "substituted", (json_int_t)f->substituted, "missing", (json_int_t)f->missing);
}
