/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/exchange.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/attempt.h"
#include "model/json_text.h"
#include "model/secret.h"
#include "model/service_error.h"
#include "model/url.h"
#include "model/wire.h"

#define MAX_RETRIES 5
#define BACKOFF_S 0.5
#define MAX_BACKOFF_S 60.0
#define CONNECT_S 20
#define WHOLE_S 7200.0 /* a file of 2 GB takes its time */
#define STALLED_S 300L /* without a byte either way */
#define MAX_REPLY ((size_t)16 << 20)
#define MAX_DOWNLOAD ((uint64_t)8 << 30)

/* One perform: what comes in beside the body. */
struct reception {
    const struct dvb_exchange_want *want;
    struct dvb_exchange *x;
    double hint_s; /* < 0: none */
    long long retry_at;
    FILE *to;
    uint64_t taken;
    int failed; /* errno of the file */
};

/* Past "https://host:port"; "" where there is no path. */
static const char *path_of(const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    return path ? path : url + strlen(url);
}

char *dvb_service_url(const struct dvb_profile *p, const char *prefix)
{
    const char *path = path_of(p->base_url);
    return dvb_asprintf("%.*s%s%s", (int)(path - p->base_url), p->base_url, prefix, path);
}

static bool same_host(const char *base, const char *url)
{
    size_t n = (size_t)(path_of(base) - base);
    return !strncmp(base, url, n) && (url[n] == '/' || url[n] == '?' || !url[n]);
}

int dvb_service_request(const struct dvb_service *s, const char *method, const char *path,
                        struct dvb_http_request *r, struct dvb_err *err)
{
    const struct dvb_profile *p = s->profile;
    struct dvb_url base;
    bool whole = !strncmp(path, "http", 4);
    if (whole && !same_host(p->base_url, path))
        return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO,
                        "%s: the service names an address on another host, which gets no key: "
                        "%.200s",
                        p->base_url, path);
    int ret = dvb_url_parse(p->base_url, &base, err);
    if (ret)
        return ret;
    r->method = method;
    r->url = dvb_asprintf("%s%s", whole ? "" : p->base_url, path);
    r->timeout_s = WHOLE_S;
    r->loopback = base.loopback;
    dvb_url_release(&base);
    dvb_wire_headers(p->wire, s->key, r);
    return 0;
}

/* As dvb_http_header_value, but of any length: upload addresses are long. */
static char *wanted_value(const char *line, size_t len, const char *name)
{
    size_t n = strlen(name);
    if (len <= n || strncasecmp(line, name, n) || line[n] != ':')
        return NULL;
    char *value = dvb_asprintf("%.*s", (int)(len - n - 1), line + n + 1);
    char *trimmed = dvb_strdup(dvb_text_trim(value));
    free(value);
    return trimmed;
}

static void on_header(void *user, const char *line, size_t len)
{
    struct reception *in = user;
    char *ms = dvb_http_header_value(line, len, "retry-after-ms");
    char *after = dvb_http_header_value(line, len, "retry-after");
    double v;
    if (ms && dvb_parse_num(ms, &v) && v >= 0)
        in->hint_s = v / 1000;
    if (after && in->hint_s < 0)
        in->hint_s = dvb_retry_after(after, &in->retry_at);
    if (in->want->header && !in->x->header)
        in->x->header = wanted_value(line, len, in->want->header);
    free(ms);
    free(after);
}

static int on_body(void *user, const char *data, size_t len)
{
    struct reception *in = user;
    in->taken += len;
    if (in->taken > MAX_DOWNLOAD)
        in->failed = EFBIG;
    else if (fwrite(data, 1, len, in->to) != len)
        in->failed = errno ? errno : EIO;
    return -in->failed;
}

static bool passes(CURLcode rc)
{
    static const CURLcode lasting[] = { CURLE_URL_MALFORMAT,         CURLE_PEER_FAILED_VERIFICATION,
                                        CURLE_SSL_CACERT_BADFILE,    CURLE_SSL_CERTPROBLEM,
                                        CURLE_BAD_FUNCTION_ARGUMENT, CURLE_WRITE_ERROR,
                                        CURLE_ABORTED_BY_CALLBACK,   CURLE_OUT_OF_MEMORY,
                                        CURLE_FAILED_INIT,           CURLE_UNSUPPORTED_PROTOCOL };
    for (size_t i = 0; i < sizeof(lasting) / sizeof(*lasting); i++)
        if (lasting[i] == rc)
            return false;
    return true;
}

/* Nothing of the request can have reached the service. */
static bool undelivered(CURLcode rc)
{
    return rc == CURLE_COULDNT_RESOLVE_HOST || rc == CURLE_COULDNT_RESOLVE_PROXY ||
           rc == CURLE_COULDNT_CONNECT || rc == CURLE_PEER_FAILED_VERIFICATION ||
           rc == CURLE_SSL_CONNECT_ERROR || rc == CURLE_URL_MALFORMAT;
}

static int fail_with(const struct dvb_service *s, const struct dvb_http *h, const char *what,
                     struct dvb_err *err)
{
    char *text = dvb_asprintf("%s at %s: %s", s->profile->model, h->request.url, what);
    char line[1000];
    dvb_clean_line(line, sizeof(line), text, strlen(text));
    free(text);
    dvb_secret_scrub(line, s->key);
    return dvb_fail(err, DVB_FAULT_SERVICE, EIO, "%s", line);
}

