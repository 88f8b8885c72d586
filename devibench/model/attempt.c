/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/attempt.h"

#include <ctype.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/url.h"

double dvb_retry_after(const char *value, long long *retry_at)
{
    double s;
    if (dvb_parse_num(value, &s))
        return s >= 0 ? s : -1;
    time_t at = isalpha((unsigned char)*value) ? curl_getdate(value, NULL) : -1;
    *retry_at = at > 0 ? (long long)at : 0;
    return -1;
}

/* retry-after-ms is the finer one and wins over retry-after. */
static void on_header(void *user, const char *line, size_t len)
{
    struct dvb_attempt *a = user;
    char *ms = dvb_http_header_value(line, len, "retry-after-ms");
    char *after = dvb_http_header_value(line, len, "retry-after");
    char *date = dvb_http_header_value(line, len, "date");
    double v;
    if (ms && dvb_parse_num(ms, &v) && v >= 0)
        a->hint_s = v / 1000;
    if (after && a->hint_s < 0)
        a->hint_s = dvb_retry_after(after, &a->retry_at);
    if (date)
        a->date = (long long)curl_getdate(date, NULL);
    dvb_rate_headers_take(&a->rates, line, len);
    if (a->location_name && !a->location)
        a->location = dvb_http_header_value(line, len, a->location_name);
    free(ms);
    free(after);
    free(date);
}

void dvb_wire_headers(const struct dvb_wire *wire, const char *key, struct dvb_http_request *r)
{
    for (const char *const *line = wire->headers; line && *line; line++)
        dvb_http_header(r, "%s", *line);
    char *auth = key ? wire->auth(key) : NULL;
    if (auth)
        dvb_http_header(r, "%s", auth);
    free(auth);
}

int dvb_attempt_needs_upload(const struct dvb_ask *ask, struct dvb_err *err)
{
    const struct dvb_uploader *up = ask->profile->wire->uploader;
    struct dvb_body b = { 0 };
    uint64_t len = 0;
    if (!up || !ask->video || ask->video_uri)
        return 0;
    int ret = ask->profile->wire->body(ask, &b, err);
    if (!ret)
        ret = dvb_body_measure(&b, &len, err);
    dvb_body_release(&b);
    return ret ? ret : len > up->inline_bytes;
}

static int make_question(const struct dvb_ask *ask, const struct dvb_url *url,
                         struct dvb_http_request *r, struct dvb_err *err)
{
    const struct dvb_profile *p = ask->profile;
    char *path = p->wire->path(p);
    r->method = "POST";
    r->url = dvb_asprintf("%s%s", url->text, path);
    free(path);
    dvb_http_header(r, "Content-Type: application/json");
    dvb_http_header(r, "Accept: %s", p->stream ? "text/event-stream" : "application/json");
    return p->wire->body(ask, &r->body, err);
}

static int make_request(const struct dvb_ask *ask, const struct dvb_upload *upload, const char *key,
                        struct dvb_http_request *r, struct dvb_err *err)
{
    const struct dvb_profile *p = ask->profile;
    struct dvb_url url;
    int ret = dvb_url_parse(p->base_url, &url, err);
    if (ret)
        return ret;
    ret = upload ? p->wire->uploader->request(p, upload, r, err) : make_question(ask, &url, r, err);
    r->timeout_s = p->timeout_s;
    r->loopback = url.loopback; /* an upload stays on the profile's host */
    dvb_url_release(&url);
    dvb_wire_headers(p->wire, key, r);
    return ret;
}

int dvb_attempt_open(struct dvb_attempt *a, const struct dvb_ask *ask, struct dvb_upload *upload,
                     const char *key, const struct dvb_client_settings *settings, void *private,
                     struct dvb_err *err)
{
    const struct dvb_http_settings http = { .connect_timeout_s = settings->connect_timeout_s,
                                            .max_reply_bytes = settings->max_reply_bytes };
    struct dvb_http_request request = { 0 };
    a->hint_s = -1;
    a->upload = upload;
    a->location_name = upload ? ask->profile->wire->uploader->location_header : NULL;
    dvb_rate_headers_init(&a->rates);
    a->http.on_header = on_header;
    a->http.header_user = a;
    int ret = make_request(ask, upload, key, &request, err);
    if (!ret)
        ret = dvb_http_open(&a->http, &request, &http, private, err);
    dvb_http_request_release(&request);
    return ret;
}

void dvb_attempt_release(struct dvb_attempt *a)
{
    dvb_http_release(&a->http);
    free(a->location);
    *a = (struct dvb_attempt){ 0 };
}
