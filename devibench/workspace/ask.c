/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "workspace/budget.h"
#include "workspace/sent.h"

/* Questions held at once, some kB each; no profile may have more in flight. */
#define MAX_PENDING 1024
/* The same for batches, which hold many and answer late; 2 to 3 kB each. */
#define MAX_BATCHED 65536
#define BUCKETS 4096 /* by the first three digits of the request hash */
/* Answers taken from the store in a row, before those on the wire get their turn. */
#define MAX_STORED 256

struct dvb_asker {
    struct dvb_workspace *ws;
    enum dvb_ask_mode mode;
    struct dvb_client *client;
    struct dvb_used_model **models;
    size_t n_models;
    struct dvb_ask_counts counts;
    char last_failure[1024];
    char first_missing[1024];
    json_t *refreshed; /* request hashes that were asked anew, as members: {hash: true} */
    struct dvb_budget budget;
    bool dry;
    struct dvb_plans plans;        /* dry */
    json_t *planned;               /* dry: request hashes that would be sent, as members */
    struct dvb_batcher *batcher;   /* or NULL */
    struct pending *sent[BUCKETS]; /* the client or the batcher has them */
    struct pending *held;          /* waits until the budget allows for it, or NULL */
    /* of the run under way */
    const struct dvb_ask_source *source;
    struct dvb_progress progress;
    long pending;
    bool drained; /* the source has nothing left */
};

/* A question on its way. */
struct pending {
    struct dvb_asker *asker;
    struct dvb_asking asking;
    struct dvb_ask ask;
    char request_hash[DVB_HASH_LEN + 1];
    struct dvb_sent media;
    struct dvb_estimate estimate; /* set when it is sent */
    struct pending *next;         /* in a list of asker->sent */
    struct pending *twins;        /* identical requests that wait for the same answer */
};

static void pending_free(struct pending *p)
{
    for (struct pending *next; p; p = next) {
        next = p->twins;
        dvb_sent_release(&p->media);
        free(p->asking.prompt);
        free(p);
    }
}

static int on_stray(void *user, const struct dvb_batch_item *item, int64_t model,
                    const struct dvb_reply *reply, struct dvb_err *err);

/* Without batches, those that are under way stay unheard. */
static int open_batches(struct dvb_asker *a, const struct dvb_asker_settings *settings,
                        struct dvb_err *err)
{
    struct dvb_batch *open;
    size_t n;
    if (settings->mode == DVB_ASK_OFFLINE || settings->dry)
        return 0;
    int ret = dvb_store_close_batches(a->ws->store, err);
    if (ret)
        return ret;
    if (settings->batch)
        return dvb_batcher_open(a->ws, &settings->batches, on_stray, a, &a->batcher, err);
    ret = dvb_store_list_batches(a->ws->store, &open, &n, err);
    for (size_t i = 0; i < n; i++)
        dvb_batch_release(&open[i]);
    free(open);
    if (n)
        dvb_warn("%zu batch%s under way from an earlier --batch; without it, the questions in "
                 "%s are asked and paid for again",
                 n, n == 1 ? " is" : "es are", n == 1 ? "it" : "them");
    return ret;
}

int dvb_asker_open(struct dvb_workspace *ws, const struct dvb_asker_settings *settings,
                   struct dvb_asker **asker, struct dvb_err *err)
{
    *asker = NULL;
    struct dvb_client_settings client;
    dvb_client_settings_default(&client);
    client.seed = settings->seed;
    struct dvb_asker *a = dvb_calloc(1, sizeof(*a));
    a->ws = ws;
    a->mode = settings->mode;
    a->refreshed = json_object();
    a->planned = json_object();
    a->dry = settings->dry;
    a->budget = (struct dvb_budget){ .store = ws->store,
                                     .limit_usd = settings->max_cost_usd,
                                     .batch = settings->batch };
    int ret = dvb_client_open(&client, &a->client, err);
    if (!ret)
        ret = open_batches(a, settings, err);
    if (ret)
        dvb_asker_close(&a);
    *asker = a;
    return ret;
}

