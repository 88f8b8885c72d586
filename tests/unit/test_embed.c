/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Embedding endpoints: replies read, and maps from the strict server, whose small model
   knows colours (tests/tools/fake/format_embed.c). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "eval/relevance/relevance.h"
#include "model/embed.h"
#include "tests/unit/fake_server.h"

#define KEY "sk-planted-0123456789abcdef"

static struct fake_server server;

static int start(void **state)
{
    (void)state;
    static const char script[] =
        "{\"one\":[{\"raw\":\"{\\\"data\\\":[{\\\"embedding\\\":[1,2]}]}\"}],"
        " \"grows\":[{\"raw\":\"{\\\"data\\\":[{\\\"embedding\\\":[1,2]}]}\"},"
        "            {\"raw\":\"{\\\"data\\\":[{\\\"embedding\\\":[1,2,3]}]}\"}]}";
    static const char *const args[] = { "--key-env", "DEVIBENCH_TEST_KEY", "--script",
                                        "script.json", NULL };
    struct dvb_err err;
    setenv("DEVIBENCH_TEST_KEY", KEY, 1);
    setenv("VLLM_API_KEY", KEY, 1);
    setenv("JINA_API_KEY", KEY, 1);
    setenv("VOYAGE_API_KEY", KEY, 1);
    return dvb_write_file("script.json", script, strlen(script), &err) ||
           !fake_server_start(&server, args);
}

static int stop(void **state)
{
    (void)state;
    fake_server_stop(&server);
    return 0;
}

static void replies(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t n;
        const char *says; /* NULL: it is good */
    } rows[] = {
        { "{\"data\":[{\"index\":1,\"embedding\":[0,-2]},{\"index\":0,\"embedding\":[3,4]}]}", 2,
          NULL },
        { "{\"data\":[{\"embedding\":[3,4.0]},{\"embedding\":[0,-1e-3]}]}", 2, NULL },
        { "", 2, "no JSON object" },
        { "<html>log in</html>", 2, "no JSON object" },
        { "[]", 1, "no JSON object" },
        { "{\"data\":[]}", 1, "another number" },
        { "{\"data\":[{\"embedding\":[3,4]}]}", 2, "another number" },
        { "{\"data\":{\"embedding\":[3,4]}}", 1, "no JSON object" },
        { "{\"data\":[{\"embedding\":[]}]}", 1, "no elements" },
        { "{\"data\":[{\"embedding\":\"AAAA\"}]}", 1, "no elements" },
        { "{\"data\":[{\"embedding\":[0,0]}]}", 1, "length 0" },
        { "{\"data\":[{\"embedding\":[1,\"2\"]}]}", 1, "no number" },
        { "{\"data\":[{\"embedding\":[1,null]}]}", 1, "no number" },
        { "{\"data\":[{\"embedding\":[1,1e300]}]}", 1, "no number" },
        { "{\"data\":[{\"embedding\":[1,2]},{\"embedding\":[1]}]}", 2, "several sizes" },
        { "{\"data\":[{\"embedding\":[1]},{\"embedding\":[1,2]}]}", 2, "several sizes" },
        { "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}", 2,
          "there twice" },
        { "{\"data\":[{\"index\":2,\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}", 2,
          "index is wrong" },
        { "{\"data\":[{\"index\":-1,\"embedding\":[1]}]}", 1, "index is wrong" },
        { "{\"data\":[{\"index\":\"0\",\"embedding\":[1]}]}", 1, "index is wrong" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        float *v;
        size_t dims;
        struct dvb_err err = { 0 };
        int ret = dvb_embed_parse(rows[i].body, strlen(rows[i].body), rows[i].n, &v, &dims, &err);
        if (rows[i].says) {
            if (ret >= 0 || v || err.fault != DVB_FAULT_SERVICE || !strstr(err.msg, rows[i].says))
                fail_msg("row %zu: %d '%s'", i, ret, err.msg);
            continue;
        }
        assert_int_equal(ret, 0);
        assert_int_equal(dims, 2);
        static const float want[] = { 0.6f, 0.8f, 0, -1 };
        for (size_t k = 0; k < 4; k++)
            assert_float_equal(v[k], want[k], 1e-6);
        free(v);
    }
}

