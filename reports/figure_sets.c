/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of a set of questions: how it was built, and what it is made of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "reports/figures_internal.h"
#include "workspace/published.h"

/* Questions of the published sets by task type, as counted in their tables. */
static const struct {
    const char *task;
    int v1, v2;
} published_tasks[] = {
    { "Text-Rich Understanding", 589, 1611 }, { "Action Perception", 183, 7 },
    { "Attribute Perception", 155, 227 },     { "Counting", 65, 50 },
    { "Object Perception", 63, 67 },          { "Spatial Understanding", 19, 6 },
};
#define PUBLISHED_TASKS (sizeof(published_tasks) / sizeof(*published_tasks))
static const int published_frames[] = { 1805, 163 };             /* v2: one, several */
static const double published_letters[] = { 299, 446, 288, 41 }; /* v1: A to D */

static struct dvb_plot_point *make_points(struct dvb_figure_list *list, const double *y, size_t n)
{
    struct dvb_plot_point *p = dvb_figure_alloc(list, n, sizeof(*p));
    for (size_t i = 0; i < n; i++)
        p[i] = (struct dvb_plot_point)DVB_PLOT_POINT((double)i, y[i]);
    return p;
}

static struct dvb_plot_series series_of(struct dvb_figure_list *list, const char *label,
                                        const double *y, size_t n)
{
    return (struct dvb_plot_series){ .label = label, .points = make_points(list, y, n), .n = n };
}

static double ratio(size_t a, size_t b)
{
    return b ? (double)a / (double)b : NAN;
}

static void whisker(struct dvb_plot_point *p, size_t n, double confidence)
{
    if (!n)
        return;
    struct dvb_interval w = dvb_stats_wilson(p->y, (double)n, confidence);
    p->lo = fmin(w.lo, p->y);
    p->hi = fmax(w.hi, p->y);
}

void dvb_figure_funnel(const struct dvb_board *b, size_t set, struct dvb_figure_list *list)
{
    static const char *const names[] = { "accepted of generated", "verified of accepted",
                                         "valid of generated" };
    static const double published[] = { DVB_PUBLISHED_ACCEPTED, DVB_PUBLISHED_VERIFIED,
                                        DVB_PUBLISHED_VALID };
    const struct dvb_board_funnel *u = &b->sets[set].funnel;
    if (!u->known || !u->generated)
        return;
    const double ours[] = { ratio(u->accepted, u->generated), ratio(u->verified, u->accepted),
                            ratio(u->verified, u->generated) };
    const size_t n[] = { u->generated, u->accepted, u->generated };
    struct dvb_plot_series *series = dvb_figure_alloc(list, 2, sizeof(*series));
    struct dvb_plot_point *points = make_points(list, ours, 3);
    for (int i = 0; i < 3; i++)
        whisker(&points[i], n[i], b->stats.confidence);
    series[0] = (struct dvb_plot_series){ .label = "this build", .points = points, .n = 3 };
    series[1] = series_of(list, "published", published, 3);
    series[1].muted = true;
    struct dvb_figure *f = dvb_figure_add(list, b, set, "funnel", 1, 1,
                                          "How many questions survive the filters");
    struct dvb_plot *p = &f->plot;
    p->kind = DVB_PLOT_BARS;
    p->y = (struct dvb_plot_axis){ .label = "Share of questions", .percent = true };
    p->series = series;
    p->n_series = 2;
    p->categories = names;
    p->n_categories = 3;
    p->values = true;
    p->desc = dvb_figure_text(list,
                              "Of %zu questions generated %zu were accepted and %zu of these "
                              "verified; published: 25.2%%, 57.7%% of these, 14.6%% in all.",
                              u->generated, u->accepted, u->verified);
    const char *open = u->undecided
                           ? dvb_figure_text(list, ", %zu are not decided yet", u->undecided)
                           : "";
    f->caption = dvb_figure_text(list,
                                 "%zu generated, %zu accepted, %zu verified%s; Wilson's "
                                 "intervals, as if questions were independent.",
                                 u->generated, u->accepted, u->verified, open);
    p->source = dvb_figure_text(list, "%s; published: Chat with AI, HotNets 2025", p->source);
}

/* Task types of the set and of the published sets, and how many questions each has. */
struct tasks {
    const char *names[DVB_PLOT_MAX_PARTS];
    double ours[DVB_PLOT_MAX_PARTS], v1[DVB_PLOT_MAX_PARTS], v2[DVB_PLOT_MAX_PARTS];
    size_t n;
};

static size_t find_task(struct tasks *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (dvb_text_same(t->names[i], name))
            return i;
    if (t->n < DVB_PLOT_MAX_PARTS - 1)
        t->names[t->n++] = name;
    else if (t->n == DVB_PLOT_MAX_PARTS - 1)
        t->names[t->n++] = "other";
    return t->n - 1;
}

static void count_tasks(const struct dvb_board_set *s, struct tasks *t)
{
    *t = (struct tasks){ 0 };
    for (size_t i = 0; i < PUBLISHED_TASKS; i++) {
        size_t k = find_task(t, published_tasks[i].task);
        t->v1[k] = published_tasks[i].v1;
        t->v2[k] = published_tasks[i].v2;
    }
    for (size_t i = 0; i < s->n_questions; i++) {
        const char *name = s->tasks[s->questions[i].task];
        t->ours[find_task(t, *name ? name : "none given")]++;
    }
}