void dvb_asker_close(struct dvb_asker **asker)
{
    struct dvb_asker *a = *asker;
    if (!a)
        return;
    dvb_client_close(&a->client);
    dvb_batcher_close(&a->batcher);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct pending *next; a->sent[i]; a->sent[i] = next) { /* an error stopped them */
            next = a->sent[i]->next;
            pending_free(a->sent[i]);
        }
    for (size_t i = 0; i < a->n_models; i++) {
        dvb_profile_free(&a->models[i]->profile);
        free(a->models[i]);
    }
    free(a->models);
    if (a->held)
        pending_free(a->held);
    dvb_budget_release(&a->budget);
    dvb_plans_release(&a->plans);
    json_decref(a->planned);
    json_decref(a->refreshed);
    free(a);
    *asker = NULL;
}

static const struct dvb_used_model *known_model(const struct dvb_asker *a, const char *name)
{
    for (size_t i = 0; i < a->n_models; i++)
        if (!strcmp(a->models[i]->profile->name, name))
            return a->models[i];
    return NULL;
}

/* A model of the store, by name. 1 found, 0 there is none. */
static int stored_profile(struct dvb_asker *a, const char *name, struct dvb_profile **profile,
                          struct dvb_err *err)
{
    char *text;
    json_t *j = NULL;
    int found = dvb_store_last_model(a->ws->store, name, &text, err);
    if (found <= 0)
        return found;
    char *source = dvb_asprintf("workspace %s", a->ws->dir);
    int ret = dvb_json_parse(text, strlen(text), source, &j, err);
    if (!ret)
        ret = dvb_profile_of_json(source, name, j, profile, err);
    json_decref(j);
    free(source);
    free(text);
    return ret ? ret : 1;
}

static int find_profile(struct dvb_asker *a, const char *name, const char *models_file,
                        struct dvb_profile **profile, struct dvb_err *err)
{
    int ret = dvb_profile_find(name, models_file, profile, err);
    bool unknown = ret == -ENOENT && err->fault == DVB_FAULT_USAGE; /* not: a file is missing */
    if (!unknown || a->mode != DVB_ASK_OFFLINE)
        return ret;
    int found = stored_profile(a, name, profile, err);
    return found < 0 ? found : found ? 0 : ret; /* err still says that nobody knows it */
}

int dvb_asker_model(struct dvb_asker *a, const char *name, const char *models_file,
                    const struct dvb_used_model **model, struct dvb_err *err)
{
    *model = known_model(a, name);
    if (*model)
        return 0;
    struct dvb_profile *profile;
    int ret = find_profile(a, name, models_file, &profile, err);
    if (ret)
        return ret;
    ret = dvb_budget_check(&a->budget, profile, err);
    if (ret) {
        dvb_profile_free(&profile);
        return ret;
    }
    struct dvb_used_model *m = dvb_calloc(1, sizeof(*m));
    m->profile = profile;
    json_t *j = dvb_profile_json(profile);
    char *text = dvb_json_canon(j);
    ret = dvb_store_put_model(a->ws->store, profile->name, text, &m->id, err);
    free(text);
    json_decref(j);
    a->models = dvb_realloc(a->models, a->n_models + 1, sizeof(*a->models));
    a->models[a->n_models++] = m;
    *model = ret ? NULL : m;
    return ret;
}

/* What the answer depends on, and nothing else. */
static void hash_request(const struct dvb_asking *a, const struct dvb_sent *media,
                         const struct dvb_rendition *r, char hex[DVB_HASH_LEN + 1])
{
    char *schema = a->schema ? dvb_json_canon(a->schema) : NULL;
    struct dvb_hash h;
    dvb_hash_init(&h);
    dvb_hash_str(&h, "devibench request 2");
    dvb_hash_str(&h, a->prompt);
    dvb_hash_str(&h, a->schema_name);
    dvb_hash_str(&h, schema);
    dvb_sent_hash(media, a->model->profile, r, &h);
    dvb_hash_final(&h, hex);
    free(schema);
}