static int judge_fault(const struct dvb_service *s, const struct dvb_http *h, CURLcode rc,
                       const struct reception *in, struct dvb_err *err)
{
    in->x->again = passes(rc) && !h->too_big && !h->body_failed && !in->failed;
    in->x->maybe = !undelivered(rc) && !h->body_failed;
    if (h->body_failed) {
        *err = h->body_err;
        return -err->code;
    }
    if (in->failed)
        return dvb_fail(err, DVB_FAULT_INTERNAL, in->failed, "%s: %s", in->want->path,
                        strerror(in->failed));
    return fail_with(s, h,
                     h->too_big      ? "the reply is too large"
                     : *h->curl_says ? h->curl_says
                                     : curl_easy_strerror(rc),
                     err);
}

static int judge_status(const struct dvb_service *s, const struct dvb_http *h,
                        const struct reception *in, struct dvb_err *err)
{
    struct dvb_exchange *x = in->x;
    struct dvb_service_error e;
    if (!dvb_service_error_read(h->data ? h->data : "", h->len, &e))
        dvb_clean_line(e.message, sizeof(e.message), h->data ? h->data : "", h->len);
    bool slow = x->status == 408 || x->status == 409 || x->status == 429;
    x->again = (slow || x->status >= 500) && !dvb_service_error_is_quota(&e);
    x->maybe = x->status >= 500 || x->status == 408;
    char *what = dvb_asprintf("HTTP %ld: %s", x->status, *e.message ? e.message : "no explanation");
    int ret = fail_with(s, h, what, err);
    free(what);
    return ret;
}

/* One attempt; h is open. */
static int attempt(const struct dvb_service *s, struct dvb_http *h, struct reception *in,
                   struct dvb_err *err)
{
    struct dvb_exchange *x = in->x;
    in->hint_s = -1;
    in->retry_at = 0;
    in->taken = 0;
    x->status = 0;
    x->maybe = x->again = false;
    h->len = 0;
    h->too_big = false;
    *h->curl_says = '\0';
    dvb_body_rewind(&h->reader);
    if (in->want->path) {
        in->to = fopen(in->want->path, "wbe");
        if (!in->to)
            return dvb_fail_errno(err, DVB_FAULT_INTERNAL, "cannot write %s", in->want->path);
    }
    CURLcode rc = curl_easy_perform(h->easy);
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &x->status);
    if (in->to && fclose(in->to) && !in->failed)
        in->failed = errno;
    in->to = NULL;
    if (rc || in->failed)
        return judge_fault(s, h, rc, in, err);
    return x->status >= 200 && x->status < 300 ? 0 : judge_status(s, h, in, err);
}

/* As the services ask, else 0.5 s * 2^n. Nobody else waits beside us: no jitter. */
static void wait_before(int n, const struct reception *in, const struct dvb_err *why)
{
    double wait = in->hint_s >= 0 ? in->hint_s : ldexp(BACKOFF_S, n);
    if (in->retry_at)
        wait = in->retry_at > (long long)time(NULL) ? (double)(in->retry_at - time(NULL)) : 0;
    wait = wait < MAX_BACKOFF_S ? wait : MAX_BACKOFF_S;
    dvb_info("%s; again in %.3g s", why->msg, wait);
    struct timespec ts = { (time_t)wait, (long)((wait - floor(wait)) * 1e9) };
    nanosleep(&ts, NULL);
}

int dvb_service_perform(const struct dvb_service *s, struct dvb_http_request *r,
                        const struct dvb_exchange_want *want, struct dvb_exchange *x,
                        struct dvb_err *err)
{
    static const struct dvb_exchange_want nothing = { 0 };
    const struct dvb_http_settings settings = { .connect_timeout_s = CONNECT_S,
                                                .max_reply_bytes = MAX_REPLY };
    struct dvb_http h = { .on_header = on_header };
    struct dvb_err why;
    *x = (struct dvb_exchange){ 0 };
    struct reception in = { .want = want ? want : &nothing, .x = x };
    h.header_user = &in;
    h.on_body = in.want->path ? on_body : NULL;
    h.body_user = &in;
    int ret = dvb_http_open(&h, r, &settings, NULL, &why);
    if (!ret) {
        curl_easy_setopt(h.easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(h.easy, CURLOPT_LOW_SPEED_TIME, STALLED_S);
        ret = attempt(s, &h, &in, &why);
    }
    for (int n = 0; ret && x->again && !in.want->once && n < MAX_RETRIES; n++) {
        wait_before(n, &in, &why);
        ret = attempt(s, &h, &in, &why);
    }
    x->data = h.data ? h.data : dvb_strdup("");
    x->len = h.data ? h.len : 0;
    h.data = NULL;
    dvb_http_release(&h);
    if (ret && err)
        *err = why;
    return ret;
}

void dvb_exchange_release(struct dvb_exchange *x)
{
    free(x->data);
    free(x->header);
    *x = (struct dvb_exchange){ 0 };
}
