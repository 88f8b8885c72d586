/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An evaluation as tables for people. Everything is in --json; this is what fits a screen. */
#include "cmd_eval_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd_cost.h"
#include "cmd_run.h"
#include "eval/present.h"
#include "eval/protocol/present.h"
#include "workspace/published.h"

#define MAX_PAIRS 24  /* lines */
#define MAX_REASONS 5 /* lines */

/* Model names, short where the service's id says enough. */
struct names {
    char **v; /* [cell] */
    int width;
};

static const char *short_name(const struct dvb_eval *e, const struct dvb_used_model *m)
{
    for (size_t i = 0; i < e->n_models; i++)
        if (e->models[i] != m && !strcmp(e->models[i]->profile->model, m->profile->model))
            return m->profile->name;
    return dvb_profile_label(m->profile);
}

static void make_names(const struct dvb_eval *e, struct names *names)
{
    names->v = dvb_calloc(e->matrix.n_cells, sizeof(*names->v));
    names->width = 5;
    for (size_t c = 0; c < e->matrix.n_cells; c++) {
        const struct dvb_used_model *m = e->matrix.cells[c].model;
        char *who = m ? dvb_cmd_plain(short_name(e, m), 40) : dvb_eval_who(e, c);
        bool built = m && dvb_eval_count_built(e, c, ~0u);
        names->v[c] = dvb_asprintf("%s%s", who, built ? " *" : "");
        if ((int)strlen(names->v[c]) > names->width)
            names->width = (int)strlen(names->v[c]);
        free(who);
    }
}

static void free_names(const struct dvb_eval *e, struct names *names)
{
    for (size_t c = 0; c < e->matrix.n_cells; c++)
        free(names->v[c]);
    free(names->v);
}

/* In one evaluation the words that were given tell strategies apart; print_settings has the rest.
 */
static const char *strategy_of(const struct dvb_view *v)
{
    return v->strategy ? v->strategy->given : dvb_view_strategy(v);
}

/* "200k uniform", "original 1 fps". */
static char *shown(const struct dvb_eval *e, size_t cell)
{
    const struct dvb_view *v = dvb_eval_view(e, cell);
    char rate[32], sampling[64] = "";
    dvb_bitrate_text(v->bitrate, rate, sizeof(rate));
    if (e->settings->n_samplings > 1 && !v->baseline && v->sampling.fps > 0)
        snprintf(sampling, sizeof(sampling), " %gfps %lldpx", v->sampling.fps,
                 (long long)v->sampling.max_pixels);
    else if (e->settings->n_samplings > 1 && !v->baseline)
        snprintf(sampling, sizeof(sampling), " %d frames %lldpx", v->sampling.frames,
                 (long long)v->sampling.max_pixels);
    if (v->baseline)
        return dvb_strdup(v->baseline->name);
    if (!v->strategy)
        return dvb_asprintf("%s%s", rate, sampling);
    return dvb_asprintf("%s %s%s", rate, strategy_of(v), sampling);
}

static int shown_width(const struct dvb_eval *e)
{
    int width = 5;
    for (size_t c = 0; c < e->matrix.n_cells; c++) {
        char *text = shown(e, c);
        if ((int)strlen(text) > width)
            width = (int)strlen(text);
        free(text);
    }
    return width;
}

static void print_interval(struct dvb_interval i)
{
    printf("  [%5.1f, %5.1f]", 100 * i.lo, 100 * i.hi);
}

/* NULL: a cell for which there is none. */
static void print_share(const struct dvb_share *s)
{
    if (!s || !s->n) {
        printf("  %7s  %14s  %14s", s ? "-" : "", "", "");
        return;
    }
    printf("  %6.1f%%", 100 * s->share);
    print_interval(s->ci);
    print_interval(s->wilson);
}

static const struct dvb_scored_loss *find_loss(const struct dvb_eval *e, int cell, int task)
{
    for (size_t i = 0; i < e->score.n_losses; i++)
        if (e->score.losses[i].cell == cell && e->score.losses[i].task == task)
            return &e->score.losses[i];
    return NULL;
}

/* Right by the protocol's published scorer, of those that it counts. */
static void print_published(const struct dvb_score *s, size_t cell, int task)
{
    const struct dvb_scored_cell *c = dvb_published_find(s, cell, task);
    if (c && c->share.n)
        printf("  %8.1f%%  %5zu", 100 * c->share.share, c->share.n);
    else
        printf("  %9s  %5s", "-", c ? "0" : "");
}

