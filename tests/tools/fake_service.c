/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A service for tests: speaks the wire formats of tests/tools/fake/ at once,
 * each on its own paths, checks every request strictly and answers by a script.
 * Prints the base URL of the formats under /v1.
 *
 * A script is a JSON object, model id -> list of replies. For each request the
 * first reply is taken that fits it and has not been used; the last that fits
 * is used for ever. A reply has:
 *   text, refusal, finish, outcome ("done", "truncated", "filtered", "empty")
 *   parts, usage   the content as a list and the usage, as the service writes them
 *   echo: true     a reply whose text says what was received, as JSON
 *   error: {message, type, code, ...}   an error in the service's shape; $KEY in the
 *                  message becomes the key that was received, as some services do
 *   raw            the body as it is to be sent; fill: N  that many bytes of filler
 *   status, headers, type (content type)
 *   delay_ms       before the reply begins; trickle_ms  per byte
 *   cut: N         break off after N bytes of the body; drop: true  before any
 *   schema, contains    fits requests with a response schema of that name, with
 *                  that text in the prompt
 * Model ids that the script does not have are looked up in the built-in one
 * (tests/tools/fake/script.c). A request that asks for server-sent events gets the
 * reply so; raw, fill and errors are sent as they are.
 *
 * GET /stats counts requests, connections and how many were in flight at once.
 */
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/opt.h"
#include "tests/tools/fake/script.h"
#include "tests/tools/fake/tally.h"

#define MAX_BODY ((size_t)128 << 20)

struct settings {
    int64_t port;
    const char *key_env, *script, *questions, *cert, *cert_key;
    bool vllm, until_eof;
};

