/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd.h"
#include "cmd_stream.h"
#include "eval/network/figure.h"
#include "eval/network/rows.h"
#include "reports/plot.h"

struct settings {
    const char *out, *confidence;
    double duration, length, tau;
    int64_t seed, jobs;
    struct dvb_strlist videos, traces, crfs, fps;
    bool no_pictures;
};

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "out", 'o', DVB_OPT_STR, AT(out), "DIR", .help = "Folder for the files; made if missing" },
    { "duration", 0, DVB_OPT_NUM, AT(duration), "SECONDS", "0", 0, 1e6,
      .help = "Video in each cell; 0: as much as the figure needs (2: 40,489 s in all)" },
    { "seed", 0, DVB_OPT_INT, AT(seed), "N", "1", 0, 9e15, .help = "Of everything random" },
    { "videos", 0, DVB_OPT_WORDS, AT(videos), "FILE", .help = "4: clips to encode" },
    { "crf", 0, DVB_OPT_LIST, AT(crfs), "Q,...", "28", .help = "4: qualities (x264's CRF)" },
    { "fps", 0, DVB_OPT_LIST, AT(fps), "FPS,...", "1,2,4,6,10,15,24,30",
      .help = "4: frame rates; those above a clip's own are left out" },
    { "length", 0, DVB_OPT_NUM, AT(length), "SECONDS", "10", 0, 1e6,
      .help = "4: of each clip; 0: all of it" },
    { "traces", 0, DVB_OPT_WORDS, AT(traces), "FILE",
      .help = "recap: rates of the link over time" },
    { "confidence", 0, DVB_OPT_STR, AT(confidence), "FILE",
      .help = "recap: CSV of confidences at six bitrates" },
    { "tau", 0, DVB_OPT_NUM, AT(tau), "C", "0.8", 0.001, 1,
      .help = "recap: confidence that is enough" },
    { "no-pictures", 0, DVB_OPT_FLAG, AT(no_pictures), .help = "Numbers and gnuplot scripts only" },
    { "jobs", 'j', DVB_OPT_INT, AT(jobs), "N", "0", 0, 1024,
      .help = "Cells at once; 0: all cores. The result is the same" },
    { NULL },
};

/* One picture of a figure: which rows, how they fall into series, what is drawn. */
struct picture {
    const char *name, *title, *desc;
    enum dvb_plot_kind kind;
    char *(*series)(const json_t *row);
    char *(*category)(const json_t *row); /* BARS */
    bool (*wants)(const json_t *row);     /* NULL: all rows */
    const char *x, *y;                    /* columns; x: XY */
    double x_scale;
    struct dvb_plot_axis x_axis, y_axis;
    const struct dvb_plot_rule *rule;
    const char *source;
};

static double num(const json_t *row, const char *key)
{
    return dvb_json_get_num(row, key, NAN);
}

static char *loss_label(const json_t *row)
{
    return dvb_asprintf("%g%% loss", 100 * num(row, "loss"));
}

static char *scheme_label(const json_t *row)
{
    const char *scheme = dvb_json_get_str(row, "scheme");
    return !strcmp(scheme, "substitute") ? dvb_strdup("equation 5, substituting")
                                         : dvb_asprintf("%s, %g fps", scheme, num(row, "fps"));
}

static char *encode_label(const json_t *row)
{
    return dvb_asprintf("%s, CRF %g", dvb_json_get_str(row, "video"), num(row, "crf"));
}

static char *abr_label(const json_t *row)
{
    return dvb_strdup(dvb_json_get_str(row, "abr"));
}

static char *trace_label(const json_t *row)
{
    return dvb_strdup(dvb_json_get_str(row, "trace"));
}

static bool at_2_mbps(const json_t *row)
{
    return num(row, "bitrate_kbps") > 1999 && num(row, "bitrate_kbps") < 2001;
}

static const struct dvb_plot_rule link_rule = { .vertical = true, .at = 10, .label = "link" };

#define MBPS                                                                                       \
    {                                                                                              \
        .label = "Bitrate of the video", .unit = "Mbps"                                            \
    }