static bool any_call(const struct dvb_eval *e)
{
    for (size_t v = 0; v < e->matrix.n_views; v++)
        if (e->freshness[v].samples)
            return true;
    return false;
}

static void print_age(double ms)
{
    if (isfinite(ms))
        printf("  %7.1f", ms);
    else
        printf("  %7s", "");
}

static void print_cell(const struct dvb_eval *e, const struct names *names, int width,
                       const struct dvb_scored_cell *c)
{
    size_t cell = (size_t)c->cell;
    double measured = e->measured[e->matrix.cells[cell].view];
    char kbps[32] = "";
    if (measured > 0)
        snprintf(kbps, sizeof(kbps), "%.1f", measured);
    char *what = shown(e, cell);
    printf("%-*s  %-*s  %8s  %5zu", names->width, names->v[cell], width, what, kbps, c->share.n);
    free(what);
    if (any_call(e))
        print_age(dvb_freshness_age(&e->freshness[e->matrix.cells[cell].view]));
    print_share(&c->share);
    const struct dvb_scored_loss *loss = find_loss(e, c->cell, -1);
    if (e->published.scores)
        print_published(&e->published.by_task, cell, -1);
    if (e->score.n_losses)
        print_share(loss ? &loss->share : NULL);
    printf("  %7zu  %8zu  %6zu\n", c->refused, c->unparsed, c->errors);
}

static void print_cells(const struct dvb_eval *e, const struct names *names)
{
    int width = shown_width(e);
    printf("%-*s  %-*s  %8s  %5s", names->width, "model", width, "shown", "kbps", "n");
    if (any_call(e))
        printf("  %7s", "age ms");
    printf("  %7s  %-14s  %-14s", "right", " by video", " Wilson");
    if (e->published.scores)
        printf("  %9s  %5s", "published", "n");
    if (e->score.n_losses)
        printf("  %7s  %-14s  %-14s", "lost", " by video", " Wilson");
    printf("  %7s  %8s  %6s\n", "refused", "unparsed", "errors");
    for (size_t i = 0; i < e->score.n_cells; i++)
        if (e->score.cells[i].task < 0)
            print_cell(e, names, width, &e->score.cells[i]);
}

static int count_tasks(const struct dvb_eval *e)
{
    int n = 0;
    for (size_t i = 0; i < e->score.n_cells; i++)
        if (e->score.cells[i].task >= n)
            n = e->score.cells[i].task + 1;
    return n;
}

/* One table for each task type would fill pages: cells down, task types across. */
static void print_tasks(const struct dvb_eval *e, const struct names *names)
{
    int n = count_tasks(e), width = shown_width(e);
    if (n < 2)
        return;
    printf("\nBy task type (right, n)\n");
    for (int t = 0; t < n; t++) {
        char *task = dvb_cmd_plain(e->tasks[t], 60);
        printf("  %c  %s\n", 'a' + t % 26, *task ? task : "(none)");
        free(task);
    }
    printf("%-*s  %-*s", names->width, "model", width, "shown");
    for (int t = 0; t < n; t++)
        printf("  %12c", 'a' + t % 26);
    for (size_t i = 0, at = 0; i < e->score.n_cells; i++) {
        const struct dvb_scored_cell *c = &e->score.cells[i];
        if (c->task < 0) {
            char *what = shown(e, (size_t)c->cell);
            printf("\n%-*s  %-*s", names->width, names->v[c->cell], width, what);
            free(what);
            at = 0;
            continue;
        }
        for (; (int)at < c->task; at++)
            printf("  %12s", "");
        at++;
        if (c->share.n)
            printf("  %6.1f%% %4zu", 100 * c->share.share, c->share.n);
        else
            printf("  %12s", "-");
    }
    printf("\n");
}

/* By our own score and by a protocol's published one. */
static void print_both(const struct dvb_eval *e, const struct names *names, const char *by,
                       const char *const *kinds, const struct dvb_score *ours,
                       const struct dvb_score *theirs)
{
    int width = shown_width(e);
    printf("\nBy %s\n%-*s  %-*s  %-32s  %7s  %5s  %9s  %5s\n", by, names->width, "model", width,
           "shown", "", "right", "n", "published", "n");
    for (size_t i = 0; i < ours->n_cells; i++) {
        const struct dvb_scored_cell *c = &ours->cells[i];
        if (c->task < 0 || !c->share.n)
            continue;
        char *what = shown(e, (size_t)c->cell), *kind = dvb_cmd_plain(kinds[c->task], 32);
        printf("%-*s  %-*s  %-32s  %6.1f%%  %5zu", names->width, names->v[c->cell], width, what,
               kind, 100 * c->share.share, c->share.n);
        print_published(theirs, (size_t)c->cell, c->task);
        printf("\n");
        free(what);
        free(kind);
    }
}

