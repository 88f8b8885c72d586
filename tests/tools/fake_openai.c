/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A service for tests: speaks OpenAI's chat format, checks every request
 * strictly (openai_request.h) and answers by a script. Prints its base URL.
 *
 * A script is a JSON object, model id -> list of replies. For each request the
 * first reply is taken that fits it and has not been used; the last that fits
 * is used for ever. A reply has:
 *   text, refusal, parts (content as a list), finish, usage    a chat completion
 *   echo: true     a chat completion whose text says what was received, as JSON
 *   error: {message, type, code}    an error object; $KEY in the message becomes the
 *                  key that was received, as some services do
 *   raw            the body as it is to be sent; fill: N  that many bytes of filler
 *   status, headers, type (content type)
 *   delay_ms       before the reply begins; trickle_ms  per byte
 *   cut: N         break off after N bytes of the body; drop: true  before any
 *   schema, contains    fits requests with a response schema of that name, with
 *                  that text in the prompt
 * Model ids that the script does not have are looked up in the built-in one below.
 *
 * GET /v1/models lists the ids; GET /stats counts requests, connections and how
 * many were in flight at once.
 */
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/opt.h"
#include "tests/tools/openai_request.h"

#define MAX_BODY ((size_t)128 << 20)

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
    " \"empty\": [{\"raw\": \"{\\\"choices\\\": []}\"}],"
    " \"refusal\": [{\"refusal\": \"I cannot help with that.\"}],"
    " \"filtered\": [{\"text\": \"\", \"finish\": \"content_filter\"}],"
    " \"length\": [{\"text\": \"half a rep\", \"finish\": \"length\"}],"
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
                                            "delay_ms", "trickle_ms", NULL };

struct settings {
    int64_t port;
    const char *key_env, *script, *questions, *cert, *cert_key;
    bool vllm, until_eof;
};

static const struct dvb_opt opts[] = {
    { "port", 0, DVB_OPT_INT, offsetof(struct settings, port), .arg = "N", .def = "0", .max = 65535,
      .help = "Port to listen on; 0 for any" },
    { "key-env", 0, DVB_OPT_STR, offsetof(struct settings, key_env), .arg = "VAR",
      .help = "Ask for the bearer key that this variable holds" },
    { "script", 0, DVB_OPT_STR, offsetof(struct settings, script), .arg = "FILE",
      .help = "Replies by model id" },
    { "questions", 0, DVB_OPT_STR, offsetof(struct settings, questions), .arg = "FILE",
      .help = "Text to reply with when the response schema is named questions" },
    { "vllm", 0, DVB_OPT_FLAG, offsetof(struct settings, vllm),
      .help = "Take video_url parts and vLLM's own fields too" },
    { "tls-cert", 0, DVB_OPT_STR, offsetof(struct settings, cert), .arg = "PEM",
      .help = "Speak TLS with this certificate" },
    { "tls-key", 0, DVB_OPT_STR, offsetof(struct settings, cert_key), .arg = "PEM",
      .help = "Its key" },
    { "until-eof", 0, DVB_OPT_FLAG, offsetof(struct settings, until_eof),
      .help = "End when standard input does" },
    { .name = NULL },
};

/* How often something happened to a model id, or to all. */
struct tally {
    char *model;
    long requests, in_flight, max_in_flight;
};

static struct server {
    struct settings s;
    const char *key;
    char *questions;
    json_t *script, *built_in;
    pthread_mutex_t lock;
    struct tally all, *models;
    size_t n_models;
    long connections;
    volatile sig_atomic_t stopping;
} server = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* One exchange. */
struct exchange {
    char *body;
    size_t len, cap;
    bool too_large, counted;
    size_t tally; /* index in server.models, plus 1 */
};

static void enter(struct tally *t)
{
    t->requests++;
    if (++t->in_flight > t->max_in_flight)
        t->max_in_flight = t->in_flight;
}

static size_t enter_model(const char *model)
{
    pthread_mutex_lock(&server.lock);
    size_t i = 0;
    while (i < server.n_models && strcmp(server.models[i].model, model))
        i++;
    if (i == server.n_models) {
        server.models = dvb_realloc(server.models, ++server.n_models, sizeof(*server.models));
        server.models[i] = (struct tally){ .model = dvb_strdup(model) };
    }
    enter(&server.models[i]);
    pthread_mutex_unlock(&server.lock);
    return i + 1;
}

