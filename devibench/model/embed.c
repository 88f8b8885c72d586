/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/embed.h"

#include <errno.h>
#include <libavutil/base64.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/vectors.h"
#include "model/exchange.h"
#include "model/json_text.h"
#include "model/profile.h"
#include "model/wire.h"

#define REMEMBERED ((size_t)64 << 20) /* bytes of vectors */

struct format {
    const char *name, *path, *key_env;
    size_t batch; /* inputs in one request */
    void (*put)(const struct dvb_embed_input *inputs, size_t n, struct dvb_body *b);
    const char *fields; /* of the body, beside model and inputs */
};

struct dvb_embedder {
    const struct format *format;
    struct dvb_profile *profile;
    char *key;            /* or NULL */
    pthread_mutex_t lock; /* of dims */
    size_t dims;          /* 0: not known yet */
    struct dvb_vectors *known;
};

static void put_base64(struct dvb_body *b, const struct dvb_embed_input *in)
{
    size_t size = AV_BASE64_SIZE(in->jpeg_len);
    char *coded = dvb_calloc(size, 1);
    av_base64_encode(coded, (int)size, in->jpeg, (int)in->jpeg_len);
    dvb_body_text(b, "%s", coded);
    free(coded);
}

static void put_vllm(const struct dvb_embed_input *in, size_t n, struct dvb_body *b)
{
    (void)n;
    dvb_body_text(b, "\"messages\":[{\"role\":\"user\",\"content\":[");
    if (in->text) {
        dvb_body_text(b, "{\"type\":\"text\",\"text\":");
        dvb_body_string(b, in->text);
    } else {
        dvb_body_text(b, "{\"type\":\"image_url\",\"image_url\":{\"url\":"
                         "\"data:image/jpeg;base64,");
        put_base64(b, in);
        dvb_body_text(b, "\"}");
    }
    dvb_body_text(b, "}]}]");
}

static void put_jina(const struct dvb_embed_input *in, size_t n, struct dvb_body *b)
{
    dvb_body_text(b, "\"input\":[");
    for (size_t i = 0; i < n; i++) {
        dvb_body_text(b, "%s{\"%s\":", i ? "," : "", in[i].text ? "text" : "image");
        if (in[i].text) {
            dvb_body_string(b, in[i].text);
        } else {
            dvb_body_text(b, "\"");
            put_base64(b, &in[i]);
            dvb_body_text(b, "\"");
        }
        dvb_body_text(b, "}");
    }
    dvb_body_text(b, "]");
}

static void put_voyage(const struct dvb_embed_input *in, size_t n, struct dvb_body *b)
{
    dvb_body_text(b, "\"input_type\":\"%s\",\"inputs\":[", in->text ? "query" : "document");
    for (size_t i = 0; i < n; i++) {
        dvb_body_text(b, "%s{\"content\":[{\"type\":", i ? "," : "");
        if (in[i].text) {
            dvb_body_text(b, "\"text\",\"text\":");
            dvb_body_string(b, in[i].text);
        } else {
            dvb_body_text(b, "\"image_base64\",\"image_base64\":\"data:image/jpeg;base64,");
            put_base64(b, &in[i]);
            dvb_body_text(b, "\"");
        }
        dvb_body_text(b, "}]}");
    }
    dvb_body_text(b, "]");
}

static const struct format formats[] = {
    { "vllm", "/embeddings", "VLLM_API_KEY", 1, put_vllm, "{\"encoding_format\":\"float\"}" },
    { "jina", "/embeddings", "JINA_API_KEY", 32, put_jina,
      "{\"embedding_type\":\"float\",\"normalized\":true}" },
    { "voyage", "/multimodalembeddings", "VOYAGE_API_KEY", 32, put_voyage, "{}" },
    { NULL },
};

static const struct format *find_format(const char *name, size_t len)
{
    for (const struct format *f = formats; f->name; f++)
        if (strlen(f->name) == len && !memcmp(f->name, name, len))
            return f;
    return NULL;
}