static void endpoints_that_are_none(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "one of vllm, jina, voyage" },
        { "vllm", "one of vllm, jina, voyage" },
        { "vllm:", "one of vllm, jina, voyage" },
        { "openai:m@http://127.0.0.1:1/v1", "one of vllm, jina, voyage" },
        { "jina:nobody", "unknown model 'nobody'" },
        { "jina:m@http://example.com/v1", "plain http" },
        { "jina:m@httpx://example.com/v1", "found" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_embedder *e;
        struct dvb_err err = { 0 };
        if (!dvb_embed_open(rows[i][0], NULL, &e, &err) || e || err.fault != DVB_FAULT_USAGE ||
            !strstr(err.msg, rows[i][1]))
            fail_msg("%s: '%s'", rows[i][0], err.msg);
    }
}

static long requests(void)
{
    json_t *stats = fake_server_stats(&server);
    long n = (long)json_integer_value(json_object_get(stats, "requests"));
    json_decref(stats);
    return n;
}

/* Grey, with a square of red and one of blue in cells of 64 pixels. */
static AVFrame *squares(void)
{
    AVFrame *f = av_frame_alloc();
    f->format = AV_PIX_FMT_YUV420P;
    f->width = 640;
    f->height = 384;
    f->colorspace = AVCOL_SPC_BT470BG;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? 192 : 384); y++)
            for (int x = 0; x < (p ? 320 : 640); x++) {
                static const uint8_t red[] = { 81, 90, 240 }, blue[] = { 41, 240, 110 };
                int cx = x / (p ? 32 : 64), cy = y / (p ? 32 : 64);
                bool is_red = cx == 2 && cy == 1, is_blue = cx == 7 && cy == 4;
                f->data[p][y * f->linesize[p] + x] = is_red ? red[p] : is_blue ? blue[p] : 126;
            }
    return f;
}

static int highest(const struct dvb_map *m)
{
    int best = 0;
    for (int i = 1; i < m->rows * m->cols; i++)
        if (m->rho[i] > m->rho[best])
            best = i;
    return best;
}

