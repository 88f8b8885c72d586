/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reader/match.h"
#include "reader/place.h"

#define EXACT 1            /* distance: equal, punctuation at the ends aside */
#define CLEAR_LEAD 2.5     /* an option's evidence over the next one's */
#define LEAST_EVIDENCE 0.6 /* one sure reading, or several doubtful ones */
#define LEAST_LIKENESS 0.75
#define LEAST_MARGIN 0.15 /* in likeness; below it a near miss cannot be told from the truth */
#define NEAR_WEIGHT 5.0   /* of a reading that stands where the question says */

/* What a reading says for one option. */
struct evidence {
    double exact; /* sum of confidences 0..1 of recognitions that read just this */
    double like;  /* the best likeness of anything that was read */
    double match; /* the best likeness times confidence */
};

/* Where the question looks. */
struct context {
    struct dvb_sought *anchors; /* its quoted texts */
    size_t n_anchors;
    bool has_place;
    struct dvb_place place;
};

static void context_init(struct context *c, const struct dvb_choice *choice)
{
    *c = (struct context){ .n_anchors = choice->n_quotes };
    c->anchors = dvb_calloc(choice->n_quotes, sizeof(*c->anchors));
    for (size_t i = 0; i < choice->n_quotes; i++)
        dvb_sought_init(&c->anchors[i], choice->quotes[i]);
    c->has_place = dvb_place_in_text(choice->question, &c->place);
}

static void context_release(struct context *c)
{
    for (size_t i = 0; i < c->n_anchors; i++)
        dvb_sought_release(&c->anchors[i]);
    free(c->anchors);
}

/* On the same row, or straight above or below within a few lines. */
static bool beside(struct dvb_box a, struct dvb_box b)
{
    int h = dvb_box_h(a) > dvb_box_h(b) ? dvb_box_h(a) : dvb_box_h(b);
    int gap = a.y0 > b.y1 ? a.y0 - b.y1 : b.y0 - a.y1;
    return dvb_box_overlap_y(a, b) > 0 || (dvb_box_overlap_x(a, b) > 0 && gap < 3 * h);
}

static bool near_anchor(const struct context *c, const struct dvb_page *page, struct dvb_box box)
{
    bool near = false;
    for (size_t i = 0; i < c->n_anchors && !near; i++) {
        size_t n;
        struct dvb_found *f = dvb_match_page(page, &c->anchors[i],
                                             dvb_match_fuzzy_cap(&c->anchors[i]), &n);
        for (size_t k = 0; k < n; k++)
            near |= beside(f[k].box, box);
        free(f);
    }
    return near;
}

static double context_weight(const struct context *c, const struct dvb_page *page,
                             struct dvb_box box)
{
    double weight = 1;
    if (c->n_anchors && near_anchor(c, page, box))
        weight *= NEAR_WEIGHT;
    if (c->has_place && dvb_place_holds(c->place, box, page->w, page->h))
        weight *= NEAR_WEIGHT;
    return weight;
}

/* A word that stays on screen is one recognition however many frames show it. */
static bool counted(const int *runs, size_t n, int run)
{
    for (size_t i = 0; i < n; i++)
        if (runs[i] == run)
            return true;
    return false;
}

static struct evidence weigh(const struct dvb_sought *s, const struct context *c,
                             const struct dvb_reading *r)
{
    struct evidence e = { 0 };
    int *runs = dvb_calloc((size_t)r->runs, sizeof(*runs));
    size_t n_runs = 0;
    for (size_t p = 0; p < r->n_pages; p++) {
        size_t n;
        struct dvb_found *f = dvb_match_page(&r->pages[p], s, dvb_match_fuzzy_cap(s), &n);
        for (size_t i = 0; i < n; i++) {
            double sure = (double)f[i].conf / 100;
            double like = dvb_match_likeness(s, f[i].distance);
            e.like = fmax(e.like, like * (sure < 0.4 ? 0.8 : 1));
            e.match = fmax(e.match, like * sure);
            if (f[i].distance > EXACT || counted(runs, n_runs, f[i].run))
                continue;
            if (n_runs < (size_t)r->runs)
                runs[n_runs++] = f[i].run;
            e.exact += sure * f[i].agree * context_weight(c, &r->pages[p], f[i].box);
        }
        free(f);
    }
    free(runs);
    return e;
}

