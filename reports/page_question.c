/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question: its pictures at every rate, every model's answer, what was said. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "reports/exchange.h"
#include "reports/page.h"
#include "store/report.h"
#include "workspace/workspace.h"

#define MAX_REPLY 6000 /* bytes of a reply or an explanation that are shown */

struct question_page {
    struct dvb_html *h;
    const struct dvb_site *site;
    const struct dvb_board *b;
    const struct dvb_board_set *s;
    const struct dvb_board_question *q;
    size_t set, question;
};

static void put_neighbours(const struct question_page *p)
{
    char *list = dvb_page_list_name(p->set, p->question / DVB_LIST_PAGE);
    dvb_html_put(p->h, "<nav class=\"pager\" aria-label=\"Questions\"><ul>");
    if (p->question > 0) {
        char *name = dvb_page_question_name(p->s, p->set, p->question - 1);
        dvb_html_put(p->h, "<li><a rel=\"prev\" href=\"../%s\">Previous</a></li>", name);
        free(name);
    }
    dvb_html_put(p->h, "<li><a href=\"../%s#q-%s\">All questions</a></li>", list, p->q->key);
    if (p->question + 1 < p->s->n_questions) {
        char *name = dvb_page_question_name(p->s, p->set, p->question + 1);
        dvb_html_put(p->h, "<li><a rel=\"next\" href=\"../%s\">Next</a></li>", name);
        free(name);
    }
    dvb_html_put(p->h, "</ul></nav>\n");
    free(list);
}

static void put_asked(const struct question_page *p)
{
    const struct dvb_board_question *q = p->q;
    struct dvb_html *h = p->h;
    dvb_html_put(h, "<h1 class=\"q\"><bdi>%s</bdi></h1>\n<p class=\"lead\">",
                 q->text ? q->text : q->key);
    if (q->video) {
        dvb_html_put(h, "<bdi>%s</bdi>, ", q->video);
        dvb_put_time(h, q->start_ms);
        dvb_html_put(h, " to ");
        dvb_put_time(h, q->start_ms + q->length_ms);
        dvb_html_put(h, "; ");
    }
    dvb_html_put(h, "<bdi>%s</bdi>, %s; key <code>%s</code></p>\n", p->s->tasks[q->task],
                 q->multi_frame ? "several frames" : "single frame", q->key);
    if (!q->text)
        dvb_html_put(h, "<p class=\"note\">Only the key of this question is known here: it comes "
                        "from a merged leaderboard.json, which holds no texts.</p>\n");
    if (q->n_options)
        dvb_html_put(h, "<ol class=\"options\">\n");
    for (int i = 0; i < q->n_options; i++)
        dvb_html_put(h, "<li class=\"%s\"><b>%c</b> <bdi>%s</bdi>%s</li>\n",
                     i == q->answer ? "right" : "", dvb_option_letter(i), q->options[i],
                     i == q->answer ? " (right)" : "");
    if (q->n_options)
        dvb_html_put(h, "</ol>\n");
    if (q->reference)
        dvb_html_put(h, "<p>Right answer: <bdi>%s</bdi></p>\n", q->reference);
}

#define MAX_CLIPS 64 /* renditions on a page */

/* The clip's renditions, each once. */
struct gallery {
    const struct dvb_frames_clip *clips[MAX_CLIPS];
    char *labels[MAX_CLIPS]; /* each once */
    size_t n, here, missing, left_out, more;
};

static void put_rendition(const struct question_page *p, struct gallery *g, const char *label,
                          int64_t rendition)
{
    const struct dvb_frames_clip *c = dvb_frames_find(p->site->frames, p->q->source, rendition);
    for (size_t i = 0; i < g->n; i++)
        if (g->clips[i] == c)
            return;
    if (!c)
        return;
    if (g->n == MAX_CLIPS) {
        g->more++;
        return;
    }
    g->here += c->state == DVB_FRAMES_HERE;
    g->missing += c->state == DVB_FRAMES_MISSING;
    g->left_out += c->state == DVB_FRAMES_LEFT_OUT;
    g->clips[g->n] = c;
    g->labels[g->n++] = dvb_strdup(label);
}

