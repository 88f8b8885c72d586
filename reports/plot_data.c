/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numbers of a plot as CSV and JSON, to 15 digits in both. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "reports/plot_internal.h"

#define DIGITS 15

const char *const dvb_plot_kinds[] = { "xy", "bars", "stacked", "rings", NULL };
const char *const dvb_plot_looks[] = { "line-marks", "line", "steps", "marks", NULL };

static json_t *number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *axis_json(const struct dvb_plot_axis *a)
{
    bool range = a->min != a->max || isnan(a->min); /* both 0: from the values */
    json_t *ticks = json_array();
    for (size_t i = 0; i < a->n_ticks; i++)
        json_array_append_new(ticks, json_real(a->ticks[i]));
    return dvb_json_pack("{s:o, s:o, s:b, s:b, s:o, s:o, s:o}", "label", dvb_json_str(a->label),
                         "unit", dvb_json_str(a->unit), "log", a->log, "percent", a->percent, "min",
                         number(range ? a->min : NAN), "max", number(range ? a->max : NAN), "ticks",
                         ticks);
}

static json_t *series_json(const struct dvb_plot_series *s)
{
    json_t *points = json_array();
    for (size_t i = 0; i < s->n; i++) {
        const struct dvb_plot_point *p = &s->points[i];
        json_array_append_new(points, dvb_json_pack("{s:o, s:o, s:o, s:o}", "x", number(p->x), "y",
                                                    number(p->y), "lo", number(p->lo), "hi",
                                                    number(p->hi)));
    }
    json_t *j = dvb_json_pack("{s:o, s:s, s:b, s:b, s:o}", "label", dvb_json_str(s->label), "look",
                              dvb_plot_looks[s->look], "whiskers", s->whiskers, "muted", s->muted,
                              "points", points);
    if (s->apart)
        json_object_set_new(j, "apart",
                            dvb_json_pack("{s:o, s:o, s:o}", "y", number(s->apart->y), "lo",
                                          number(s->apart->lo), "hi", number(s->apart->hi)));
    return j;
}

static json_t *rules_json(const struct dvb_plot *p)
{
    json_t *j = json_array();
    for (size_t i = 0; i < p->n_rules; i++)
        json_array_append_new(
            j, dvb_json_pack("{s:s, s:o, s:o}", "axis", p->rules[i].vertical ? "x" : "y", "at",
                             number(p->rules[i].at), "label", dvb_json_str(p->rules[i].label)));
    return j;
}

static json_t *notes_json(const struct dvb_plot *p)
{
    json_t *j = json_array();
    for (size_t i = 0; i < p->n_notes; i++)
        json_array_append_new(j, dvb_json_pack("{s:o, s:o, s:o}", "x", number(p->notes[i].x), "y",
                                               number(p->notes[i].y), "text",
                                               dvb_json_str(p->notes[i].text)));
    return j;
}

char *dvb_plot_json_text(const struct dvb_plot *p)
{
    json_t *series = json_array(), *categories = json_array();
    for (size_t i = 0; i < p->n_series; i++)
        json_array_append_new(series, series_json(&p->series[i]));
    for (size_t i = 0; i < p->n_categories; i++)
        json_array_append_new(categories, dvb_json_str(p->categories[i]));
    json_t *j = dvb_json_pack(
        "{s:i, s:s, s:o, s:o, s:o, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema_version",
        1, "name", p->name, "title", dvb_json_str(p->title), "desc", dvb_json_str(p->desc),
        "source", dvb_json_str(p->source), "kind", dvb_plot_kinds[p->kind], "values", p->values,
        "apart_label", dvb_json_str(p->apart_label), "x", axis_json(&p->x), "y", axis_json(&p->y),
        "categories", categories, "series", series, "rules", rules_json(p), "notes", notes_json(p));
    char *text = json_dumps(j, JSON_INDENT(1) | JSON_REAL_PRECISION(DIGITS));
    json_decref(j);
    if (!text)
        return NULL;
    char *line = dvb_asprintf("%s\n", text);
    free(text);
    return line;
}

static void print_number(char buf[32], double v)
{
    buf[0] = '\0';
    if (isfinite(v))
        snprintf(buf, 32, "%.*g", DIGITS, v);
}

static void put_row(FILE *f, const struct dvb_plot *p, const char *series,
                    const struct dvb_plot_point *pt, bool apart)
{
    char x[32], y[32], lo[32], hi[32];
    print_number(x, pt->x);
    print_number(y, pt->y);
    print_number(lo, pt->lo);
    print_number(hi, pt->hi);
    char *category = p->n_categories && !apart ? dvb_utf8_clean(p->categories[(size_t)pt->x])
                                               : NULL;
    const char *fields[6];
    size_t n = 0;
    fields[n++] = series;
    if (p->n_categories)
        fields[n++] = category ? category : "";
    fields[n++] = apart ? "apart" : x;
    fields[n++] = y;
    fields[n++] = lo;
    fields[n++] = hi;
    dvb_csv_write_row(f, fields, n);
    free(category);
}

char *dvb_plot_csv_text(const struct dvb_plot *p)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return NULL;
    static const char *const names[] = { "series", "category", "x", "y", "lo", "hi" };
    static const char *const plain[] = { "series", "x", "y", "lo", "hi" };
    dvb_csv_write_row(f, p->n_categories ? names : plain, p->n_categories ? 6 : 5);
    for (size_t i = 0; i < p->n_series; i++) {
        const struct dvb_plot_series *s = &p->series[i];
        char *label = dvb_utf8_clean(s->label ? s->label : "");
        for (size_t k = 0; k < s->n; k++)
            put_row(f, p, label, &s->points[k], false);
        if (s->apart)
            put_row(f, p, label, s->apart, true);
        free(label);
    }
    if (fclose(f)) {
        free(text);
        return NULL;
    }
    return text;
}