static struct dvb_map ask(const struct dvb_provider *p, void *state, const AVFrame *f,
                          const char *words)
{
    struct dvb_map m;
    struct dvb_err err;
    const struct dvb_relevance_query q = { .frame = f, .video = "a", .words = words };
    if (p->map(state, &q, &m, &err) || dvb_map_check(&m, p->name, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(m.rows, 6);
    assert_int_equal(m.cols, 10);
    return m;
}

/* The words decide where the map is highest, whatever the service. */
static void maps_point_at_the_colour(void **state)
{
    (void)state;
    static const char *const formats[] = { "vllm", "jina", "voyage" };
    static const long batches[] = { 60, 2, 2 }; /* of 60 patches */
    const struct dvb_provider *p;
    struct dvb_err err;
    AVFrame *f = squares();
    assert_int_equal(dvb_provider_find("embed", &p, &err), 0);
    for (size_t i = 0; i < 3; i++) {
        char *endpoint = dvb_asprintf("%s:ok@%s", formats[i], server.url);
        struct dvb_provider_settings s = { .endpoint = endpoint, .patch = 64 };
        void *opened;
        if (p->open(&s, &opened, &err))
            fail_msg("%s", err.msg);
        long before = requests();
        struct dvb_map m = ask(p, opened, f, "Where is the red car?");
        assert_int_equal(highest(&m), 12);
        assert_true(m.rho[12] > 0.9f && m.rho[0] < 0.5f);
        dvb_map_release(&m);
        assert_int_equal(requests() - before, 1 + batches[i]);
        m = ask(p, opened, f, "And the blue one?"); /* only the words are new */
        assert_int_equal(highest(&m), 47);
        dvb_map_release(&m);
        assert_int_equal(requests() - before, 2 + batches[i]);
        m = ask(p, opened, f, "");
        assert_float_equal(m.rho[12], 0, 0);
        dvb_map_release(&m);
        assert_int_equal(requests() - before, 2 + batches[i]);
        json_t *id = p->identity(opened);
        char *text = dvb_json_canon(id);
        assert_non_null(strstr(text, formats[i]));
        assert_null(strstr(text, KEY));
        free(text);
        json_decref(id);
        p->close(opened);
        free(endpoint);
    }
    av_frame_free(&f);
}

static void failures_are_the_service_s(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "bad-key", "HTTP 401" },
        { "garbage", "no list of embeddings" },
        { "html", "no list of embeddings" },
        { "error-200", "no list of embeddings" },
        { "huge", "too large" },
        { "one", "another number" },
        { "nobody", "HTTP 404" },
    };
    const struct dvb_embed_input in[] = { { .text = "a" }, { .text = "b" } };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_embedder *e;
        struct dvb_err err = { 0 };
        float *v;
        size_t dims;
        char *endpoint = dvb_asprintf("jina:%s@%s", rows[i][0], server.url);
        assert_int_equal(dvb_embed_open(endpoint, NULL, &e, &err), 0);
        int ret = dvb_embed_run(e, in, 2, &v, &dims, &err);
        if (ret >= 0 || v || err.fault != DVB_FAULT_SERVICE || !strstr(err.msg, rows[i][1]) ||
            !strstr(err.msg, rows[i][0]) || strstr(err.msg, KEY))
            fail_msg("%s: %d '%s'", rows[i][0], ret, err.msg);
        dvb_embed_close(&e);
        free(endpoint);
    }
}

static void sizes_may_not_change(void **state)
{
    (void)state;
    const struct dvb_embed_input a = { .text = "a" }, b = { .text = "b" };
    struct dvb_embedder *e;
    struct dvb_err err = { 0 };
    float *v;
    size_t dims;
    char *endpoint = dvb_asprintf("jina:grows@%s", server.url);
    assert_int_equal(dvb_embed_open(endpoint, NULL, &e, &err), 0);
    assert_int_equal(dvb_embed_run(e, &a, 1, &v, &dims, &err), 0);
    free(v);
    assert_true(dvb_embed_run(e, &b, 1, &v, &dims, &err) < 0);
    assert_non_null(strstr(err.msg, "vectors of 3 numbers, after some of 2"));
    assert_int_equal(dvb_embed_run(e, &a, 1, &v, &dims, &err), 0); /* remembered */
    assert_int_equal(dims, 2);
    free(v);
    dvb_embed_close(&e);
    free(endpoint);
}

static void an_endpoint_is_needed(void **state)
{
    (void)state;
    const struct dvb_provider *p;
    struct dvb_provider_settings s = { 0 };
    struct dvb_err err;
    void *opened;
    assert_int_equal(dvb_provider_find("embed", &p, &err), 0);
    assert_true(p->open(&s, &opened, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_null(opened);
    char *endpoint = dvb_asprintf("jina:ok@%s", server.url);
    s.endpoint = endpoint;
    s.patch = 2;
    assert_int_equal(p->open(&s, &opened, &err), 0);
    AVFrame *f = squares();
    struct dvb_map m;
    struct dvb_relevance_query q = { .frame = f, .words = "red" };
    assert_true(p->map(opened, &q, &m, &err) < 0); /* 61,440 patches */
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_null(m.rho);
    av_frame_free(&f);
    p->close(opened);
    free(endpoint);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies),
        cmocka_unit_test(endpoints_that_are_none),
        cmocka_unit_test(maps_point_at_the_colour),
        cmocka_unit_test(failures_are_the_service_s),
        cmocka_unit_test(sizes_may_not_change),
        cmocka_unit_test(an_endpoint_is_needed),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