static const char *const *copy_names(struct dvb_figure_list *list, const char *const *names,
                                     size_t n)
{
    const char **copy = dvb_figure_alloc(list, n, sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        copy[i] = names[i];
    return copy;
}

/* "This set: first 12, second 3." */
static const char *describe(struct dvb_figure_list *list, const char *const *names, const double *y,
                            size_t n)
{
    const char *text = "This set:";
    for (size_t i = 0; i < n; i++)
        text = dvb_figure_text(list, "%s %s %.0f%s", text, names[i], y[i], i + 1 < n ? "," : ".");
    return text;
}

void dvb_figure_tasks(const struct dvb_board *b, size_t set, struct dvb_figure_list *list)
{
    struct tasks t;
    if (!b->sets[set].n_questions)
        return;
    count_tasks(&b->sets[set], &t);
    struct dvb_plot_series *series = dvb_figure_alloc(list, 3, sizeof(*series));
    series[0] = series_of(list, "this set", t.ours, t.n);
    series[1] = series_of(list, "published v1", t.v1, t.n);
    series[2] = series_of(list, "published v2", t.v2, t.n);
    struct dvb_figure *f = dvb_figure_add(list, b, set, "tasks", 1, 1,
                                          "Task types of the questions");
    f->plot.kind = DVB_PLOT_RINGS;
    f->plot.series = series;
    f->plot.n_series = 3;
    f->plot.categories = copy_names(list, t.names, t.n);
    f->plot.n_categories = t.n;
    f->plot.desc = describe(list, t.names, t.ours, t.n);
    f->caption = "The number of questions stands in each ring.";
}

void dvb_figure_frames(const struct dvb_board *b, size_t set, struct dvb_figure_list *list)
{
    static const char *const names[] = { "one frame", "several frames" };
    const struct dvb_board_set *s = &b->sets[set];
    double ours[2] = { 0 }, v2[2] = { published_frames[0], published_frames[1] };
    for (size_t i = 0; i < s->n_questions; i++)
        ours[s->questions[i].multi_frame]++;
    /* imported tables mostly do not say; then all would seem to need one frame */
    if (!ours[1] && !s->funnel.known)
        return;
    struct dvb_plot_series *series = dvb_figure_alloc(list, 2, sizeof(*series));
    series[0] = series_of(list, "this set", ours, 2);
    series[1] = series_of(list, "published v2", v2, 2);
    struct dvb_figure *f = dvb_figure_add(list, b, set, "frames", 1, 1,
                                          "Questions on one frame or several");
    f->plot.kind = DVB_PLOT_RINGS;
    f->plot.series = series;
    f->plot.n_series = 2;
    f->plot.categories = names;
    f->plot.n_categories = 2;
    f->plot.desc = describe(list, names, ours, 2);
    f->caption = "As their makers marked them.";
}

void dvb_figure_letters(const struct dvb_board *b, size_t set, struct dvb_figure_list *list)
{
    static const char *const names[] = { "A", "B", "C", "D", "E", "F", "G", "H" };
    const struct dvb_board_set *s = &b->sets[set];
    double ours[8] = { 0 }, v1[4];
    size_t n = 0, letters = 4;
    int even = 0; /* options that all have; -1: some have more */
    for (size_t i = 0; i < s->n_questions; i++) {
        const struct dvb_board_question *q = &s->questions[i];
        if (q->answer < 0 || q->answer >= 8 || q->n_options < 2 || q->n_options > 8)
            continue;
        ours[q->answer]++;
        n++;
        letters = (size_t)q->n_options > letters ? (size_t)q->n_options : letters;
        even = !even || even == q->n_options ? q->n_options : -1;
    }
    if (!n)
        return;
    size_t best = 0;
    for (size_t i = 0; i < letters; i++) {
        ours[i] /= (double)n;
        best = ours[i] > ours[best] ? i : best;
    }
    for (int i = 0; i < 4; i++)
        v1[i] = published_letters[i] / DVB_PUBLISHED_V1_ROWS;
    struct dvb_plot_series *series = dvb_figure_alloc(list, 2, sizeof(*series));
    series[0] = series_of(list, "this set", ours, letters);
    series[1] = series_of(list, "published v1", v1, 4);
    series[1].muted = true;
    struct dvb_figure *f = dvb_figure_add(list, b, set, "letters", 1, 1,
                                          "Which letter is the right answer");
    struct dvb_plot_rule *rule = dvb_figure_alloc(list, 1, sizeof(*rule));
    struct dvb_plot *p = &f->plot;
    p->kind = DVB_PLOT_BARS;
    p->y = (struct dvb_plot_axis){ .label = "Share of questions", .percent = true };
    p->series = series;
    p->n_series = 2;
    p->categories = names;
    p->n_categories = letters;
    p->values = true;
    if (even > 0) {
        *rule = (struct dvb_plot_rule){
            .at = 1.0 / even, .label = dvb_figure_text(list, "even: %.3g%%", 100.0 / even)
        };
        p->rules = rule;
        p->n_rules = 1;
    }
    p->desc = dvb_figure_text(
        list,
        "Always answering %s would be right in %.1f%% of %zu questions; in the "
        "published v1 always B is right in 41.5%%.",
        names[best], 100 * ours[best], n);
    f->caption = p->desc;
}