static const struct dvb_opt opts[] = {
    { "port", 0, DVB_OPT_INT, offsetof(struct settings, port), .arg = "N", .def = "0", .max = 65535,
      .help = "Port to listen on; 0 for any" },
    { "key-env", 0, DVB_OPT_STR, offsetof(struct settings, key_env), .arg = "VAR",
      .help = "Ask for the key that this variable holds" },
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

static struct server {
    struct settings s;
    const char *key;
    volatile sig_atomic_t stopping;
} server;

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

static enum MHD_Result send_output(struct fake_call *c)
{
    struct output *o = dvb_calloc(1, sizeof(*o));
    const json_t *cut = json_object_get(c->faults, "cut");
    const char *key, *type = dvb_json_get_str(c->faults, "type");
    json_t *v;
    o->text = c->text ? c->text : dvb_strdup("");
    c->text = NULL;
    o->len = (size_t)dvb_json_get_num(c->faults, "fill", (double)strlen(o->text));
    o->cut = cut ? (size_t)json_integer_value(cut) : SIZE_MAX;
    o->trickle_ms = (long)dvb_json_get_num(c->faults, "trickle_ms", 0);
    struct MHD_Response *r = MHD_create_response_from_callback(o->len, 4096, read_output, o,
                                                               free_output);
    MHD_add_response_header(r, "Content-Type",
                            type      ? type
                            : c->type ? c->type
                                      : "application/json");
    json_object_foreach(c->headers, key, v)
    {
        MHD_add_response_header(r, key, json_string_value(v));
    }
    enum MHD_Result ret = MHD_queue_response(c->conn, c->status, r);
    MHD_destroy_response(r);
    return ret;
}

const char *fake_header(const struct fake_call *c, const char *name)
{
    return MHD_lookup_connection_value(c->conn, MHD_HEADER_KIND, name);
}

const char *fake_query(const struct fake_call *c, const char *name)
{
    return MHD_lookup_connection_value(c->conn, MHD_GET_ARGUMENT_KIND, name);
}

static void question(struct fake_call *c)
{
    json_t *root = json_loadb(c->body ? c->body : "", c->len, JSON_REJECT_DUPLICATES, NULL);
    if (root)
        fake_ask(c, root);
    else
        fake_reply_error(c, 400, "bad_json", "We could not parse the JSON body of your request.");
    json_decref(root);
}

/* The key belongs in the format's own header, and in no other place. */
static bool key_fits(struct fake_call *c)
{
    const char *want = server.key;
    bool fits = !want || !strcmp(fake_key(c), want);
    for (const struct fake_format *const *f = fake_formats; *f; f++)
        if (strcasecmp((*f)->key_header, c->format->key_header) && fake_header(c, (*f)->key_header))
            fits = false;
    if (fits && !fake_query(c, "key"))
        return true;
    char *says = dvb_asprintf("Incorrect API key provided: %s.", fake_key(c));
    fake_reply_error(c, 401, "invalid_api_key", says);
    free(says);
    return false;
}

static enum MHD_Result one_argument(void *user, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct fake_call *c = user;
    char word[80];
    (void)kind, (void)value;
    snprintf(word, sizeof(word), "|%s|", name);
    if (c->route->query && strstr(c->route->query, word))
        return MHD_YES;
    char *says = dvb_asprintf("Unknown query argument '%s'.", name);
    fake_reply_error(c, 400, "invalid_value", says);
    free(says);
    return MHD_NO;
}

static bool type_fits(const char *type, const char *want)
{
    size_t n = want ? strlen(want) : 0;
    return !want || (type && !strncasecmp(type, want, n) && (!type[n] || type[n] == ';'));
}

static bool headers_fit(struct fake_call *c)
{
    const char *const(*h)[2] = c->format->required;
    if (!type_fits(fake_header(c, "Content-Type"), c->route->type)) {
        char *says = dvb_asprintf("The content type must be %s.", c->route->type);
        fake_reply_error(c, 415, "bad_type", says);
        free(says);
        return false;
    }
    for (; h && (*h)[0]; h++) {
        const char *v = fake_header(c, (*h)[0]);
        if (v && !strcmp(v, (*h)[1]))
            continue;
        char *says = dvb_asprintf("%s: header is required and must be %s", (*h)[0], (*h)[1]);
        fake_reply_error(c, 400, "invalid_value", says);
        free(says);
        return false;
    }
    MHD_get_connection_values(c->conn, MHD_GET_ARGUMENT_KIND, one_argument, c);
    return !c->text;
}

static void stats(struct fake_call *c);

static enum MHD_Result serve_call(struct fake_call *c)
{
    c->status = 200;
    if (c->route->serve != stats && !key_fits(c)) /* the tests' own question needs none */
        return send_output(c);
    if (c->too_large)
        fake_reply_error(c, 413, "too_large", "The request is too large.");
    else if (!headers_fit(c))
        return send_output(c);
    else if (c->route->serve)
        c->route->serve(c);
    else
        question(c);
    wait_ms((long)dvb_json_get_num(c->faults, "delay_ms", 0));
    if (server.stopping || json_is_true(json_object_get(c->faults, "drop")))
        return MHD_NO;
    return send_output(c);
}

static void stats(struct fake_call *c)
{
    fake_reply_json(c, 200, fake_tally_json());
}

static void take_upload(struct fake_call *c, const char *data, size_t n)
{
    size_t max = c->route && c->route->max_body ? c->route->max_body : MAX_BODY;
    if (c->too_large || c->len + n > max) {
        c->too_large = true;
        return;
    }
    if (c->len + n > c->cap) {
        c->cap = (c->len + n) * 2;
        c->body = dvb_realloc(c->body, c->cap, 1);
    }
    memcpy(c->body + c->len, data, n);
    c->len += n;
}

/* What '*' stands for in the path, heap; NULL: the path is another. */
static char *match(const char *pattern, const char *path)
{
    const char *star = strchr(pattern, '*');
    if (!star)
        return strcmp(pattern, path) ? NULL : dvb_strdup("");
    size_t head = (size_t)(star - pattern), tail = strlen(star + 1), len = strlen(path);
    if (len <= head + tail || strncmp(pattern, path, head) || strcmp(path + len - tail, star + 1))
        return NULL;
    char *stands = dvb_asprintf("%.*s", (int)(len - head - tail), path + head);
    if (!strchr(stands, '/'))
        return stands;
    free(stands);
    return NULL;
}

static const struct fake_route stats_route = { "GET", "/stats", .serve = stats };

/* The route of the path; of those that share it, the one with the method. */
static void find_route(struct fake_call *c, const char *path, const char *method)
{
    for (const struct fake_format *const *f = fake_formats; *f; f++)
        for (const struct fake_route *r = (*f)->routes; r->method; r++) {
            char *star = c->route && strcmp(r->method, method) ? NULL : match(r->path, path);
            if (!star)
                continue;
            free(c->star);
            c->star = star;
            c->route = r;
            c->format = *f;
            if (!strcmp(r->method, method))
                return;
        }
    if (!c->route && !strcmp(path, stats_route.path))
        c->route = &stats_route;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *conn, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *n, void **state)
{
    (void)user, (void)version;
    struct fake_call *c = *state;
    if (!c) {
        *state = c = dvb_calloc(1, sizeof(*c));
        c->conn = conn;
        c->headers = json_object();
        c->format = fake_formats[0];
        find_route(c, url, method);
        c->counted = c->route && !c->route->serve;
        if (c->counted) {
            fake_tally_enter();
        }
        return MHD_YES;
    }
    if (*n) {
        take_upload(c, data, *n);
        *n = 0;
        return MHD_YES;
    }
    if (c->route && !strcmp(c->route->method, method))
        return serve_call(c);
    fake_reply_error(c, c->route ? 405 : 404, "unknown_url", "Invalid URL or method.");
    return send_output(c);
}

static void on_done(void *user, struct MHD_Connection *conn, void **state,
                    enum MHD_RequestTerminationCode code)
{
    (void)user, (void)conn, (void)code;
    struct fake_call *c = *state;
    if (!c)
        return;
    if (c->tally)
        fake_tally_leave_model(c->tally);
    if (c->counted)
        fake_tally_leave();
    json_decref(c->headers);
    free(c->star);
    free(c->text);
    free(c->body);
    free(c);
    *state = NULL;
}

static void on_connection(void *user, struct MHD_Connection *conn, void **state,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)user, (void)conn, (void)state;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        fake_tally_connection();
}

static int load(struct dvb_err *err)
{
    const struct settings *s = &server.s;
    int ret = fake_script_open(s->script, &fake_scene.script, err);
    if (!ret && s->questions)
        ret = dvb_read_file(s->questions, (size_t)8 << 20, &fake_scene.questions, NULL, err);
    fake_scene.vllm = s->vllm;
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
    int n_args = 0;
    struct sigaction on = { .sa_handler = on_signal };
    sigaction(SIGTERM, &on, NULL);
    sigaction(SIGINT, &on, NULL);
    signal(SIGPIPE, SIG_IGN);
    int ret = dvb_opt_parse(opts, &server.s, argc - 1, argv + 1, &n_args, &err);
    if (!ret)
        ret = load(&err);
    if (!ret)
        ret = serve(&err);
    if (ret)
        fprintf(stderr, "fake_service: %s\n", err.msg);
    dvb_opt_release(opts, &server.s);
    fake_script_close(&fake_scene.script);
    free(fake_scene.questions);
    fake_tally_free();
    return ret ? (int)err.fault : 0;
}