static void print_kinds(const struct dvb_eval *e, const struct names *names)
{
    const struct dvb_published *p = &e->published;
    if (!p->scores) {
        print_tasks(e, names);
        return;
    }
    print_both(e, names, "category", p->groups, &p->by_group, &p->published_by_group);
    print_both(e, names, "task type", e->tasks, &e->score, &p->by_task);
}

static void print_proactive(const struct dvb_eval *e, const struct names *names)
{
    int width = shown_width(e);
    bool head = false;
    for (size_t c = 0; c < e->matrix.n_cells && e->published.said; c++) {
        struct dvb_proactive_counts n = dvb_proactive_count(e, c);
        if (!n.n)
            continue;
        if (!head)
            printf("\nProactive output, against 2 s before and after it was due\n%-*s  %-*s  %5s  "
                   "%5s  %7s  %5s  %5s  %5s\n",
                   names->width, "model", width, "shown", "n", "early", "on time", "late", "never",
                   "right");
        head = true;
        char *what = shown(e, c);
        printf("%-*s  %-*s  %5zu  %5zu  %7zu  %5zu  %5zu  %5zu\n", names->width, names->v[c], width,
               what, n.n, n.early, n.on_time, n.late, n.never, n.right);
        free(what);
    }
}

static size_t count_found(const struct dvb_eval *e)
{
    double alpha = 1 - e->settings->stats.confidence;
    size_t n = 0;
    for (size_t i = 0; i < e->score.n_pairs; i++)
        n += e->score.pairs[i].holm_p <= alpha;
    return n;
}

static bool same_rate(const struct dvb_view *a, const struct dvb_view *b)
{
    return a->strategy && b->strategy && a->bitrate == b->bitrate &&
           a->sampling.fps == b->sampling.fps && a->sampling.frames == b->sampling.frames &&
           a->sampling.max_pixels == b->sampling.max_pixels;
}

/* A line of the short list: a cell beside its original, two models that saw the same, two
   strategies at one rate. */
static bool listed(const struct dvb_eval *e, const struct dvb_scored_pair *p)
{
    const struct dvb_matrix_cell *a = &e->matrix.cells[p->a], *b = &e->matrix.cells[p->b];
    if (!p->s.n)
        return false;
    if (a->view == b->view)
        return true;
    if (a->model == b->model &&
        same_rate(dvb_eval_view(e, (size_t)p->a), dvb_eval_view(e, (size_t)p->b)))
        return true;
    return a->model == b->model && (dvb_matrix_original(&e->matrix, (size_t)p->b) == p->a ||
                                    dvb_matrix_original(&e->matrix, (size_t)p->a) == p->b);
}

static void print_pair(const struct dvb_eval *e, const struct names *names, int width,
                       const struct dvb_scored_pair *p)
{
    char *a = shown(e, (size_t)p->a), *b = shown(e, (size_t)p->b);
    char *left = dvb_asprintf("%s %s", names->v[p->a], a);
    char *right = e->matrix.cells[p->a].model == e->matrix.cells[p->b].model
                      ? dvb_strdup(b)
                      : dvb_asprintf("%s", names->v[p->b]);
    char detectable[32] = "-";
    if (isfinite(p->s.detectable))
        snprintf(detectable, sizeof(detectable), "%.1f", 100 * p->s.detectable);
    printf("%-*s  %-*s  %+6.1f  [%+6.1f, %+6.1f]  %8.2g  %9.2g  %6.2g  %10s\n",
           names->width + width + 1, left, names->width > width ? names->width : width, right,
           100 * p->s.diff, 100 * p->s.ci.lo, 100 * p->s.ci.hi, p->s.mcnemar_p, p->s.bootstrap_p,
           p->holm_p, detectable);
    free(left);
    free(right);
    free(a);
    free(b);
}