/* Every endpoint takes a bearer token, as the wire format "openai" does: so a profile
   of it says all there is to say. */
static int find_profile(const struct format *f, const char *rest, const char *models_file,
                        struct dvb_profile **p, struct dvb_err *err)
{
    if (!strstr(rest, "@http"))
        return dvb_profile_find(rest, models_file, p, err);
    char *name = dvb_asprintf("openai:%s", rest);
    int ret = dvb_profile_find(name, models_file, p, err);
    free(name);
    if (ret)
        return ret;
    free((*p)->key_env);
    (*p)->key_env = dvb_strdup(f->key_env);
    return 0;
}

int dvb_embed_open(const char *endpoint, const char *models_file, struct dvb_embedder **out,
                   struct dvb_err *err)
{
    const char *colon = endpoint + strcspn(endpoint, ":");
    const struct format *f = find_format(endpoint, (size_t)(colon - endpoint));
    *out = NULL;
    if (!f || !*colon || !colon[1])
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "endpoint '%.80s': expected FORMAT:MODEL@BASE_URL or FORMAT:PROFILE, "
                        "FORMAT one of vllm, jina, voyage",
                        endpoint);
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "libcurl cannot start");
    struct dvb_embedder *e = dvb_calloc(1, sizeof(*e));
    e->format = f;
    e->known = dvb_vectors_open(REMEMBERED);
    pthread_mutex_init(&e->lock, NULL);
    int ret = find_profile(f, colon + 1, models_file, &e->profile, err);
    if (!ret)
        ret = dvb_profile_key(e->profile, &e->key, err);
    if (ret)
        dvb_embed_close(&e);
    *out = e;
    return ret;
}

void dvb_embed_close(struct dvb_embedder **e)
{
    if (!*e)
        return;
    dvb_vectors_close(&(*e)->known);
    dvb_profile_free(&(*e)->profile);
    free((*e)->key);
    pthread_mutex_destroy(&(*e)->lock);
    free(*e);
    *e = NULL;
    curl_global_cleanup();
}

json_t *dvb_embed_identity(const struct dvb_embedder *e)
{
    return dvb_json_pack("{s:s, s:s, s:s, s:O?}", "format", e->format->name, "model",
                         e->profile->model, "base_url", e->profile->base_url, "extra",
                         e->profile->extra);
}

/* Reading. */

static int bad_reply(struct dvb_err *err, const char *what)
{
    return dvb_fail(err, DVB_FAULT_SERVICE, EPROTO, "the reply is no list of embeddings: %s", what);
}

static int take_vector(const json_t *list, size_t dims, float *out, struct dvb_err *err)
{
    double sum = 0;
    for (size_t i = 0; i < dims; i++) {
        const json_t *v = json_array_get(list, i);
        if (!json_is_number(v) || !(fabs(json_number_value(v)) <= 1e9))
            return bad_reply(err, "an element is no number");
        out[i] = (float)json_number_value(v);
        sum += (double)out[i] * (double)out[i];
    }
    if (!(sum > 0))
        return bad_reply(err, "a vector of length 0");
    for (size_t i = 0; i < dims; i++)
        out[i] = (float)((double)out[i] / sqrt(sum));
    return 0;
}

/* The n-th: services may send them in any order. Its place, or n. */
static size_t place_of(const json_t *item, size_t i, size_t n)
{
    const json_t *index = json_object_get(item, "index");
    json_int_t at = json_is_integer(index) ? json_integer_value(index) : (json_int_t)i;
    return index && (!json_is_integer(index) || at < 0 || (size_t)at >= n) ? n : (size_t)at;
}

static int take_vectors(const json_t *data, size_t n, size_t dims, float *out, struct dvb_err *err)
{
    bool *seen = dvb_calloc(n, sizeof(*seen));
    int ret = 0;
    for (size_t i = 0; i < n && !ret; i++) {
        const json_t *item = json_array_get(data, i), *list = json_object_get(item, "embedding");
        size_t at = place_of(item, i, n);
        if (at == n || seen[at])
            ret = bad_reply(err, "an index is wrong or there twice");
        else if (json_array_size(list) != dims)
            ret = bad_reply(err, "vectors of several sizes");
        else
            ret = take_vector(list, dims, out + at * dims, err);
        if (at < n)
            seen[at] = true;
    }
    free(seen);
    return ret;
}

