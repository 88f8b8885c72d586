/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One thread per connection: most of a request's time goes into recognition,
 * whose number of jobs the service bounds. Bodies are bounded one by one and
 * together: a request whose body would not fit waits before it is read.
 */
#include "reader/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#define MAX_CONNECTIONS 256
#define IDLE_TIMEOUT 120    /* seconds */
#define STOP_TIMEOUT 5      /* seconds for replies under way when the server closes */
#define BODIES_PER_SERVER 4 /* of the largest size, together */

struct dvb_server {
    struct MHD_Daemon *daemon;
    struct dvb_service *service;
    size_t max_body;
    char *url;
    pthread_mutex_t lock;
    pthread_cond_t room;
    pthread_cond_t idle;
    size_t free_bytes; /* for bodies */
    int active;        /* requests between their headers and the end of their reply */
};

/* One request; lives in MHD's con_cls. */
struct request {
    struct dvb_server *server;
    const struct route *route;
    size_t reserved; /* taken from free_bytes */
    char *body;
    size_t len, cap;
    bool too_large;
};

struct route {
    const char *path; /* a trailing slash: what follows is an id */
    const char *method;
    /* The reply, or NULL with e filled. */
    json_t *(*run)(struct request *r, const char *id, struct dvb_api_error *e);
};

/* ---- replies ---- */

static enum MHD_Result send_json(struct MHD_Connection *con, int status, json_t *body,
                                 const char *allow)
{
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    if (!text)
        return MHD_NO;
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), text,
                                                                    MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    if (allow)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    enum MHD_Result ret = MHD_queue_response(con, (unsigned)status, response);
    MHD_destroy_response(response);
    return ret;
}

static enum MHD_Result send_error(struct MHD_Connection *con, const struct dvb_api_error *e,
                                  const char *allow)
{
    dvb_debug("%d %s", e->status, e->message);
    json_t *body = dvb_json_pack(
        "{s:{s:o, s:s, s:o, s:o}}", "error", "message", dvb_json_str(e->message), "type", e->type,
        "param", dvb_json_str(*e->param ? e->param : NULL), "code", dvb_json_str(e->code));
    return send_json(con, e->status, body, allow);
}

/* ---- routes ---- */

static json_t *run_models(struct request *r, const char *id, struct dvb_api_error *e)
{
    (void)id, (void)e;
    return dvb_service_models(r->server->service, NULL);
}

static json_t *run_model(struct request *r, const char *id, struct dvb_api_error *e)
{
    json_t *model = dvb_service_models(r->server->service, id);
    if (!model)
        dvb_api_fail(e, 404, "model_not_found", "model", "there is no model '%.64s'", id);
    return model;
}

static json_t *run_chat(struct request *r, const char *id, struct dvb_api_error *e)
{
    (void)id;
    struct dvb_chat *chat;
    json_t *reply = NULL;
    int ret = dvb_chat_parse(r->body ? r->body : "", r->len, &chat, e);
    free(r->body); /* the media are decoded by now */
    r->body = NULL;
    if (!ret)
        dvb_service_chat(r->server->service, chat, &reply, e);
    dvb_chat_free(&chat);
    return reply;
}

static const struct route routes[] = {
    { "/v1/models", MHD_HTTP_METHOD_GET, run_models },
    { "/v1/models/", MHD_HTTP_METHOD_GET, run_model },
    { "/v1/chat/completions", MHD_HTTP_METHOD_POST, run_chat },
};

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
        size_t len = strlen(routes[i].path);
        bool takes_id = routes[i].path[len - 1] == '/';
        bool begins = !strncmp(path, routes[i].path, len);
        if (begins && (path[len] != '\0') == takes_id)
            return &routes[i];
    }
    return NULL;
}

/* ---- bodies ---- */

static void reserve(struct request *r, size_t bytes)
{
    struct dvb_server *s = r->server;
    pthread_mutex_lock(&s->lock);
    while (s->free_bytes < bytes)
        pthread_cond_wait(&s->room, &s->lock);
    s->free_bytes -= bytes;
    r->reserved = bytes;
    pthread_mutex_unlock(&s->lock);
}