/* What the cell's model was shown, in the question's workspace; 0: nothing, or not known. */
static int64_t shown_to(const struct question_page *p, const struct dvb_board_cell *c)
{
    return c->answers && c->source == p->q->source ? c->answers[p->question].rendition : 0;
}

/* "200k context, for one, two": the models that were shown this, where others were shown other
   pictures. Heap. */
static char *label_for(const struct question_page *p, int view, int64_t rendition)
{
    char *label = dvb_strdup(p->s->views[view].label);
    const char *sep = ", for ";
    for (size_t i = 0; i < p->s->n_cells; i++) {
        const struct dvb_board_cell *c = &p->s->cells[i];
        if (c->view != view || c->model < 0 || shown_to(p, c) != rendition)
            continue;
        char *longer = dvb_asprintf("%s%s%s", label, sep, p->b->models[c->model].label);
        free(label);
        label = longer;
        sep = ", ";
    }
    return label;
}

/* What was shown in that view: mostly one rendition, but several where a strategy looks anew for
   each model. */
static void put_view(const struct question_page *p, struct gallery *g, int view)
{
    int64_t any = p->s->renditions[(size_t)view * p->s->n_questions + p->question];
    bool several = false;
    for (size_t i = 0; i < p->s->n_cells; i++) {
        int64_t own = p->s->cells[i].view == view ? shown_to(p, &p->s->cells[i]) : 0;
        several |= own && own != any;
    }
    if (!several)
        put_rendition(p, g, p->s->views[view].label, any);
    for (size_t i = 0; i < p->s->n_cells && several; i++) {
        int64_t own = p->s->cells[i].view == view ? shown_to(p, &p->s->cells[i]) : 0;
        char *label = label_for(p, view, own);
        if (own)
            put_rendition(p, g, label, own);
        free(label);
    }
}

#define SAME_TIME_S 0.05 /* headings tell tenths */

/* When in the clip picture i was taken, s: in the middle of its interval. A clip may be shorter
   than its segment, with fewer pictures. */
static double time_of(const struct question_page *p, const struct dvb_frames_clip *c, int i)
{
    if (c->fps > 0)
        return (c->number[i] - 0.5) / c->fps;
    return c->at[i] * (double)p->q->length_ms / 1000;
}

/* heading: the time that stands above it, s; clips that were sampled otherwise are told apart. */
static void put_picture(const struct question_page *p, const char *label,
                        const struct dvb_frames_clip *c, int i, double heading)
{
    double at = time_of(p, c, i);
    dvb_html_put(p->h,
                 "<figure data-view=\"%s\" data-time=\"%d\"><img "
                 "src=\"../frames/%d-%lld-%d.jpg\" width=\"%d\" height=\"%d\" loading=\"lazy\" "
                 "decoding=\"async\" alt=\"The clip at %.1f s, %s\"><figcaption>%s",
                 label, i, c->source, (long long)c->rendition, i + 1, c->width, c->height, at,
                 label, label);
    if (fabs(at - heading) > SAME_TIME_S)
        dvb_html_put(p->h, ", at %.1f s", at);
    if (c->kbps > 0)
        dvb_html_put(p->h, " <small>(%.1f kbps measured)</small>", c->kbps);
    dvb_html_put(p->h, "</figcaption></figure>\n");
}

static bool has_picture(const struct dvb_frames_clip *c, int t)
{
    return c->state == DVB_FRAMES_HERE && t < c->n;
}

