/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/service.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "reader/cache.h"
#include "reader/choice.h"
#include "reader/notice.h"
#include "reader/picture.h"
#include "reader/pool.h"
#include "reader/quiz.h"
#include "reader/regions.h"

#define CACHE_BYTES ((size_t)64 << 20)

#define QUIZ_FRAMES 64 /* looked at for questions, evenly chosen */

static const char cannot_tell[] = "I cannot tell from the video.";

struct dvb_service {
    struct dvb_pool *pool;
    struct dvb_cache *cache;
    atomic_ulong serial; /* of replies */
    time_t started;
};

int dvb_service_open(int jobs, struct dvb_service **service, struct dvb_err *err)
{
    struct dvb_service *s = dvb_calloc(1, sizeof(*s));
    int ret = dvb_pool_open(jobs, &s->pool, err);
    s->cache = dvb_cache_open(CACHE_BYTES);
    s->started = time(NULL);
    if (ret)
        dvb_service_close(&s);
    *service = s;
    return ret;
}

void dvb_service_stop(struct dvb_service *s)
{
    dvb_pool_stop(s->pool);
}

void dvb_service_close(struct dvb_service **service)
{
    if (*service) {
        dvb_pool_close(&(*service)->pool);
        dvb_cache_close(&(*service)->cache);
    }
    free(*service);
    *service = NULL;
}

static json_t *model_json(const struct dvb_service *s, int model)
{
    return dvb_json_pack("{s:s, s:s, s:I, s:s}", "id", dvb_pool_models[model].id, "object", "model",
                         "created", (json_int_t)s->started, "owned_by", "devibench");
}

json_t *dvb_service_models(const struct dvb_service *s, const char *id)
{
    if (id) {
        int model = dvb_pool_find(s->pool, id);
        return model < 0 ? NULL : model_json(s, model);
    }
    json_t *data = json_array();
    for (int i = 0; i < DVB_POOL_MODELS; i++)
        if (dvb_pool_has(s->pool, i))
            json_array_append_new(data, model_json(s, i));
    return dvb_json_pack("{s:s, s:o}", "object", "list", "data", data);
}

/* One request on its way. */
struct job {
    struct dvb_service *s;
    const struct dvb_chat *chat;
    int model;
    struct dvb_ocr *ocr; /* while it has its turn */
    struct dvb_pictures pictures;
    long picture_tokens;
};

static void end_turn(struct job *job)
{
    dvb_pictures_release(&job->pictures);
    if (job->ocr)
        dvb_pool_give_back(job->s->pool, job->model, job->ocr);
    job->ocr = NULL;
}

/* The reading of some pictures, from the cache or made now. It lives until the
   entry is released. While another request makes it, this one gives up its
   turn unless it must keep it. */
static int get_reading(struct job *job, const struct dvb_pictures *pictures, bool keep_turn,
                       struct dvb_cache_entry **entry, const struct dvb_reading **reading,
                       struct dvb_err *err)
{
    struct dvb_cache *cache = job->s->cache;
    char hex[DVB_HASH_LEN + 1];
    dvb_pictures_hash(pictures, hex);
    char *key = dvb_asprintf("%d %s", job->model, hex);
    enum dvb_cache_state state = dvb_cache_get(cache, key, entry);
    free(key);
    if (state == DVB_CACHE_MINE) {
        struct dvb_reading *made;
        struct dvb_err failure = { 0 };
        dvb_reading_make(job->ocr, pictures->v, pictures->n, dvb_pool_stopping(job->s->pool), &made,
                         &failure);
        dvb_cache_put(cache, *entry, made, &failure);
    } else if (state == DVB_CACHE_BUSY && !keep_turn) {
        end_turn(job);
    }
    return dvb_cache_wait(cache, *entry, reading, err);
}

/* ---- the six tasks: each gives the reply's text, heap ---- */