static void unreserve(struct request *r)
{
    struct dvb_server *s = r->server;
    pthread_mutex_lock(&s->lock);
    s->free_bytes += r->reserved;
    r->reserved = 0;
    pthread_cond_broadcast(&s->room);
    pthread_mutex_unlock(&s->lock);
}

static void append(struct request *r, const char *data, size_t n)
{
    if (r->too_large || n > r->server->max_body - r->len) {
        r->too_large = true;
        return;
    }
    if (r->len + n + 1 > r->cap) {
        size_t cap = (r->len + n + 1) * 2;
        if (cap > r->server->max_body + 1)
            cap = r->server->max_body + 1;
        char *body = realloc(r->body, cap);
        if (!body) {
            r->too_large = true;
            return;
        }
        r->body = body;
        r->cap = cap;
    }
    memcpy(r->body + r->len, data, n);
    r->len += n;
    r->body[r->len] = '\0';
}

static const char *header(struct MHD_Connection *con, const char *name)
{
    return MHD_lookup_connection_value(con, MHD_HEADER_KIND, name);
}

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    size_t n = sizeof(json) - 1;
    return type && !strncasecmp(type, json, n) && (!type[n] || strchr("; \t", type[n]));
}

static int too_large(const struct dvb_server *s, struct dvb_api_error *e)
{
    return dvb_api_fail(e, 413, "request_too_large", NULL, "the request is larger than %zu bytes",
                        s->max_body);
}

/* What the headers alone decide. A body of unknown length may be of any. */
static int check_headers(struct request *r, struct MHD_Connection *con, struct dvb_api_error *e)
{
    const char *length = header(con, MHD_HTTP_HEADER_CONTENT_LENGTH);
    const char *type = header(con, MHD_HTTP_HEADER_CONTENT_TYPE);
    if (!is_json(type))
        return dvb_api_fail(e, 415, "unsupported_media_type", NULL,
                            "the content type is '%.64s', expected application/json",
                            type ? type : "");
    unsigned long long n = length ? strtoull(length, NULL, 10) : r->server->max_body;
    if (n > r->server->max_body)
        return too_large(r->server, e);
    reserve(r, (size_t)n);
    return 0;
}

/* ---- MHD's callbacks ---- */

static void count_active(struct dvb_server *s, int more)
{
    pthread_mutex_lock(&s->lock);
    s->active += more;
    if (!s->active)
        pthread_cond_broadcast(&s->idle);
    pthread_mutex_unlock(&s->lock);
}

static enum MHD_Result begin(struct dvb_server *s, struct MHD_Connection *con, const char *path,
                             const char *method, void **state)
{
    struct dvb_api_error e;
    const struct route *route = find_route(path);
    if (!route) {
        dvb_api_fail(&e, 404, "not_found", NULL,
                     "there is no %.64s; there are /v1/models and "
                     "/v1/chat/completions",
                     path);
        return send_error(con, &e, NULL);
    }
    if (strcmp(method, route->method)) {
        dvb_api_fail(&e, 405, "method_not_allowed", NULL, "%s does not take %.16s, only %s",
                     route->path, method, route->method);
        return send_error(con, &e, route->method);
    }
    struct request *r = dvb_calloc(1, sizeof(*r));
    *r = (struct request){ .server = s, .route = route };
    count_active(s, 1);
    *state = r;
    if (!strcmp(method, MHD_HTTP_METHOD_POST) && check_headers(r, con, &e))
        return send_error(con, &e, NULL);
    return MHD_YES;
}

static enum MHD_Result finish(struct request *r, struct MHD_Connection *con, const char *path)
{
    struct dvb_api_error e;
    if (r->too_large) {
        too_large(r->server, &e);
        return send_error(con, &e, NULL);
    }
    /* Waiting for a turn is no idleness: no timeout until the reply is there. */
    MHD_set_connection_option(con, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
    json_t *reply = r->route->run(r, path + strlen(r->route->path), &e);
    MHD_set_connection_option(con, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)IDLE_TIMEOUT);
    unreserve(r);
    return reply ? send_json(con, MHD_HTTP_OK, reply, NULL) : send_error(con, &e, NULL);
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *con, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state)
{
    (void)version;
    struct request *r = *state;
    if (!r)
        return begin(cls, con, path, method, state);
    if (*size) {
        append(r, data, *size);
        *size = 0;
        return MHD_YES;
    }
    return finish(r, con, path);
}