/* The call and its prompt, on the disk when this returns. */
static int record(const struct pending *p, const struct dvb_reply *reply, struct dvb_call *call,
                  struct dvb_err *err)
{
    static const enum dvb_call_status status[] = { [DVB_REPLY_OK] = DVB_CALL_OK,
                                                   [DVB_REPLY_ERROR] = DVB_CALL_ERROR,
                                                   [DVB_REPLY_REFUSED] = DVB_CALL_REFUSED };
    struct dvb_store *store = p->asker->ws->store;
    *call = (struct dvb_call){
        .request_hash = (char *)p->request_hash,
        .model = p->asking.model->id,
        .step = (char *)p->asking.step,
        .status = status[reply->status],
        .reply = reply->text ? reply->text : (char *)"",
        .usage = reply->usage,
        .logprobs = reply->logprobs,
        .tokens_in = reply->lost.in + reply->tokens_in,
        .tokens_cached = reply->lost.cached + reply->tokens_cached,
        .tokens_out = reply->lost.out + reply->tokens_out,
        .cost_usd = reply->cost_usd,
        .latency_s = reply->latency_s,
        .attempts = reply->attempts,
    };
    int ret = dvb_store_begin(store, err);
    if (ret)
        return ret;
    ret = dvb_store_put_prompt(store, p->asking.prompt_name, p->asking.prompt, &call->prompt, err);
    if (!ret && p->asker->mode == DVB_ASK_REFRESH && call->status != DVB_CALL_ERROR)
        ret = dvb_store_supersede_call(store, p->request_hash, err);
    if (!ret)
        ret = dvb_store_put_call(store, call, &call->id, err);
    int end = dvb_store_end(store, !ret, ret ? NULL : err);
    return ret ? ret : end;
}

static int deliver(const struct pending *p, const struct dvb_call *call, struct dvb_err *err)
{
    const struct dvb_ask_source *source = p->asker->source;
    int ret = 0;
    for (; p && !ret; p = p->twins)
        ret = source->answer(source->user, &p->asking, call, err);
    return ret;
}

/* There is no answer, for p and whoever waited with it. */
static void tell(const struct pending *p, const char *why)
{
    const struct dvb_ask_source *source = p->asker->source;
    for (; p && source->failed; p = p->twins)
        source->failed(source->user, &p->asking, why);
}

static int fill(struct dvb_asker *a, struct dvb_err *err);

/* Hand over what was answered, if anything, and keep the window full; in one
   commit, since all of it can be had again from the calls. */
static int advance(struct dvb_asker *a, const struct pending *answered, const struct dvb_call *call,
                   struct dvb_err *err)
{
    int ret = dvb_store_begin(a->ws->store, err);
    if (ret)
        return ret;
    if (answered)
        ret = deliver(answered, call, err);
    if (!ret)
        ret = fill(a, err);
    int end = dvb_store_end(a->ws->store, !ret, ret ? NULL : err);
    return ret ? ret : end;
}

static struct pending **bucket(struct dvb_asker *a, const char *request_hash)
{
    char head[4] = { request_hash[0], request_hash[1], request_hash[2], '\0' };
    return &a->sent[strtoul(head, NULL, 16) % BUCKETS];
}

/* Take p out of those that are on their way, and count it and its twins as settled. */
static void settle(struct dvb_asker *a, struct pending *p, bool answered)
{
    struct pending **at = bucket(a, p->request_hash);
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    for (const struct pending *twin = p; twin; twin = twin->twins) {
        a->pending--;
        a->counts.cached += answered && twin != p;
        dvb_progress_step(&a->progress, 1);
    }
}

static void note_failure(const struct pending *p, const char *why)
{
    struct dvb_asker *a = p->asker;
    a->counts.failed++;
    snprintf(a->last_failure, sizeof(a->last_failure), "%s", why);
    dvb_debug("%s", why);
    tell(p, why);
}

