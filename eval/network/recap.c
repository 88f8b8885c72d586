/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/network/recap.h"

#define MAX_QUESTIONS 1000000

const int64_t dvb_recap_tiers[DVB_RECAP_TIERS] = {
    200000, 400000, 610000, 910000, 1710000, 3150000
};

struct reading {
    struct dvb_confidences *c;
    size_t cap;
    const char *name;
    size_t column[DVB_RECAP_TIERS];
    bool headings;
};

void dvb_confidence_column(int64_t tier, char *buf, size_t size)
{
    snprintf(buf, size, "confidence_%.10gkbps", (double)tier / 1000);
}

/* The rate of a heading such as confidence_200kbps; false: it is another column. */
static bool tier_of(const char *heading, int64_t *tier)
{
    static const char before[] = "confidence_", after[] = "kbps";
    size_t len = strlen(heading), used = sizeof(before) - 1 + sizeof(after) - 1;
    char number[24];
    double kbps;
    if (len <= used || len - used >= sizeof(number) ||
        strncmp(heading, before, sizeof(before) - 1) ||
        strcmp(heading + len - (sizeof(after) - 1), after))
        return false;
    snprintf(number, sizeof(number), "%.*s", (int)(len - used), heading + sizeof(before) - 1);
    if (!dvb_parse_num(number, &kbps) || kbps < 0.001 || kbps > 1e9)
        return false;
    *tier = llround(kbps * 1000);
    return true;
}

/* By rate, whatever the order of the columns. */
static void put_tier(struct reading *r, int n, int64_t tier, size_t column)
{
    int64_t *tiers = r->c->tiers;
    for (; n > 0 && tiers[n - 1] > tier; n--) {
        tiers[n] = tiers[n - 1];
        r->column[n] = r->column[n - 1];
    }
    tiers[n] = tier;
    r->column[n] = column;
}

static int find_columns(struct reading *r, const struct dvb_csv_row *row, struct dvb_err *err)
{
    int n = 0;
    for (size_t i = 0; i < row->n; i++) {
        int64_t tier;
        if (!tier_of(dvb_text_trim(row->field[i]), &tier))
            continue;
        for (int t = 0; t < n && t < DVB_RECAP_TIERS; t++)
            if (r->c->tiers[t] == tier)
                return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld: two columns %s", r->name,
                                row->line, row->field[i]);
        if (n < DVB_RECAP_TIERS)
            put_tier(r, n, tier, i);
        n++;
    }
    if (n != DVB_RECAP_TIERS)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s:%ld: found %d columns such as confidence_200kbps, expected %d", r->name,
                        row->line, n, DVB_RECAP_TIERS);
    r->headings = true;
    return 0;
}

static int add_row(void *user, const struct dvb_csv_row *row, struct dvb_err *err)
{
    struct reading *r = user;
    struct dvb_confidence c;
    if (!r->headings)
        return find_columns(r, row, err);
    for (int t = 0; t < DVB_RECAP_TIERS; t++) {
        const char *found = r->column[t] < row->n ? row->field[r->column[t]] : "";
        if (!dvb_parse_num(found, &c.at[t]) || c.at[t] < 0 || c.at[t] > 1)
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                            "%s:%ld: found '%.60s' at %.10g kbps, expected a confidence, 0 to 1",
                            r->name, row->line, found, (double)r->c->tiers[t] / 1000);
    }
    if (r->c->n >= MAX_QUESTIONS)
        return dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "%s:%ld: more than %d questions", r->name,
                        row->line, MAX_QUESTIONS);
    r->c->v = dvb_grow(r->c->v, r->c->n, &r->cap, sizeof(*r->c->v));
    r->c->v[r->c->n++] = c;
    return 0;
}

int dvb_confidences_read(const char *path, struct dvb_confidences *c, struct dvb_err *err)
{
    *c = (struct dvb_confidences){ 0 };
    struct reading r = { .c = c, .name = path };
    int ret = dvb_csv_read(path, NULL, add_row, &r, err);
    if (!ret && !c->n)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: found no rows of confidences", path);
    if (ret)
        dvb_confidences_release(c);
    return ret;
}

void dvb_confidences_release(struct dvb_confidences *c)
{
    free(c->v);
    *c = (struct dvb_confidences){ 0 };
}

double dvb_confidence_at(const int64_t *tier, const struct dvb_confidence *c, double rate)
{
    if (rate <= (double)tier[0])
        return c->at[0];
    for (int t = 1; t < DVB_RECAP_TIERS; t++)
        if (rate <= (double)tier[t]) {
            double share = (rate - (double)tier[t - 1]) / (double)(tier[t] - tier[t - 1]);
            return c->at[t - 1] + share * (c->at[t] - c->at[t - 1]);
        }
    return c->at[DVB_RECAP_TIERS - 1];
}

/* Where the line between tier t and the one below reaches tau. */
static int64_t reach(const int64_t *tier, const struct dvb_confidence *c, double tau, int t)
{
    if (t == 0)
        return tier[0];
    double share = (tau - c->at[t - 1]) / (c->at[t] - c->at[t - 1]);
    return (int64_t)ceil((double)tier[t - 1] + share * (double)(tier[t] - tier[t - 1]) - 1e-6);
}

static int64_t wanted(const int64_t *tiers, const struct dvb_confidence *c, double tau,
                      int64_t current)
{
    for (int t = 0; t < DVB_RECAP_TIERS; t++)
        if (c->at[t] >= tau)
            return reach(tiers, c, tau, t);
    for (int t = 0; t < DVB_RECAP_TIERS; t++)
        if (tiers[t] > current)
            return tiers[t];
    return current;
}

int64_t dvb_recap_rate(const int64_t *tiers, const struct dvb_confidence *c, double tau,
                       int64_t current, int64_t limit)
{
    if (current > limit)
        return limit;
    if (dvb_confidence_at(tiers, c, (double)current) >= tau)
        return current;
    int64_t rate = wanted(tiers, c, tau, current);
    return rate < limit ? rate : limit;
}
