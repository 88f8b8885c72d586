/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The provider clip over model folders that make_onnx writes: colours and their names. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/relevance.h"
#include "neural/onnx.h"
#include "tests/unit/media_maker.h"

static void make_folder(const char *kind)
{
    char *command = dvb_asprintf("make_onnx %s %s", kind, kind);
    assert_int_equal(system(command), 0);
    free(command);
}

static void need_library(void)
{
    if (!dvb_onnx_available()) {
        printf("skip: built without ONNX Runtime\n");
        skip();
    }
}

static const struct dvb_provider *clip(void)
{
    const struct dvb_provider *p;
    struct dvb_err err = { 0 };
    assert_int_equal(dvb_provider_find("clip", &p, &err), 0);
    return p;
}

static void *open_clip(const char *folder, int patch)
{
    const struct dvb_provider_settings s = { .models = folder, .patch = patch };
    struct dvb_err err = { 0 };
    void *state;
    if (clip()->open(&s, &state, &err))
        fail_msg("%s", err.msg);
    return state;
}

/* Red, green, blue and yellow corners on grey. */
static AVFrame *corners(int w, int h)
{
    struct maker m = { .w = w, .h = h };
    return maker_frame(&m, AV_PIX_FMT_YUV420P, 0x5a);
}

static struct dvb_map map_of(void *state, const AVFrame *f, const char *words)
{
    const struct dvb_relevance_query q = { .frame = f, .video = "v", .words = words };
    struct dvb_err err = { 0 };
    struct dvb_map m;
    if (clip()->map(state, &q, &m, &err))
        fail_msg("%s", err.msg);
    if (dvb_map_check(&m, "clip", &err))
        fail_msg("%s", err.msg);
    return m;
}

static int best(const struct dvb_map *m)
{
    int at = 0;
    for (int i = 1; i < m->rows * m->cols; i++)
        if (m->rho[i] > m->rho[at])
            at = i;
    return at;
}

static const struct {
    const char *words;
    int row, col;
    float rgb[3];
} said[] = {
    { "the red car", 0, 0, { 1, -1, -1 } },
    { "Where is the GREEN one?", 0, 3, { -1, 1, -1 } },
    { "blue", 3, 0, { -1, -1, 1 } },
    { "a yellow car, please", 3, 3, { 1, 1, -1 } },
};
#define SAID (sizeof(said) / sizeof(*said))

/* Cosine of two colours in the made space, worked out here. */
static double cosine(const float *a, const float *b)
{
    double dot = 0.09, aa = 0.09, bb = 0.09;
    for (int c = 0; c < 3; c++) {
        dot += (double)a[c] * (double)b[c];
        aa += (double)a[c] * (double)a[c];
        bb += (double)b[c] * (double)b[c];
    }
    return dot / sqrt(aa * bb);
}

static void expect_colours(const char *kind)
{
    make_folder(kind);
    void *state = open_clip(kind, 40);
    AVFrame *f = corners(160, 160);
    for (size_t i = 0; i < SAID; i++) {
        struct dvb_map m = map_of(state, f, said[i].words);
        assert_int_equal(m.rows, 4);
        assert_int_equal(m.cols, 4);
        int at = best(&m);
        if (at != said[i].row * 4 + said[i].col)
            fail_msg("%s: '%s' is at %d", kind, said[i].words, at);
        for (size_t k = 0; k < SAID; k++) {
            double got = (double)m.rho[said[k].row * 4 + said[k].col];
            double want = cosine(said[i].rgb, said[k].rgb);
            if (fabs(got - want) > 0.02)
                fail_msg("%s: '%s' at '%s': %f, expected %f", kind, said[i].words, said[k].words,
                         got, want);
        }
        dvb_map_release(&m);
    }
    av_frame_free(&f);
    clip()->close(state);
}

static void test_colours(void **state)
{
    (void)state;
    need_library();
    expect_colours("colours");
    expect_colours("combined"); /* one graph for both */
    expect_colours("batch1");   /* a fixed batch, int32 ids */
}