int dvb_embed_parse(const char *body, size_t len, size_t n, float **vectors, size_t *dims,
                    struct dvb_err *err)
{
    json_t *root = dvb_json_lenient(body, len);
    const json_t *data = json_object_get(root, "data");
    int ret = 0;
    *vectors = NULL;
    *dims = json_array_size(json_object_get(json_array_get(data, 0), "embedding"));
    if (!json_is_array(data))
        ret = bad_reply(err, "it is no JSON object with a list \"data\"");
    else if (json_array_size(data) != n)
        ret = bad_reply(err, "its \"data\" has another number of them");
    else if (!*dims || *dims > DVB_EMBED_MAX_DIMS)
        ret = bad_reply(err, "a vector has no elements, or too many");
    if (!ret) {
        *vectors = dvb_calloc(n * *dims, sizeof(**vectors));
        ret = take_vectors(data, n, *dims, *vectors, err);
    }
    if (ret) {
        free(*vectors);
        *vectors = NULL;
    }
    json_decref(root);
    return ret;
}

/* Asking. */

static void put_body(const struct dvb_embedder *e, const struct dvb_embed_input *in, size_t n,
                     struct dvb_body *b)
{
    json_t *fields = NULL;
    if (dvb_json_parse(e->format->fields, strlen(e->format->fields), "fields", &fields, NULL))
        abort();
    json_object_set_new(fields, "model", dvb_json_str(e->profile->model));
    fields = dvb_wire_with_extra(e->profile, fields);
    char *text = dvb_json_canon(fields);
    dvb_body_text(b, "{");
    e->format->put(in, n, b);
    dvb_body_text(b, ",%s", text + 1);
    free(text);
    json_decref(fields);
}

/* A batch; *vectors is heap. */
static int ask(const struct dvb_embedder *e, const struct dvb_embed_input *in, size_t n,
               float **vectors, size_t *dims, struct dvb_err *err)
{
    const struct dvb_service service = { .profile = e->profile, .key = e->key };
    struct dvb_http_request r = { 0 };
    struct dvb_exchange x = { 0 };
    int ret = dvb_service_request(&service, "POST", e->format->path, &r, err);
    if (!ret) {
        dvb_http_header(&r, "Content-Type: application/json");
        r.timeout_s = e->profile->timeout_s;
        put_body(e, in, n, &r.body);
        ret = dvb_service_perform(&service, &r, NULL, &x, err);
    }
    if (!ret && dvb_embed_parse(x.data, x.len, n, vectors, dims, err))
        ret = dvb_err_prefix(err, "%s at %s", e->profile->model, e->profile->base_url);
    dvb_http_request_release(&r);
    dvb_exchange_release(&x);
    return ret;
}

static void hash_input(const struct dvb_embed_input *in, char hex[DVB_HASH_LEN + 1])
{
    struct dvb_hash h;
    dvb_hash_init(&h);
    dvb_hash_str(&h, in->text ? "text" : "jpeg");
    if (in->text)
        dvb_hash_str(&h, in->text);
    else
        dvb_hash_bytes(&h, in->jpeg, in->jpeg_len);
    dvb_hash_final(&h, hex);
}

/* One call of run. */
struct work {
    const struct dvb_embed_input *inputs;
    size_t n;
    char (*hashes)[DVB_HASH_LEN + 1];
    float **found; /* [n]; heap */
    size_t *asked; /* inputs that are not remembered */
    size_t n_asked;
};

static float *copy_vector(const float *v, size_t dims)
{
    float *copy = dvb_calloc(dims, sizeof(*copy));
    memcpy(copy, v, dims * sizeof(*copy));
    return copy;
}

