/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "reports/exchange.h"

/* No inline script or style, nothing from elsewhere: were anything to get past the escaping,
   it would not run. */
#define POLICY                                                                                     \
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; base-uri 'none'; "   \
    "form-action 'none'"

static const struct {
    enum dvb_nav nav;
    const char *file, *title;
} entries[] = {
    { DVB_NAV_BOARD, "index.html", "Leaderboard" },
    { DVB_NAV_PAIRS, "differences.html", "Differences" },
    { DVB_NAV_FIGURES, "figures.html", "Figures" },
    { DVB_NAV_QUESTIONS, "questions.html", "Questions" },
    { DVB_NAV_ABOUT, "about.html", "Methods and provenance" },
};

static void put_nav(struct dvb_page *p, enum dvb_nav nav)
{
    dvb_html_put(p->h, "<nav aria-label=\"Site\"><ul>");
    for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
        if (entries[i].nav == DVB_NAV_FIGURES && !p->site->n_figures)
            continue;
        const char *current = entries[i].nav == nav ? "page" : "false";
        dvb_html_put(p->h, "<li><a href=\"%s%s\" aria-current=\"%s\">%s</a></li>", p->root,
                     entries[i].file, current, entries[i].title);
    }
    dvb_html_put(p->h, "</ul></nav>\n");
}

static void put_head(struct dvb_page *p, const char *title, enum dvb_nav nav)
{
    const struct dvb_board *b = p->site->b;
    bool first = nav == DVB_NAV_BOARD && !strcmp(title, b->title);
    dvb_html_put(p->h,
                 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"color-scheme\" content=\"light dark\">\n"
                 "<meta name=\"referrer\" content=\"no-referrer\">\n"
                 "<meta name=\"generator\" content=\"devibench %s\">\n",
                 b->version);
    dvb_html_put(p->h, "<title>%.*s%s%s</title>\n", 120, title, first ? "" : " - ",
                 first ? "" : b->title);
    dvb_html_put(p->h,
                 "<link rel=\"stylesheet\" href=\"%ssite.css\">\n"
                 "<script src=\"%ssite.js\" defer></script>\n</head>\n<body>\n"
                 "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n"
                 "<header><p class=\"site\"><a href=\"%sindex.html\"><bdi>%s</bdi></a></p>\n",
                 p->root, p->root, p->root, b->title);
    put_nav(p, nav);
    dvb_html_put(p->h, "</header>\n<main id=\"main\" tabindex=\"-1\">\n");
}

int dvb_page_open(struct dvb_site *site, const char *name, const char *title, enum dvb_nav nav,
                  struct dvb_page *p, struct dvb_err *err)
{
    *p = (struct dvb_page){ .site = site,
                            .path = dvb_path_join(site->dir, name),
                            .root = strchr(name, '/') ? "../" : "" };
    int ret = dvb_html_open(p->path, &p->h, err);
    if (ret) {
        free(p->path);
        return ret;
    }
    put_head(p, title, nav);
    return 0;
}

static void put_foot(struct dvb_page *p)
{
    const struct dvb_board *b = p->site->b;
    struct dvb_html *h = p->h;
    dvb_html_put(h, "</main>\n<footer>\n<p>");
    for (size_t i = 0; i < b->n_sets; i++) {
        dvb_html_put(h, "%s", i ? ", question set " : "Question set ");
        dvb_put_hash(h, b->sets[i].hash);
    }
    dvb_html_put(h, "%s", b->n_runs == 1 ? ". Run " : ". Runs ");
    for (size_t i = 0; i < b->n_runs; i++) {
        const struct dvb_board_run *r = &b->runs[i];
        dvb_html_put(h, "%s<a href=\"%sabout.html#run-%zu\">", i ? ", " : "", p->root, i + 1);
        if (b->n_sources > 1)
            dvb_html_put(h, "<bdi>%s</bdi> ", b->sources[r->source].label);
        dvb_html_put(h, "%lld</a> (%s, seed %lld)", (long long)r->id, r->command,
                     (long long)r->seed);
    }
    dvb_html_put(h,
                 ". Made %s by devibench %s. <a href=\"%sabout.html\">Command lines, versions, "
                 "prompts and model parameters</a>. The same numbers as data: <a "
                 "href=\"%sleaderboard.json\">JSON</a>, CSV of <a href=\"%scells.csv\">cells</a> "
                 "and <a href=\"%spairs.csv\">pairs</a>.</p>\n</footer>\n</body>\n</html>\n",
                 b->made, b->version, p->root, p->root, p->root, p->root);
}

int dvb_page_close(struct dvb_page *p, struct dvb_err *err)
{
    put_foot(p);
    int ret = dvb_html_close(&p->h, err);
    free(p->path);
#pragma omp atomic
    p->site->pages++;
    return ret;
}

