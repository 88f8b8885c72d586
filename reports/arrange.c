/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A board in its order, with labels that tell everything apart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "reports/load.h"

/* "200 kbps", "1.5 Mbps" */
static void rate_text(int64_t bitrate, char *buf, size_t size)
{
    if (bitrate >= 10000000 || (bitrate >= 1000000 && bitrate % 1000000 == 0))
        snprintf(buf, size, "%g Mbps", (double)bitrate / 1e6);
    else
        snprintf(buf, size, "%g kbps", (double)bitrate / 1e3);
}

/* " 1 fps, at most 602112 px" */
static char *sampling_text(const char *sampling)
{
    json_t *j = json_loads(sampling, 0, NULL);
    double fps = dvb_json_get_num(j, "fps", 0), frames = dvb_json_get_num(j, "frames", 0);
    double pixels = dvb_json_get_num(j, "max_pixels", 0);
    char *rate = fps > 0 ? dvb_asprintf(", %g fps", fps) : dvb_asprintf(", %g frames", frames);
    char *text = pixels > 0 ? dvb_asprintf("%s of %.0f px", rate, pixels) : dvb_strdup(rate);
    free(rate);
    json_decref(j);
    return text;
}

static void label_view(struct dvb_board_view *v, bool sampled)
{
    char rate[32];
    char *sampling = sampled && !v->baseline ? sampling_text(v->sampling) : dvb_strdup("");
    rate_text(v->bitrate, rate, sizeof(rate));
    free(v->label);
    if (v->baseline)
        v->label = dvb_strdup(v->strategy);
    else if (!v->bitrate)
        v->label = dvb_asprintf("original%s", sampling);
    else
        v->label = dvb_asprintf("%s %s%s", rate, v->strategy, sampling);
    free(sampling);
}

static void label_views(struct dvb_board_set *s)
{
    const char *first = NULL;
    bool sampled = false;
    for (size_t i = 0; i < s->n_views; i++) {
        if (s->views[i].baseline)
            continue;
        if (!first)
            first = s->views[i].sampling;
        sampled |= strcmp(first, s->views[i].sampling) != 0;
    }
    for (size_t i = 0; i < s->n_views; i++)
        label_view(&s->views[i], sampled);
}

static int compare_views(const struct dvb_board_view *a, const struct dvb_board_view *b)
{
    if (a->baseline != b->baseline)
        return a->baseline - b->baseline;
    if (!a->bitrate != !b->bitrate)
        return a->bitrate ? 1 : -1;
    int order = strcmp(a->strategy, b->strategy);
    if (order)
        return order;
    if (a->bitrate != b->bitrate)
        return a->bitrate < b->bitrate ? -1 : 1;
    return strcmp(a->sampling, b->sampling);
}

struct placed {
    const void *what;
    size_t from;
};

static int by_view(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    return compare_views(x->what, y->what);
}

static int by_label(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    const struct dvb_board_model *m = x->what, *n = y->what;
    int order = strcmp(m->label, n->label);
    return order ? order : (x->from > y->from) - (x->from < y->from);
}

/* A sorted list of places. Heap. */
static struct placed *sorted(const void *v, size_t n, size_t size,
                             int (*compare)(const void *, const void *))
{
    struct placed *list = dvb_calloc(n + 1, sizeof(*list));
    for (size_t i = 0; i < n; i++)
        list[i] = (struct placed){ .what = (const char *)v + i * size, .from = i };
    if (n)
        qsort(list, n, sizeof(*list), compare);
    return list;
}

static void sort_views(struct dvb_board_set *s)
{
    struct placed *list = sorted(s->views, s->n_views, sizeof(*s->views), by_view);
    struct dvb_board_view *views = dvb_calloc(s->n_views + 1, sizeof(*views));
    int64_t *renditions = dvb_calloc(s->n_views * s->n_questions + 1, sizeof(*renditions));
    int *to = dvb_calloc(s->n_views + 1, sizeof(*to));
    size_t row = s->n_questions * sizeof(*renditions);
    for (size_t i = 0; i < s->n_views; i++) {
        views[i] = s->views[list[i].from];
        if (s->renditions)
            memcpy(&renditions[i * s->n_questions], &s->renditions[list[i].from * s->n_questions],
                   row);
        to[list[i].from] = (int)i;
    }
    for (size_t c = 0; c < s->n_cells; c++)
        s->cells[c].view = to[s->cells[c].view];
    free(s->views);
    free(s->renditions);
    s->views = views;
    s->renditions = renditions;
    free(to);
    free(list);
}

static void find_originals(struct dvb_board_set *s)
{
    for (size_t i = 0; i < s->n_views; i++) {
        struct dvb_board_view *v = &s->views[i];
        v->original = -1;
        for (size_t k = 0; k < s->n_views && v->bitrate; k++)
            if (!s->views[k].bitrate && !s->views[k].baseline &&
                !strcmp(s->views[k].sampling, v->sampling))
                v->original = (int)k;
    }
}