static void completed(void *cls, struct MHD_Connection *con, void **state,
                      enum MHD_RequestTerminationCode why)
{
    (void)cls, (void)con, (void)why;
    struct request *r = *state;
    if (!r)
        return;
    unreserve(r);
    count_active(r->server, -1);
    free(r->body);
    free(r);
    *state = NULL;
}

static void log_mhd(void *cls, const char *fmt, va_list ap)
{
    (void)cls;
    char text[512];
    vsnprintf(text, sizeof(text), fmt, ap);
    text[strcspn(text, "\n")] = '\0';
    dvb_debug("http: %s", text);
}

/* ---- opening and closing ---- */

static int start(struct dvb_server *s, const struct addrinfo *address, unsigned flags)
{
    s->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                                     MHD_USE_ITC | MHD_USE_POLL | MHD_USE_ERROR_LOG | flags,
                                 0, NULL, NULL, handle, s, MHD_OPTION_EXTERNAL_LOGGER, log_mhd,
                                 NULL, MHD_OPTION_SOCK_ADDR, address->ai_addr,
                                 MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
                                 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT,
                                 MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
    return s->daemon ? 0 : -1;
}

static int listen_on(struct dvb_server *s, const struct dvb_server_settings *settings,
                     struct dvb_err *err)
{
    char port[16];
    snprintf(port, sizeof(port), "%d", settings->port);
    struct addrinfo *found = NULL;
    const struct addrinfo hints = { .ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    int bad = getaddrinfo(settings->host, port, &hints, &found);
    if (bad)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL, "--host %s: %s", settings->host,
                        gai_strerror(bad));
    bool v6 = found->ai_family == AF_INET6;
    errno = 0;
    int ret = start(s, found, v6 ? MHD_USE_IPv6 : 0);
    freeaddrinfo(found);
    if (ret)
        return dvb_fail_errno(err, DVB_FAULT_SERVICE, "cannot listen on %s port %d", settings->host,
                              settings->port);
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
    s->url = dvb_asprintf(v6 ? "http://[%s]:%d/v1" : "http://%s:%d/v1", settings->host,
                          info ? (int)info->port : settings->port);
    return 0;
}

int dvb_server_open(const struct dvb_server_settings *settings, struct dvb_service *service,
                    struct dvb_server **server, struct dvb_err *err)
{
    struct dvb_server *s = dvb_calloc(1, sizeof(*s));
    s->service = service;
    s->max_body = settings->max_body;
    s->free_bytes = BODIES_PER_SERVER * settings->max_body;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->room, NULL);
    pthread_cond_init(&s->idle, NULL);
    int ret = listen_on(s, settings, err);
    if (ret)
        dvb_server_close(&s);
    *server = s;
    return ret;
}

const char *dvb_server_url(const struct dvb_server *server)
{
    return server->url;
}

/* No new connections; those that wait for a reply get it, within a few seconds:
   MHD_stop_daemon would cut them off. */
static void finish_requests(struct dvb_server *s)
{
    MHD_socket listener = MHD_quiesce_daemon(s->daemon);
    if (listener != MHD_INVALID_SOCKET)
        close(listener);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_TIMEOUT;
    pthread_mutex_lock(&s->lock);
    while (s->active && !pthread_cond_timedwait(&s->idle, &s->lock, &until))
        ;
    pthread_mutex_unlock(&s->lock);
}

void dvb_server_close(struct dvb_server **server)
{
    struct dvb_server *s = *server;
    if (!s)
        return;
    if (s->daemon) {
        finish_requests(s);
        MHD_stop_daemon(s->daemon);
    }
    pthread_cond_destroy(&s->idle);
    pthread_cond_destroy(&s->room);
    pthread_mutex_destroy(&s->lock);
    free(s->url);
    free(s);
    *server = NULL;
}
