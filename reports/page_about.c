/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How to read the numbers, and where they come from. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "reports/exchange.h"
#include "reports/page.h"

static void put_reading(struct dvb_html *h, const struct dvb_board *b)
{
    dvb_html_put(
        h,
        "<h2>How to read the numbers</h2>\n<dl class=\"terms\">\n"
        "<dt>Right</dt><dd>Share of the answers that are right. Replies that refuse or cannot be "
        "read count as not right; a question without an answer (missing) is no part of any "
        "number.</dd>\n"
        "<dt>Interval</dt><dd>%g%%, clustered by source video: questions about one video rise and "
        "fall together, so what counts is how many videos there are. Wilson's interval, which "
        "takes "
        "questions as independent, is in the JSON file.</dd>\n"
        "<dt>Lost</dt><dd>Share of questions that a model gets right on the original and wrong on "
        "the degraded video: what degradation takes (sensitivity). Of StreamingBench's own "
        "questions 8%% are lost at 200 kbps, as published.</dd>\n",
        100 * b->stats.confidence);
    dvb_html_put(
        h,
        "<dt>Place</dt><dd>Among the models that saw the same stream. The best model leads the "
        "first "
        "place; the models after it share that place until one differs from its leader; that one "
        "leads the next place, numbered by how many models stand before it. Two models differ when "
        "the p-value of their paired difference, clustered by video, is at most %g after Holm's "
        "adjustment over all pairs of that stream. So 1= says that the data do not tell these "
        "models "
        "apart, not that they are equal, and neighbours in different places need not differ from "
        "each other.</dd>\n"
        "<dt>Builder</dt><dd>The model wrote, filtered or verified some of the questions. "
        "Questions "
        "were kept for what the filter saw on the original and missed on the degraded clip; that "
        "favours it on the original and hurts it at the build's bitrate, by construction.</dd>\n"
        "<dt>OCR baseline</dt><dd>devibench-reader reads text on frames with Tesseract. It is no "
        "multimodal model and answers only what text on the screen tells.</dd>\n"
        "<dt>Cost</dt><dd>US dollars of the answers at the prices in the model's profile, a dash "
        "where the profile has none; with the judge's. Seconds are those of the median answer, as "
        "this machine saw them.</dd>\n</dl>\n",
        1 - b->stats.confidence);
}

static void put_value(struct dvb_html *h, const json_t *v)
{
    if (json_is_string(v)) {
        dvb_html_put(h, "%s", json_string_value(v));
        return;
    }
    char *text = dvb_json_canon(v);
    dvb_html_put(h, "%s", text);
    free(text);
}

/* A JSON object as a list of names and values; nothing where it is none. */
static void put_object(struct dvb_html *h, const char *text)
{
    json_t *j = text ? json_loads(text, 0, NULL) : NULL;
    const char *name;
    json_t *v;
    if (json_object_size(j)) {
        dvb_html_put(h, "<dl class=\"pairs\">\n");
        json_object_foreach(j, name, v)
        {
            dvb_html_put(h, "<dt><bdi>%s</bdi></dt><dd><bdi>", name);
            put_value(h, v);
            dvb_html_put(h, "</bdi></dd>\n");
        }
        dvb_html_put(h, "</dl>\n");
    }
    json_decref(j);
}

static void put_sets(struct dvb_html *h, const struct dvb_board *b)
{
    dvb_html_put(h, "<h2>Question sets</h2>\n<p>The hash is SHA-256 over all questions' keys, task "
                    "types and right answers.</p>\n");
    for (size_t i = 0; i < b->n_sets; i++) {
        const struct dvb_board_set *s = &b->sets[i];
        dvb_html_put(h,
                     "<h3>%s</h3>\n<p>Hash <code class=\"hash\">%s</code>; %zu questions, %zu "
                     "videos.",
                     s->label, s->hash, s->n_questions, s->n_videos);
        if (s->run >= 0)
            dvb_html_put(h, " From <a href=\"#run-%d\">run %lld</a>.", s->run + 1,
                         (long long)b->runs[s->run].id);
        dvb_html_put(h, "</p>\n");
        put_object(h, s->manner);
    }
}

static void put_runs(struct dvb_html *h, const struct dvb_board *b)
{
    dvb_html_put(h, "<h2>Runs</h2>\n");
    for (size_t i = 0; i < b->n_runs; i++) {
        const struct dvb_board_run *r = &b->runs[i];
        dvb_html_put(h, "<section id=\"run-%zu\"><h3>Run %lld: %s", i + 1, (long long)r->id,
                     r->command);
        if (b->n_sources > 1)
            dvb_html_put(h, ", <bdi>%s</bdi>", b->sources[r->source].label);
        dvb_html_put(h, "</h3>\n<p>Seed %lld; started %s, %s%s.</p>\n", (long long)r->seed,
                     r->started, r->finished ? "finished " : "not finished",
                     r->finished ? r->finished : "");
        if (r->line)
            dvb_html_put(h, "<pre tabindex=\"0\"><code><bdi>%s</bdi></code></pre>\n", r->line);
        dvb_html_put(h, "<details><summary>Versions and settings</summary>\n");
        put_object(h, r->versions);
        put_object(h, r->settings);
        dvb_html_put(h, "</details></section>\n");
    }
}

