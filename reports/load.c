/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/json.h"
#include "base/mem.h"
#include "store/report.h"
#include "workspace/workspace.h"

static int by_id(const void *a, const void *b)
{
    const struct dvb_id_place *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

long dvb_loader_place(const struct dvb_loader *l, int64_t question)
{
    const struct dvb_id_place key = { .id = question };
    const struct dvb_id_place *hit = l->n_ids ? bsearch(&key, l->ids, l->n_ids, sizeof(key), by_id)
                                              : NULL;
    return hit ? (long)hit->place : -1;
}

static void index_questions(struct dvb_loader *l, const struct dvb_board_set *s)
{
    free(l->ids);
    l->n_ids = s->n_questions;
    l->ids = dvb_calloc(l->n_ids + 1, sizeof(*l->ids));
    for (size_t i = 0; i < l->n_ids; i++)
        l->ids[i] = (struct dvb_id_place){ .id = s->questions[i].id, .place = i };
    if (l->n_ids)
        qsort(l->ids, l->n_ids, sizeof(*l->ids), by_id);
}

/* Number of the task type in the set, which keeps them sorted once all are there. */
static int put_task(struct dvb_board_set *s, const char *task)
{
    for (size_t i = 0; i < s->n_tasks; i++)
        if (!strcmp(s->tasks[i], task))
            return (int)i;
    s->tasks = dvb_realloc(s->tasks, s->n_tasks + 1, sizeof(*s->tasks));
    s->tasks[s->n_tasks] = dvb_strdup(task);
    return (int)s->n_tasks++;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_tasks(struct dvb_board_set *s)
{
    char **sorted = dvb_calloc(s->n_tasks + 1, sizeof(*sorted));
    int *to = dvb_calloc(s->n_tasks + 1, sizeof(*to));
    for (size_t i = 0; i < s->n_tasks; i++)
        sorted[i] = s->tasks[i];
    if (s->n_tasks)
        qsort(sorted, s->n_tasks, sizeof(*sorted), by_name);
    for (size_t i = 0; i < s->n_tasks; i++)
        for (size_t k = 0; k < s->n_tasks; k++)
            if (sorted[k] == s->tasks[i])
                to[i] = (int)k;
    for (size_t i = 0; i < s->n_questions; i++)
        s->questions[i].task = to[s->questions[i].task];
    free(s->tasks);
    free(to);
    s->tasks = sorted;
}

static struct dvb_board_question take_question(const struct dvb_run_question *r, int task)
{
    const struct dvb_question *q = &r->q;
    struct dvb_board_question out = {
        .id = q->id,
        .text = dvb_strdup(q->text),
        .n_options = q->n_options,
        .options = dvb_calloc((size_t)q->n_options + 1, sizeof(char *)),
        .answer = q->n_options ? q->answer : -1,
        .reference = dvb_strdup(q->reference),
        .task = task,
        .multi_frame = q->multi_frame,
        .video = dvb_strdup(r->video_name),
        .segment = r->segment.id,
        .start_ms = r->segment.start_ms,
        .length_ms = r->segment.length_ms,
    };
    memcpy(out.key, q->key, sizeof(out.key));
    for (int i = 0; i < q->n_options; i++)
        out.options[i] = dvb_strdup(q->options[i]);
    return out;
}

/* Videos by number, in the order in which they come. */
static void number_videos(struct dvb_board_set *s, const struct dvb_run_question *list)
{
    int64_t *videos = dvb_calloc(s->n_questions + 1, sizeof(*videos));
    for (size_t i = 0; i < s->n_questions; i++) {
        size_t at = s->n_videos; /* the last one is the likeliest */
        while (at > 0 && videos[at - 1] != list[i].segment.video)
            at--;
        if (!at) {
            videos[s->n_videos] = list[i].segment.video;
            at = ++s->n_videos;
        }
        s->questions[i].cluster = (int64_t)at - 1;
    }
    free(videos);
}

static int load_questions(struct dvb_loader *l, int64_t run, enum dvb_stage stage,
                          struct dvb_board_set *s, struct dvb_err *err)
{
    struct dvb_run_question *list;
    size_t n;
    int ret = dvb_store_list_run_questions(l->store, run, stage, &list, &n, err);
    if (ret)
        return ret;
    s->questions = dvb_calloc(n + 1, sizeof(*s->questions));
    s->n_questions = n;
    for (size_t i = 0; i < n; i++)
        s->questions[i] = take_question(&list[i], put_task(s, list[i].q.task_type));
    sort_tasks(s);
    number_videos(s, list);
    dvb_run_questions_free(list, n);
    dvb_board_hash(s, s->hash);
    return 0;
}

static int load_renditions(struct dvb_loader *l, int64_t run, struct dvb_board_question *q,
                           struct dvb_err *err)
{
    static const char *const kinds[] = { "original", "degraded" };
    int64_t *const to[] = { &q->original, &q->degraded };
    struct dvb_verdict *v;
    size_t n;
    int ret = dvb_store_list_verdicts(l->store, run, q->id, &v, &n, err);
    if (ret)
        return ret;
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 2; k++)
            if (!strcmp(v[i].step, kinds[k]))
                *to[k] = v[i].rendition;
        dvb_verdict_release(&v[i]);
    }
    free(v);
    for (int k = 0; k < 2 && ret >= 0; k++) {
        struct dvb_rendition r;
        ret = *to[k] ? 0 : dvb_store_last_rendition(l->store, q->segment, kinds[k], &r, err);
        if (ret > 0) {
            *to[k] = r.id;
            dvb_rendition_release(&r);
        }
    }
    return ret < 0 ? ret : 0;
}