#define LATENCY                                                                                    \
    {                                                                                              \
        .label = "Frame latency", .unit = "ms", .log = true                                        \
    }
#define LOSS_AXIS                                                                                  \
    {                                                                                              \
        .label = "Packets lost"                                                                    \
    }

static const struct picture pictures_2[] = {
    { "figure-2", "Frame latency over bitrate and loss",
      "Mean latency of complete frames against bitrate, one line for each share of packets lost; "
      "it rises slowly up to the link's 10 Mbps and steeply above.",
      DVB_PLOT_XY, loss_label, NULL, NULL, "bitrate_kbps", "mean_ms", 1e-3, MBPS, LATENCY,
      &link_rule, "Simulated: 10 Mbps, 30 ms each way, 30 fps, NACK and retransmission" },
    { "figure-2-p95", "95th percentile of frame latency over bitrate and loss",
      "The latency that 95% of complete frames do not exceed, against bitrate, one line for each "
      "share of packets lost.",
      DVB_PLOT_XY, loss_label, NULL, NULL, "bitrate_kbps", "p95_ms", 1e-3, MBPS, LATENCY,
      &link_rule, "Simulated: 10 Mbps, 30 ms each way, 30 fps, NACK and retransmission" },
    { 0 },
};

static const struct picture pictures_4[] = {
    { "figure-4",
      "Bitrate over frame rate at equal quality",
      "Bitrate of each clip at constant mean QP against frame rate, relative to its highest frame "
      "rate.",
      DVB_PLOT_XY,
      encode_label,
      NULL,
      NULL,
      "fps",
      "equal_qp_relative",
      1,
      { .label = "Frame rate", .unit = "fps" },
      { .label = "Bitrate, relative to the highest frame rate" },
      NULL,
      "Real encodes: libx264, veryfast, zerolatency, constant mean QP" },
    { 0 },
};

static const struct picture pictures_10[] = {
    { "figure-10-stall",
      "Stall of each scheme",
      "Mean time by which a model sample is shown later than without loss, for each scheme and "
      "share of packets lost.",
      DVB_PLOT_BARS,
      scheme_label,
      loss_label,
      at_2_mbps,
      NULL,
      "stall_ms",
      1,
      LOSS_AXIS,
      { .label = "Stall", .unit = "ms" },
      NULL,
      "Simulated, frames of 2 Mbps at 30 fps. Published: 25.3 ms waiting, 1.2 ms by equation 5" },
    { "figure-10-bitrate",
      "Bits sent by each scheme",
      "What each scheme sends, retransmissions and repetitions included, for each share of packets "
      "lost.",
      DVB_PLOT_BARS,
      scheme_label,
      loss_label,
      at_2_mbps,
      NULL,
      "sent_kbps",
      1,
      LOSS_AXIS,
      { .label = "Sent", .unit = "kbps" },
      NULL,
      "Simulated, frames of 2 Mbps at 30 fps" },
    { 0 },
};

static const struct picture pictures_recap[] = {
    { "figure-recap",
      "Latency with and without the cap by confidence",
      "Mean frame latency of GCC over each trace, alone and capped where the model's confidence "
      "saturates; dropped frames last until the next received one.",
      DVB_PLOT_BARS,
      abr_label,
      trace_label,
      NULL,
      NULL,
      "dropped_mean_ms",
      1,
      { .label = "Trace" },
      { .label = "Mean latency", .unit = "ms" },
      NULL,
      "Simulated. Published for GCC with the cap alone: 568 to 477 ms" },
    { "figure-recap-bitrate",
      "Bitrate with and without the cap by confidence",
      "Mean bitrate of GCC's video over each trace, alone and capped.",
      DVB_PLOT_BARS,
      abr_label,
      trace_label,
      NULL,
      NULL,
      "video_kbps",
      1,
      { .label = "Trace" },
      { .label = "Bitrate", .unit = "kbps" },
      NULL,
      "Simulated" },
    { 0 },
};