static void put_models(struct dvb_html *h, const struct dvb_board *b)
{
    if (b->n_models)
        dvb_html_put(h,
                     "<h2>Models</h2>\n<p>Profiles hold no keys. Prices are US dollars for a "
                     "million tokens; %s%s."
                     "</p>\n",
                     b->prices ? "looked up " : "when they were looked up is not known",
                     b->prices ? b->prices : "");
    for (size_t i = 0; i < b->n_models; i++) {
        const struct dvb_board_model *m = &b->models[i];
        dvb_html_put(h, "<details><summary><bdi>%s</bdi></summary>\n<p>Named <bdi>%s</bdi>.</p>\n",
                     m->label, m->name);
        put_object(h, m->profile);
        dvb_html_put(h, "</details>\n");
    }
}

static void put_prompts(struct dvb_html *h, const struct dvb_board *b)
{
    if (b->n_prompts)
        dvb_html_put(h, "<h2>Prompts</h2>\n");
    for (size_t i = 0; i < b->n_prompts; i++) {
        const struct dvb_board_prompt *p = &b->prompts[i];
        dvb_html_put(h,
                     "<details id=\"prompt-%s\"><summary><bdi>%s</bdi> <code "
                     "class=\"hash\">%s</code></summary>\n",
                     p->hash, p->name, p->hash);
        if (p->text)
            dvb_html_put(h, "<pre tabindex=\"0\"><bdi>%s</bdi></pre>\n", p->text);
        else
            dvb_html_put(h,
                         "<p class=\"note\">A prompt of the user's own folder; the workspace keeps "
                         "its hash and every filled text, not the text with its slots.</p>\n");
        dvb_html_put(h, "</details>\n");
    }
}

static void put_sources(struct dvb_html *h, const struct dvb_board *b)
{
    if (b->anonymous)
        dvb_html_put(h, "<p class=\"note\">This board is anonymous: %s are left out.</p>\n",
                     dvb_board_anonymised);
    if (b->n_sources < 2 && (!b->n_sources || b->sources[0].ws))
        return;
    dvb_html_put(h, "<h2>Sources</h2>\n<p>Where two sources measured the same cell and agree, it "
                    "counts once; where they differ, both are shown.</p>\n<ul>\n");
    for (size_t i = 0; i < b->n_sources; i++)
        dvb_html_put(h, "<li><bdi>%s</bdi>, %s</li>\n", b->sources[i].label,
                     b->sources[i].ws ? "a workspace" : "a leaderboard.json");
    dvb_html_put(h, "</ul>\n");
}

int dvb_write_about_page(struct dvb_site *site, struct dvb_err *err)
{
    struct dvb_page p;
    int ret = dvb_page_open(site, "about.html", "Methods and provenance", DVB_NAV_ABOUT, &p, err);
    if (ret)
        return ret;
    dvb_html_put(p.h, "<h1>Methods and provenance</h1>\n");
    put_reading(p.h, site->b);
    put_sources(p.h, site->b);
    put_sets(p.h, site->b);
    put_runs(p.h, site->b);
    put_models(p.h, site->b);
    put_prompts(p.h, site->b);
    return dvb_page_close(&p, err);
}

static void put_link(struct dvb_html *h, const char *path, const char *what)
{
    if (path)
        dvb_html_put(h, " <a href=\"%s\">%s</a>", path, what);
}

static void put_figure(struct dvb_html *h, const struct dvb_site_figure *f, size_t number)
{
    dvb_html_put(h, "<figure class=\"plot\" id=\"figure-%zu\"><h2><bdi>%s</bdi></h2>\n", number,
                 f->title);
    if (f->svg)
        dvb_html_put(h, "<img src=\"%s\" loading=\"lazy\" alt=\"%.*s\">\n", f->svg, 1500,
                     f->desc ? f->desc : f->title);
    else
        dvb_html_put(h, "<p class=\"note\">Not drawn: gnuplot was not there or failed. Its "
                        "numbers are.</p>\n");
    dvb_html_put(h, "<figcaption><bdi>%s</bdi>", f->caption);
    put_link(h, f->svg, "SVG");
    put_link(h, f->pdf, "PDF");
    put_link(h, f->csv, "CSV");
    put_link(h, f->json, "JSON");
    dvb_html_put(h, "</figcaption></figure>\n");
}

int dvb_write_figures_page(struct dvb_site *site, struct dvb_err *err)
{
    struct dvb_page p;
    if (!site->n_figures)
        return 0;
    int ret = dvb_page_open(site, "figures.html", "Figures", DVB_NAV_FIGURES, &p, err);
    if (ret)
        return ret;
    dvb_html_put(p.h, "<h1>Figures</h1>\n<div class=\"plots\">\n");
    for (size_t i = 0; i < site->n_figures; i++)
        put_figure(p.h, &site->figures[i], i + 1);
    dvb_html_put(p.h, "</div>\n");
    return dvb_page_close(&p, err);
}