static void recall(const struct dvb_embedder *e, struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        size_t dims;
        w->found[i] = dvb_vectors_get(e->known, w->hashes[i], &dims);
        if (!w->found[i])
            w->asked[w->n_asked++] = i;
    }
}

/* vectors are those of the inputs that asked[0..n) names. */
static int keep(struct dvb_embedder *e, struct work *w, const size_t *asked, size_t n,
                const float *vectors, size_t dims, struct dvb_err *err)
{
    int ret = 0;
    pthread_mutex_lock(&e->lock);
    if (e->dims && e->dims != dims)
        ret = dvb_fail(err, DVB_FAULT_SERVICE, EPROTO,
                       "%s at %s: vectors of %zu numbers, after some of %zu", e->profile->model,
                       e->profile->base_url, dims, e->dims);
    else
        e->dims = dims;
    pthread_mutex_unlock(&e->lock);
    for (size_t i = 0; i < n && !ret; i++) {
        dvb_vectors_put(e->known, w->hashes[asked[i]], vectors + i * dims, dims);
        w->found[asked[i]] = copy_vector(vectors + i * dims, dims);
    }
    return ret;
}

static int ask_batch(struct dvb_embedder *e, struct work *w, const size_t *asked, size_t n,
                     struct dvb_err *err)
{
    struct dvb_embed_input *in = dvb_calloc(n, sizeof(*in));
    float *vectors = NULL;
    size_t dims = 0;
    for (size_t i = 0; i < n; i++)
        in[i] = w->inputs[asked[i]];
    int ret = ask(e, in, n, &vectors, &dims, err);
    if (!ret)
        ret = keep(e, w, asked, n, vectors, dims, err);
    free(vectors);
    free(in);
    return ret;
}

static int threads_for(const struct dvb_embedder *e, size_t batches)
{
    size_t most = (size_t)e->profile->concurrency;
    return most < batches ? (int)most : batches ? (int)batches : 1;
}

/* Batches side by side, as many as the profile allows; the first failure is told. */
static int ask_all(struct dvb_embedder *e, struct work *w, struct dvb_err *err)
{
    size_t size = e->format->batch, batches = (w->n_asked + size - 1) / size;
    int failed = 0;
#pragma omp parallel for schedule(dynamic) num_threads(threads_for(e, batches))
    for (size_t b = 0; b < batches; b++) {
        struct dvb_err problem = { 0 };
        size_t first = b * size, n = w->n_asked - first < size ? w->n_asked - first : size;
        int stop, ret;
#pragma omp atomic read
        stop = failed;
        if (stop)
            continue;
        ret = ask_batch(e, w, w->asked + first, n, &problem);
#pragma omp critical(embed)
        if (ret && !failed) {
            if (err)
                *err = problem;
#pragma omp atomic write
            failed = ret;
        }
    }
    return failed;
}

static void join(const struct work *w, size_t dims, float **vectors)
{
    *vectors = dvb_calloc(w->n * dims, sizeof(**vectors));
    for (size_t i = 0; i < w->n; i++)
        memcpy(*vectors + i * dims, w->found[i], dims * sizeof(**vectors));
}

int dvb_embed_run(struct dvb_embedder *e, const struct dvb_embed_input *inputs, size_t n,
                  float **vectors, size_t *dims, struct dvb_err *err)
{
    struct work w = { .inputs = inputs, .n = n };
    w.hashes = dvb_calloc(n, sizeof(*w.hashes));
    w.found = dvb_calloc(n, sizeof(*w.found));
    w.asked = dvb_calloc(n, sizeof(*w.asked));
    for (size_t i = 0; i < n; i++)
        hash_input(&inputs[i], w.hashes[i]);
    recall(e, &w);
    int ret = ask_all(e, &w, err);
    *dims = e->dims;
    *vectors = NULL;
    if (!ret)
        join(&w, *dims, vectors);
    for (size_t i = 0; i < n; i++)
        free(w.found[i]);
    free(w.found);
    free(w.hashes);
    free(w.asked);
    return ret;
}
