/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/network/figure.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "eval/network/grid_present.h"

#define N(a) (sizeof(a) / sizeof(*(a)))

static int run(const struct dvb_figure_settings *s, double seconds, struct dvb_grid_settings *g,
               struct dvb_grid *grid, struct dvb_err *err)
{
    g->sim.seed = s->seed;
    g->sim.duration = (int64_t)llround((s->duration > 0 ? s->duration : seconds) * 1e6);
    return dvb_grid_run(g, s->threads, grid, err);
}

static int run_rows(const struct dvb_figure_settings *s, double seconds,
                    struct dvb_grid_settings *g, json_t **rows, struct dvb_err *err)
{
    struct dvb_grid grid;
    *rows = NULL;
    int ret = run(s, seconds, g, &grid, err);
    if (ret)
        return ret;
    *rows = dvb_grid_json(&grid);
    dvb_grid_release(&grid);
    return 0;
}

int dvb_figure_2(const struct dvb_figure_settings *s, json_t **rows, struct dvb_err *err)
{
    static const int64_t bitrates[] = { 200000,  500000,   1000000,  2000000,  3000000,
                                        4000000, 5000000,  6000000,  7000000,  8000000,
                                        9000000, 10000000, 11000000, 12000000, 14000000 };
    static const double losses[] = { 0, 0.01, 0.02, 0.05, 0.1 };
    static const struct dvb_grid_scheme wait = { DVB_SCHEME_WAIT, 30 };
    struct dvb_grid_settings g;
    dvb_grid_init(&g);
    g.bitrates = bitrates;
    g.n_bitrates = N(bitrates);
    g.losses = losses;
    g.n_losses = N(losses);
    g.schemes = &wait;
    g.n_schemes = 1;
    return run_rows(s, DVB_FIGURE_2_SECONDS / (double)(g.n_bitrates * g.n_losses), &g, rows, err);
}

int dvb_figure_10(const struct dvb_figure_settings *s, json_t **rows, struct dvb_err *err)
{
    static const int64_t bitrates[] = { 1000000, 2000000, 4000000 };
    static const double losses[] = { 0.01, 0.02, 0.05, 0.1 };
    static const struct dvb_grid_scheme schemes[] = { { DVB_SCHEME_WAIT, 30 },
                                                      { DVB_SCHEME_WAIT, 2 },
                                                      { DVB_SCHEME_SUBSTITUTE, 0 },
                                                      { DVB_SCHEME_REPEAT, 2 } };
    struct dvb_grid_settings g;
    dvb_grid_init(&g);
    g.bitrates = bitrates;
    g.n_bitrates = N(bitrates);
    g.losses = losses;
    g.n_losses = N(losses);
    g.schemes = schemes;
    g.n_schemes = N(schemes);
    g.hold = DVB_HOLD_FRAME;
    return run_rows(s, 2000, &g, rows, err);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* One call over one trace. */
static int add_call(const struct dvb_figure_settings *s, const char *path,
                    const struct dvb_trace *trace, const struct dvb_confidences *c, bool capped,
                    json_t *rows, struct dvb_err *err)
{
    static const int64_t start = 300000; /* WebRTC's */
    static const double none = 0;
    static const struct dvb_grid_scheme wait = { DVB_SCHEME_WAIT, 30 };
    struct dvb_grid_settings g;
    struct dvb_grid grid;
    dvb_grid_init(&g);
    g.bitrates = &start;
    g.losses = &none;
    g.schemes = &wait;
    g.n_bitrates = g.n_losses = g.n_schemes = 1;
    g.sim.link.trace = trace;
    g.sim.sender.cc = &dvb_cc_gcc;
    g.sim.sender.rates = (struct dvb_cc_settings){ .min = 50000, .max = 30000000 };
    g.sim.recap = capped ? c : NULL;
    g.sim.tau = s->tau;
    int ret = run(s, (double)c->n * DVB_RECAP_FRAMES / 30, &g, &grid, err);
    if (ret)
        return ret;
    json_t *row = dvb_json_pack("{s:o, s:s, s:f}", "trace", dvb_json_str(base_name(path)), "abr",
                                capped ? "gcc, capped" : "gcc", "trace_kbps",
                                dvb_trace_mean(trace) / 1e3);
    json_t *cell = dvb_grid_cell_json(&grid.cells[0]);
    json_object_update(row, cell);
    json_array_append_new(rows, row);
    json_decref(cell);
    dvb_grid_release(&grid);
    return 0;
}

int dvb_figure_recap(const struct dvb_figure_settings *s, json_t **rows, struct dvb_err *err)
{
    struct dvb_confidences c;
    *rows = NULL;
    int ret = dvb_confidences_read(s->confidence, &c, err);
    if (ret)
        return ret;
    json_t *list = json_array();
    for (size_t i = 0; !ret && i < s->traces->n; i++) {
        struct dvb_trace trace;
        ret = dvb_trace_read(s->traces->v[i], &trace, err);
        for (int capped = 0; !ret && capped < 2; capped++)
            ret = add_call(s, s->traces->v[i], &trace, &c, capped, list, err);
        dvb_trace_release(&trace);
    }
    dvb_confidences_release(&c);
    if (ret)
        json_decref(list);
    else
        *rows = list;
    return ret;
}