char *dvb_page_board_name(size_t set, int task)
{
    if (!set)
        return task < 0 ? dvb_strdup("index.html") : dvb_asprintf("task-%d.html", task + 1);
    return task < 0 ? dvb_asprintf("set-%zu.html", set + 1)
                    : dvb_asprintf("set-%zu-task-%d.html", set + 1, task + 1);
}

char *dvb_page_list_name(size_t set, size_t page)
{
    char *number = page ? dvb_asprintf("-%zu", page + 1) : dvb_strdup("");
    char *name = set ? dvb_asprintf("set-%zu-questions%s.html", set + 1, number)
                     : dvb_asprintf("questions%s.html", number);
    free(number);
    return name;
}

/* A set may repeat a question, and two sets may share one. */
char *dvb_page_question_name(const struct dvb_board_set *s, size_t set, size_t question)
{
    const char *key = s->questions[question].key;
    size_t before = 0;
    for (size_t i = question;
         i > 0 && s->questions[i - 1].cluster == s->questions[question].cluster; i--)
        before += !strcmp(s->questions[i - 1].key, key);
    char *twin = before ? dvb_asprintf("-%zu", before + 1) : dvb_strdup("");
    char *name = set ? dvb_asprintf("question/set-%zu-%s%s.html", set + 1, key, twin)
                     : dvb_asprintf("question/%s%s.html", key, twin);
    free(twin);
    return name;
}

void dvb_put_sets(struct dvb_html *h, const struct dvb_board *b, size_t set,
                  char *(*name)(size_t set))
{
    if (b->n_sets < 2)
        return;
    dvb_html_put(h, "<nav class=\"choices\" aria-label=\"Question sets\"><ul>");
    for (size_t i = 0; i < b->n_sets; i++) {
        char *file = name(i);
        dvb_html_put(h, "<li><a href=\"%s\" aria-current=\"%s\">%s</a></li>", file,
                     i == set ? "page" : "false", b->sets[i].label);
        free(file);
    }
    dvb_html_put(h, "</ul></nav>\n");
}

void dvb_put_hash(struct dvb_html *h, const char *hash)
{
    char start[13];
    snprintf(start, sizeof(start), "%.12s", hash);
    dvb_html_put(h, "<code>%s</code>", start);
}

void dvb_put_share(struct dvb_html *h, const struct dvb_share *s)
{
    if (!s->n)
        dvb_html_put(h, "<span class=\"none\">-</span>");
    else
        dvb_html_put(h, "%.1f <small>[%.1f, %.1f]</small>", 100 * s->share, 100 * s->ci.lo,
                     100 * s->ci.hi);
}

void dvb_put_number(struct dvb_html *h, double v)
{
    if (!isfinite(v))
        dvb_html_put(h, "<span class=\"none\">-</span>");
    else if (v == 0 || fabs(v) >= 100)
        dvb_html_put(h, "%.0f", v);
    else if (fabs(v) >= 10)
        dvb_html_put(h, "%.1f", v);
    else if (fabs(v) >= 0.1)
        dvb_html_put(h, "%.2f", v);
    else if (fabs(v) >= 0.0001)
        dvb_html_put(h, "%.*g", 2, v);
    else
        dvb_html_put(h, "&lt;0.0001");
}

void dvb_put_model(struct dvb_html *h, const struct dvb_board *b, const struct dvb_board_set *s,
                   int model)
{
    if (model < 0) {
        dvb_html_put(h, "always the best letter");
        return;
    }
    dvb_html_put(h, "<bdi>%.*s</bdi>", 100, b->models[model].label);
    const size_t *built = s->built ? &s->built[model * 3] : NULL;
    if (built && built[0] + built[1] + built[2])
        dvb_html_put(h,
                     " <abbr class=\"tag\" title=\"had a part in making the questions: wrote "
                     "%zu, filtered %zu, verified %zu\">builder</abbr>",
                     built[0], built[1], built[2]);
}

void dvb_put_strategy(struct dvb_html *h, const char *name)
{
    const char *comma;
    for (; (comma = strchr(name, ',')); name = comma + 1) {
        char *part = dvb_asprintf("%.*s", (int)(comma + 1 - name), name);
        dvb_html_put(h, "%s<wbr>", part);
        free(part);
    }
    dvb_html_put(h, "%s", name);
}

void dvb_put_rate(struct dvb_html *h, const struct dvb_board_view *v)
{
    if (v->bitrate)
        dvb_html_put(h, "%g", (double)v->bitrate / 1000);
    else
        dvb_html_put(h, "%s", v->baseline ? "-" : "original");
}

char dvb_option_letter(int option)
{
    return (char)('A' + option);
}

void dvb_put_time(struct dvb_html *h, int64_t ms)
{
    long long s = ms / 1000, tenth = ms % 1000 / 100;
    if (s >= 3600)
        dvb_html_put(h, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else
        dvb_html_put(h, "%lld:%02lld", s / 60, s % 60);
    if (tenth)
        dvb_html_put(h, ".%lld", tenth);
}