/* All renditions beside each other, for each time. */
static void put_gallery(const struct question_page *p, const struct gallery *g)
{
    for (int t = 0; t < DVB_FRAMES_MAX; t++) {
        double at = -1;
        for (size_t i = 0; i < g->n && at < 0; i++)
            at = has_picture(g->clips[i], t) ? time_of(p, g->clips[i], t) : -1;
        if (at < 0)
            break;
        dvb_html_put(p->h, "<h3>At %.1f s</h3>\n<div class=\"gallery\">\n", at);
        for (size_t i = 0; i < g->n; i++)
            if (has_picture(g->clips[i], t))
                put_picture(p, g->labels[i], g->clips[i], t, at);
        dvb_html_put(p->h, "</div>\n");
    }
}

/* Where the bits went, of those renditions that tell. */
static void put_maps(const struct question_page *p, const struct gallery *g)
{
    const struct dvb_frames_clip *under = dvb_frames_find(p->site->frames, p->q->source,
                                                          p->q->original);
    bool map = false, window = false;
    for (size_t i = 0; i < g->n; i++) {
        const struct dvb_where *w = g->clips[i]->where;
        map |= w && w->rows;
        window |= w && w->window[2] > 0;
    }
    if (!map && !window)
        return;
    dvb_html_put(p->h, "<section>\n<h2>Where the bits went</h2>\n");
    dvb_put_where_legend(p->h, map, window);
    dvb_html_put(p->h, "<div class=\"gallery\">\n");
    for (size_t i = 0; i < g->n; i++)
        if (g->clips[i]->where)
            dvb_put_where(p->h, g->clips[i]->where, g->labels[i], under);
    dvb_html_put(p->h, "</div>\n</section>\n");
}

static void put_pictures(const struct question_page *p)
{
    struct gallery g = { .n = 0 };
    put_rendition(p, &g, "original", p->q->original);
    for (size_t v = 0; v < p->s->n_views; v++)
        if (!p->s->views[v].baseline)
            put_view(p, &g, (int)v);
    put_rendition(p, &g, "degraded, as the filter saw it", p->q->degraded);
    if (g.here) {
        dvb_html_put(p->h, "<section class=\"pictures\">\n<h2>What was seen</h2>\n");
        put_gallery(p, &g);
        dvb_html_put(p->h, "</section>\n");
    }
    if (g.missing)
        dvb_html_put(p->h,
                     "<p class=\"note\">The workspace no longer has the pictures of %zu of "
                     "the clip's renditions.</p>\n",
                     g.missing);
    if (g.left_out)
        dvb_html_put(p->h,
                     "<p class=\"note\">The pictures of %zu of the clip's renditions were "
                     "left out to bound the size of this site.</p>\n",
                     g.left_out);
    if (g.more)
        dvb_html_put(p->h,
                     "<p class=\"note\">What %zu more of the models were shown is left out "
                     "here.</p>\n",
                     g.more);
    put_maps(p, &g);
    for (size_t i = 0; i < g.n; i++)
        free(g.labels[i]);
}

static void put_answer(const struct question_page *p, const struct dvb_board_cell *c)
{
    const struct dvb_board_answer *a = c && c->answers ? &c->answers[p->question] : NULL;
    if (!a || a->status == DVB_BOARD_MISSING) {
        dvb_html_put(p->h, "<td class=\"none\">-</td>");
        return;
    }
    if (a->status != DVB_BOARD_OK) {
        dvb_html_put(p->h, "<td class=\"odd\">%s</td>", dvb_board_status_names[(int)a->status]);
        return;
    }
    bool right = a->score >= DVB_STATS_RIGHT;
    dvb_html_put(p->h, "<td class=\"%s\">", right ? "right" : "wrong");
    if (a->option >= 0)
        dvb_html_put(p->h, "%c ", dvb_option_letter(a->option));
    dvb_html_put(p->h, "%s</td>", right ? "right" : "wrong");
}

static bool has_cells(const struct question_page *p, int model)
{
    for (size_t i = 0; i < p->s->n_cells; i++)
        if (p->s->cells[i].model == model)
            return true;
    return false;
}

