/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "eval/network/grid.h"

#define MAX_CELLS 100000

const struct dvb_scheme_info dvb_schemes[] = {
    [DVB_SCHEME_WAIT] = { "wait", .nack = true },
    [DVB_SCHEME_SUBSTITUTE] = { "substitute", .substitutes = true, .solves = true },
    [DVB_SCHEME_REPEAT] = { "repeat", .repeats = true, .substitutes = true },
    [DVB_SCHEME_ADAPT] = { "adapt", .substitutes = true, .solves = true, .adapts = true },
    { NULL },
};

void dvb_grid_init(struct dvb_grid_settings *g)
{
    *g = (struct dvb_grid_settings){
        .hold = DVB_HOLD_BITRATE,
        .hold_fps = 30,
        .model_fps = 2,
        .epsilon = 0.001,
        .copies = 2,
        .sim = { .seed = 1,
                 .duration = 60 * DVB_NET_SECOND,
                 .link = { .rate = 10000000, .delay = 30000, .overhead = 28 },
                 .receiver = { .feedback = 50000, .pli = true } }
    };
}

struct plan {
    const struct dvb_grid_settings *g;
    struct dvb_grid *grid;
    struct dvb_sim_result *twins; /* by twin_of */
    size_t *twin_of;              /* of each cell */
    size_t *first_of; /* of each twin: the cell whose settings it has but for the loss */
    size_t n_twins, cap;
};

static int check(const struct dvb_grid_settings *g, struct dvb_err *err)
{
    if (!g->n_bitrates || !g->n_losses || !g->n_schemes)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "a grid needs at least one bitrate, one loss and one scheme");
    double most = (double)g->n_bitrates * (double)g->n_losses * (double)g->n_schemes *
                  (double)(g->n_fps ? g->n_fps : 1);
    if (most > MAX_CELLS)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "%.0f cells, expected at most %d", most,
                        MAX_CELLS);
    for (size_t i = 0; i < g->n_schemes; i++)
        if (g->schemes[i].fps <= 0 && !g->n_fps && !dvb_schemes[g->schemes[i].scheme].solves)
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "scheme %s needs a frame rate",
                            dvb_schemes[g->schemes[i].scheme].name);
    if (g->hold == DVB_HOLD_FRAME && !(g->hold_fps > 0 && g->hold_fps <= 1000))
        return dvb_fail(
            err, DVB_FAULT_USAGE, EINVAL,
            "the frame rate that frame sizes are of: found %g, expected above 0 to 1000",
            g->hold_fps);
    return 0;
}

static struct dvb_framerate_settings equation(const struct dvb_grid_settings *g, int64_t bitrate,
                                              double loss)
{
    struct dvb_framerate_settings f = { .loss = loss,
                                        .epsilon = g->epsilon,
                                        .model_fps = g->model_fps };
    if (g->hold == DVB_HOLD_BITRATE)
        f.bitrate = bitrate;
    else
        f.frame_bytes = (int64_t)llround((double)bitrate / g->hold_fps / 8);
    return f;
}

/* fps 0: equation 5's. */
static int fill_cell(const struct dvb_grid_settings *g, struct dvb_grid_cell *c, double fps,
                     struct dvb_err *err)
{
    struct dvb_framerate_settings f = equation(g, c->bitrate, c->loss);
    struct dvb_framerate r;
    c->fps = fps;
    if (fps <= 0) {
        int ret = dvb_framerate_solve(&f, &r, err);
        if (ret)
            return dvb_err_prefix(err, "%lld bits per second, loss %g", (long long)c->bitrate,
                                  c->loss);
        c->fps = r.fps;
    }
    c->kappa = dvb_framerate_packets(&f, c->fps);
    c->k = (int64_t)floor(c->fps / g->model_fps + 1e-9);
    double p = c->scheme->repeats ? pow(c->loss, g->copies) : c->loss;
    c->predicted = c->scheme->substitutes
                       ? 1 - pow(1 - pow(1 - p, (double)c->kappa), (double)(c->k ? c->k : 1))
                       : NAN;
    return 0;
}

