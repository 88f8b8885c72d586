/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#define MAX_PENDING 256 /* questions held at once; each is a few kB until it is sent */

struct dvb_asker {
    struct dvb_workspace *ws;
    struct dvb_client *client;
    struct dvb_used_model **models;
    size_t n_models;
    struct dvb_ask_counts counts;
    char last_failure[1024];
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
    int64_t prompt_id;
    char **frames;
    char *video;
};

static void pending_free(struct pending *p)
{
    for (int i = 0; p->frames && i < p->ask.n_frames; i++)
        free(p->frames[i]);
    free(p->frames);
    free(p->video);
    free(p->asking.prompt);
    free(p);
}

int dvb_asker_open(struct dvb_workspace *ws, uint64_t seed, struct dvb_asker **asker,
                   struct dvb_err *err)
{
    *asker = NULL;
    struct dvb_client_settings settings;
    dvb_client_settings_default(&settings);
    settings.seed = seed;
    struct dvb_asker *a = dvb_calloc(1, sizeof(*a));
    a->ws = ws;
    int ret = dvb_client_open(&settings, &a->client, err);
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
    for (size_t i = 0; i < a->n_models; i++) {
        dvb_profile_free(&a->models[i]->profile);
        free(a->models[i]);
    }
    free(a->models);
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

int dvb_asker_model(struct dvb_asker *a, const char *name, const char *models_file,
                    const struct dvb_used_model **model, struct dvb_err *err)
{
    *model = known_model(a, name);
    if (*model)
        return 0;
    struct dvb_profile *profile;
    int ret = dvb_profile_find(name, models_file, &profile, err);
    if (ret)
        return ret;
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
static void hash_request(const struct dvb_asking *a, const struct dvb_rendition *r,
                         char hex[DVB_HASH_LEN + 1])
{
    json_t *identity = dvb_profile_identity(a->model->profile);
    char *who = dvb_json_canon(identity);
    char *schema = a->schema ? dvb_json_canon(a->schema) : NULL;
    bool video = a->model->profile->send == DVB_SEND_VIDEO;
    struct dvb_hash h;
    dvb_hash_init(&h);
    dvb_hash_str(&h, "devibench request 1");
    dvb_hash_str(&h, who);
    dvb_hash_str(&h, a->prompt);
    dvb_hash_str(&h, a->schema_name);
    dvb_hash_str(&h, schema);
    dvb_hash_str(&h, video ? "video" : "frames");
    dvb_hash_str(&h, r->hash);
    dvb_hash_final(&h, hex);
    free(schema);
    free(who);
    json_decref(identity);
}

/* Every nth sampled picture, so that a model with a limit sees the whole clip. */
static int frames_to_send(const struct dvb_profile *p, int have)
{
    return p->max_frames > 0 && p->max_frames < have ? p->max_frames : have;
}

static void attach_media(struct pending *p, const struct dvb_rendition *r)
{
    const struct dvb_profile *profile = p->asking.model->profile;
    const char *dir = p->asker->ws->dir;
    if (profile->send == DVB_SEND_VIDEO) {
        p->video = dvb_asprintf("%s/%s/clip.mp4", dir, r->path);
        p->ask.video = p->video;
        return;
    }
    int n = frames_to_send(profile, r->n_frames);
    p->frames = dvb_calloc((size_t)n, sizeof(*p->frames));
    for (int i = 0; i < n; i++) {
        int k = (int)((2L * i + 1) * r->n_frames / (2L * n)); /* middles of n equal parts */
        p->frames[i] = dvb_asprintf("%s/%s/frame-%04d.jpg", dir, r->path, k + 1);
    }
    p->ask.frames = (const char *const *)p->frames;
    p->ask.n_frames = n;
}

static int fill(struct dvb_asker *a, struct dvb_err *err);

static int record(struct pending *p, const struct dvb_reply *reply, struct dvb_call *call,
                  struct dvb_err *err)
{
    static const enum dvb_call_status status[] = { [DVB_REPLY_OK] = DVB_CALL_OK,
                                                   [DVB_REPLY_ERROR] = DVB_CALL_ERROR,
                                                   [DVB_REPLY_REFUSED] = DVB_CALL_REFUSED };
    *call = (struct dvb_call){
        .request_hash = p->request_hash,
        .model = p->asking.model->id,
        .prompt = p->prompt_id,
        .step = (char *)p->asking.step,
        .status = status[reply->status],
        .reply = reply->text,
        .usage = reply->usage,
        .cost_usd = reply->cost_usd,
        .latency_s = reply->latency_s,
        .attempts = reply->attempts,
    };
    return dvb_store_put_call(p->asker->ws->store, call, &call->id, err);
}

static int on_reply(void *user, const struct dvb_reply *reply, struct dvb_err *err)
{
    struct pending *p = user;
    struct dvb_asker *a = p->asker;
    struct dvb_call call;
    int ret = record(p, reply, &call, err);
    a->counts.cost_usd += reply->cost_usd;
    if (!ret && reply->status == DVB_REPLY_ERROR) {
        a->counts.failed++;
        snprintf(a->last_failure, sizeof(a->last_failure), "%s", reply->text);
        dvb_debug("%s", reply->text);
    } else if (!ret) {
        a->counts.made++;
        ret = a->source->answer(a->source->user, &p->asking, &call, err);
    }
    a->pending--;
    dvb_progress_step(&a->progress, 1);
    pending_free(p);
    return ret ? ret : fill(a, err);
}

/* 1 answered from the store, 0 has to be asked. */
static int from_store(struct pending *p, struct dvb_err *err)
{
    struct dvb_asker *a = p->asker;
    struct dvb_call call;
    int ret = dvb_store_find_call(a->ws->store, p->request_hash, &call, err);
    if (ret <= 0)
        return ret;
    if (call.status == DVB_CALL_ERROR) {
        dvb_call_release(&call);
        return 0;
    }
    a->counts.cached++;
    dvb_progress_step(&a->progress, 1);
    ret = a->source->answer(a->source->user, &p->asking, &call, err);
    dvb_call_release(&call);
    return ret ? ret : 1;
}

static int send(struct pending *p, const struct dvb_rendition *r, struct dvb_err *err)
{
    struct dvb_asker *a = p->asker;
    p->ask.profile = p->asking.model->profile;
    p->ask.prompt = p->asking.prompt;
    p->ask.schema = p->asking.schema;
    p->ask.schema_name = p->asking.schema_name;
    attach_media(p, r);
    int ret = dvb_store_put_prompt(a->ws->store, p->asking.prompt_name, p->asking.prompt,
                                   &p->prompt_id, err);
    if (!ret)
        ret = dvb_client_submit(a->client, &p->ask, on_reply, p, err);
    if (!ret)
        a->pending++;
    return ret;
}

static int start(struct dvb_asker *a, const struct dvb_asking *asking, struct dvb_err *err)
{
    struct pending *p = dvb_calloc(1, sizeof(*p));
    p->asker = a;
    p->asking = *asking;
    struct dvb_rendition r;
    int ret = dvb_store_get_rendition(a->ws->store, asking->rendition, &r, err);
    if (!ret) {
        hash_request(&p->asking, &r, p->request_hash);
        ret = from_store(p, err);
        if (ret == 0) {
            ret = send(p, &r, err);
            if (!ret)
                p = NULL; /* the client has it now */
        }
        dvb_rendition_release(&r);
    }
    if (p)
        pending_free(p);
    return ret < 0 ? ret : 0;
}

/* Keep the window full. */
static int fill(struct dvb_asker *a, struct dvb_err *err)
{
    while (!a->drained && a->pending < MAX_PENDING) {
        struct dvb_asking asking = { 0 };
        int ret = a->source->next(a->source->user, &asking, err);
        if (ret < 0)
            return ret;
        if (!ret) {
            a->drained = true;
            break;
        }
        ret = start(a, &asking, err);
        if (ret)
            return ret;
    }
    return 0;
}

int dvb_asker_run(struct dvb_asker *a, const struct dvb_ask_source *source, struct dvb_err *err)
{
    a->source = source;
    a->drained = false;
    a->pending = 0;
    dvb_progress_start(&a->progress, source->what, source->total);
    int ret = fill(a, err);
    if (!ret)
        ret = dvb_client_run(a->client, err);
    dvb_progress_end(&a->progress);
    return ret;
}

struct dvb_ask_counts dvb_asker_counts(const struct dvb_asker *a)
{
    return a->counts;
}

const char *dvb_asker_last_failure(const struct dvb_asker *a)
{
    return a->last_failure;
}
