/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/tools/fake/script.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static const char built_in[] =
    "{\"ok\": [{\"text\": \"B\"}],"
    " \"echo\": [{\"echo\": true}],"
    " \"slow\": [{\"text\": \"B\", \"delay_ms\": 300}],"
    " \"hang\": [{\"text\": \"B\", \"delay_ms\": 3600000}],"
    " \"stall\": [{\"text\": \"B\", \"trickle_ms\": 3600000}],"
    " \"retry-429\": [{\"status\": 429, \"headers\": {\"retry-after\": \"1\"},"
    "   \"error\": {\"message\": \"Rate limit reached\", \"type\": \"requests\","
    "   \"code\": \"rate_limit_exceeded\"}}, {\"text\": \"B\"}],"
    " \"retry-500\": [{\"status\": 500, \"error\": {\"message\": \"server had an error\"}},"
    "   {\"status\": 500, \"error\": {\"message\": \"server had an error\"}}, {\"text\": \"B\"}],"
    " \"always-503\": [{\"status\": 503, \"error\": {\"message\": \"overloaded\"}}],"
    " \"cut\": [{\"text\": \"B\", \"cut\": 20}],"
    " \"cut-once\": [{\"text\": \"B\", \"cut\": 20}, {\"text\": \"B\"}],"
    " \"drop\": [{\"drop\": true}],"
    " \"drop-once\": [{\"drop\": true}, {\"text\": \"B\"}],"
    " \"garbage\": [{\"raw\": \"{\\\"choices\\\": [{\\\"mess\"}],"
    " \"html\": [{\"raw\": \"<html>Bad Gateway</html>\", \"type\": \"text/html\"}],"
    " \"huge\": [{\"fill\": 1073741824}],"
    " \"empty\": [{\"outcome\": \"empty\"}],"
    " \"refusal\": [{\"refusal\": \"I cannot help with that.\"}],"
    " \"filtered\": [{\"text\": \"\", \"outcome\": \"filtered\"}],"
    " \"length\": [{\"text\": \"half a rep\", \"outcome\": \"truncated\"}],"
    " \"bad-key\": [{\"status\": 401, \"error\": {\"message\": \"Incorrect API key provided:"
    "   $KEY.\", \"type\": \"invalid_request_error\", \"code\": \"invalid_api_key\"}}],"
    " \"no-quota\": [{\"status\": 429, \"error\": {\"message\": \"You exceeded your current"
    "   quota\", \"type\": \"insufficient_quota\", \"code\": \"insufficient_quota\"}}],"
    " \"error-200\": [{\"status\": 200, \"error\": {\"message\": \"upstream failed\"}}],"
    " \"redirect\": [{\"status\": 307, \"headers\": {\"location\": \"http://127.0.0.1:9/\"},"
    "   \"raw\": \"\"}]}";

static const char *const reply_fields[] = { "text",     "refusal",    "parts",   "finish",
                                            "usage",    "echo",       "error",   "raw",
                                            "fill",     "status",     "headers", "type",
                                            "cut",      "drop",       "schema",  "contains",
                                            "delay_ms", "trickle_ms", "outcome", NULL };
static const char *const outcomes[] = { "done", "truncated", "filtered", "empty", NULL };

struct fake_script {
    json_t *given, *built_in;
    pthread_mutex_t lock;
};

static bool among(const char *const *list, const char *s)
{
    while (*list && strcmp(*list, s))
        list++;
    return *list != NULL;
}

static int check_reply(const char *where, size_t i, const json_t *reply, struct dvb_err *err)
{
    const char *field, *outcome = dvb_json_get_str(reply, "outcome");
    json_t *v;
    if (!json_is_object(reply))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s[%zu]: not an object", where, i);
    json_object_foreach((json_t *)reply, field, v)
    {
        if (!among(reply_fields, field))
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s[%zu]: unknown field '%s'", where, i,
                            field);
    }
    if (outcome && !among(outcomes, outcome))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s[%zu]: unknown outcome '%s'", where, i,
                        outcome);
    return 0;
}

static int check_script(const char *file, const json_t *script, struct dvb_err *err)
{
    const char *id;
    json_t *list, *reply;
    size_t i;
    json_object_foreach((json_t *)script, id, list)
    {
        json_array_foreach(list, i, reply)
        {
            if (check_reply(id, i, reply, err))
                return dvb_err_prefix(err, "%s", file);
        }
    }
    return 0;
}

int fake_script_open(const char *path, struct fake_script **out, struct dvb_err *err)
{
    struct fake_script *s = *out = dvb_calloc(1, sizeof(*s));
    pthread_mutex_init(&s->lock, NULL);
    int ret = dvb_json_parse(built_in, strlen(built_in), "built-in", &s->built_in, err);
    if (!ret)
        ret = check_script("built-in", s->built_in, err);
    if (!ret && path)
        ret = dvb_json_load(path, &s->given, err);
    if (!ret && path)
        ret = check_script(path, s->given, err);
    if (ret)
        fake_script_close(out);
    return ret;
}

void fake_script_close(struct fake_script **s)
{
    if (!*s)
        return;
    json_decref((*s)->given);
    json_decref((*s)->built_in);
    pthread_mutex_destroy(&(*s)->lock);
    free(*s);
    *s = NULL;
}

static bool fits(const json_t *reply, const struct fake_request *req)
{
    const char *schema = dvb_json_get_str(reply, "schema");
    const char *contains = dvb_json_get_str(reply, "contains");
    if (schema && (!req->schema || strcmp(schema, req->schema)))
        return false;
    return !contains || (req->prompt && strstr(req->prompt, contains));
}

/* How a reply was used up stands beside it in the script. */
const json_t *fake_script_pick(struct fake_script *s, const struct fake_request *req)
{
    const json_t *list = json_object_get(s->given, req->model);
    json_t *reply, *last = NULL;
    size_t i;
    if (!list)
        list = json_object_get(s->built_in, req->model);
    pthread_mutex_lock(&s->lock);
    json_array_foreach((json_t *)list, i, reply)
    {
        if (!fits(reply, req))
            continue;
        last = reply;
        if (!json_is_true(json_object_get(reply, "_used")))
            break;
    }
    if (last)
        json_object_set_new(last, "_used", json_true());
    pthread_mutex_unlock(&s->lock);
    return last;
}

static void add_models(json_t *list, const json_t *script)
{
    const char *id;
    json_t *v;
    json_object_foreach((json_t *)script, id, v)
    {
        json_array_append_new(list, dvb_json_str(id));
    }
}

json_t *fake_script_models(const struct fake_script *s)
{
    json_t *list = json_array();
    add_models(list, s->given);
    add_models(list, s->built_in);
    return list;
}