static void put_prompts(struct dvb_board *b, const json_t *prompts)
{
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)prompts, name, v)
    {
        const char *hash = json_string_value(v);
        size_t i = 0;
        if (!hash || strlen(hash) != DVB_HASH_LEN)
            continue;
        while (i < b->n_prompts && strcmp(b->prompts[i].hash, hash))
            i++;
        if (i < b->n_prompts)
            continue;
        b->prompts = dvb_realloc(b->prompts, ++b->n_prompts, sizeof(*b->prompts));
        struct dvb_board_prompt *p = &b->prompts[i];
        *p = (struct dvb_board_prompt){ .name = dvb_strdup(name) };
        memcpy(p->hash, hash, DVB_HASH_LEN);
        for (const struct dvb_asset *a = dvb_assets; a->path; a++) {
            char hex[DVB_HASH_LEN + 1];
            dvb_hash_of_str(a->data, hex);
            if (!strncmp(a->path, "prompts/", 8) && !strcmp(hex, hash) && !p->text)
                p->text = dvb_strdup(a->data);
        }
    }
}

/* Index in the board's runs. */
static int put_run(struct dvb_board *b, const struct dvb_run *r)
{
    for (size_t i = 0; i < b->n_runs; i++)
        if (b->runs[i].id == r->id)
            return (int)i;
    b->runs = dvb_realloc(b->runs, b->n_runs + 1, sizeof(*b->runs));
    b->runs[b->n_runs] = (struct dvb_board_run){
        .id = r->id,
        .command = dvb_strdup(r->command),
        .line = dvb_strdup(r->line),
        .versions = dvb_strdup(r->versions),
        .settings = dvb_strdup(r->settings),
        .started = dvb_strdup(r->started),
        .finished = dvb_strdup(r->finished),
        .seed = r->seed,
    };
    json_t *settings = r->settings ? json_loads(r->settings, 0, NULL) : NULL;
    put_prompts(b, json_object_get(settings, "prompts"));
    json_decref(settings);
    return (int)b->n_runs++;
}

static int count_stage(void *user, const struct dvb_run_question *q, struct dvb_err *err)
{
    struct dvb_board_funnel *f = user;
    (void)err;
    f->generated++;
    f->accepted += q->stage >= DVB_STAGE_ACCEPTED;
    f->verified += q->stage >= DVB_STAGE_VERIFIED;
    f->undecided += q->undecided;
    return 0;
}

static int64_t degraded_rate(const char *settings)
{
    json_t *j = settings ? json_loads(settings, 0, NULL) : NULL;
    const json_t *recipe = json_object_get(json_object_get(j, "recipes"), "degraded");
    double rate = dvb_json_get_num(json_object_get(recipe, "degraded"), "bitrate", 0);
    json_decref(j);
    return (int64_t)rate;
}