static int on_reply(void *user, const struct dvb_reply *reply, struct dvb_err *err)
{
    struct pending *p = user;
    struct dvb_asker *a = p->asker;
    struct dvb_call call = { 0 };
    bool failed = reply->status == DVB_REPLY_ERROR;
    /* What was not even sent leaves no trace. */
    int ret = reply->attempts ? record(p, reply, &call, err) : 0;
    settle(a, p, !failed);
    dvb_budget_settle(&a->budget, &p->estimate, reply->cost_usd);
    a->counts.cost_usd += reply->cost_usd;
    a->counts.made += !failed;
    if (a->mode == DVB_ASK_REFRESH && !failed)
        json_object_set_new(a->refreshed, p->request_hash, json_true());
    if (failed)
        note_failure(p, reply->text);
    else
        dvb_budget_learn(
            &a->budget, &p->asking,
            &(struct dvb_token_counts){ .in = reply->tokens_in, .out = reply->tokens_out });
    if (!ret)
        ret = advance(a, failed ? NULL : p, &call, err);
    pending_free(p);
    return ret;
}

/* 1 answered from the store, 0 has to be asked. */
static int from_store(const struct pending *p, struct dvb_err *err)
{
    struct dvb_asker *a = p->asker;
    struct dvb_call call;
    if (a->mode == DVB_ASK_REFRESH && !json_object_get(a->refreshed, p->request_hash))
        return 0;
    int ret = dvb_store_find_call(a->ws->store, p->request_hash, &call, err);
    if (ret <= 0)
        return ret;
    bool answered = call.status != DVB_CALL_ERROR;
    if (answered) {
        a->counts.cached++;
        if (a->dry)
            dvb_plan_stored(&a->plans, p->asking.step, p->asking.model->profile);
        dvb_progress_step(&a->progress, 1);
        ret = deliver(p, &call, err);
    }
    dvb_call_release(&call);
    return ret < 0 ? ret : answered;
}

/* "sample_1 at 10 s". Heap; "?" where the store does not tell. */
static char *clip_name(struct dvb_store *store, const struct dvb_rendition *r)
{
    struct dvb_segment seg = { 0 };
    struct dvb_video video = { 0 };
    char *name = NULL;
    if (!dvb_store_get_segment(store, r->segment, &seg, NULL) &&
        !dvb_store_get_video(store, seg.video, &video, NULL))
        name = dvb_asprintf("%s at %g s", video.name, (double)seg.start_ms / 1000);
    dvb_video_release(&video);
    return name ? name : dvb_strdup("?");
}

/* What the store has instead. Heap. */
static char *why_missing(struct dvb_store *store, const struct dvb_asking *asking)
{
    const char *model = asking->model->profile->name;
    char *who = NULL, *why;
    if (dvb_store_who_answered(store, asking->prompt, model, &who, NULL) <= 0)
        why = dvb_strdup("no model was asked this prompt");
    else if (strcmp(who, model))
        why = dvb_asprintf("this prompt was put to %s only", who);
    else
        why = dvb_strdup("its answers to this prompt are about other pictures, or were given "
                         "with other settings");
    free(who);
    return why;
}

static void miss(struct pending *p, const struct dvb_rendition *r)
{
    struct dvb_asker *a = p->asker;
    const struct dvb_asking *asking = &p->asking;
    dvb_progress_step(&a->progress, 1);
    tell(p, "not in the store");
    if (a->counts.missing++)
        return;
    char *clip = clip_name(a->ws->store, r), *why = why_missing(a->ws->store, asking);
    snprintf(a->first_missing, sizeof(a->first_missing), "step %s, model %s, clip %s%s%.200s%s: %s",
             asking->step, asking->model->profile->name, clip, asking->about ? ", question \"" : "",
             asking->about ? asking->about : "", asking->about ? "\"" : "", why);
    free(clip);
    free(why);
}

static int send_in_batch(struct pending *p, struct dvb_err *err)
{
    struct dvb_batch_question q = { .ask = &p->ask,
                                    .model = p->asking.model->id,
                                    .request_hash = p->request_hash,
                                    .step = p->asking.step,
                                    .on_reply = on_reply,
                                    .user = p };
    int ret = dvb_store_put_prompt(p->asker->ws->store, p->asking.prompt_name, p->asking.prompt,
                                   &q.prompt, err);
    return ret ? ret : dvb_batcher_submit(p->asker->batcher, &q, err);
}