static bool same_twin(const struct dvb_grid_cell *a, const struct dvb_grid_cell *b)
{
    return a->scheme == b->scheme && a->bitrate == b->bitrate && a->fps == b->fps;
}

static int add_cell(struct plan *p, const struct dvb_grid_scheme *s, int64_t bitrate, double loss,
                    double fps, struct dvb_err *err)
{
    struct dvb_grid *grid = p->grid;
    grid->cells = dvb_grow(grid->cells, grid->n, &p->cap, sizeof(*grid->cells));
    struct dvb_grid_cell *c = &grid->cells[grid->n];
    *c = (struct dvb_grid_cell){ .bitrate = bitrate,
                                 .loss = loss,
                                 .scheme = &dvb_schemes[s->scheme],
                                 .seconds = (double)p->g->sim.duration / 1e6 };
    int ret = fill_cell(p->g, c, fps, err);
    if (!ret)
        grid->n++;
    return ret;
}

static int add_cells(struct plan *p, struct dvb_err *err)
{
    const struct dvb_grid_settings *g = p->g;
    for (size_t s = 0; s < g->n_schemes; s++) {
        const struct dvb_grid_scheme *scheme = &g->schemes[s];
        size_t n_fps = scheme->fps > 0 || !g->n_fps ? 1 : g->n_fps;
        for (size_t f = 0; f < n_fps; f++)
            for (size_t b = 0; b < g->n_bitrates; b++)
                for (size_t l = 0; l < g->n_losses; l++) {
                    double fps = scheme->fps > 0 || !g->n_fps ? scheme->fps : g->fps[f];
                    int ret = add_cell(p, scheme, g->bitrates[b], g->losses[l], fps, err);
                    if (ret)
                        return ret;
                }
    }
    return 0;
}

/* Cells with the same twin lie beside each other, but for those whose frame rate follows the loss.
 */
static void find_twins(struct plan *p)
{
    p->twin_of = dvb_calloc(p->grid->n, sizeof(*p->twin_of));
    p->first_of = dvb_calloc(p->grid->n, sizeof(*p->first_of));
    for (size_t i = 0; i < p->grid->n; i++) {
        const struct dvb_grid_cell *c = &p->grid->cells[i];
        if (!i || !same_twin(c, &p->grid->cells[i - 1]))
            p->first_of[p->n_twins++] = i;
        p->twin_of[i] = p->n_twins - 1;
    }
    p->twins = dvb_calloc(p->n_twins, sizeof(*p->twins));
}

static int simulate(const struct plan *p, const struct dvb_grid_cell *c, double loss,
                    struct dvb_sim_result *r, struct dvb_err *err)
{
    const struct dvb_grid_settings *g = p->g;
    struct dvb_sim_settings s = g->sim;
    struct dvb_framerate_settings adapt = equation(g, c->bitrate, loss);
    double rate = (double)c->bitrate;
    /* Where the frame rate adapts, the pacer must let the highest through. */
    if (g->hold == DVB_HOLD_FRAME && !c->scheme->adapts)
        rate *= c->fps / g->hold_fps;
    s.link.loss = loss;
    if (loss <= 0)
        s.link.burst = 0;
    s.fps = c->fps;
    s.sender.rates.start = rate < 1 ? 1 : (int64_t)llround(rate);
    if (s.sender.rates.min > s.sender.rates.start || !s.sender.rates.min)
        s.sender.rates.min = s.sender.rates.start;
    if (s.sender.rates.max < s.sender.rates.start)
        s.sender.rates.max = s.sender.rates.start;
    s.sender.retransmit = s.receiver.nack = c->scheme->nack;
    s.sender.copies = c->scheme->repeats ? g->copies : 1;
    s.adapt = c->scheme->adapts ? &adapt : NULL;
    s.steady = loss <= 0; /* a twin stays at the rate that is right */
    /* Frame sizes depend on what the twin shares; losses on the whole cell. */
    char *label = dvb_asprintf("%s %lld %.17g", c->scheme->name, (long long)c->bitrate, c->fps);
    struct dvb_rng rng;
    dvb_rng_init(&rng, g->sim.seed, label);
    s.seed = dvb_rng_next(&rng);
    free(label);
    return g->call ? g->call(g->ctx, &s, r, err) : dvb_sim_run(&s, r, err);
}

