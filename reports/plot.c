/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "reports/gnuplot.h"
#include "reports/plot_internal.h"

static int bad(struct dvb_err *err, const struct dvb_plot *p, const char *what)
{
    return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "plot '%s': %s", p->name ? p->name : "", what);
}

static bool name_ok(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    return name && *name && strlen(name) <= 60 && strspn(name, letters) == strlen(name);
}

static const char *check_point(const struct dvb_plot *p, const struct dvb_plot_point *pt)
{
    if (isfinite(pt->lo) && isfinite(pt->hi) && isfinite(pt->y) &&
        !(pt->lo <= pt->y && pt->y <= pt->hi))
        return "a value outside its band";
    if (p->kind == DVB_PLOT_XY)
        return NULL;
    if (!(pt->x >= 0 && pt->x < (double)p->n_categories && pt->x == floor(pt->x)))
        return "a point without a category";
    return pt->y < 0 ? "a bar or part below 0" : NULL;
}

static const char *check_series(const struct dvb_plot *p, const struct dvb_plot_series *s)
{
    if (s->n > DVB_PLOT_MAX_POINTS)
        return "too many points";
    if (s->apart && p->kind != DVB_PLOT_XY)
        return "a point apart without numbers to stand apart from";
    for (size_t i = 0; i < s->n; i++) {
        const char *what = check_point(p, &s->points[i]);
        if (what)
            return what;
    }
    return s->apart ? check_point(p, s->apart) : NULL;
}

int dvb_plot_check(const struct dvb_plot *p, struct dvb_err *err)
{
    bool axes = p->kind == DVB_PLOT_XY;
    if (!name_ok(p->name))
        return bad(err, p, "the name does not consist of a-z, 0-9 and -");
    if (!p->title || !p->desc)
        return bad(err, p, "no title or description");
    if (p->n_series > DVB_PLOT_MAX_SERIES)
        return bad(err, p, "too many series");
    if (axes && p->n_categories)
        return bad(err, p, "categories on an axis of numbers");
    if (!axes && (!p->n_categories || p->n_categories > DVB_PLOT_MAX_CATEGORIES))
        return bad(err, p, "no categories, or too many");
    if (p->kind == DVB_PLOT_RINGS && p->n_categories > DVB_PLOT_MAX_PARTS)
        return bad(err, p, "too many parts in a ring");
    if (!axes && p->y.log)
        return bad(err, p, "bars on a logarithmic axis");
    if ((p->x.percent && p->x.unit) || (p->y.percent && p->y.unit))
        return bad(err, p, "percents with another unit");
    for (size_t i = 0; i < p->n_series; i++) {
        const char *what = check_series(p, &p->series[i]);
        if (what)
            return bad(err, p, what);
    }
    return 0;
}

int dvb_plotter_init(struct dvb_plotter *g, struct dvb_err *err)
{
    *g = (struct dvb_plotter){ .path = dvb_gnuplot_find(), .seconds = 60 };
    if (!g->path)
        return dvb_fail(err, DVB_FAULT_SERVICE, ENOENT,
                        "gnuplot was not found in PATH: figures need it (package gnuplot-nox)");
    return 0;
}

void dvb_plotter_release(struct dvb_plotter *g)
{
    free(g->path);
    *g = (struct dvb_plotter){ 0 };
}

static int run(const struct dvb_plotter *g, const struct dvb_plot *p, enum dvb_plot_terminal to,
               char **out, size_t *len, struct dvb_err *err)
{
    int ret = dvb_plot_check(p, err);
    if (ret)
        return ret;
    char *script = dvb_plot_script(p, to, NULL);
    if (!script)
        return dvb_fail_nomem(err);
    ret = dvb_gnuplot_run(g->path, script, g->seconds, out, len, err);
    free(script);
    if (ret)
        dvb_err_prefix(err, "figure %s", p->name);
    return ret;
}

static int make_svg(const struct dvb_plotter *g, const struct dvb_plot *p, bool alone, char **svg,
                    struct dvb_err *err)
{
    char *raw;
    size_t len;
    *svg = NULL;
    int ret = run(g, p, DVB_PLOT_TO_SVG, &raw, &len, err);
    if (ret)
        return ret;
    ret = dvb_plot_svg_clean(raw, len, p, alone, svg, err);
    free(raw);
    if (ret)
        dvb_err_prefix(err, "figure %s", p->name);
    return ret;
}

int dvb_plot_svg(const struct dvb_plotter *g, const struct dvb_plot *p, char **svg,
                 struct dvb_err *err)
{
    return make_svg(g, p, false, svg, err);
}

/* Cairo writes when the file was made: with spaces over it equal plots are equal files. */
static void forget_date(char *pdf, size_t len)
{
    static const char key[] = "/CreationDate (";
    for (size_t i = 0; i + sizeof(key) < len; i++) {
        if (memcmp(pdf + i, key, sizeof(key) - 1) != 0)
            continue;
        const char *end = memchr(pdf + i, ')', len - i);
        if (end && end - (pdf + i) < 60)
            memset(pdf + i, ' ', (size_t)(end - (pdf + i)) + 1);
    }
}

static int write_in(const char *dir, const char *name, const char *ext, const char *data,
                    size_t len, struct dvb_err *err)
{
    char *file = dvb_asprintf("%s.%s", name, ext);
    char *path = dvb_path_join(dir, file);
    int ret = dvb_write_file(path, data, len, err);
    free(path);
    free(file);
    return ret;
}

int dvb_plot_draw(const struct dvb_plotter *g, const struct dvb_plot *p, const char *dir,
                  struct dvb_err *err)
{
    char *svg, *pdf;
    size_t len;
    int ret = make_svg(g, p, true, &svg, err);
    if (!ret)
        ret = write_in(dir, p->name, "svg", svg, strlen(svg), err);
    free(svg);
    if (ret)
        return ret;
    ret = run(g, p, DVB_PLOT_TO_PDF, &pdf, &len, err);
    if (ret)
        return ret;
    forget_date(pdf, len);
    ret = write_in(dir, p->name, "pdf", pdf, len, err);
    free(pdf);
    return ret;
}

int dvb_plot_write_data(const struct dvb_plot *p, const char *dir, struct dvb_err *err)
{
    int ret = dvb_plot_check(p, err);
    if (ret)
        return ret;
    char *output = dvb_asprintf("%s.pdf", p->name);
    char *script = dvb_plot_script(p, DVB_PLOT_TO_PDF, output);
    char *json = dvb_plot_json_text(p), *csv = dvb_plot_csv_text(p);
    if (!script || !json || !csv)
        ret = dvb_fail_nomem(err);
    if (!ret)
        ret = write_in(dir, p->name, "gp", script, strlen(script), err);
    if (!ret)
        ret = write_in(dir, p->name, "json", json, strlen(json), err);
    if (!ret)
        ret = write_in(dir, p->name, "csv", csv, strlen(csv), err);
    free(csv);
    free(json);
    free(script);
    free(output);
    return ret;
}
