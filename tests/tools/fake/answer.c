/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a request's body to the body of its reply, in whatever format. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/tools/fake/script.h"
#include "tests/tools/fake/tally.h"

struct fake_scene fake_scene;

json_t *fake_models(void)
{
    return fake_script_models(fake_scene.script);
}

void fake_reply_json(struct fake_call *c, unsigned status, json_t *j)
{
    free(c->text);
    c->text = dvb_json_canon(j);
    c->status = status;
    c->type = "application/json";
    json_decref(j);
}

void fake_reply_error(struct fake_call *c, unsigned status, const char *code, const char *message)
{
    fake_reply_json(c, status, c->format->error(status, code, message, NULL));
}

/* The key that came with the request. */
const char *fake_key(const struct fake_call *c)
{
    const char *v = fake_header(c, c->format->key_header), *prefix = c->format->key_prefix;
    return v && !strncmp(v, prefix, strlen(prefix)) ? v + strlen(prefix) : "(none)";
}

static char *echo_text(const struct fake_request *req)
{
    json_t *j = dvb_json_pack("{s:i, s:I, s:I, s:b, s:f, s:b}", "frames", req->frames,
                              "frame_bytes", (json_int_t)req->frame_bytes, "video_bytes",
                              (json_int_t)req->video_bytes, "text_last", (int)req->text_last, "fps",
                              req->fps, "stream", (int)req->stream);
    json_object_set_new(j, "prompt", dvb_json_str(req->prompt));
    json_object_set_new(j, "system", dvb_json_str(req->system));
    json_object_set_new(j, "schema", dvb_json_str(req->schema));
    json_object_set_new(j, "detail", dvb_json_str(req->detail));
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

/* The script's error object in the service's shape, with $KEY replaced. */
static json_t *scripted_error(const struct fake_call *c, const json_t *error)
{
    json_t *copy = json_deep_copy(error);
    const char *message = dvb_json_get_str(copy, "message");
    const char *at = message ? strstr(message, "$KEY") : NULL;
    if (at) {
        char *filled = dvb_asprintf("%.*s%s%s", (int)(at - message), message, fake_key(c), at + 4);
        json_object_set_new(copy, "message", dvb_json_str(filled));
        free(filled);
    }
    json_t *whole = c->format->error(c->status, "", dvb_json_get_str(copy, "message"), copy);
    json_decref(copy);
    return whole;
}

static int outcome_of(const json_t *reply)
{
    static const char *const words[] = { "done", "truncated", "filtered", "empty" };
    const char *outcome = dvb_json_get_str(reply, "outcome");
    for (int i = 0; outcome && i < 4; i++)
        if (!strcmp(words[i], outcome))
            return i;
    return FAKE_DONE;
}

static void write_answer(struct fake_call *c, const json_t *reply, const struct fake_request *req,
                         const char *canned)
{
    char *echo = json_object_get(reply, "echo") ? echo_text(req) : NULL;
    struct fake_answer a = { .text = canned ? canned
                                     : echo ? echo
                                            : dvb_json_get_str(reply, "text"),
                             .refusal = dvb_json_get_str(reply, "refusal"),
                             .finish = dvb_json_get_str(reply, "finish"),
                             .parts = json_object_get(reply, "parts"),
                             .usage = json_object_get(reply, "usage") };
    a.outcome = outcome_of(reply);
    if (req->stream && c->format->events) {
        c->text = c->format->events(&a, req);
        c->type = "text/event-stream";
    } else {
        fake_reply_json(c, c->status, c->format->completion(&a, req));
    }
    free(echo);
}

static void answer(struct fake_call *c, const struct fake_request *req)
{
    bool questions = fake_scene.questions && req->schema && !strcmp(req->schema, "questions");
    const json_t *reply = questions ? NULL : fake_script_pick(fake_scene.script, req);
    if (!questions && !reply) {
        fake_reply_error(c, 404, "model_not_found", "The model does not exist.");
        return;
    }
    c->faults = reply;
    c->status = (unsigned)dvb_json_get_num(reply, "status", 200);
    json_object_update(c->headers, json_object_get(reply, "headers"));
    const char *raw = dvb_json_get_str(reply, "raw");
    const json_t *error = json_object_get(reply, "error");
    if (raw)
        c->text = dvb_strdup(raw);
    else if (error)
        fake_reply_json(c, c->status, scripted_error(c, error));
    else
        write_answer(c, reply, req, questions ? fake_scene.questions : NULL);
}

void fake_ask(struct fake_call *c, const json_t *root)
{
    struct fake_request req = { 0 };
    struct fake_check check = {
        .vllm = fake_scene.vllm, .req = &req, .call = c, .format = c->format
    };
    req.stream = c->route->stream;
    free(c->text);
    c->text = NULL;
    c->type = NULL;
    c->faults = NULL;
    if (!c->format->check(&check, root)) {
        fake_reply_error(c, 400, "invalid_value", check.says);
    } else {
        size_t tally = fake_tally_enter_model(req.model);
        if (c->tally) /* of a batch: only the last one is in flight */
            fake_tally_leave_model(c->tally);
        c->tally = tally;
        answer(c, &req);
    }
    fake_request_release(&req);
}