static void put_answers(const struct question_page *p)
{
    struct dvb_html *h = p->h;
    if (!p->s->n_cells)
        return;
    dvb_html_put(h, "<h2 id=\"answers\">Answers</h2>\n<div class=\"scroll\" tabindex=\"0\" "
                    "role=\"region\" aria-labelledby=\"answers\">\n<table "
                    "class=\"answers\"><caption>By what was seen</caption>\n<thead><tr><th "
                    "scope=\"col\">Model</th>");
    for (size_t v = 0; v < p->s->n_views; v++)
        dvb_html_put(h, "<th scope=\"col\">%s</th>", p->s->views[v].label);
    dvb_html_put(h, "</tr></thead>\n<tbody>\n");
    for (int m = -1; m < (int)p->b->n_models; m++) {
        if (!has_cells(p, m))
            continue;
        dvb_html_put(h, "<tr><th scope=\"row\">");
        dvb_put_model(h, p->b, p->s, m);
        dvb_html_put(h, "</th>");
        for (size_t v = 0; v < p->s->n_views; v++)
            put_answer(p, dvb_board_find(p->s, m, (int)v));
        dvb_html_put(h, "</tr>\n");
    }
    dvb_html_put(h, "</tbody></table></div>\n");
}

/* A reply that says no more than the letter stands in the table already. */
static bool says_more(const char *reply)
{
    size_t letters = 0;
    for (const char *s = reply ? reply : ""; *s; s++)
        letters += !strchr(" \t\r\n().*:", *s);
    return letters > 1;
}

static int put_words(const struct question_page *p, const struct dvb_board_cell *c, int64_t call,
                     const char *what, size_t *shown, struct dvb_err *err)
{
    const struct dvb_workspace *ws = p->b->sources[c->source].ws;
    struct dvb_call_words w;
    if (!call || !ws)
        return 0;
    int ret = dvb_store_get_words(ws->store, call, &w, err);
    if (ret)
        return ret;
    if (says_more(w.reply)) {
        if (!*shown)
            dvb_html_put(p->h, "<details><summary><bdi>%s</bdi></summary>\n<dl>\n",
                         c->model < 0 ? "" : p->b->models[c->model].label);
        ++*shown;
        dvb_html_put(p->h, "<dt>%s%s, ", p->s->views[c->view].label, what);
        dvb_put_number(p->h, w.latency_s);
        dvb_html_put(p->h, " s</dt><dd><bdi>%.*s</bdi></dd>\n", MAX_REPLY, w.reply);
    }
    dvb_call_words_release(&w);
    return 0;
}

static int put_replies(const struct question_page *p, struct dvb_err *err)
{
    bool any = false;
    for (size_t i = 0; i < p->s->n_cells;) {
        size_t shown = 0, end = i;
        int model = p->s->cells[i].model;
        for (; end < p->s->n_cells && p->s->cells[end].model == model; end++) {
            const struct dvb_board_cell *c = &p->s->cells[end];
            if (!c->answers)
                continue;
            const struct dvb_board_answer *a = &c->answers[p->question];
            int ret = put_words(p, c, a->call, "", &shown, err);
            if (!ret)
                ret = put_words(p, c, a->judge, ", the judge", &shown, err);
            if (ret)
                return ret;
        }
        if (shown)
            dvb_html_put(p->h, "</dl></details>\n");
        any |= shown > 0;
        i = end;
    }
    if (any)
        dvb_html_put(p->h, "<p class=\"fine\">Replies that hold no more than the letter are left "
                           "out.</p>\n");
    return 0;
}

