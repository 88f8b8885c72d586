/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions, 50 a page: what is asked, and how many models get it right at which rate. */
#include <stdlib.h>

#include "base/mem.h"
#include "reports/page.h"

struct list_page {
    struct dvb_html *h;
    const struct dvb_site *site;
    const struct dvb_board_set *s;
    size_t set;
};

/* Right and answered among the models that saw that view. */
static void put_count(const struct list_page *p, size_t question, int view)
{
    size_t right = 0, n = 0;
    for (size_t i = 0; i < p->s->n_cells; i++) {
        const struct dvb_board_cell *c = &p->s->cells[i];
        if (c->view != view || !c->answers || c->model < 0)
            continue;
        const struct dvb_board_answer *a = &c->answers[question];
        bool counts = a->status != DVB_BOARD_MISSING && a->status != DVB_BOARD_EXCLUDED;
        n += counts;
        right += counts && a->score >= DVB_STATS_RIGHT;
    }
    if (!n)
        dvb_html_put(p->h, "<td class=\"none\">-</td>");
    else
        dvb_html_put(p->h, "<td class=\"h%zu\" data-v=\"%.4f\">%zu<small>/%zu</small></td>",
                     right * 4 / n, (double)right / (double)n, right, n);
}

static void put_thumb(const struct list_page *p, const struct dvb_board_question *q)
{
    const struct dvb_frames_clip *c = dvb_frames_find(p->site->frames, q->source, q->original);
    if (!c || c->state != DVB_FRAMES_HERE)
        return;
    dvb_html_put(p->h,
                 "<img src=\"frames/%d-%lld-%d.jpg\" width=\"%d\" height=\"%d\" "
                 "loading=\"lazy\" decoding=\"async\" alt=\"\">",
                 c->source, (long long)c->rendition, c->n / 2 + 1, c->width, c->height);
}

static void put_question(const struct list_page *p, size_t i)
{
    const struct dvb_board_question *q = &p->s->questions[i];
    char *name = dvb_page_question_name(p->s, p->set, i);
    dvb_html_put(p->h, "<tr id=\"q-%s\"><td class=\"thumb\">", q->key);
    put_thumb(p, q);
    dvb_html_put(p->h, "</td><th scope=\"row\"><a href=\"%s\"><bdi>%.*s</bdi></a><br><small>", name,
                 300, q->text ? q->text : q->key);
    if (q->video) {
        dvb_html_put(p->h, "<bdi>%s</bdi> at ", q->video);
        dvb_put_time(p->h, q->start_ms);
        dvb_html_put(p->h, ", ");
    }
    dvb_html_put(p->h, "<bdi>%s</bdi>, %s</small></th>", p->s->tasks[q->task],
                 q->multi_frame ? "several frames" : "single frame");
    for (size_t v = 0; v < p->s->n_views; v++)
        if (!p->s->views[v].baseline)
            put_count(p, i, (int)v);
    dvb_html_put(p->h, "</tr>\n");
    free(name);
}

static void put_pager(const struct list_page *p, size_t page, size_t pages)
{
    if (pages < 2)
        return;
    dvb_html_put(p->h, "<nav class=\"pager\" aria-label=\"Pages\"><ul>");
    for (size_t i = 0; i < pages; i++) {
        char *name = dvb_page_list_name(p->set, i);
        dvb_html_put(p->h, "<li><a href=\"%s\" aria-current=\"%s\">%zu</a></li>", name,
                     i == page ? "page" : "false", i + 1);
        free(name);
    }
    dvb_html_put(p->h, "</ul></nav>\n");
}

static void put_table(const struct list_page *p, size_t from, size_t to)
{
    dvb_html_put(p->h, "<div class=\"filters\" data-for=\"t-questions\" hidden></div>\n<div "
                       "class=\"scroll\" tabindex=\"0\" role=\"region\" "
                       "aria-label=\"Questions\">\n<table id=\"t-questions\" class=\"questions "
                       "sortable\"><caption>Models that answer right, of those that answered, by "
                       "what they saw</caption>\n<thead><tr><td></td><th "
                       "scope=\"col\">Question</th>");
    for (size_t v = 0; v < p->s->n_views; v++)
        if (!p->s->views[v].baseline)
            dvb_html_put(p->h, "<th scope=\"col\" class=\"n\">%s</th>", p->s->views[v].label);
    dvb_html_put(p->h, "</tr></thead>\n<tbody>\n");
    for (size_t i = from; i < to; i++)
        put_question(p, i);
    dvb_html_put(p->h, "</tbody></table></div>\n");
}

static char *list_name(size_t set)
{
    return dvb_page_list_name(set, 0);
}

static int write_page(struct dvb_site *site, size_t set, size_t page, size_t pages,
                      struct dvb_err *err)
{
    const struct dvb_board_set *s = &site->b->sets[set];
    char *name = dvb_page_list_name(set, page);
    char *title = pages > 1 ? dvb_asprintf("Questions, page %zu of %zu", page + 1, pages)
                            : dvb_strdup("Questions");
    struct dvb_page out;
    int ret = dvb_page_open(site, name, title, DVB_NAV_QUESTIONS, &out, err);
    if (!ret) {
        const struct list_page p = { out.h, site, s, set };
        size_t from = page * DVB_LIST_PAGE, to = from + DVB_LIST_PAGE;
        if (to > s->n_questions)
            to = s->n_questions;
        dvb_html_put(p.h, "<h1>%s</h1>\n", title);
        dvb_put_sets(p.h, site->b, set, list_name);
        dvb_html_put(p.h, "<p class=\"lead\">%s.</p>\n", s->label);
        put_pager(&p, page, pages);
        if (s->n_questions)
            put_table(&p, from, to);
        else
            dvb_html_put(p.h, "<p class=\"note\">This set has no questions.</p>\n");
        put_pager(&p, page, pages);
        ret = dvb_page_close(&out, err);
    }
    free(name);
    free(title);
    return ret;
}

int dvb_write_list_pages(struct dvb_site *site, struct dvb_err *err)
{
    int ret = 0;
    for (size_t i = 0; i < site->b->n_sets && !ret; i++) {
        size_t n = site->b->sets[i].n_questions;
        size_t pages = n ? (n + DVB_LIST_PAGE - 1) / DVB_LIST_PAGE : 1;
        for (size_t page = 0; page < pages && !ret; page++)
            ret = write_page(site, i, page, pages, err);
    }
    return ret;
}
