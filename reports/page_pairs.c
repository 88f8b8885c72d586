/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who differs from whom, and what degradation did to each. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reports/page.h"

#define MAX_LISTED 200 /* pairs of a view; more are in pairs.csv */

struct pairs_page {
    struct dvb_html *h;
    const struct dvb_board *b;
    const struct dvb_board_set *s;
    double alpha;
};

static void put_name(const struct pairs_page *p, const struct dvb_board_cell *c, bool view)
{
    dvb_html_put(p->h, "<bdi>%s</bdi>",
                 c->model < 0 ? "best letter" : p->b->models[c->model].label);
    if (!view)
        return;
    dvb_html_put(p->h, " ");
    dvb_put_strategy(p->h, p->s->views[c->view].label);
}

static void put_p(struct dvb_html *h, double p)
{
    if (isnan(p))
        dvb_html_put(h, "<td class=\"none\">-</td>");
    else
        dvb_html_put(h, "<td data-v=\"%.*g\">%.*g</td>", 10, p, 2, p);
}

static void put_pair(const struct pairs_page *p, const struct dvb_board_pair *pair)
{
    struct dvb_html *h = p->h;
    const struct dvb_pair_stats *s = &pair->s;
    bool differ = pair->holm_p <= p->alpha, view = pair->family < 0;
    dvb_html_put(h, "<tr><th scope=\"row\">");
    put_name(p, &p->s->cells[pair->a], view);
    dvb_html_put(h, "</th><td class=\"l\">");
    put_name(p, &p->s->cells[pair->b], view);
    dvb_html_put(h, "</td>");
    if (s->n)
        dvb_html_put(h, "<td data-v=\"%.*g\">%+.1f <small>[%+.1f, %+.1f]</small></td>", 10, s->diff,
                     100 * s->diff, 100 * s->ci.lo, 100 * s->ci.hi);
    else
        dvb_html_put(h, "<td class=\"none\">-</td>");
    put_p(h, s->t_p);
    put_p(h, pair->holm_p);
    put_p(h, s->mcnemar_p);
    dvb_html_put(h, "<td>%zu</td>", s->n);
    if (isfinite(s->detectable))
        dvb_html_put(h, "<td>%.1f</td>", 100 * s->detectable);
    else
        dvb_html_put(h, "<td class=\"none\">-</td>");
    dvb_html_put(h, "<td class=\"l\">%s</td></tr>\n", !s->n ? "-" : differ ? "differ" : "tie");
}

static size_t count(const struct pairs_page *p, int family)
{
    size_t n = 0;
    for (size_t i = 0; i < p->s->n_pairs; i++)
        n += p->s->pairs[i].family == family;
    return n;
}

/* Better, tied and worse models of each, where pairs are too many to list. */
static void put_summary(const struct pairs_page *p, int view)
{
    dvb_html_put(p->h, "<thead><tr><th scope=\"col\">Model</th><th scope=\"col\" "
                       "class=\"n\">Better</th><th scope=\"col\" class=\"n\">Ties</th><th "
                       "scope=\"col\" class=\"n\">Worse</th></tr></thead>\n<tbody>\n");
    for (size_t c = 0; c < p->s->n_cells; c++) {
        size_t n[3] = { 0 };
        if (p->s->cells[c].view != view || !p->s->cells[c].answers)
            continue;
        for (size_t i = 0; i < p->s->n_pairs; i++) {
            const struct dvb_board_pair *x = &p->s->pairs[i];
            if (x->family != view || (x->a != (int)c && x->b != (int)c))
                continue;
            bool ahead = (x->s.diff > 0) == (x->a == (int)c);
            n[!(x->holm_p <= p->alpha) ? 1 : ahead ? 2 : 0]++;
        }
        dvb_html_put(p->h, "<tr><th scope=\"row\">");
        put_name(p, &p->s->cells[c], false);
        dvb_html_put(p->h, "</th><td>%zu</td><td>%zu</td><td>%zu</td></tr>\n", n[0], n[1], n[2]);
    }
}

static void put_family(const struct pairs_page *p, size_t set, int family)
{
    size_t n = count(p, family);
    const char *title = family < 0 ? "What one model was shown" : p->s->views[family].label;
    if (!n)
        return;
    dvb_html_put(p->h,
                 "<h3 id=\"f-%zu-%d\">%s</h3>\n<div class=\"scroll\" tabindex=\"0\" "
                 "role=\"region\" aria-labelledby=\"f-%zu-%d\">\n<table class=\"sortable\">",
                 set, family + 1, title, set, family + 1);
    if (n > MAX_LISTED && family >= 0) {
        dvb_html_put(p->h,
                     "<caption>Models that are better and worse after Holm over %zu pairs, "
                     "and those that tie; every pair is in pairs.csv</caption>\n",
                     n);
        put_summary(p, family);
    } else {
        dvb_html_put(p->h,
                     "<caption>%zu pair%s, Holm over all of them</caption>\n<thead><tr><th "
                     "scope=\"col\">a</th><th scope=\"col\">b</th><th scope=\"col\" "
                     "class=\"n\">a - b, points</th><th scope=\"col\" class=\"n\">p</th><th "
                     "scope=\"col\" class=\"n\">p, Holm</th><th scope=\"col\" class=\"n\">p, "
                     "McNemar</th><th scope=\"col\" class=\"n\">n</th><th scope=\"col\" "
                     "class=\"n\">Detectable</th><th scope=\"col\">Verdict</th></tr></thead>\n"
                     "<tbody>\n",
                     n, n == 1 ? "" : "s");
        for (size_t i = 0; i < p->s->n_pairs; i++)
            if (p->s->pairs[i].family == family)
                put_pair(p, &p->s->pairs[i]);
    }
    dvb_html_put(p->h, "</tbody></table></div>\n");
}

int dvb_write_pairs_page(struct dvb_site *site, struct dvb_err *err)
{
    struct dvb_page page;
    int ret = dvb_page_open(site, "differences.html", "Differences", DVB_NAV_PAIRS, &page, err);
    if (ret)
        return ret;
    const struct dvb_board *b = site->b;
    dvb_html_put(page.h,
                 "<h1>Differences</h1>\n<p class=\"lead\">Over the questions that both "
                 "answered, paired and clustered by video: a difference counts when its p "
                 "is at most %g after Holm's adjustment. Detectable is the least difference "
                 "in points that these questions would find with probability %g.</p>\n",
                 1 - b->stats.confidence, b->stats.power);
    for (size_t i = 0; i < b->n_sets; i++) {
        const struct pairs_page p = { page.h, b, &b->sets[i], 1 - b->stats.confidence };
        dvb_html_put(p.h, "<h2>%s</h2>\n", p.s->label);
        if (!p.s->n_pairs)
            dvb_html_put(p.h, "<p class=\"note\">There is nothing to compare: one condition at "
                              "most.</p>\n");
        for (int family = 0; family < (int)p.s->n_views; family++)
            put_family(&p, i, family);
        put_family(&p, i, -1);
    }
    return dvb_page_close(&page, err);
}