/* Index of the largest value; *second is the largest of the others. */
static int largest(const double *v, int n, double *second)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (v[i] > v[best])
            best = i;
    *second = 0;
    for (int i = 0; i < n; i++)
        if (i != best && v[i] > *second)
            *second = v[i];
    return best;
}

static int decide(const struct evidence *e, int n)
{
    double exact[DVB_CHOICE_MAX] = { 0 }, like[DVB_CHOICE_MAX] = { 0 }, second;
    for (int i = 0; i < n; i++)
        exact[i] = e[i].exact, like[i] = e[i].like;
    int best = largest(exact, n, &second);
    if (exact[best] > 0)
        return exact[best] >= LEAST_EVIDENCE && exact[best] >= CLEAR_LEAD * second ? best : -1;
    best = largest(like, n, &second);
    return like[best] >= LEAST_LIKENESS && like[best] - second >= LEAST_MARGIN ? best : -1;
}

/* Fills match for each option. */
static int answer_text(const struct dvb_choice *choice, const struct context *c,
                       const struct dvb_reading *r, double *match)
{
    struct evidence e[DVB_CHOICE_MAX];
    for (int i = 0; i < choice->n; i++) {
        struct dvb_sought s;
        dvb_sought_init(&s, choice->options[i]);
        e[i] = weigh(&s, c, r);
        match[i] = e[i].match;
        dvb_sought_release(&s);
    }
    return decide(e, choice->n);
}

/* The option nearest to a box, or -1 when two are about equally near. */
static int nearest_place(const struct dvb_place *places, int n, struct dvb_box box,
                         const struct dvb_page *page)
{
    double best = 9, second = 9;
    int at = -1;
    for (int i = 0; i < n; i++) {
        double d = dvb_place_distance(places[i], box, page->w, page->h);
        if (d < best)
            second = best, best = d, at = i;
        else if (d < second)
            second = d;
    }
    return second - best > 0.05 ? at : -1;
}

/* Options are places: where does the quoted text stand? */
static int answer_place(const struct dvb_choice *choice, const struct dvb_place *places,
                        const struct context *c, const struct dvb_reading *r, double *match)
{
    double votes[DVB_CHOICE_MAX] = { 0 }, second;
    const struct dvb_sought *s = &c->anchors[0];
    for (size_t p = 0; p < r->n_pages; p++) {
        size_t n;
        struct dvb_found *f = dvb_match_page(&r->pages[p], s, dvb_match_fuzzy_cap(s), &n);
        for (size_t i = 0; i < n; i++) {
            int at = nearest_place(places, choice->n, f[i].box, &r->pages[p]);
            double like = dvb_match_likeness(s, f[i].distance), sure = (double)f[i].conf / 100;
            if (at < 0 || like < LEAST_LIKENESS)
                continue;
            votes[at] += sure;
            match[at] = fmax(match[at], like * sure);
        }
        free(f);
    }
    int best = largest(votes, choice->n, &second);
    return votes[best] >= LEAST_EVIDENCE && votes[best] >= CLEAR_LEAD * second ? best : -1;
}

struct dvb_choice_view dvb_choice_look(const struct dvb_choice *choice,
                                       const struct dvb_reading *reading)
{
    struct dvb_choice_view view = { .option = -1 };
    if (!reading)
        return view;
    struct context c;
    context_init(&c, choice);
    struct dvb_place places[DVB_CHOICE_MAX];
    double match[DVB_CHOICE_MAX] = { 0 }, second;
    int n = 0;
    while (n < choice->n && dvb_place_only(choice->options[n], &places[n]))
        n++;
    view.option = n == choice->n && c.n_anchors ? answer_place(choice, places, &c, reading, match)
                                                : answer_text(choice, &c, reading, match);
    int best = largest(match, choice->n, &second);
    view.sure = view.option >= 0 ? match[view.option] : match[best] - second;
    view.sure = fmin(fmax(view.sure, 0), 1);
    context_release(&c);
    return view;
}

int dvb_choice_answer(const struct dvb_choice *choice, const struct dvb_reading *reading)
{
    return dvb_choice_look(choice, reading).option;
}
