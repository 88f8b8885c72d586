/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

void dvb_http_header(struct dvb_http_request *r, const char *fmt, ...)
{
    va_list ap;
    char line[8192];
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    r->headers = dvb_grow(r->headers, r->n_headers, &r->cap_headers, sizeof(*r->headers));
    r->headers[r->n_headers++] = dvb_strdup(line);
}

void dvb_http_request_release(struct dvb_http_request *r)
{
    for (size_t i = 0; i < r->n_headers; i++)
        free(r->headers[i]);
    free(r->headers);
    free(r->url);
    dvb_body_release(&r->body);
    *r = (struct dvb_http_request){ 0 };
}

char *dvb_http_header_value(const char *line, size_t len, const char *name)
{
    size_t n = strlen(name);
    if (len <= n || strncasecmp(line, name, n) || line[n] != ':' || len > n + 256)
        return NULL;
    char *value = dvb_asprintf("%.*s", (int)(len - n - 1), line + n + 1);
    char *trimmed = dvb_strdup(dvb_text_trim(value));
    free(value);
    return trimmed;
}

/* What is no 2xx response holds an error message, which is wanted in memory. */
static bool to_caller(const struct dvb_http *h)
{
    long status = 0;
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    return h->on_body && status >= 200 && status < 300;
}

static size_t on_data(char *data, size_t size, size_t n, void *user)
{
    struct dvb_http *h = user;
    size_t more = size * n;
    if (to_caller(h))
        return h->on_body(h->body_user, data, more) ? 0 : more;
    if (more > h->max - h->len) {
        h->too_big = true;
        return 0;
    }
    if (h->len + more + 1 > h->cap) {
        size_t cap = (h->len + more + 1) * 2;
        char *bigger = realloc(h->data, cap);
        if (!bigger)
            return 0;
        h->data = bigger;
        h->cap = cap;
    }
    memcpy(h->data + h->len, data, more);
    h->len += more;
    h->data[h->len] = '\0';
    return more;
}

static size_t on_line(char *line, size_t size, size_t n, void *user)
{
    struct dvb_http *h = user;
    if (h->on_header)
        h->on_header(h->header_user, line, size * n);
    return size * n;
}

static size_t on_send(char *out, size_t size, size_t n, void *user)
{
    struct dvb_http *h = user;
    size_t got;
    h->body_failed = dvb_body_read(&h->reader, out, size * n, &got, &h->body_err) != 0;
    return h->body_failed ? CURL_READFUNC_ABORT : got;
}

/* A connection that was kept open may turn out closed: curl then begins anew. */
static int on_seek(void *user, curl_off_t offset, int origin)
{
    struct dvb_http *h = user;
    if (origin != SEEK_SET || offset != 0)
        return CURL_SEEKFUNC_CANTSEEK;
    dvb_body_rewind(&h->reader);
    return CURL_SEEKFUNC_OK;
}

static int add_line(struct dvb_http *h, const char *line, struct dvb_err *err)
{
    struct curl_slist *longer = curl_slist_append(h->lines, line);
    if (!longer)
        return dvb_fail_nomem(err);
    h->lines = longer;
    return 0;
}

/* An empty Expect: without it curl waits a second before it sends a large body. */
static int add_lines(struct dvb_http *h, struct dvb_err *err)
{
    int ret = add_line(h, "Expect:", err);
    for (size_t i = 0; !ret && i < h->request.n_headers; i++)
        ret = add_line(h, h->request.headers[i], err);
    return ret;
}

#define SET(option, value) (rc = rc ? rc : curl_easy_setopt(h->easy, option, value))

static CURLcode set_body(struct dvb_http *h, uint64_t len)
{
    CURLcode rc = CURLE_OK;
    if (!h->request.body.n && strcmp(h->request.method, "POST"))
        return SET(CURLOPT_CUSTOMREQUEST, h->request.method);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_CUSTOMREQUEST, h->request.method);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    SET(CURLOPT_READFUNCTION, on_send);
    SET(CURLOPT_READDATA, h);
    SET(CURLOPT_SEEKFUNCTION, on_seek);
    SET(CURLOPT_SEEKDATA, h);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, 131072L);
    return rc;
}

static CURLcode set_up(struct dvb_http *h, const struct dvb_http_settings *settings, uint64_t len,
                       void *private)
{
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_URL, h->request.url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTPHEADER, h->lines);
    SET(CURLOPT_USERAGENT, "devibench");
    SET(CURLOPT_ACCEPT_ENCODING, "");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    /* Rather one connection for several requests than one each; TLS tells early
       whether that can be, plain HTTP only with its first response. */
    SET(CURLOPT_PIPEWAIT, (long)!strncmp(h->request.url, "https:", 6));
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TIMEOUT_MS, (long)(h->request.timeout_s * 1000));
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(settings->connect_timeout_s * 1000));
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_WRITEFUNCTION, on_data);
    SET(CURLOPT_WRITEDATA, h);
    SET(CURLOPT_HEADERFUNCTION, on_line);
    SET(CURLOPT_HEADERDATA, h);
    SET(CURLOPT_ERRORBUFFER, h->curl_says);
    SET(CURLOPT_PRIVATE, private);
    if (h->request.loopback)
        SET(CURLOPT_NOPROXY, "*");
    return rc ? rc : set_body(h, len);
}

int dvb_http_open(struct dvb_http *h, struct dvb_http_request *request,
                  const struct dvb_http_settings *settings, void *private, struct dvb_err *err)
{
    uint64_t len;
    h->request = *request;
    *request = (struct dvb_http_request){ 0 };
    h->max = settings->max_reply_bytes;
    h->moved_at = dvb_now();
    int ret = dvb_body_measure(&h->request.body, &len, err);
    if (!ret)
        ret = add_lines(h, err);
    if (ret)
        return ret;
    dvb_body_reader_init(&h->reader, &h->request.body);
    h->easy = curl_easy_init();
    if (!h->easy)
        return dvb_fail_nomem(err);
    CURLcode rc = set_up(h, settings, len, private);
    if (rc)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "libcurl: %s", curl_easy_strerror(rc));
    return 0;
}

void dvb_http_release(struct dvb_http *h)
{
    curl_easy_cleanup(h->easy);
    curl_slist_free_all(h->lines);
    dvb_body_reader_release(&h->reader);
    dvb_http_request_release(&h->request);
    free(h->data);
    *h = (struct dvb_http){ 0 };
}

bool dvb_http_alive(struct dvb_http *h, double now, double idle_s)
{
    curl_off_t sent = 0, received = 0, to_send = 0;
    curl_easy_getinfo(h->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(h->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    curl_easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_UPLOAD_T, &to_send);
    bool thinking = sent >= to_send && !received;
    if (sent + received != h->moved || thinking) {
        h->moved = sent + received;
        h->moved_at = now;
    }
    return now - h->moved_at < idle_s;
}
