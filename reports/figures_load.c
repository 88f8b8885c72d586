/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plots from files: what dvb_plot_write_data wrote, here or elsewhere. Nothing in them
   is trusted. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "reports/figures_internal.h"

struct reader {
    const char *path;
    struct dvb_figure_list *list;
    struct dvb_err *err;
    int ret;     /* of the first that is wrong; the rest is not read */
    char at[64]; /* what is being read: "series[2]." */
};

static void wrong(struct reader *r, const char *where, const char *want)
{
    if (!r->ret)
        r->ret = dvb_fail(r->err, DVB_FAULT_INPUT, EINVAL, "%s: %s%s: expected %s", r->path, r->at,
                          where, want);
}

static const char *text(struct reader *r, const json_t *obj, const char *key, bool needed)
{
    const json_t *v = json_object_get(obj, key);
    if (json_is_string(v))
        return dvb_figure_text(r->list, "%s", json_string_value(v));
    if (needed || (v && !json_is_null(v)))
        wrong(r, key, needed ? "a string" : "a string or null");
    return NULL;
}

static double number(struct reader *r, const json_t *obj, const char *key)
{
    const json_t *v = json_object_get(obj, key);
    if (v && !json_is_null(v) && !json_is_number(v))
        wrong(r, key, "a number or null");
    return json_is_number(v) ? json_number_value(v) : NAN;
}

static bool flag(struct reader *r, const json_t *obj, const char *key)
{
    const json_t *v = json_object_get(obj, key);
    if (v && !json_is_boolean(v))
        wrong(r, key, "true or false");
    return json_is_true(v);
}

static size_t array(struct reader *r, const json_t *obj, const char *key, size_t most,
                    const json_t **v)
{
    *v = json_object_get(obj, key);
    size_t n = json_array_size(*v);
    if ((*v && !json_is_array(*v)) || n > most) {
        char want[64];
        snprintf(want, sizeof(want), "an array of at most %zu", most);
        wrong(r, key, want);
        return 0;
    }
    return n;
}

static int word(struct reader *r, const json_t *obj, const char *key, const char *const *words)
{
    const char *found = dvb_json_get_str(obj, key);
    for (int i = 0; words[i] && found; i++)
        if (!strcmp(words[i], found))
            return i;
    wrong(r, key, "one of its words (see plot.h)");
    return 0;
}

static struct dvb_plot_point read_point(struct reader *r, const json_t *v)
{
    return (struct dvb_plot_point){ number(r, v, "x"), number(r, v, "y"), number(r, v, "lo"),
                                    number(r, v, "hi") };
}

static struct dvb_plot_axis read_axis(struct reader *r, const json_t *plot, const char *key)
{
    const json_t *j = json_object_get(plot, key), *v;
    snprintf(r->at, sizeof(r->at), "%s.", key);
    struct dvb_plot_axis a = { .label = text(r, j, "label", false),
                               .unit = text(r, j, "unit", false) };
    a.log = flag(r, j, "log");
    a.percent = flag(r, j, "percent");
    a.min = number(r, j, "min");
    a.max = number(r, j, "max");
    a.n_ticks = array(r, j, "ticks", 100, &v);
    double *ticks = dvb_figure_alloc(r->list, a.n_ticks, sizeof(*ticks));
    for (size_t i = 0; i < a.n_ticks; i++) {
        ticks[i] = json_number_value(json_array_get(v, i));
        if (!json_is_number(json_array_get(v, i)))
            wrong(r, "ticks", "numbers");
    }
    a.ticks = ticks;
    r->at[0] = '\0';
    return a;
}

static struct dvb_plot_series read_series(struct reader *r, const json_t *j, size_t number)
{
    const json_t *v, *apart = json_object_get(j, "apart");
    snprintf(r->at, sizeof(r->at), "series[%zu].", number);
    struct dvb_plot_series s = { .label = text(r, j, "label", false) };
    s.look = (enum dvb_plot_look)word(r, j, "look", dvb_plot_looks);
    s.whiskers = flag(r, j, "whiskers");
    s.muted = flag(r, j, "muted");
    s.n = array(r, j, "points", DVB_PLOT_MAX_POINTS, &v);
    struct dvb_plot_point *points = dvb_figure_alloc(r->list, s.n + 1, sizeof(*points));
    for (size_t i = 0; i < s.n && !r->ret; i++) {
        snprintf(r->at, sizeof(r->at), "series[%zu].points[%zu].", number, i);
        points[i] = read_point(r, json_array_get(v, i));
    }
    s.points = points;
    if (json_is_object(apart)) {
        points[s.n] = read_point(r, apart);
        s.apart = &points[s.n];
    }
    r->at[0] = '\0';
    return s;
}