/* The build or import that the set's questions come from. */
static int load_origin(struct dvb_loader *l, int64_t id, struct dvb_board_set *s,
                       struct dvb_err *err)
{
    struct dvb_run r;
    int ret = dvb_store_get_run(l->store, id, &r, err);
    if (ret)
        return ret;
    s->run = put_run(l->b, &r);
    s->funnel = (struct dvb_board_funnel){ .known = !strcmp(r.command, "build"), .run = s->run };
    if (s->funnel.known) {
        s->funnel.bitrate = degraded_rate(r.settings);
        ret = dvb_store_each_run_question(l->store, id, DVB_STAGE_GENERATED, count_stage,
                                          &s->funnel, err);
    }
    dvb_run_release(&r);
    for (size_t i = 0; i < s->n_questions && !ret; i++)
        ret = load_renditions(l, id, &s->questions[i], err);
    return ret;
}

static char *manner_of(const json_t *settings)
{
    json_t *j = dvb_json_pack("{s:O?, s:O?, s:O?, s:O?}", "answers",
                              json_object_get(settings, "answers"), "judge",
                              json_object_get(settings, "judge"), "prompt",
                              json_object_get(json_object_get(settings, "prompts"), "answer"),
                              "recipe", json_object_get(settings, "recipe"));
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

static char *text_of(const json_t *settings, const char *key, const char *fallback)
{
    const char *text = dvb_json_get_str(settings, key);
    return dvb_strdup(text ? text : fallback);
}

static void release_lone(struct dvb_board_set *s)
{
    struct dvb_board b = { .sets = dvb_calloc(1, sizeof(*s)), .n_sets = 1 };
    b.sets[0] = *s;
    dvb_board_release(&b);
}

/* The set of that run's questions, new or one that is there; it becomes the loader's. */
static int find_set(struct dvb_loader *l, const struct dvb_run *run, const json_t *settings,
                    size_t *out, struct dvb_err *err)
{
    struct dvb_board *b = l->b;
    struct dvb_board_set s = { .run = -1, .manner = manner_of(settings) };
    int ret = load_questions(l, run->id, DVB_STAGE_GENERATED, &s, err);
    size_t at = 0;
    while (!ret && at < b->n_sets &&
           (strcmp(b->sets[at].hash, s.hash) || strcmp(b->sets[at].manner, s.manner)))
        at++;
    int64_t origin = (int64_t)dvb_json_get_num(settings, "set", 0);
    if (!ret && at == b->n_sets && origin)
        ret = load_origin(l, origin, &s, err);
    if (ret || at < b->n_sets) {
        release_lone(&s);
    } else {
        s.stage = text_of(settings, "questions", "");
        s.answers = text_of(settings, "answers", "choice");
        s.judge = text_of(settings, "judge", NULL);
        b->sets = dvb_realloc(b->sets, b->n_sets + 1, sizeof(*b->sets));
        b->sets[b->n_sets++] = s;
    }
    if (!ret)
        index_questions(l, &b->sets[at]);
    *out = at;
    return ret;
}

static bool chosen(int64_t id, const int64_t *runs, size_t n_runs)
{
    bool found = !n_runs;
    for (size_t i = 0; i < n_runs; i++)
        found |= runs[i] == id;
    return found;
}

static int load_eval(struct dvb_loader *l, const struct dvb_run *run, struct dvb_err *err)
{
    json_t *settings = run->settings ? json_loads(run->settings, 0, NULL) : NULL;
    size_t set;
    int ret = find_set(l, run, settings, &set, err);
    json_decref(settings);
    if (ret)
        return ret;
    int board_run = put_run(l->b, run);
    return dvb_load_cells(l, set, (size_t)board_run, run, err);
}

/* The verified ones; where there is none, all. */
static int load_best(struct dvb_loader *l, const struct dvb_run *run, struct dvb_board_set *s,
                     struct dvb_err *err)
{
    bool imported = !strcmp(run->command, "import");
    enum dvb_stage stage = imported ? DVB_STAGE_GENERATED : DVB_STAGE_VERIFIED;
    int ret = load_questions(l, run->id, stage, s, err);
    if (!ret && !s->n_questions && !imported) {
        free(s->questions);
        stage = DVB_STAGE_GENERATED;
        ret = load_questions(l, run->id, stage, s, err);
    }
    s->stage = dvb_strdup(imported ? "imported" : dvb_stage_names[stage]);
    return ret;
}

/* Questions that nobody was asked yet. */
static int load_unasked(struct dvb_loader *l, const char *dir, struct dvb_err *err)
{
    struct dvb_run run;
    int ret = dvb_store_last_run(l->store, "build,import", &run, err);
    if (ret == 0)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                        "workspace %s holds no run of 'devibench build', 'import' or 'eval' yet",
                        dir);
    if (ret < 0)
        return ret;
    struct dvb_board_set s = { .run = -1, .manner = dvb_strdup("{}") };
    ret = load_best(l, &run, &s, err);
    if (!ret)
        ret = load_origin(l, run.id, &s, err);
    dvb_run_release(&run);
    if (ret) {
        release_lone(&s);
        return ret;
    }
    s.answers = dvb_strdup("choice");
    l->b->sets = dvb_calloc(1, sizeof(s));
    l->b->sets[0] = s;
    l->b->n_sets = 1;
    return 0;
}