static void print_pairs(const struct dvb_eval *e, const struct names *names)
{
    int width = shown_width(e);
    size_t lines = 0;
    if (!e->score.n_pairs)
        return;
    printf("\nDifferences in points; p by McNemar, by bootstrap over videos, and that after Holm; "
           "least difference\nthat this many questions find with probability %g\n",
           e->settings->stats.power);
    printf("%-*s  %-*s  %6s  %-16s  %8s  %9s  %6s  %10s\n", names->width + width + 1, "a",
           names->width > width ? names->width : width, "b", "a - b", " interval", "McNemar",
           "bootstrap", "Holm", "detectable");
    for (size_t i = 0; i < e->score.n_pairs && lines < MAX_PAIRS; i++)
        if (listed(e, &e->score.pairs[i])) {
            print_pair(e, names, width, &e->score.pairs[i]);
            lines++;
        }
    printf("%zu pairs compared, %zu of them differ at %g after Holm; all are in --json\n",
           e->score.n_pairs, count_found(e), 1 - e->settings->stats.confidence);
}

static void print_savings(const struct dvb_eval *e, const struct names *names)
{
    if (!e->score.n_savings)
        return;
    printf("\nBitrate saved at equal accuracy, with a bootstrap interval over videos\n");
    for (size_t i = 0; i < e->score.n_savings; i++) {
        const struct dvb_scored_saving *p = &e->score.savings[i];
        printf("%-*s  %s over %s: ", names->width, names->v[p->a],
               strategy_of(dvb_eval_view(e, (size_t)p->a)),
               strategy_of(dvb_eval_view(e, (size_t)p->b)));
        if (!isfinite(p->s.saving)) {
            printf("none to tell: no accuracy that both reach\n");
            continue;
        }
        printf("%.1f%%", 100 * p->s.saving);
        if (isfinite(p->s.ci.lo))
            print_interval(p->s.ci);
        else
            printf("  [too few videos]");
        printf(", from %.1f%% to %.1f%% right, n %zu\n", 100 * p->s.at.lo, 100 * p->s.at.hi,
               p->s.n);
    }
}

static void print_builders(const struct dvb_eval *e)
{
    for (size_t m = 0; m < e->n_models; m++) {
        size_t roles[3] = { 0 }, any = 0;
        for (size_t q = 0; q < e->n_questions; q++) {
            unsigned mask = e->built[q * e->n_models + m];
            any += mask != 0;
            for (unsigned bit = 0; bit < 3; bit++)
                roles[bit] += (mask >> bit) & 1;
        }
        if (any)
            printf(
                "* %s had a part in making %zu of the questions (wrote %zu, filtered %zu, verified "
                "%zu)%s\n",
                short_name(e, e->models[m]), any, roles[0], roles[1], roles[2],
                e->settings->exclude_builders ? ": left out"
                : roles[1]                    ? ": chosen for what it sees on the original "
                                                "and misses at the build's bitrate"
                                              : ": chosen for what it sees on the original");
    }
}

static void print_blind(const struct dvb_eval *e)
{
    bool blind = false;
    size_t solved = 0;
    for (size_t c = 0; c < e->matrix.n_cells; c++)
        blind |= dvb_eval_view(e, c)->baseline && dvb_eval_view(e, c)->baseline->blind;
    for (size_t q = 0; q < e->n_questions; q++)
        solved += dvb_eval_solved_blind(e, q) > 0;
    if (blind)
        printf("%zu of %zu questions are answered right by a blind model\n", solved,
               e->n_questions);
}

struct reason {
    const char *why;
    size_t times;
};

/* How often each of the first few reasons stands there; those after them in *others. */
static size_t gather_reasons(const struct dvb_eval *e, struct reason seen[MAX_REASONS],
                             size_t *others)
{
    size_t n = 0;
    *others = 0;
    for (size_t i = 0; i < e->matrix.n_cells * e->n_questions; i++) {
        const char *why = e->answers[i].why;
        size_t at = 0;
        if (e->answers[i].status != DVB_OUTCOME_ERROR || !why)
            continue;
        while (at < n && strcmp(seen[at].why, why))
            at++;
        if (at == n && n < MAX_REASONS)
            seen[n++] = (struct reason){ .why = why };
        if (at < n)
            seen[at].times++;
        else
            ++*others;
    }
    return n;
}

static void print_errors(const struct dvb_eval *e)
{
    struct reason seen[MAX_REASONS];
    size_t others, n = gather_reasons(e, seen, &others);
    for (size_t i = 0; i < n; i++) {
        char *why = dvb_cmd_plain(seen[i].why, 160);
        printf("no answer, %zux: %s\n", seen[i].times, why);
        free(why);
    }
    if (others)
        printf("no answer, %zux for other reasons, all in --json\n", others);
}