static void read_marks(struct reader *r, const json_t *j, struct dvb_plot *p)
{
    const json_t *v;
    p->n_rules = array(r, j, "rules", 100, &v);
    struct dvb_plot_rule *rules = dvb_figure_alloc(r->list, p->n_rules, sizeof(*rules));
    for (size_t i = 0; i < p->n_rules; i++) {
        const json_t *one = json_array_get(v, i);
        const char *axis = dvb_json_get_str(one, "axis");
        rules[i] = (struct dvb_plot_rule){ .vertical = axis && !strcmp(axis, "x"),
                                           .at = number(r, one, "at"),
                                           .label = text(r, one, "label", false) };
    }
    p->rules = rules;
    p->n_notes = array(r, j, "notes", 100, &v);
    struct dvb_plot_note *notes = dvb_figure_alloc(r->list, p->n_notes, sizeof(*notes));
    for (size_t i = 0; i < p->n_notes; i++) {
        const json_t *one = json_array_get(v, i);
        notes[i] = (struct dvb_plot_note){ number(r, one, "x"), number(r, one, "y"),
                                           text(r, one, "text", true) };
    }
    p->notes = notes;
}

static void read_plot(struct reader *r, const json_t *j, struct dvb_plot *p)
{
    const json_t *v;
    p->name = text(r, j, "name", true);
    p->title = text(r, j, "title", true);
    p->desc = text(r, j, "desc", true);
    p->source = text(r, j, "source", false);
    p->kind = (enum dvb_plot_kind)word(r, j, "kind", dvb_plot_kinds);
    p->values = flag(r, j, "values");
    p->apart_label = text(r, j, "apart_label", false);
    p->x = read_axis(r, j, "x");
    p->y = read_axis(r, j, "y");
    p->n_categories = array(r, j, "categories", DVB_PLOT_MAX_CATEGORIES, &v);
    const char **names = dvb_figure_alloc(r->list, p->n_categories, sizeof(*names));
    for (size_t i = 0; i < p->n_categories; i++) {
        const char *name = json_string_value(json_array_get(v, i));
        if (!name)
            wrong(r, "categories", "strings");
        names[i] = dvb_figure_text(r->list, "%s", name ? name : "");
    }
    p->categories = names;
    p->n_series = array(r, j, "series", DVB_PLOT_MAX_SERIES, &v);
    struct dvb_plot_series *series = dvb_figure_alloc(r->list, p->n_series, sizeof(*series));
    for (size_t i = 0; i < p->n_series && !r->ret; i++)
        series[i] = read_series(r, json_array_get(v, i), i);
    p->series = series;
    read_marks(r, j, p);
}

static bool taken(const struct dvb_figure_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (!strcmp(list->v[i].plot.name, name))
            return true;
    return false;
}

/* Files are named after plots: two must not have one name. */
static const char *own_name(struct dvb_figure_list *list, const char *name)
{
    const char *own = name;
    for (int i = 2; taken(list, own); i++)
        own = dvb_figure_text(list, "%.50s-%d", name, i);
    return own;
}

int dvb_figures_load(const char *path, struct dvb_figure_list *list, struct dvb_err *err)
{
    struct reader r = { .path = path, .list = list, .err = err };
    struct dvb_figure f = { .caption = "" };
    struct dvb_err why = { 0 };
    json_t *j;
    int ret = dvb_json_load(path, &j, err);
    if (ret)
        return ret;
    if (dvb_json_get_num(j, "schema_version", 0) != 1)
        wrong(&r, "schema_version", "1: a plot as NAME.json has it");
    read_plot(&r, j, &f.plot);
    json_decref(j);
    if (r.ret)
        return r.ret;
    /* what would be our own bug elsewhere is the file's fault here */
    if (dvb_plot_check(&f.plot, &why))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: %s", path, why.msg);
    f.plot.name = own_name(list, f.plot.name);
    if (f.plot.source)
        f.caption = f.plot.source;
    list->v = dvb_grow(list->v, list->n, &list->cap, sizeof(*list->v));
    list->v[list->n++] = f;
    return 0;
}
