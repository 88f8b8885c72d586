/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/attempt.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/url.h"

static size_t on_data(char *data, size_t size, size_t n, void *user)
{
    struct dvb_attempt *a = user;
    size_t more = size * n;
    if (more > a->max - a->len) {
        a->too_big = true;
        return 0;
    }
    if (a->len + more + 1 > a->cap) {
        size_t cap = (a->len + more + 1) * 2;
        char *bigger = realloc(a->data, cap);
        if (!bigger)
            return 0;
        a->data = bigger;
        a->cap = cap;
    }
    memcpy(a->data + a->len, data, more);
    a->len += more;
    a->data[a->len] = '\0';
    return more;
}

double dvb_retry_after(const char *value, long long *retry_at)
{
    double s;
    if (dvb_parse_num(value, &s))
        return s >= 0 ? s : -1;
    time_t at = isalpha((unsigned char)*value) ? curl_getdate(value, NULL) : -1;
    *retry_at = at > 0 ? (long long)at : 0;
    return -1;
}

/* The value of the header if the line is that header; trimmed, heap. */
static char *header_value(const char *line, size_t len, const char *name)
{
    size_t n = strlen(name);
    if (len <= n || strncasecmp(line, name, n) || line[n] != ':' || len > 256)
        return NULL;
    char *value = dvb_asprintf("%.*s", (int)(len - n - 1), line + n + 1);
    char *trimmed = dvb_strdup(dvb_text_trim(value));
    free(value);
    return trimmed;
}

/* retry-after-ms is the finer one and wins over retry-after. */
static size_t on_header(char *line, size_t size, size_t n, void *user)
{
    struct dvb_attempt *a = user;
    char *ms = header_value(line, size * n, "retry-after-ms");
    char *after = header_value(line, size * n, "retry-after");
    char *date = header_value(line, size * n, "date");
    double v;
    if (ms && dvb_parse_num(ms, &v) && v >= 0)
        a->hint_s = v / 1000;
    if (after && a->hint_s < 0)
        a->hint_s = dvb_retry_after(after, &a->retry_at);
    if (date)
        a->date = (long long)curl_getdate(date, NULL);
    free(ms);
    free(after);
    free(date);
    return size * n;
}

static int add_header(struct dvb_attempt *a, const char *line, struct dvb_err *err)
{
    struct curl_slist *longer = curl_slist_append(a->headers, line);
    if (!longer)
        return dvb_fail_nomem(err);
    a->headers = longer;
    return 0;
}

static int add_headers(struct dvb_attempt *a, const struct dvb_wire *wire, const char *key,
                       struct dvb_err *err)
{
    /* An empty Expect: without it curl waits a second before it sends a large body. */
    static const char *const fixed[] = { "Content-Type: application/json",
                                         "Accept: application/json", "Expect:" };
    int ret = 0;
    for (size_t i = 0; !ret && i < sizeof(fixed) / sizeof(*fixed); i++)
        ret = add_header(a, fixed[i], err);
    char *auth = key ? wire->auth(key) : NULL;
    if (!ret && auth)
        ret = add_header(a, auth, err);
    free(auth);
    return ret;
}

#define SET(option, value) (rc = rc ? rc : curl_easy_setopt(a->easy, option, value))

static CURLcode set_up(struct dvb_attempt *a, size_t body_len, double timeout_s, bool loopback,
                       const struct dvb_client_settings *settings, void *private)
{
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_URL, a->url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_POSTFIELDS, a->body);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_len);
    SET(CURLOPT_HTTPHEADER, a->headers);
    SET(CURLOPT_USERAGENT, "devibench");
    SET(CURLOPT_ACCEPT_ENCODING, "");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TIMEOUT_MS, (long)(timeout_s * 1000));
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(settings->connect_timeout_s * 1000));
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_WRITEFUNCTION, on_data);
    SET(CURLOPT_WRITEDATA, a);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, a);
    SET(CURLOPT_ERRORBUFFER, a->curl_says);
    SET(CURLOPT_PRIVATE, private);
    if (loopback) /* what is for this machine must not go to a proxy */
        SET(CURLOPT_NOPROXY, "*");
    return rc;
}

int dvb_attempt_open(struct dvb_attempt *a, const struct dvb_ask *ask, const char *key,
                     const struct dvb_client_settings *settings, void *private, struct dvb_err *err)
{
    const struct dvb_profile *p = ask->profile;
    struct dvb_url url;
    size_t len;
    a->max = settings->max_reply_bytes;
    a->hint_s = -1;
    a->moved_at = dvb_now();
    int ret = dvb_url_parse(p->base_url, &url, err);
    if (ret)
        return ret;
    a->url = dvb_asprintf("%s%s", url.text, p->wire->path);
    ret = p->wire->body(ask, &a->body, &len, err);
    if (!ret)
        ret = add_headers(a, p->wire, key, err);
    a->easy = ret ? NULL : curl_easy_init();
    if (!ret && !a->easy)
        ret = dvb_fail_nomem(err);
    CURLcode rc = ret ? CURLE_OK : set_up(a, len, p->timeout_s, url.loopback, settings, private);
    if (rc)
        ret = dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "libcurl: %s", curl_easy_strerror(rc));
    dvb_url_release(&url);
    return ret;
}

void dvb_attempt_release(struct dvb_attempt *a)
{
    curl_easy_cleanup(a->easy);
    curl_slist_free_all(a->headers);
    free(a->url);
    free(a->body);
    free(a->data);
    *a = (struct dvb_attempt){ 0 };
}

bool dvb_attempt_alive(struct dvb_attempt *a, double now, double idle_s)
{
    curl_off_t sent = 0, received = 0, to_send = 0;
    curl_easy_getinfo(a->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(a->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    curl_easy_getinfo(a->easy, CURLINFO_CONTENT_LENGTH_UPLOAD_T, &to_send);
    bool thinking = sent >= to_send && !received;
    if (sent + received != a->moved || thinking) {
        a->moved = sent + received;
        a->moved_at = now;
    }
    return now - a->moved_at < idle_s;
}