static void test_patches(void **state)
{
    (void)state;
    need_library();
    make_folder("colours");
    AVFrame *f = corners(320, 180), *odd = corners(322, 178);
    const struct {
        int patch, rows, cols;
    } cases[] = { { 0, 4, 7 }, { 40, 5, 8 }, { 1000, 1, 1 }, { 10, 18, 32 } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        void *c = open_clip("colours", cases[i].patch);
        struct dvb_map m = map_of(c, f, "red"), n = map_of(c, odd, "red");
        assert_int_equal(m.rows, cases[i].rows);
        assert_int_equal(m.cols, cases[i].cols);
        dvb_map_release(&m);
        dvb_map_release(&n);
        clip()->close(c);
    }
    void *c = open_clip("colours", 0);
    struct dvb_map m = map_of(c, f, ""); /* nothing was said: nothing stands out */
    for (int i = 0; i < m.rows * m.cols; i++)
        assert_true(m.rho[i] == 0);
    dvb_map_release(&m);
    clip()->close(c);
    av_frame_free(&f);
    av_frame_free(&odd);
}

/* Some versions of the library report their use unless this is set before they start. */
static void test_quiet(void **state)
{
    (void)state;
    need_library();
    make_folder("colours");
    clip()->close(open_clip("colours", 40));
    assert_string_equal(getenv("ORT_DISABLE_TELEMETRY"), "1");
}

static void test_identity(void **state)
{
    (void)state;
    need_library();
    make_folder("colours");
    make_folder("combined");
    void *a = open_clip("colours", 40), *b = open_clip("colours", 40);
    void *c = open_clip("colours", 80), *d = open_clip("combined", 40);
    json_t *ja = clip()->identity(a), *jb = clip()->identity(b), *jc = clip()->identity(c),
           *jd = clip()->identity(d);
    assert_true(json_equal(ja, jb));
    assert_false(json_equal(ja, jc));
    assert_false(json_equal(ja, jd));
    json_decref(ja), json_decref(jb), json_decref(jc), json_decref(jd);
    clip()->close(a), clip()->close(b), clip()->close(c), clip()->close(d);
}

struct job {
    void *state;
    const AVFrame *frame;
    struct dvb_map maps[6];
};

static void *run_job(void *arg)
{
    struct job *j = arg;
    for (size_t i = 0; i < 6; i++)
        j->maps[i] = map_of(j->state, j->frame, said[i % SAID].words);
    return NULL;
}

/* Many threads with one state: the same bits as one thread alone. */
static void test_threads(void **state)
{
    (void)state;
    need_library();
    make_folder("colours");
    void *one = open_clip("colours", 20), *many = open_clip("colours", 20);
    AVFrame *f = corners(160, 120);
    struct job jobs[4], alone = { one, f, { { 0 } } };
    pthread_t threads[4];
    run_job(&alone);
    for (size_t i = 0; i < 4; i++) {
        jobs[i] = (struct job){ many, f, { { 0 } } };
        assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        for (size_t k = 0; k < 6; k++) {
            assert_memory_equal(jobs[i].maps[k].rho, alone.maps[k].rho, 6 * 8 * sizeof(float));
            dvb_map_release(&jobs[i].maps[k]);
        }
    }
    for (size_t k = 0; k < 6; k++)
        dvb_map_release(&alone.maps[k]);
    av_frame_free(&f);
    clip()->close(one);
    clip()->close(many);
}

/* What is remembered of a frame or of words is not taken for another's. */
static void test_remembered(void **state)
{
    (void)state;
    need_library();
    make_folder("colours");
    void *c = open_clip("colours", 40);
    AVFrame *f = corners(160, 160), *moved = corners(160, 160);
    for (int p = 0; p < 3; p++) { /* the corners change places, top and bottom */
        int side = 160 >> (p > 0);
        for (int y = 0; y < side; y++)
            memcpy(moved->data[p] + y * moved->linesize[p],
                   f->data[p] + (side - 1 - y) * f->linesize[p], (size_t)side);
    }
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < SAID; i++) {
            struct dvb_map a = map_of(c, f, said[i].words), b = map_of(c, moved, said[i].words);
            assert_int_equal(best(&a), said[i].row * 4 + said[i].col);
            assert_int_equal(best(&b), (3 - said[i].row) * 4 + said[i].col);
            dvb_map_release(&a);
            dvb_map_release(&b);
        }
    av_frame_free(&f);
    av_frame_free(&moved);
    clip()->close(c);
}

static void spoil(const char *command)
{
    assert_int_equal(system("rm -rf broken && make_onnx colours broken"), 0);
    if (*command)
        assert_int_equal(system(command), 0);
}

static void expect_fault(const char *folder, enum dvb_fault fault, const char *says)
{
    const struct dvb_provider_settings s = { .models = folder };
    struct dvb_err err = { 0 };
    void *state;
    assert_true(clip()->open(&s, &state, &err) < 0);
    assert_null(state);
    assert_int_equal(err.fault, fault);
    if (!strstr(err.msg, says))
        fail_msg("'%s' does not say '%s'", err.msg, says);
}