/* Whether all questions and cells of a are in b too. */
static bool within(const struct dvb_board_set *a, const struct dvb_board_set *b)
{
    if (strcmp(a->manner, b->manner) || a->n_questions >= b->n_questions)
        return false;
    const struct dvb_board_question **x = dvb_board_keys(a), **y = dvb_board_keys(b);
    size_t i = 0;
    for (size_t k = 0; k < b->n_questions && i < a->n_questions; k++)
        i += !strcmp(x[i]->key, y[k]->key);
    bool in = i == a->n_questions;
    free(x);
    free(y);
    for (size_t c = 0; c < a->n_cells && in; c++) {
        bool found = false;
        for (size_t d = 0; d < b->n_cells; d++)
            found |= !strcmp(a->cells[c].name, b->cells[d].name);
        in = found;
    }
    return in;
}

static void drop_tries(struct dvb_board *b)
{
    for (size_t i = 0; i < b->n_sets;) {
        bool part = false;
        for (size_t k = 0; k < b->n_sets; k++)
            part |= k != i && within(&b->sets[i], &b->sets[k]);
        if (part)
            dvb_board_drop_set(b, i);
        else
            i++;
    }
}

static int load_all(struct dvb_loader *l, const char *dir, const int64_t *runs, size_t n_runs,
                    struct dvb_err *err)
{
    struct dvb_run *list;
    size_t n, taken = 0;
    int ret = dvb_store_list_runs(l->store, "eval", &list, &n, err);
    if (ret)
        return ret;
    for (size_t i = 0; i < n && !ret; i++)
        if (chosen(list[i].id, runs, n_runs)) {
            ret = load_eval(l, &list[i], err);
            taken++;
        }
    dvb_runs_free(list, n);
    if (!ret && taken < n_runs)
        ret = dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                       "--runs: workspace %s has %zu of the %zu evaluations named", dir, taken,
                       n_runs);
    if (!ret && !l->b->n_sets)
        ret = load_unasked(l, dir, err);
    return ret;
}

/* "runs/ws/" -> "ws" */
static char *last_part(const char *dir)
{
    size_t end = strlen(dir), from;
    while (end > 1 && dir[end - 1] == '/')
        end--;
    for (from = end; from > 0 && dir[from - 1] != '/';)
        from--;
    return dvb_asprintf("%.*s", (int)(end - from), dir + from);
}

int dvb_board_load(const char *dir, const int64_t *runs, size_t n_runs, struct dvb_board *b,
                   struct dvb_err *err)
{
    struct dvb_workspace *ws;
    int ret = dvb_workspace_open_readonly(dir, &ws, err);
    if (ret)
        return ret;
    b->sources = dvb_calloc(1, sizeof(*b->sources));
    b->n_sources = 1;
    b->sources[0] =
        (struct dvb_board_source){ .label = last_part(dir), .path = dvb_strdup(dir), .ws = ws };
    struct dvb_loader l = { .b = b, .store = ws->store };
    ret = load_all(&l, dir, runs, n_runs, err);
    for (size_t i = 0; i < b->n_sets && !ret; i++)
        ret = dvb_measure_views(&l, &b->sets[i], err);
    free(l.ids);
    if (ret) {
        dvb_board_release(b);
        return ret;
    }
    dvb_board_arrange(b);
    drop_tries(b);
    return 0;
}