/* Where a model's limits left fewer pictures than were sampled. */
static void print_pictures(const struct dvb_eval *e, const struct names *names)
{
    for (size_t c = 0; c < e->matrix.n_cells; c++) {
        const struct dvb_pictures_shown *p = &e->pictures[c];
        if (!p->n || p->sent >= p->sampled)
            continue;
        char *what = shown(e, c);
        printf("pictures: %s %s: %.4g of %.4g sampled, evenly spread, on average of %zu clips\n",
               names->v[c], what, p->sent, p->sampled, p->n);
        free(what);
    }
}

/* Where clips have another rate than was asked for. */
static void print_missed(const struct dvb_eval *e)
{
    for (size_t v = 0; v < e->matrix.n_views; v++) {
        size_t cell = 0, clips = e->n_measured[v] + (e->settings->only_met ? e->missed[v] : 0);
        while (cell < e->matrix.n_cells && e->matrix.cells[cell].view != v)
            cell++;
        if (!e->missed[v] || cell == e->matrix.n_cells)
            continue;
        char *what = shown(e, cell);
        printf("rates: %s: %zu of %zu clips missed theirs%s\n", what, e->missed[v], clips,
               e->settings->only_met ? " and are left out" : "");
        free(what);
    }
}

static void print_head(const struct dvb_eval *e)
{
    size_t videos = 0;
    for (size_t i = 0; i < e->score.n_cells; i++)
        if (e->score.cells[i].share.clusters > videos)
            videos = e->score.cells[i].share.clusters;
    printf("run %lld: %zu %s questions of run %lld about %zu video%s; %g%% intervals, clustered by "
           "video\nand (Wilson) as if questions were independent\n\n",
           (long long)e->run, e->n_questions, dvb_eval_stage(e), (long long)e->set.id, videos,
           videos == 1 ? "" : "s", 100 * e->settings->stats.confidence);
    const struct dvb_protocol_settings *p = &e->settings->protocol_settings;
    if (e->protocol->timed && p->context_ms)
        printf("protocol %s: %g s of video before each question\n\n", e->protocol->name,
               (double)p->context_ms / 1000);
    else if (e->protocol->timed)
        printf("protocol %s: all of the video before each question\n\n", e->protocol->name);
}

/* What the settings add to the name of a strategy. */
static const char *added(const struct dvb_used_strategy *s)
{
    return s->name + strlen(s->given);
}

/* "framerate, wait over loss=0.05": that strategy, those after it to which the same was added,
   and what that is. */
static void print_alike(const struct dvb_eval *e, size_t first)
{
    const char *more = added(&e->strategies[first]);
    for (size_t i = first; i < e->n_strategies; i++)
        if (!strcmp(added(&e->strategies[i]), more))
            printf("%s%s", i > first ? ", " : "", e->strategies[i].given);
    char *plain = dvb_cmd_plain(more, 200);
    printf("%s%s\n", *more == ' ' ? " " : "", plain);
    free(plain);
}

static void print_settings(const struct dvb_eval *e)
{
    bool any = false;
    for (size_t i = 0; i < e->n_strategies; i++) {
        size_t first = 0;
        while (strcmp(added(&e->strategies[first]), added(&e->strategies[i])))
            first++;
        if (first < i || !*added(&e->strategies[i]))
            continue;
        print_alike(e, i);
        any = true;
    }
    if (any)
        printf("\n");
}

void dvb_cmd_print_eval(const struct dvb_eval *e)
{
    struct names names;
    make_names(e, &names);
    print_head(e);
    print_settings(e);
    print_cells(e, &names);
    if (e->score.n_losses)
        printf("lost: right on the original, wrong here (sensitivity); of StreamingBench's own "
               "questions %g%% are lost at 200 kbps\n",
               100 * DVB_PUBLISHED_SENSITIVITY);
    print_builders(e);
    print_blind(e);
    print_missed(e);
    print_pictures(e, &names);
    if (e->no_options)
        printf("left out: %zu of the set's questions, which are not multiple choice\n",
               e->no_options);
    if (e->no_video)
        printf("left out: %zu of the set's questions, whose video was not found at the import\n",
               e->no_video);
    if (e->no_time)
        printf("left out: %zu of the set's questions, which have no time stamp\n", e->no_time);
    print_errors(e);
    print_kinds(e, &names);
    print_proactive(e, &names);
    print_pairs(e, &names);
    print_savings(e, &names);
    printf("\ncalls  %ld made, %ld from the store, %ld failed; %.4f USD\n", e->calls.made,
           e->calls.cached, e->calls.failed, e->calls.cost_usd);
    if (e->calls.missing)
        printf("missing  %ld answers that the store does not have\n", e->calls.missing);
    dvb_cost_print_spending(e->spending, e->n_spending);
    free_names(e, &names);
}