static int run_twin(const struct plan *p, size_t t, struct dvb_err *err)
{
    return simulate(p, &p->grid->cells[p->first_of[t]], 0, &p->twins[t], err);
}

static int run_cell(const struct plan *p, size_t i, struct dvb_err *err)
{
    struct dvb_grid_cell *c = &p->grid->cells[i];
    struct dvb_sim_result own = { 0 };
    const struct dvb_sim_result *twin = &p->twins[p->twin_of[i]], *r = twin;
    if (c->loss > 0) {
        int ret = simulate(p, c, c->loss, &own, err);
        if (ret)
            return ret;
        r = &own;
    }
    c->sender = r->sender;
    c->receiver = r->receiver;
    c->link = r->link;
    int ret = dvb_metrics_take(r, twin, p->g->model_fps, p->g->sim.duration, c->scheme->substitutes,
                               &c->m, err);
    dvb_sim_release(&own);
    return ret;
}

/* The first failure, by number, is the one told. */
static int run_all(const struct plan *p, int threads, size_t n, const char *what,
                   int (*one)(const struct plan *p, size_t i, struct dvb_err *err),
                   struct dvb_err *err)
{
    size_t failed = n;
    struct dvb_progress progress;
    dvb_progress_start(&progress, what, (long)n);
    struct dvb_err first = { 0 };
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t i = 0; i < n; i++) {
        struct dvb_err own = { 0 };
        int ret = one(p, n - 1 - i, &own); /* the highest bitrates last longest */
#pragma omp critical(dvb_grid)
        {
            if (ret && (failed == n || n - 1 - i < failed)) {
                failed = n - 1 - i;
                first = own;
            }
        }
        dvb_progress_step(&progress, 1);
    }
    dvb_progress_end(&progress);
    if (failed == n)
        return 0;
    if (err)
        *err = first;
    return -first.code;
}

static double simulated(const struct plan *p)
{
    size_t lossy = 0;
    for (size_t i = 0; i < p->grid->n; i++)
        lossy += p->grid->cells[i].loss > 0;
    return (double)(p->n_twins + lossy) * (double)p->g->sim.duration / 1e6;
}

int dvb_grid_run(const struct dvb_grid_settings *settings, int threads, struct dvb_grid *grid,
                 struct dvb_err *err)
{
    *grid = (struct dvb_grid){ 0 };
    struct plan p = { .g = settings, .grid = grid };
    threads = threads > 0 ? threads : omp_get_max_threads();
    int ret = check(settings, err);
    if (!ret)
        ret = add_cells(&p, err);
    if (!ret) {
        find_twins(&p);
        ret = run_all(&p, threads, p.n_twins, "without loss", run_twin, err);
    }
    if (!ret)
        ret = run_all(&p, threads, grid->n, "simulate", run_cell, err);
    grid->simulated = simulated(&p);
    for (size_t i = 0; p.twins && i < p.n_twins; i++)
        dvb_sim_release(&p.twins[i]);
    free(p.twins);
    free(p.twin_of);
    free(p.first_of);
    if (ret)
        dvb_grid_release(grid);
    return ret;
}

void dvb_grid_release(struct dvb_grid *grid)
{
    free(grid->cells);
    *grid = (struct dvb_grid){ 0 };
}