/* What a response is made from. */
struct output {
    char *text; /* owned */
    size_t len; /* of the whole body */
    size_t cut; /* bytes after which the connection breaks; SIZE_MAX: never */
    long trickle_ms;
};

static void wait_ms(long ms)
{
    for (; ms > 0 && !server.stopping; ms -= 10)
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
}

static ssize_t read_output(void *user, uint64_t pos, char *buf, size_t max)
{
    const struct output *o = user;
    if (pos >= o->cut)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = o->len - pos < max ? o->len - pos : max, text = o->text ? strlen(o->text) : 0;
    n = o->cut - pos < n ? o->cut - pos : n;
    if (o->trickle_ms && pos) {
        wait_ms(o->trickle_ms);
        n = n ? 1 : 0;
    } else if (o->trickle_ms) {
        n = 1;
    }
    for (size_t i = 0; i < n; i++)
        buf[i] = pos + i < text ? o->text[pos + i] : 'x';
    return (ssize_t)n;
}

static void free_output(void *user)
{
    struct output *o = user;
    free(o->text);
    free(o);
}

static enum MHD_Result send_output(struct MHD_Connection *conn, unsigned status, char *text,
                                   const json_t *reply)
{
    struct output *o = dvb_calloc(1, sizeof(*o));
    const json_t *cut = json_object_get(reply, "cut");
    const char *key, *type = dvb_json_get_str(reply, "type");
    json_t *v;
    o->text = text;
    o->len = (size_t)dvb_json_get_num(reply, "fill", (double)strlen(text));
    o->cut = cut ? (size_t)json_integer_value(cut) : SIZE_MAX;
    o->trickle_ms = (long)dvb_json_get_num(reply, "trickle_ms", 0);
    struct MHD_Response *r = MHD_create_response_from_callback(o->len, 4096, read_output, o,
                                                               free_output);
    MHD_add_response_header(r, "Content-Type", type ? type : "application/json");
    json_object_foreach(json_object_get(reply, "headers"), key, v)
    {
        MHD_add_response_header(r, key, json_string_value(v));
    }
    enum MHD_Result ret = MHD_queue_response(conn, status, r);
    MHD_destroy_response(r);
    return ret;
}

static enum MHD_Result send_json(struct MHD_Connection *conn, unsigned status, json_t *j)
{
    char *text = dvb_json_canon(j);
    json_decref(j);
    return send_output(conn, status, text, NULL);
}

static enum MHD_Result send_error(struct MHD_Connection *conn, unsigned status, const char *code,
                                  const char *message)
{
    return send_json(conn, status,
                     dvb_json_pack("{s:{s:s, s:s, s:n, s:s}}", "error", "message", message, "type",
                                   "invalid_request_error", "param", "code", code));
}

/* How the reply was used up, beside the script so that it can be shared. */
static bool used(const json_t *reply)
{
    return json_is_true(json_object_get(reply, "_used"));
}

static bool fits_request(const json_t *reply, const struct request *req)
{
    const char *schema = dvb_json_get_str(reply, "schema");
    const char *contains = dvb_json_get_str(reply, "contains");
    if (schema && (!req->schema || strcmp(schema, req->schema)))
        return false;
    return !contains || (req->prompt && strstr(req->prompt, contains));
}

static const json_t *pick_reply(const struct request *req)
{
    const json_t *list = json_object_get(server.script, req->model);
    json_t *reply, *last = NULL;
    size_t i;
    if (!list)
        list = json_object_get(server.built_in, req->model);
    pthread_mutex_lock(&server.lock);
    json_array_foreach((json_t *)list, i, reply)
    {
        if (!fits_request(reply, req))
            continue;
        last = reply;
        if (!used(reply))
            break;
    }
    if (last)
        json_object_set_new(last, "_used", json_true());
    pthread_mutex_unlock(&server.lock);
    return last;
}