static int put_verdict(const struct question_page *p, const struct dvb_workspace *ws,
                       const struct dvb_verdict *v, struct dvb_err *err)
{
    char *name;
    int ret = dvb_store_get_model(ws->store, v->model, &name, NULL, err);
    if (ret)
        return ret;
    if (p->b->anonymous) {
        char *clean = dvb_anonymous_text(name);
        free(name);
        name = clean;
    }
    const char *shown = name;
    for (size_t i = 0; i < p->b->n_models; i++)
        if (!strcmp(p->b->models[i].name, name))
            shown = p->b->models[i].label;
    dvb_html_put(p->h, "<tr><th scope=\"row\">%s</th><td class=\"l\"><bdi>%s</bdi></td><td>",
                 v->step, shown);
    if (v->answer >= 0)
        dvb_html_put(p->h, "%c", dvb_option_letter(v->answer));
    dvb_html_put(p->h, "</td><td class=\"l %s\">%s</td></tr>\n", v->correct ? "right" : "wrong",
                 v->correct      ? "right"
                 : v->answer < 0 ? "refused or unread"
                                 : "wrong");
    free(name);
    return 0;
}

/* What the build's steps found. */
static int put_making(const struct question_page *p, struct dvb_err *err)
{
    const struct dvb_workspace *ws = p->q->source < 0 ? NULL : p->b->sources[p->q->source].ws;
    struct dvb_verdict *v;
    size_t n;
    if (!ws || !p->s->funnel.known || p->b->runs[p->s->funnel.run].source != p->q->source)
        return 0;
    int ret = dvb_store_list_verdicts(ws->store, p->b->runs[p->s->funnel.run].id, p->q->id, &v, &n,
                                      err);
    if (ret)
        return ret;
    if (n)
        dvb_html_put(p->h, "<h2 id=\"making\">How it was chosen</h2>\n<div class=\"scroll\" "
                           "tabindex=\"0\" role=\"region\" aria-labelledby=\"making\">\n<table>"
                           "<caption>Verdicts of the build</caption>\n<thead><tr><th "
                           "scope=\"col\">Step</th><th scope=\"col\">Model</th><th "
                           "scope=\"col\">Answer</th><th scope=\"col\">Verdict</th></tr></thead>\n"
                           "<tbody>\n");
    for (size_t i = 0; i < n; i++) {
        if (!ret)
            ret = put_verdict(p, ws, &v[i], err);
        dvb_verdict_release(&v[i]);
    }
    if (n)
        dvb_html_put(p->h, "</tbody></table></div>\n");
    free(v);
    return ret;
}

static int write_page(struct dvb_site *site, size_t set, size_t question, struct dvb_err *err)
{
    const struct dvb_board_set *s = &site->b->sets[set];
    const struct dvb_board_question *q = &s->questions[question];
    char *name = dvb_page_question_name(s, set, question);
    struct dvb_page page;
    int ret = dvb_page_open(site, name, q->text ? q->text : q->key, DVB_NAV_QUESTIONS, &page, err);
    free(name);
    if (ret)
        return ret;
    const struct question_page p = { page.h, site, site->b, s, q, set, question };
    struct dvb_err later;
    put_neighbours(&p);
    put_asked(&p);
    put_pictures(&p);
    put_answers(&p);
    ret = put_replies(&p, err);
    if (!ret)
        ret = put_making(&p, err);
    int end = dvb_page_close(&page, ret ? &later : err);
    return ret ? ret : end;
}

int dvb_write_question_pages(struct dvb_site *site, struct dvb_err *err)
{
    char *folder = dvb_asprintf("%s/question", site->dir);
    int bad = dvb_mkdirs(folder, err);
    for (size_t i = 0; i < site->b->n_sets; i++) {
#pragma omp parallel for schedule(dynamic, 8)
        for (size_t q = 0; q < site->b->sets[i].n_questions; q++) {
            struct dvb_err mine;
            int ret = bad ? 0 : write_page(site, i, q, &mine);
            if (ret) {
#pragma omp critical(page_error)
                if (!bad) {
                    bad = ret;
                    *err = mine;
                }
            }
        }
    }
    free(folder);
    return bad;
}
