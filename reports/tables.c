/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The board's numbers as CSV, with as many digits as leaderboard.json has. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/fs.h"
#include "base/mem.h"
#include "reports/exchange.h"

struct fields {
    char *v[40];
    size_t n;
};

static void text(struct fields *f, const char *s)
{
    f->v[f->n++] = dvb_strdup(s ? s : "");
}

static void real(struct fields *f, double v)
{
    f->v[f->n++] = isfinite(v) ? dvb_asprintf("%.*g", DVB_BOARD_DIGITS, v) : dvb_strdup("");
}

/* Below 0: not known. */
static void whole(struct fields *f, int64_t v)
{
    f->v[f->n++] = v >= 0 ? dvb_asprintf("%lld", (long long)v) : dvb_strdup("");
}

static void end_row(FILE *out, struct fields *f)
{
    dvb_csv_write_row(out, (const char *const *)f->v, f->n);
    for (size_t i = 0; i < f->n; i++)
        free(f->v[i]);
    f->n = 0;
}

static void share(struct fields *f, const struct dvb_share *s, bool known)
{
    whole(f, known ? (int64_t)s->n : -1);
    whole(f, known ? (int64_t)s->count : -1);
    real(f, known ? s->share : NAN);
    real(f, known ? s->se : NAN);
    real(f, known ? s->ci.lo : NAN);
    real(f, known ? s->ci.hi : NAN);
}

static void put_stat(const struct dvb_board *b, const struct dvb_board_set *s,
                     const struct dvb_board_cell *c, const struct dvb_board_stat *t, FILE *out)
{
    const struct dvb_board_view *v = &s->views[c->view];
    struct fields f = { .n = 0 };
    text(&f, s->hash);
    text(&f, c->model < 0 ? "" : b->models[c->model].label);
    text(&f, v->strategy);
    real(&f, v->bitrate ? (double)v->bitrate / 1000 : NAN);
    text(&f, v->baseline ? "1" : "0");
    text(&f, v->sampling);
    text(&f, b->sources[c->source].label);
    text(&f, t->task < 0 ? "" : s->tasks[t->task]);
    whole(&f, t->task < 0 && c->rank ? c->rank : -1);
    share(&f, &t->share, true);
    real(&f, t->share.wilson.lo);
    real(&f, t->share.wilson.hi);
    whole(&f, (int64_t)t->refused);
    whole(&f, (int64_t)t->unparsed);
    whole(&f, (int64_t)t->missing);
    whole(&f, (int64_t)t->excluded);
    share(&f, &t->loss, t->has_loss);
    real(&f, v->measured_kbps);
    real(&f, t->task < 0 ? c->cost_usd : NAN);
    real(&f, t->task < 0 ? c->latency_s : NAN);
    real(&f, t->task < 0 ? c->latency_p95_s : NAN);
    end_row(out, &f);
}

static int put_cells(void *user, FILE *out, struct dvb_err *err)
{
    static const char *const names[] = {
        "set",         "model",       "strategy",      "bitrate_kbps",
        "baseline",    "sampling",    "source",        "task_type",
        "rank",        "n",           "correct",       "accuracy",
        "se",          "ci_low",      "ci_high",       "wilson_low",
        "wilson_high", "refused",     "unparsed",      "missing",
        "excluded",    "loss_n",      "lost",          "sensitivity",
        "loss_se",     "loss_ci_low", "loss_ci_high",  "measured_kbps",
        "cost_usd",    "latency_s",   "latency_p95_s",
    };
    const struct dvb_board *b = user;
    (void)err;
    dvb_csv_write_row(out, names, sizeof(names) / sizeof(*names));
    for (size_t i = 0; i < b->n_sets; i++)
        for (size_t c = 0; c < b->sets[i].n_cells; c++)
            for (size_t t = 0; t < b->sets[i].cells[c].n_stats; t++)
                put_stat(b, &b->sets[i], &b->sets[i].cells[c], &b->sets[i].cells[c].stats[t], out);
    return 0;
}

int dvb_board_write_cells(const struct dvb_board *b, const char *path, struct dvb_err *err)
{
    return dvb_write_stream(path, put_cells, (void *)b, err);
}

static void put_pair(const struct dvb_board_set *s, const struct dvb_board_pair *p, FILE *out)
{
    struct fields f = { .n = 0 };
    text(&f, s->hash);
    text(&f, s->cells[p->a].name);
    text(&f, s->cells[p->b].name);
    text(&f, p->family < 0 ? "" : s->views[p->family].label);
    whole(&f, (int64_t)p->s.n);
    whole(&f, (int64_t)p->s.clusters);
    real(&f, p->s.diff);
    real(&f, p->s.se);
    real(&f, p->s.ci.lo);
    real(&f, p->s.ci.hi);
    real(&f, p->s.t_p);
    real(&f, p->holm_p);
    real(&f, p->s.mcnemar_p);
    real(&f, p->s.detectable);
    whole(&f, (int64_t)p->s.both_right);
    whole(&f, (int64_t)p->s.only_a_right);
    whole(&f, (int64_t)p->s.only_b_right);
    whole(&f, (int64_t)p->s.both_wrong);
    end_row(out, &f);
}

static int put_pairs(void *user, FILE *out, struct dvb_err *err)
{
    static const char *const names[] = {
        "set",
        "a",
        "b",
        "family",
        "n",
        "videos",
        "diff",
        "se",
        "ci_low",
        "ci_high",
        "t_p",
        "holm_p",
        "mcnemar_p",
        "detectable",
        "both_right",
        "only_a_right",
        "only_b_right",
        "both_wrong",
    };
    const struct dvb_board *b = user;
    (void)err;
    dvb_csv_write_row(out, names, sizeof(names) / sizeof(*names));
    for (size_t i = 0; i < b->n_sets; i++)
        for (size_t k = 0; k < b->sets[i].n_pairs; k++)
            put_pair(&b->sets[i], &b->sets[i].pairs[k], out);
    return 0;
}

int dvb_board_write_pairs(const struct dvb_board *b, const char *path, struct dvb_err *err)
{
    return dvb_write_stream(path, put_pairs, (void *)b, err);
}