static char *echo_text(const struct request *req)
{
    json_t *j = dvb_json_pack("{s:i, s:I, s:I, s:b}", "frames", req->frames, "frame_bytes",
                              (json_int_t)req->frame_bytes, "video_bytes",
                              (json_int_t)req->video_bytes, "text_last", (int)req->text_last);
    json_object_set_new(j, "prompt", dvb_json_str(req->prompt));
    json_object_set_new(j, "system", dvb_json_str(req->system));
    json_object_set_new(j, "schema", dvb_json_str(req->schema));
    json_object_set_new(j, "detail", dvb_json_str(req->detail));
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}

static char *completion(const json_t *reply, const struct request *req, const char *canned)
{
    const char *finish = dvb_json_get_str(reply, "finish");
    char *echo = json_object_get(reply, "echo") ? echo_text(req) : NULL;
    const char *text = canned ? canned : echo ? echo : dvb_json_get_str(reply, "text");
    json_t *parts = json_object_get(reply, "parts"), *usage = json_object_get(reply, "usage");
    json_t *message = dvb_json_pack("{s:s}", "role", "assistant");
    json_object_set_new(message, "content", parts ? json_incref(parts) : dvb_json_str(text));
    json_object_set_new(message, "refusal", dvb_json_str(dvb_json_get_str(reply, "refusal")));
    json_t *whole = dvb_json_pack("{s:s, s:s, s:i, s:s, s:[{s:i, s:o, s:n, s:s}]}", "id",
                                  "chatcmpl-1", "object", "chat.completion", "created", 1700000000,
                                  "model", req->model, "choices", "index", 0, "message", message,
                                  "logprobs", "finish_reason", finish ? finish : "stop");
    if (usage)
        json_object_set(whole, "usage", usage);
    else
        json_object_set_new(whole, "usage",
                            dvb_json_pack("{s:i, s:i, s:i, s:{s:i}}", "prompt_tokens", 100,
                                          "completion_tokens", 5, "total_tokens", 105,
                                          "prompt_tokens_details", "cached_tokens", 20));
    char *out = dvb_json_canon(whole);
    json_decref(whole);
    free(echo);
    return out;
}

/* The key of an authorization header. */
static const char *key_of(const char *auth)
{
    return auth && !strncmp(auth, "Bearer ", 7) ? auth + 7 : "(none)";
}

/* The error object, with $KEY replaced. */
static char *error_text(const json_t *error, const char *auth)
{
    json_t *copy = json_deep_copy(error);
    const char *message = dvb_json_get_str(copy, "message"), *at = strstr(message, "$KEY");
    if (at) {
        char *filled = dvb_asprintf("%.*s%s%s", (int)(at - message), message, key_of(auth), at + 4);
        json_object_set_new(copy, "message", dvb_json_str(filled));
        free(filled);
    }
    json_t *whole = dvb_json_pack("{s:o}", "error", copy);
    char *out = dvb_json_canon(whole);
    json_decref(whole);
    return out;
}

static enum MHD_Result reply_to(struct MHD_Connection *conn, const struct request *req,
                                const char *auth)
{
    bool questions = server.questions && req->schema && !strcmp(req->schema, "questions");
    const json_t *reply = questions ? NULL : pick_reply(req);
    if (!questions && !reply)
        return send_error(conn, 404, "model_not_found", "The model does not exist.");
    wait_ms((long)dvb_json_get_num(reply, "delay_ms", 0));
    if (server.stopping || json_is_true(json_object_get(reply, "drop")))
        return MHD_NO;
    const char *raw = dvb_json_get_str(reply, "raw");
    const json_t *error = json_object_get(reply, "error");
    char *text = raw     ? dvb_strdup(raw)
                 : error ? error_text(error, auth)
                         : completion(reply, req, questions ? server.questions : NULL);
    return send_output(conn, (unsigned)dvb_json_get_num(reply, "status", 200), text, reply);
}