static uint64_t seed_of(const struct dvb_pictures *pictures)
{
    char hex[DVB_HASH_LEN + 1];
    dvb_pictures_hash(pictures, hex);
    hex[16] = '\0';
    return strtoull(hex, NULL, 16);
}

static char *dump(json_t *j)
{
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

/* Questions from the reading of the left halves and a look at the same places
   of the right halves. */
static int compare_halves(struct job *job, const struct dvb_reading *sharp, char **text,
                          struct dvb_err *err)
{
    struct dvb_quiz quiz = { .n = 0 };
    struct dvb_pictures right = { 0 };
    struct dvb_reading *dull = NULL;
    size_t n;
    struct dvb_box *places = dvb_quiz_places(sharp, &n);
    int ret = 0;
    if (n && !dvb_pictures_half(&job->pictures, 1, &right))
        ret = dvb_fail_nomem(err);
    if (n && !ret)
        ret = dvb_reading_make_at(job->ocr, right.v, right.n, places, n,
                                  dvb_pool_stopping(job->s->pool), &dull, err);
    if (dull)
        dvb_quiz_make(sharp, dull, job->ocr, seed_of(&job->pictures), &quiz);
    if (!ret)
        *text = dump(dvb_quiz_json(&quiz));
    dvb_quiz_release(&quiz);
    dvb_reading_free(&dull);
    dvb_pictures_release(&right);
    free(places);
    return ret;
}

static int write_questions(struct job *job, char **text, struct dvb_err *err)
{
    dvb_pictures_thin(&job->pictures, QUIZ_FRAMES);
    struct dvb_pictures left;
    struct dvb_cache_entry *entry = NULL;
    const struct dvb_reading *sharp = NULL;
    int ret = dvb_pictures_half(&job->pictures, 0, &left)
                  ? get_reading(job, &left, true, &entry, &sharp, err)
                  : dvb_fail_nomem(err);
    dvb_pictures_release(&left);
    if (!ret)
        ret = compare_halves(job, sharp, text, err);
    dvb_cache_release(job->s->cache, &entry);
    return ret;
}

static char *choose(const struct dvb_choice *choice, const struct dvb_reading *reading)
{
    int best = dvb_choice_answer(choice, reading);
    return best < 0 ? dvb_strdup(cannot_tell) : dvb_asprintf("%c", 'A' + best);
}

/* The letter, "" where none is clearly the one, and how well what was read matches. */
static char *choose_with_confidence(const char *prompt, const struct dvb_reading *reading)
{
    struct dvb_choice choice;
    struct dvb_choice_view view = { .option = -1 };
    if (dvb_choice_parse(prompt, &choice)) {
        view = dvb_choice_look(&choice, reading);
        dvb_choice_release(&choice);
    }
    const char letter[] = { view.option < 0 ? '\0' : (char)('A' + view.option), '\0' };
    return dvb_asprintf("{\"answer\":\"%s\",\"confidence\":%.3f}", letter, view.sure);
}

static char *reply_text(const struct dvb_chat *chat, const struct dvb_reading *reading)
{
    if (chat->wants == DVB_WANTS_REGIONS)
        return dump(dvb_regions_json(reading, chat->prompt));
    if (chat->wants == DVB_WANTS_CONFIDENCE)
        return choose_with_confidence(chat->prompt, reading);
    struct dvb_choice choice;
    char *text = NULL, *sought = NULL;
    if (dvb_choice_parse(chat->prompt, &choice)) {
        text = choose(&choice, reading);
        dvb_choice_release(&choice);
    } else if (reading && (sought = dvb_notice_sought(chat->prompt))) {
        text = dvb_strdup(dvb_notice_seen(sought, reading) ? "Yes" : "No");
    } else if (reading) {
        text = dvb_transcript(reading);
    }
    free(sought);
    return text ? text : dvb_strdup(cannot_tell);
}

static int read_and_reply(struct job *job, char **text, struct dvb_err *err)
{
    const struct dvb_reading *reading = NULL;
    struct dvb_cache_entry *entry = NULL;
    int ret = job->pictures.n ? get_reading(job, &job->pictures, false, &entry, &reading, err) : 0;
    if (!ret)
        *text = reply_text(job->chat, reading);
    dvb_cache_release(job->s->cache, &entry);
    return ret;
}

/* ---- request and reply ---- */

static int fail_from(const struct dvb_err *err, struct dvb_api_error *e)
{
    int status = err->code == ECANCELED          ? 503
                 : err->code == EFBIG            ? 413
                 : err->fault == DVB_FAULT_INPUT ? 400
                                                 : 500;
    const char *code = status == 413 ? "media_too_large" : status == 400 ? "invalid_media" : NULL;
    /* A message about a part begins with its path: "messages[0].content[1]...: why". */
    char param[96] = "";
    size_t n = !strncmp(err->msg, "messages[", 9) ? strcspn(err->msg, " ") : 0;
    if (n > 1 && n <= sizeof(param))
        memcpy(param, err->msg, n - 1);
    bool split = *param && status == 400; /* dvb_api_fail puts it before the message again */
    return dvb_api_fail(e, status, code, param, "%.400s",
                        split ? err->msg + n + strspn(err->msg + n, " ") : err->msg);
}

/* Qwen2.5-VL's measure: one token per 28 x 28 pixels. */
static long count_patches(const struct dvb_pictures *p)
{
    long n = 0;
    for (int i = 0; i < p->n; i++)
        n += (long)((p->v[i]->w + 27) / 28) * ((p->v[i]->h + 27) / 28);
    return n;
}

static json_t *reply_json(struct job *job, const char *text)
{
    long in = job->chat->words + job->picture_tokens, out = dvb_count_words(text);
    unsigned long serial = atomic_fetch_add(&job->s->serial, 1) + 1;
    char *id = dvb_asprintf("chatcmpl-%lx-%lx", (unsigned long)job->s->started, serial);
    json_t *reply = dvb_json_pack(
        "{s:s, s:s, s:I, s:s, s:[{s:i, s:{s:s, s:o}, s:s}], s:{s:I, s:I, s:I}}", "id", id, "object",
        "chat.completion", "created", (json_int_t)time(NULL), "model", job->chat->model, "choices",
        "index", 0, "message", "role", "assistant", "content", dvb_json_str(text), "finish_reason",
        "stop", "usage", "prompt_tokens", (json_int_t)in, "completion_tokens", (json_int_t)out,
        "total_tokens", (json_int_t)in + out);
    free(id);
    return reply;
}

static int run(struct job *job, char **text, struct dvb_err *err)
{
    int ret = dvb_pool_lend(job->s->pool, job->model, &job->ocr, err);
    if (!ret)
        ret = dvb_pictures_decode(job->chat, &job->pictures, err);
    if (!ret)
        job->picture_tokens = count_patches(&job->pictures);
    if (!ret)
        ret = job->chat->wants == DVB_WANTS_QUESTIONS ? write_questions(job, text, err)
                                                      : read_and_reply(job, text, err);
    end_turn(job);
    return ret;
}

int dvb_service_chat(struct dvb_service *s, const struct dvb_chat *chat, json_t **reply,
                     struct dvb_api_error *e)
{
    *reply = NULL;
    struct job job = { .s = s, .chat = chat, .model = dvb_pool_find(s->pool, chat->model) };
    if (job.model < 0)
        return dvb_api_fail(e, 404, "model_not_found", "model",
                            "there is no model '%.64s'; GET /v1/models lists those there are",
                            chat->model);
    if (chat->wants != DVB_WANTS_TEXT && !chat->n_media)
        return dvb_api_fail(e, 400, "invalid_value", "messages",
                            "there is no picture or video to read");
    struct dvb_err err = { 0 };
    char *text = NULL;
    int ret = run(&job, &text, &err);
    if (ret)
        ret = fail_from(&err, e);
    else
        *reply = reply_json(&job, text);
    free(text);
    return ret;
}