static void sort_models(struct dvb_board *b)
{
    struct placed *list = sorted(b->models, b->n_models, sizeof(*b->models), by_label);
    struct dvb_board_model *models = dvb_calloc(b->n_models + 1, sizeof(*models));
    int *to = dvb_calloc(b->n_models + 1, sizeof(*to));
    for (size_t i = 0; i < b->n_models; i++) {
        models[i] = b->models[list[i].from];
        to[list[i].from] = (int)i;
    }
    for (size_t i = 0; i < b->n_sets; i++) {
        struct dvb_board_set *s = &b->sets[i];
        for (size_t c = 0; c < s->n_cells; c++)
            if (s->cells[c].model >= 0)
                s->cells[c].model = to[s->cells[c].model];
        for (size_t q = 0; q < s->n_questions; q++)
            for (size_t k = 0; k < s->questions[q].n_built; k++)
                s->questions[q].built[k].model = to[s->questions[q].built[k].model];
    }
    free(b->models);
    b->models = models;
    free(to);
    free(list);
}

/* Models that are alike in name get a number. Sorted by label. */
static void tell_apart(struct dvb_board *b)
{
    for (size_t i = 0; i < b->n_models;) {
        size_t end = i + 1;
        while (end < b->n_models && !strcmp(b->models[i].label, b->models[end].label))
            end++;
        for (size_t k = i + 1; k < end; k++) {
            char *label = dvb_asprintf("%s #%zu", b->models[k].label, k - i + 1);
            free(b->models[k].label);
            b->models[k].label = label;
        }
        i = end;
    }
}

static int by_model(const void *a, const void *b)
{
    const struct dvb_board_cell *x = a, *y = b;
    if ((x->model < 0) != (y->model < 0))
        return x->model < 0 ? 1 : -1;
    return x->model != y->model ? x->model - y->model
           : x->view != y->view ? x->view - y->view
                                : x->source - y->source;
}

static void sort_cells(struct dvb_board *b, struct dvb_board_set *s)
{
    if (s->n_cells)
        qsort(s->cells, s->n_cells, sizeof(*s->cells), by_model);
    for (size_t c = 0; c < s->n_cells; c++) {
        struct dvb_board_cell *cell = &s->cells[c];
        const char *who = cell->model < 0 ? "constant" : b->models[cell->model].label;
        free(cell->name);
        cell->name = dvb_asprintf("%s %s", who, s->views[cell->view].label);
    }
}

static int by_cells(const void *a, const void *b)
{
    const struct dvb_board_set *x = a, *y = b;
    if (x->n_cells != y->n_cells)
        return x->n_cells < y->n_cells ? 1 : -1;
    if (x->n_questions != y->n_questions)
        return x->n_questions < y->n_questions ? 1 : -1;
    int order = strcmp(x->hash, y->hash);
    return order ? order : strcmp(x->manner, y->manner);
}

static void label_sets(struct dvb_board *b)
{
    for (size_t i = 0; i < b->n_sets; i++) {
        struct dvb_board_set *s = &b->sets[i];
        bool free_words = !strcmp(s->answers, "free");
        free(s->label);
        s->label = dvb_asprintf("%zu %s question%s%s, set %.8s", s->n_questions, s->stage,
                                s->n_questions == 1 ? "" : "s",
                                free_words ? ", answered freely" : "", s->hash);
        for (size_t k = 0; k < i; k++)
            if (!strcmp(b->sets[k].hash, s->hash)) {
                char hex[DVB_HASH_LEN + 1], *longer;
                dvb_hash_of_str(s->manner, hex);
                longer = dvb_asprintf("%s, manner %.6s", s->label, hex);
                free(s->label);
                s->label = longer;
                break;
            }
    }
}

/* ISO dates sort as text; a month stands before its days. */
static void date_prices(struct dvb_board *b)
{
    char first[16] = "", last[16] = "";
    for (size_t i = 0; i < b->n_models; i++) {
        json_t *j = b->models[i].profile ? json_loads(b->models[i].profile, 0, NULL) : NULL;
        const char *date = dvb_json_get_str(j, "prices_as_of");
        if (date && strlen(date) < sizeof(first)) {
            if (!*first || strcmp(date, first) < 0)
                snprintf(first, sizeof(first), "%s", date);
            if (strcmp(date, last) > 0)
                snprintf(last, sizeof(last), "%s", date);
        }
        json_decref(j);
    }
    free(b->prices);
    b->prices = !*first               ? NULL
                : strcmp(first, last) ? dvb_asprintf("%s to %s", first, last)
                                      : dvb_strdup(first);
}

void dvb_board_arrange(struct dvb_board *b)
{
    date_prices(b);
    sort_models(b);
    tell_apart(b);
    for (size_t i = 0; i < b->n_sets; i++) {
        struct dvb_board_set *s = &b->sets[i];
        sort_views(s);
        label_views(s);
        find_originals(s);
        sort_cells(b, s);
    }
    if (b->n_sets)
        qsort(b->sets, b->n_sets, sizeof(*b->sets), by_cells);
    label_sets(b);
}