/* An answer to a question of an earlier run, which the store may have meanwhile. */
static int on_stray(void *user, const struct dvb_batch_item *item, int64_t model,
                    const struct dvb_reply *reply, struct dvb_err *err)
{
    struct dvb_asker *a = user;
    const struct dvb_call call = {
        .request_hash = item->request_hash,
        .model = model,
        .prompt = item->prompt,
        .step = item->step,
        .status = reply->status == DVB_REPLY_REFUSED ? DVB_CALL_REFUSED : DVB_CALL_OK,
        .reply = reply->text ? reply->text : (char *)"",
        .usage = reply->usage,
        .logprobs = reply->logprobs,
        .tokens_in = reply->tokens_in,
        .tokens_cached = reply->tokens_cached,
        .tokens_out = reply->tokens_out,
        .cost_usd = reply->cost_usd,
        .attempts = reply->attempts,
    };
    struct dvb_call there;
    int64_t id;
    int ret = dvb_store_find_call(a->ws->store, item->request_hash, &there, err);
    bool answered = ret > 0 && there.status != DVB_CALL_ERROR;
    if (ret > 0)
        dvb_call_release(&there);
    if (ret < 0 || answered)
        return ret < 0 ? ret : 0;
    a->counts.cost_usd += reply->cost_usd;
    return dvb_store_put_call(a->ws->store, &call, &id, err);
}

static int quote(struct pending *p, struct dvb_err *err)
{
    return dvb_budget_quote(&p->asker->budget, &p->asking, &p->media.shape, &p->estimate, err);
}

/* Count it instead of sending it. What asks the same again would find the answer. */
static int plan(struct pending *p, struct dvb_err *err)
{
    struct dvb_asker *a = p->asker;
    const struct dvb_profile *profile = p->asking.model->profile;
    dvb_progress_step(&a->progress, 1);
    if (json_object_get(a->planned, p->request_hash)) {
        dvb_plan_stored(&a->plans, p->asking.step, profile);
        return 0;
    }
    json_object_set_new(a->planned, p->request_hash, json_true());
    int ret = quote(p, err);
    if (!ret)
        dvb_plan_calls(&a->plans, p->asking.step, profile, &p->estimate, 1, 1);
    return ret;
}

/* The store cannot answer yet, but what is on its way may: clips that show the
   same are common in screen recordings. */
static bool join_twin(struct pending *p)
{
    struct dvb_asker *a = p->asker;
    for (struct pending *other = *bucket(a, p->request_hash); other; other = other->next)
        if (!strcmp(other->request_hash, p->request_hash)) {
            p->twins = other->twins;
            other->twins = p;
            a->pending++;
            return true;
        }
    return false;
}

static int submit(struct pending *p, struct dvb_err *err)
{
    struct dvb_asker *a = p->asker;
    p->ask.profile = p->asking.model->profile;
    p->ask.prompt = p->asking.prompt;
    p->ask.schema = p->asking.schema;
    p->ask.schema_name = p->asking.schema_name;
    p->ask.video = p->media.video;
    p->ask.frames = (const char *const *)p->media.frames;
    p->ask.n_frames = p->media.n_frames;
    if (p->estimate.known)
        p->ask.tokens_predicted = p->estimate.tokens.in + p->estimate.tokens.out;
    a->pending++;
    struct pending **list = bucket(a, p->request_hash);
    p->next = *list;
    *list = p;
    return a->batcher && dvb_batcher_takes(p->ask.profile)
               ? send_in_batch(p, err)
               : dvb_client_submit(a->client, &p->ask, on_reply, p, err);
}

/* Takes over p: it is sent, held, or dropped where the limit does not allow for it. */
static int send(struct pending *p, struct dvb_err *err)
{
    struct dvb_asker *a = p->asker;
    switch (dvb_budget_take(&a->budget, &p->estimate)) {
    case DVB_BUDGET_GO:
        return submit(p, err);
    case DVB_BUDGET_WAIT:
        a->held = p;
        return 0;
    case DVB_BUDGET_STOP:
        break;
    }
    a->counts.unasked++;
    a->counts.next_usd = a->budget.next_usd;
    dvb_progress_step(&a->progress, 1);
    tell(p, "not asked: the limit on cost");
    pending_free(p);
    return 0;
}