static void test_folders(void **state)
{
    (void)state;
    expect_fault(NULL, DVB_FAULT_USAGE, "needs the folder");
    need_library();
    expect_fault("nowhere", DVB_FAULT_INPUT, "nowhere: no such folder");
    static const struct {
        const char *command, *says;
    } cases[] = {
        { "rm broken/onnx/text_model.onnx", "broken: no text graph: expected onnx/text_model" },
        { "rm broken/onnx/*", "broken: no vision graph" },
        { "rm broken/tokenizer.json", "broken: no tokenizer" },
        { "rm broken/preprocessor_config.json", "preprocessor_config.json" },
        { "truncate -s 300 broken/onnx/vision_model.onnx",
          "broken/onnx/vision_model.onnx: not a graph" },
        { "truncate -s 0 broken/onnx/vision_model.onnx", "broken/onnx/vision_model.onnx" },
        { "echo hello > broken/onnx/text_model.onnx", "broken/onnx/text_model.onnx: not a graph" },
        { "cp broken/onnx/text_model.onnx broken/onnx/vision_model.onnx",
          "vision_model.onnx: has no output 'image_embeds'" },
        { "cp broken/onnx/vision_model.onnx broken/onnx/text_model.onnx",
          "text_model.onnx: has no output 'text_embeds'" },
        { "sed -i 's/32/64/g' broken/preprocessor_config.json",
          "input 'pixel_values' is float[?,3,32,32], expected one that takes float[1,3,64,64]" },
        { "echo '{}' > broken/preprocessor_config.json", "size has neither" },
        { "make_onnx dims broken", "has 8 numbers, but pictures are embedded in 6" },
        { "make_onnx names broken", "has no output 'image_embeds' or 'pooler_output'" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        spoil(cases[i].command);
        expect_fault("broken", DVB_FAULT_INPUT, cases[i].says);
    }
}

/* 8 bits, as dynamic quantisation writes them, find the same places. */
static void test_quantised(void **state)
{
    (void)state;
    need_library();
    make_folder("vit");
    make_folder("vit-int8");
    void *full = open_clip("vit", 80), *small = open_clip("vit-int8", 80);
    json_t *of_full = clip()->identity(full), *of_small = clip()->identity(small);
    assert_false(json_equal(of_full, of_small));
    json_decref(of_full);
    json_decref(of_small);
    AVFrame *f = corners(160, 160);
    struct dvb_map a = map_of(full, f, "the car"), b = map_of(small, f, "the car");
    assert_int_equal(a.rows * a.cols, 4);
    assert_int_equal(b.rows * b.cols, 4);
    for (int i = 0; i < 4; i++)
        assert_true(fabsf(a.rho[i] - b.rho[i]) < 0.002F);
    assert_int_equal(best(&a), best(&b));
    dvb_map_release(&a);
    dvb_map_release(&b);
    av_frame_free(&f);
    clip()->close(full);
    clip()->close(small);
}

/* A graph that gives NaN for some words: told for those, and only those. */
static void test_nan(void **state)
{
    (void)state;
    need_library();
    make_folder("nan");
    void *c = open_clip("nan", 40);
    AVFrame *f = corners(160, 160);
    struct dvb_relevance_query q = { .frame = f, .video = "v", .words = "the red car" };
    struct dvb_err err = { 0 };
    struct dvb_map m;
    assert_true(clip()->map(c, &q, &m, &err) < 0);
    assert_null(m.rho);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_non_null(strstr(err.msg, "text_model.onnx: output 'text_embeds' holds NaN"));
    m = map_of(c, f, "green");
    dvb_map_release(&m);
    av_frame_free(&f);
    clip()->close(c);
}

static void test_without_library(void **state)
{
    (void)state;
    if (dvb_onnx_available())
        skip();
    make_folder("colours");
    expect_fault("colours", DVB_FAULT_USAGE, "built without ONNX Runtime");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colours),   cmocka_unit_test(test_patches),
        cmocka_unit_test(test_quiet),     cmocka_unit_test(test_identity),
        cmocka_unit_test(test_threads),   cmocka_unit_test(test_remembered),
        cmocka_unit_test(test_folders),   cmocka_unit_test(test_nan),
        cmocka_unit_test(test_quantised), cmocka_unit_test(test_without_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