static enum MHD_Result chat(struct MHD_Connection *conn, struct exchange *x)
{
    const char *auth = MHD_lookup_connection_value(conn, MHD_HEADER_KIND, "Authorization");
    const char *type = MHD_lookup_connection_value(conn, MHD_HEADER_KIND, "Content-Type");
    char *want = server.key ? dvb_asprintf("Bearer %s", server.key) : NULL;
    bool let_in = !want || (auth && !strcmp(auth, want));
    free(want);
    if (!let_in) {
        char *says = dvb_asprintf("Incorrect API key provided: %s.", key_of(auth));
        enum MHD_Result ret = send_error(conn, 401, "invalid_api_key", says);
        free(says);
        return ret;
    }
    if (x->too_large)
        return send_error(conn, 413, "too_large", "The request is too large.");
    if (!type || strcasecmp(type, "application/json"))
        return send_error(conn, 415, "bad_type", "The content type must be application/json.");
    struct request req = { 0 };
    struct check check = { .vllm = server.s.vllm, .req = &req };
    json_t *root = json_loadb(x->body ? x->body : "", x->len, JSON_REJECT_DUPLICATES, NULL);
    enum MHD_Result ret;
    if (!root)
        ret = send_error(conn, 400, "bad_json",
                         "We could not parse the JSON body of your request.");
    else if (!check_request(&check, root))
        ret = send_error(conn, 400, "invalid_value", check.says);
    else {
        x->tally = enter_model(req.model);
        ret = reply_to(conn, &req, auth);
    }
    json_decref(root);
    free(req.prompt);
    return ret;
}

static json_t *tally_json(const struct tally *t)
{
    return dvb_json_pack("{s:i, s:i}", "requests", (int)t->requests, "max_in_flight",
                         (int)t->max_in_flight);
}

static enum MHD_Result stats(struct MHD_Connection *conn)
{
    pthread_mutex_lock(&server.lock);
    json_t *models = json_object(), *all = tally_json(&server.all);
    for (size_t i = 0; i < server.n_models; i++)
        json_object_set_new(models, server.models[i].model, tally_json(&server.models[i]));
    json_object_set_new(all, "connections", json_integer(server.connections));
    json_object_set_new(all, "models", models);
    pthread_mutex_unlock(&server.lock);
    return send_json(conn, 200, all);
}

static void add_models(json_t *list, const json_t *script)
{
    const char *id;
    json_t *v;
    json_object_foreach((json_t *)script, id, v)
    {
        json_array_append_new(list, dvb_json_pack("{s:s, s:s}", "id", id, "object", "model"));
    }
}

static enum MHD_Result models(struct MHD_Connection *conn)
{
    json_t *list = json_array();
    add_models(list, server.script);
    add_models(list, server.built_in);
    return send_json(conn, 200, dvb_json_pack("{s:s, s:o}", "object", "list", "data", list));
}

static void take_upload(struct exchange *x, const char *data, size_t n)
{
    if (x->too_large || x->len + n > MAX_BODY) {
        x->too_large = true;
        return;
    }
    if (x->len + n > x->cap) {
        x->cap = (x->len + n) * 2;
        x->body = dvb_realloc(x->body, x->cap, 1);
    }
    memcpy(x->body + x->len, data, n);
    x->len += n;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *conn, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *n, void **state)
{
    (void)user, (void)version;
    bool is_chat = !strcmp(url, "/v1/chat/completions");
    struct exchange *x = *state;
    if (!x) {
        *state = x = dvb_calloc(1, sizeof(*x));
        x->counted = is_chat;
        if (is_chat) {
            pthread_mutex_lock(&server.lock);
            enter(&server.all);
            pthread_mutex_unlock(&server.lock);
        }
        return MHD_YES;
    }
    if (*n) {
        take_upload(x, data, *n);
        *n = 0;
        return MHD_YES;
    }
    if (is_chat && !strcmp(method, "POST"))
        return chat(conn, x);
    if (!strcmp(method, "GET") && !strcmp(url, "/stats"))
        return stats(conn);
    if (!strcmp(method, "GET") && !strcmp(url, "/v1/models"))
        return models(conn);
    return send_error(conn, is_chat ? 405 : 404, "unknown_url", "Invalid URL or method.");
}

static void on_done(void *user, struct MHD_Connection *conn, void **state,
                    enum MHD_RequestTerminationCode code)
{
    (void)user, (void)conn, (void)code;
    struct exchange *x = *state;
    if (!x)
        return;
    pthread_mutex_lock(&server.lock);
    if (x->tally)
        server.models[x->tally - 1].in_flight--;
    if (x->counted)
        server.all.in_flight--;
    pthread_mutex_unlock(&server.lock);
    free(x->body);
    free(x);
    *state = NULL;
}

