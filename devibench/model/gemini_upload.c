/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gemini's Files API: the resumable upload protocol (start; bytes and finalize in
   one request), then files.get until the file is ACTIVE. Files are kept for 48
   hours. An upload that fails is begun anew. */
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/gemini.h"
#include "model/json_text.h"
#include "model/url.h"

/* Documented limit of a whole request with inline data: 20 MB, since January 2026
   100 MB. The smaller holds wherever the API is served. */
#define INLINE_BYTES (20 * (uint64_t)1000 * 1000)

enum stage { START, SEND, POLL }; /* POLL and above: looked at so often */
#define MOST_POLLS 120
#define MOST_WAIT_S 5

static const char type[] = "video/mp4";

/* A part of a URL as a heap string; "" when it has none. */
static char *part(CURLU *u, CURLUPart which)
{
    char *s = NULL;
    char *copy = dvb_strdup(curl_url_get(u, which, &s, CURLU_DEFAULT_PORT) ? "" : s);
    curl_free(s);
    return copy;
}

/* The key goes with each request, so it stays at the host it is meant for. */
static bool same_host(const char *a, const char *b)
{
    static const CURLUPart parts[] = { CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT };
    CURLU *ua = curl_url(), *ub = curl_url();
    bool same = !curl_url_set(ua, CURLUPART_URL, a, 0) && !curl_url_set(ub, CURLUPART_URL, b, 0);
    for (size_t i = 0; same && i < sizeof(parts) / sizeof(*parts); i++) {
        char *pa = part(ua, parts[i]), *pb = part(ub, parts[i]);
        same = !strcasecmp(pa, pb);
        free(pa);
        free(pb);
    }
    char *user = part(ub, CURLUPART_USER);
    same = same && !*user;
    free(user);
    curl_url_cleanup(ua);
    curl_url_cleanup(ub);
    return same;
}

/* "https://host/v1beta" -> "https://host/upload/v1beta/files" */
static char *start_url(const char *base)
{
    const char *host = strstr(base, "://");
    size_t root = host ? (size_t)(host - base) + 3 : 0;
    root += strcspn(base + root, "/");
    return dvb_asprintf("%.*s/upload%s/files", (int)root, base, base + root);
}

static int make_start(const struct dvb_profile *p, const struct dvb_upload *u,
                      struct dvb_http_request *r, struct dvb_err *err)
{
    struct dvb_body file = { 0 };
    uint64_t len;
    dvb_body_file(&file, u->path);
    int ret = dvb_body_measure(&file, &len, err);
    dvb_body_release(&file);
    if (ret)
        return ret;
    r->url = start_url(p->base_url);
    dvb_http_header(r, "Content-Type: application/json");
    dvb_http_header(r, "X-Goog-Upload-Protocol: resumable");
    dvb_http_header(r, "X-Goog-Upload-Command: start");
    dvb_http_header(r, "X-Goog-Upload-Header-Content-Length: %" PRIu64, len);
    dvb_http_header(r, "X-Goog-Upload-Header-Content-Type: %s", type);
    dvb_body_text(&r->body, "{\"file\":{}}"); /* no name: it might tell the model something */
    return 0;
}

static void make_send(const struct dvb_upload *u, struct dvb_http_request *r)
{
    r->url = dvb_strdup(u->target);
    dvb_http_header(r, "Content-Type: %s", type);
    dvb_http_header(r, "X-Goog-Upload-Offset: 0");
    dvb_http_header(r, "X-Goog-Upload-Command: upload, finalize");
    dvb_body_file(&r->body, u->path);
}

static int request(const struct dvb_profile *p, const struct dvb_upload *u,
                   struct dvb_http_request *r, struct dvb_err *err)
{
    struct dvb_url url;
    int ret = dvb_url_parse(p->base_url, &url, err);
    if (ret)
        return ret;
    r->loopback = url.loopback;
    dvb_url_release(&url);
    r->method = u->stage >= POLL ? "GET" : "POST";
    r->timeout_s = p->timeout_s;
    if (u->stage == START)
        return make_start(p, u, r, err);
    if (u->stage == SEND)
        make_send(u, r);
    else
        r->url = dvb_asprintf("%s/%s", p->base_url, u->name);
    return 0;
}

static int take_start(const struct dvb_profile *p, struct dvb_upload *u, const char *location,
                      struct dvb_err *err)
{
    if (!location || !*location)
        return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "no x-goog-upload-url in the response");
    if (!same_host(p->base_url, location))
        return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO,
                        "the upload's URL leads to another host than %s", p->base_url);
    free(u->target);
    u->target = dvb_strdup(location);
    u->stage = SEND;
    return 0;
}

/* "files/abc-123": it becomes part of a URL. */
static bool is_name(const char *s)
{
    return s && !strncmp(s, "files/", 6) && s[6] && strlen(s) < 200 &&
           !s[6 + strspn(s + 6, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

static int failed(const json_t *file, struct dvb_err *err)
{
    char why[200] = "no reason given";
    const json_t *message = json_object_get(json_object_get(file, "error"), "message");
    if (json_is_string(message))
        dvb_clean_line(why, sizeof(why), json_string_value(message), json_string_length(message));
    return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "the service cannot use the file: %s", why);
}

static int take_file(struct dvb_upload *u, const json_t *file, bool *done, struct dvb_err *err)
{
    const char *name = dvb_json_get_str(file, "name"), *uri = dvb_json_get_str(file, "uri");
    const char *state = dvb_json_get_str(file, "state");
    if (state && !strcmp(state, "FAILED"))
        return failed(file, err);
    if (!is_name(name) || !uri || !*uri || strlen(uri) > 2000 || !state)
        return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO,
                        "the response is no file with name, uri and state");
    *done = !strcmp(state, "ACTIVE");
    if (*done) {
        free(u->uri);
        u->uri = dvb_strdup(uri);
        return 0;
    }
    if (u->stage >= POLL + MOST_POLLS)
        return dvb_fail(err, DVB_FAULT_SERVICE, ETIMEDOUT,
                        "the service is still processing the file after %d looks", MOST_POLLS);
    free(u->name);
    u->name = dvb_strdup(name);
    u->stage = u->stage < POLL ? POLL : u->stage + 1;
    u->wait_s = u->stage - POLL + 1 < MOST_WAIT_S ? u->stage - POLL + 1 : MOST_WAIT_S;
    return 0;
}

/* The bytes' response has the file under "file", files.get gives it as it is. */
static int response(const struct dvb_profile *p, struct dvb_upload *u,
                    const struct dvb_upload_response *res, bool *done, struct dvb_err *err)
{
    *done = false;
    u->wait_s = 0;
    if (u->stage == START)
        return take_start(p, u, res->location, err);
    json_t *root = dvb_json_lenient(res->data, res->len);
    const json_t *file = u->stage == SEND ? json_object_get(root, "file") : root;
    int ret = take_file(u, file, done, err);
    json_decref(root);
    return ret;
}

const struct dvb_uploader dvb_gemini_uploader = {
    .inline_bytes = INLINE_BYTES,
    .location_header = "x-goog-upload-url",
    .request = request,
    .response = response,
};