struct figure {
    const char *name; /* as typed */
    const char *file; /* of the rows */
    int (*make)(const struct dvb_figure_settings *s, json_t **rows, struct dvb_err *err);
    const struct picture *pictures;
};

static const struct figure figures[] = {
    { "2", "figure-2-cells", dvb_figure_2, pictures_2 },
    { "4", "figure-4-encodes", dvb_figure_4, pictures_4 },
    { "10", "figure-10-cells", dvb_figure_10, pictures_10 },
    { "recap", "figure-recap-calls", dvb_figure_recap, pictures_recap },
};

/* A picture being filled. */
struct canvas {
    struct dvb_plot_series series[DVB_PLOT_MAX_SERIES];
    struct dvb_plot_point *points[DVB_PLOT_MAX_SERIES];
    size_t cap[DVB_PLOT_MAX_SERIES];
    size_t n_series;
    char *categories[DVB_PLOT_MAX_CATEGORIES];
    size_t n_categories;
};

static size_t find_category(struct canvas *c, char *label)
{
    size_t i = 0;
    while (i < c->n_categories && strcmp(c->categories[i], label))
        i++;
    if (i == c->n_categories && i < DVB_PLOT_MAX_CATEGORIES)
        c->categories[c->n_categories++] = label;
    else
        free(label);
    return i;
}

static size_t find_series(struct canvas *c, char *label)
{
    size_t i = 0;
    while (i < c->n_series && strcmp(c->series[i].label, label))
        i++;
    if (i == c->n_series && i < DVB_PLOT_MAX_SERIES)
        c->series[c->n_series++].label = label;
    else
        free(label);
    return i;
}

/* False: more than a picture can hold. */
static bool add_row(struct canvas *c, const struct picture *p, const json_t *row)
{
    if (p->wants && !p->wants(row))
        return true;
    size_t s = find_series(c, p->series(row));
    size_t category = p->category ? find_category(c, p->category(row)) : 0;
    if (s == DVB_PLOT_MAX_SERIES || category == DVB_PLOT_MAX_CATEGORIES)
        return false;
    double x = p->category ? (double)category : num(row, p->x) * p->x_scale;
    c->points[s] = dvb_grow(c->points[s], c->series[s].n, &c->cap[s], sizeof(*c->points[s]));
    c->points[s][c->series[s].n++] = (struct dvb_plot_point)DVB_PLOT_POINT(x, num(row, p->y));
    c->series[s].points = c->points[s];
    return true;
}

static int write_plot(const struct canvas *c, const struct picture *p, const char *dir,
                      const struct dvb_plotter *plotter, struct dvb_err *err)
{
    const struct dvb_plot plot = { .name = p->name,
                                   .title = p->title,
                                   .desc = p->desc,
                                   .source = p->source,
                                   .kind = p->kind,
                                   .x = p->x_axis,
                                   .y = p->y_axis,
                                   .series = c->series,
                                   .n_series = c->n_series,
                                   .categories = (const char *const *)c->categories,
                                   .n_categories = c->n_categories,
                                   .rules = p->rule,
                                   .n_rules = p->rule != NULL };
    int ret = dvb_plot_write_data(&plot, dir, err);
    return ret || !plotter ? ret : dvb_plot_draw(plotter, &plot, dir, err);
}

static int make_picture(const struct picture *p, const json_t *rows, const char *dir,
                        const struct dvb_plotter *plotter, struct dvb_err *err)
{
    struct canvas c = { 0 };
    bool fits = true;
    int ret = 0;
    for (size_t i = 0; fits && i < json_array_size(rows); i++)
        fits = add_row(&c, p, json_array_get(rows, i));
    if (!fits)
        dvb_warn("%s: too many lines for one picture; the numbers are in the table", p->name);
    else if (c.n_series)
        ret = write_plot(&c, p, dir, plotter, err);
    for (size_t s = 0; s < c.n_series; s++) {
        free((char *)c.series[s].label);
        free(c.points[s]);
    }
    for (size_t i = 0; i < c.n_categories; i++)
        free(c.categories[i]);
    return ret;
}