static void on_connection(void *user, struct MHD_Connection *conn, void **state,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)user, (void)conn, (void)state;
    pthread_mutex_lock(&server.lock);
    server.connections += code == MHD_CONNECTION_NOTIFY_STARTED;
    pthread_mutex_unlock(&server.lock);
}

static bool is_reply_field(const char *field)
{
    for (const char *const *known = reply_fields; *known; known++)
        if (!strcmp(*known, field))
            return true;
    return false;
}

static int check_reply(const char *where, size_t i, const json_t *reply, struct dvb_err *err)
{
    const char *field;
    json_t *v;
    json_object_foreach((json_t *)reply, field, v)
    {
        if (!is_reply_field(field))
            return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s[%zu]: unknown field '%s'", where, i,
                            field);
    }
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

static int load(struct dvb_err *err)
{
    const struct settings *s = &server.s;
    int ret = dvb_json_parse(built_in, strlen(built_in), "built-in", &server.built_in, err);
    if (!ret)
        ret = check_script("built-in", server.built_in, err);
    if (!ret && s->script)
        ret = dvb_json_load(s->script, &server.script, err);
    if (!ret && s->script)
        ret = check_script(s->script, server.script, err);
    if (!ret && s->questions)
        ret = dvb_read_file(s->questions, (size_t)8 << 20, &server.questions, NULL, err);
    server.key = s->key_env ? getenv(s->key_env) : NULL;
    if (!ret && s->key_env && !server.key)
        ret = dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--key-env: %s is not set", s->key_env);
    return ret;
}

static void on_signal(int sig)
{
    (void)sig;
    server.stopping = 1;
}

static struct MHD_Daemon *listen_on(char *cert, char *key)
{
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                     (cert ? MHD_USE_TLS : 0);
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)server.s.port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct MHD_OptionItem tls[] = { { MHD_OPTION_HTTPS_MEM_CERT, 0, cert },
                                    { MHD_OPTION_HTTPS_MEM_KEY, 0, key },
                                    { MHD_OPTION_END, 0, NULL } };
    return MHD_start_daemon(flags, (uint16_t)server.s.port, NULL, NULL, on_request, NULL,
                            MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL, MHD_OPTION_ARRAY,
                            cert ? tls : tls + 2, MHD_OPTION_END);
}

static void watch_input(void)
{
    struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
    char byte;
    if (poll(&in, server.s.until_eof ? 1 : 0, 50) > 0 && read(STDIN_FILENO, &byte, 1) <= 0)
        server.stopping = 1;
}

static int serve(struct dvb_err *err)
{
    char *cert = NULL, *key = NULL;
    int ret = 0;
    if (server.s.cert)
        ret = dvb_read_file(server.s.cert, 1 << 20, &cert, NULL, err);
    if (!ret && server.s.cert_key)
        ret = dvb_read_file(server.s.cert_key, 1 << 20, &key, NULL, err);
    struct MHD_Daemon *d = ret ? NULL : listen_on(cert, key);
    if (!ret && !d)
        ret = dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot listen on port %d",
                             (int)server.s.port);
    if (d) {
        printf("%s://127.0.0.1:%u/v1\n", cert ? "https" : "http",
               (unsigned)MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
        fflush(stdout);
        while (!server.stopping)
            watch_input();
        MHD_stop_daemon(d);
    }
    free(cert);
    free(key);
    return ret;
}

int main(int argc, char **argv)
{
    struct dvb_err err = { 0 };
    struct dvb_opt_target target = { opts, &server.s };
    int n_args = 0;
    struct sigaction on = { .sa_handler = on_signal };
    sigaction(SIGTERM, &on, NULL);
    sigaction(SIGINT, &on, NULL);
    signal(SIGPIPE, SIG_IGN);
    int ret = dvb_opt_parse(&target, 1, argc - 1, argv + 1, &n_args, &err);
    if (!ret)
        ret = load(&err);
    if (!ret)
        ret = serve(&err);
    if (ret)
        fprintf(stderr, "fake_openai: %s\n", err.msg);
    dvb_opt_release(&target, 1);
    json_decref(server.script);
    json_decref(server.built_in);
    free(server.questions);
    for (size_t i = 0; i < server.n_models; i++)
        free(server.models[i].model);
    free(server.models);
    return ret ? (int)err.fault : 0;
}
