/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "workspace/workspace.h"

const char *const dvb_board_status_names[] = {
    [DVB_BOARD_MISSING] = "missing",   [DVB_BOARD_OK] = "ok",
    [DVB_BOARD_REFUSED] = "refused",   [DVB_BOARD_UNPARSED] = "unparsed",
    [DVB_BOARD_EXCLUDED] = "excluded", [DVB_BOARD_STATUSES] = NULL,
};

void dvb_board_init(struct dvb_board *b)
{
    *b = (struct dvb_board){ 0 };
    dvb_stats_settings_default(&b->stats);
}

static void release_question(struct dvb_board_question *q)
{
    free(q->text);
    for (int i = 0; i < q->n_options; i++)
        free(q->options[i]);
    free(q->options);
    free(q->reference);
    free(q->video);
    free(q->built);
}

static void release_view(struct dvb_board_view *v)
{
    free(v->label);
    free(v->strategy);
    free(v->sampling);
}

static void release_cell(struct dvb_board_cell *c)
{
    free(c->name);
    free(c->answers);
    free(c->stats);
}

static void release_set(struct dvb_board_set *s)
{
    for (size_t i = 0; i < s->n_questions; i++)
        release_question(&s->questions[i]);
    for (size_t i = 0; i < s->n_views; i++)
        release_view(&s->views[i]);
    for (size_t i = 0; i < s->n_cells; i++)
        release_cell(&s->cells[i]);
    for (size_t i = 0; i < s->n_tasks; i++)
        free(s->tasks[i]);
    free(s->questions);
    free(s->views);
    free(s->cells);
    free(s->tasks);
    free(s->pairs);
    free(s->renditions);
    free(s->built);
    free(s->label);
    free(s->stage);
    free(s->answers);
    free(s->judge);
    free(s->manner);
}

static void release_run(struct dvb_board_run *r)
{
    free(r->command);
    free(r->line);
    free(r->versions);
    free(r->settings);
    free(r->started);
    free(r->finished);
}

static void release_model(struct dvb_board_model *m)
{
    free(m->name);
    free(m->label);
    free(m->profile);
}

static void release_source(struct dvb_board_source *s)
{
    free(s->label);
    free(s->path);
    dvb_workspace_close(&s->ws);
}

void dvb_board_release(struct dvb_board *b)
{
    for (size_t i = 0; i < b->n_sets; i++)
        release_set(&b->sets[i]);
    for (size_t i = 0; i < b->n_runs; i++)
        release_run(&b->runs[i]);
    for (size_t i = 0; i < b->n_models; i++)
        release_model(&b->models[i]);
    for (size_t i = 0; i < b->n_sources; i++)
        release_source(&b->sources[i]);
    for (size_t i = 0; i < b->n_prompts; i++) {
        free(b->prompts[i].name);
        free(b->prompts[i].text);
    }
    free(b->sets);
    free(b->runs);
    free(b->models);
    free(b->sources);
    free(b->prompts);
    free(b->title);
    free(b->made);
    free(b->version);
    free(b->prices);
    dvb_board_init(b);
}

void dvb_board_drop_set(struct dvb_board *b, size_t set)
{
    release_set(&b->sets[set]);
    b->n_sets--;
    memmove(&b->sets[set], &b->sets[set + 1], (b->n_sets - set) * sizeof(*b->sets));
}

void dvb_board_drop_cell(struct dvb_board_set *s, size_t cell)
{
    release_cell(&s->cells[cell]);
    s->n_cells--;
    memmove(&s->cells[cell], &s->cells[cell + 1], (s->n_cells - cell) * sizeof(*s->cells));
}

static int by_key(const void *a, const void *b)
{
    const struct dvb_board_question *const *x = a, *const *y = b;
    int order = strcmp((*x)->key, (*y)->key);
    return order ? order : (*x > *y) - (*x < *y);
}

const struct dvb_board_question **dvb_board_keys(const struct dvb_board_set *s)
{
    const struct dvb_board_question **list = dvb_calloc(s->n_questions + 1, sizeof(*list));
    for (size_t i = 0; i < s->n_questions; i++)
        list[i] = &s->questions[i];
    if (s->n_questions)
        qsort(list, s->n_questions, sizeof(*list), by_key);
    return list;
}

void dvb_board_hash(const struct dvb_board_set *s, char hex[DVB_HASH_LEN + 1])
{
    const struct dvb_board_question **list = dvb_board_keys(s);
    struct dvb_hash h;
    dvb_hash_init(&h);
    for (size_t i = 0; i < s->n_questions; i++) {
        const struct dvb_board_question *q = list[i];
        char number[16];
        snprintf(number, sizeof(number), "%d", q->answer);
        const char *right = q->n_options ? number : q->reference ? q->reference : "";
        char *line = dvb_asprintf("%s\t%s\t%s\n", q->key, s->tasks[q->task], right);
        dvb_hash_bytes(&h, line, strlen(line));
        free(line);
    }
    dvb_hash_final(&h, hex);
    free(list);
}

const struct dvb_board_cell *dvb_board_find(const struct dvb_board_set *s, int model, int view)
{
    for (size_t i = 0; i < s->n_cells; i++)
        if (s->cells[i].model == model && s->cells[i].view == view)
            return &s->cells[i];
    return NULL;
}

const struct dvb_board_stat *dvb_board_stat_of(const struct dvb_board_cell *c, int task)
{
    for (size_t i = 0; i < c->n_stats; i++)
        if (c->stats[i].task == task)
            return &c->stats[i];
    return NULL;
}