static int write_figure(const struct settings *s, const struct figure *f, const json_t *rows,
                        struct dvb_err *err)
{
    struct dvb_plotter plotter = { 0 };
    struct dvb_err missing = { 0 };
    int ret = dvb_mkdirs(s->out, err);
    if (!ret)
        ret = dvb_rows_write(rows, s->out, f->file, err);
    bool draws = !s->no_pictures && !dvb_plotter_init(&plotter, &missing);
    if (!s->no_pictures && !draws)
        dvb_warn("no pictures: %s", missing.msg);
    for (const struct picture *p = f->pictures; !ret && p->name; p++)
        ret = make_picture(p, rows, s->out, draws ? &plotter : NULL, err);
    dvb_plotter_release(&plotter);
    return ret;
}

static const struct figure *find_figure(const char *name, struct dvb_err *err)
{
    for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++)
        if (!strcmp(figures[i].name, name))
            return &figures[i];
    dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "found figure '%s', expected 2, 4, 10 or recap", name);
    return NULL;
}

static int check(const struct settings *s, const struct figure *f, struct dvb_err *err)
{
    if (!s->out)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "stream figure: expected --out DIR");
    if (f->make == dvb_figure_4 && !s->videos.n)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "figure 4 needs --videos FILE");
    if (f->make == dvb_figure_recap && (!s->traces.n || !s->confidence))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "figure recap needs --traces FILE and --confidence FILE");
    return 0;
}

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    const struct figure *f = find_figure(inv->args[0], err);
    int ret = f ? check(s, f, err) : -EINVAL;
    if (ret)
        return ret;
    double *crfs = NULL, *fps = NULL;
    json_t *rows = NULL;
    ret = dvb_cmd_parse_nums("crf", &s->crfs, 1, 51, &crfs, err);
    if (!ret)
        ret = dvb_cmd_parse_nums("fps", &s->fps, 0.1, 240, &fps, err);
    const struct dvb_figure_settings fs = { .seed = (uint64_t)s->seed,
                                            .threads = (int)s->jobs,
                                            .duration = s->duration,
                                            .videos = &s->videos,
                                            .crfs = crfs,
                                            .n_crfs = s->crfs.n,
                                            .fps = fps,
                                            .n_fps = s->fps.n,
                                            .length = s->length,
                                            .traces = &s->traces,
                                            .confidence = s->confidence,
                                            .tau = s->tau };
    if (!ret)
        ret = f->make(&fs, &rows, err);
    if (!ret)
        ret = write_figure(s, f, rows, err);
    if (!ret && inv->common->json)
        dvb_cmd_print_json(inv->command, dvb_json_pack("{s:s, s:s, s:O}", "figure", f->name, "out",
                                                       s->out, "rows", rows));
    else if (!ret)
        printf("%s: %zu rows in %s.csv and .json\n", s->out, json_array_size(rows), f->file);
    json_decref(rows);
    free(crfs);
    free(fps);
    return ret;
}

static const char *const examples[] = {
    "devibench stream figure 2 --out figures",
    "devibench stream figure 4 --out figures --videos talk.mp4 street.mp4",
    "devibench stream figure recap --out figures --traces *.up --confidence confidence.csv",
    NULL,
};

const struct dvb_command dvb_cmd_stream_figure = {
    .name = "stream figure",
    .args = "2|4|10|recap",
    .min_args = 1,
    .max_args = 1,
    .summary = "The papers' network figures, as numbers and pictures",
    .details =
        "2: frame latency over bitrate and loss. 4: bitrate over frame rate at equal quality, from "
        "real encodes. 10: stall and bitrate of waiting for retransmission, of equation 5 with "
        "substitution, and of repetition. recap: latency of GCC over traces, with and without the "
        "cap by confidence.\n"
        "\n"
        "All numbers go into one CSV and one JSON file; each picture has its own numbers, a "
        "gnuplot "
        "script, and where gnuplot is installed an SVG and a PDF.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