/* What is not in the store. Takes over p. */
static int ask(struct pending *p, const struct dvb_rendition *r, struct dvb_err *err)
{
    struct dvb_asker *a = p->asker;
    struct dvb_err why;
    int ret = 0;
    if (a->mode == DVB_ASK_OFFLINE) {
        miss(p, r);
    } else if (a->dry) {
        ret = plan(p, err);
    } else if (join_twin(p)) {
        return 0;
    } else if (!dvb_sent_make(&p->media, &why)) {
        ret = quote(p, err);
        if (!ret)
            return send(p, err);
    } else { /* a damaged picture is this question's fault alone */
        note_failure(p, why.msg);
        dvb_progress_step(&a->progress, 1);
    }
    pending_free(p);
    return ret;
}

static int start(struct dvb_asker *a, const struct dvb_asking *asking, int *stored,
                 struct dvb_err *err)
{
    struct pending *p = dvb_calloc(1, sizeof(*p));
    p->asker = a;
    p->asking = *asking;
    struct dvb_rendition r = { 0 };
    int ret = 0;
    if (asking->rendition)
        ret = dvb_store_get_rendition(a->ws->store, asking->rendition, &r, err);
    if (!ret) {
        dvb_sent_plan(a->ws, asking->model->profile, &r, &p->media);
        hash_request(&p->asking, &p->media, &r, p->request_hash);
        ret = from_store(p, err);
        *stored += ret == 1;
    }
    if (ret)
        pending_free(p);
    else
        ret = ask(p, &r, err);
    dvb_rendition_release(&r);
    return ret < 0 ? ret : 0;
}

static long window(const struct dvb_asker *a)
{
    return a->batcher ? MAX_BATCHED : MAX_PENDING;
}

static int fill(struct dvb_asker *a, struct dvb_err *err)
{
    int stored = 0, ret = 0;
    struct pending *held = a->held;
    a->held = NULL;
    if (held)
        ret = send(held, err);
    while (!ret && !a->held && !a->drained && a->pending < window(a) && stored < MAX_STORED) {
        struct dvb_asking asking = { 0 };
        ret = a->source->next(a->source->user, &asking, err);
        if (ret == 0)
            a->drained = true;
        else if (ret > 0)
            ret = start(a, &asking, &stored, err);
    }
    return ret;
}

int dvb_asker_run(struct dvb_asker *a, const struct dvb_ask_source *source, struct dvb_err *err)
{
    int ret = 0;
    a->source = source;
    a->drained = false;
    dvb_progress_start(&a->progress, source->what, source->total);
    while (!ret && (!a->drained || a->pending || a->held)) {
        ret = advance(a, NULL, NULL, err);
        if (!ret)
            ret = dvb_client_run(a->client, err);
        if (!ret && a->batcher && (a->drained || a->held || a->pending == window(a)))
            ret = dvb_batcher_run(a->batcher, err);
    }
    dvb_progress_end(&a->progress);
    return ret;
}

struct dvb_ask_counts dvb_asker_counts(const struct dvb_asker *a)
{
    return a->counts;
}

struct dvb_plans *dvb_asker_plans(struct dvb_asker *a)
{
    return &a->plans;
}

int dvb_asker_quote(struct dvb_asker *a, const struct dvb_asking *asking,
                    struct dvb_estimate *estimate, struct dvb_err *err)
{
    struct dvb_rendition r = { 0 };
    struct dvb_sent media;
    int ret = 0;
    if (asking->rendition)
        ret = dvb_store_get_rendition(a->ws->store, asking->rendition, &r, err);
    if (ret)
        return ret;
    dvb_sent_plan(a->ws, asking->model->profile, &r, &media);
    ret = dvb_budget_quote(&a->budget, asking, &media.shape, estimate, err);
    dvb_sent_release(&media);
    dvb_rendition_release(&r);
    return ret;
}

const char *dvb_asker_last_failure(const struct dvb_asker *a)
{
    return a->last_failure;
}

const char *dvb_asker_first_missing(const struct dvb_asker *a)
{
    return a->first_missing;
}
