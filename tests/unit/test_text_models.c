/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PP-OCR's real weights on a real picture: the provider text, the recogniser; and graphs
   that are none of these. Without the weights only what needs none is tested. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/relevance.h"
#include "eval/relevance/rgb.h"
#include "media/image.h"
#include "neural/ocr_models.h"
#include "neural/onnx.h"
#include "neural/text_recogniser.h"

static const char *weights(void)
{
    const char *folder = getenv("OCR_MODELS");
    if (!dvb_onnx_available() || !folder || !dvb_is_dir(folder)) {
        printf("skip: it needs ONNX Runtime and 'make ocr-models'\n");
        skip();
    }
    return folder;
}

/* The fixture: 640x360, "Lost property" and other words on a board. */
static AVFrame *board(void)
{
    const char *top = getenv("TOP");
    char *path = dvb_path_join(top ? top : ".", "tests/fixtures/reader/board.png"), *data;
    size_t len;
    AVFrame *f;
    struct dvb_err err = { 0 };
    if (dvb_read_file(path, 1 << 24, &data, &len, &err) ||
        dvb_image_decode(data, len, 1 << 24, &f, &err))
        fail_msg("%s", err.msg);
    free(data);
    free(path);
    return f;
}

static const struct dvb_provider *provider(void)
{
    const struct dvb_provider *p;
    struct dvb_err err = { 0 };
    assert_int_equal(dvb_provider_find("text", &p, &err), 0);
    return p;
}

static void *open_text(const char *folder, int patch)
{
    const struct dvb_provider_settings s = { .models = folder, .patch = patch };
    struct dvb_err err = { 0 };
    void *state;
    if (provider()->open(&s, &state, &err))
        fail_msg("%s", err.msg);
    return state;
}

static struct dvb_map map_of(void *state, const AVFrame *f, const char *words)
{
    const struct dvb_relevance_query q = { .frame = f, .video = "v", .words = words };
    struct dvb_err err = { 0 };
    struct dvb_map m;
    if (provider()->map(state, &q, &m, &err) || dvb_map_check(&m, "text", &err))
        fail_msg("%s", err.msg);
    return m;
}

/* Lines that the networks read on the picture. */
struct line {
    struct dvb_text_line at;
    char text[256];
};

static size_t read_board(const char *folder, const AVFrame *f, struct line *lines, size_t most)
{
    struct dvb_text_detector *d;
    struct dvb_text_recogniser *r;
    struct dvb_text_map map;
    struct dvb_rgb rgb;
    struct dvb_err err = { 0 };
    size_t n;
    if (dvb_text_detector_open(folder, &d, &err) || dvb_text_recogniser_open(folder, &r, &err) ||
        dvb_rgb_of_frame(f, &rgb, &err) || dvb_text_detector_run(d, &rgb, 960, &map, &err))
        fail_msg("%s", err.msg);
    struct dvb_text_line *found = dvb_text_lines(&map, &n);
    n = n < most ? n : most;
    for (size_t i = 0; i < n; i++) {
        struct dvb_text_words w = { 0 };
        lines[i] = (struct line){ .at = found[i] };
        assert_int_equal(dvb_text_recogniser_read(r, &rgb, &found[i], &w, &err), 0);
        for (size_t k = 0; k < w.n; k++) {
            assert_true(w.v[k].conf > 0 && w.v[k].conf <= 1.0001f);
            assert_true(w.v[k].from >= 0 && w.v[k].from < w.v[k].to && w.v[k].to <= 1);
            assert_true(!k || w.v[k].from >= w.v[k - 1].to - 0.001f);
            snprintf(lines[i].text + strlen(lines[i].text),
                     sizeof(lines[i].text) - strlen(lines[i].text), "%s%s", k ? " " : "",
                     w.v[k].text);
        }
        dvb_text_words_release(&w);
    }
    free(found);
    free((void *)rgb.px);
    dvb_text_map_release(&map);
    dvb_text_detector_close(&d);
    dvb_text_recogniser_close(&r);
    return n;
}

static const struct line *find(const struct line *lines, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(lines[i].text, text))
            return &lines[i];
    fail_msg("'%s' was not read", text);
    return NULL;
}

static void test_reads(void **state)
{
    (void)state;
    static struct line lines[64];
    AVFrame *f = board();
    const char *folder = weights();
    size_t n = read_board(folder, f, lines, 64);
    const struct line *l = find(lines, n, "Lost property");
    find(lines, n, "Valencia");
    find(lines, n, "Destination");
    assert_true(l->at.length > 2 * l->at.height);
    assert_true(l->at.ux > 0.99);
    av_frame_free(&f);
}

/* High on the lines that are read, low where there is nothing, for any words. */
static void test_provider(void **state)
{
    (void)state;
    static struct line lines[64];
    AVFrame *f = board();
    const char *folder = weights();
    size_t n = read_board(folder, f, lines, 64);
    void *t = open_text(folder, 16);
    struct dvb_map m = map_of(t, f, "Which?"), again = map_of(t, f, "");
    assert_int_equal(m.rows, (f->height + 8) / 16);
    assert_int_equal(m.cols, f->width / 16);
    assert_memory_equal(m.rho, again.rho, (size_t)m.rows * (size_t)m.cols * sizeof(float));
    int low = 0;
    for (int i = 0; i < m.rows * m.cols; i++)
        low += m.rho[i] < -0.8f;
    assert_true(2 * low > m.rows * m.cols);
    for (size_t i = 0; i < n; i++) {
        const struct dvb_text_line *l = &lines[i].at;
        double x = l->x + l->ux * l->length / 2 + l->vx * l->height / 2;
        double y = l->y + l->uy * l->length / 2 + l->vy * l->height / 2;
        int cell = (int)(y * m.rows / f->height) * m.cols + (int)(x * m.cols / f->width);
        if (m.rho[cell] < 0.2f)
            fail_msg("'%s': %f", lines[i].text, (double)m.rho[cell]);
    }
    dvb_map_release(&m);
    dvb_map_release(&again);
    provider()->close(t);
    av_frame_free(&f);
}

static void expect(const char *folder, enum dvb_fault fault, const char *says)
{
    const struct dvb_provider_settings s = { .models = folder };
    struct dvb_err err = { 0 };
    void *state;
    assert_true(provider()->open(&s, &state, &err) < 0);
    assert_null(state);
    if (err.fault != fault || !strstr(err.msg, says))
        fail_msg("'%s' (%d) does not say '%s'", err.msg, (int)err.fault, says);
}

static void test_faults(void **state)
{
    (void)state;
    setenv("DEVIBENCH_OCR_MODELS", "", 1);
    assert_null(dvb_ocr_models_folder());
    expect(NULL, DVB_FAULT_USAGE, "make onnxruntime ocr-models");
    expect("nowhere", DVB_FAULT_INPUT, "nowhere: no text detector: expected det.onnx");
    if (!dvb_onnx_available())
        return;
    assert_int_equal(system("make_onnx colours other && mkdir -p wrong && "
                            "cp other/onnx/vision_model.onnx wrong/det.onnx && "
                            "cp other/onnx/vision_model.onnx wrong/rec.onnx && "
                            "printf 'a\\nb\\n' > wrong/keys.txt && mkdir -p cut && "
                            "head -c 300 other/onnx/vision_model.onnx > cut/det.onnx"),
                     0);
    expect("wrong", DVB_FAULT_INPUT, "wrong/det.onnx: is no text detector");
    expect("cut", DVB_FAULT_INPUT, "cut/det.onnx: not a graph");
    struct dvb_text_recogniser *r;
    struct dvb_err err = { 0 };
    assert_true(dvb_text_recogniser_open("wrong", &r, &err) < 0);
    assert_null(r);
    assert_non_null(strstr(err.msg, "wrong/rec.onnx: is no text recogniser"));
    assert_true(dvb_text_recogniser_open("nowhere", &r, &err) < 0);
    assert_non_null(strstr(err.msg, "nowhere: no text recogniser"));
    assert_int_equal(system("rm wrong/keys.txt"), 0);
    assert_true(dvb_text_recogniser_open("wrong", &r, &err) < 0);
    assert_non_null(strstr(err.msg, "wrong/keys.txt"));
}

/* A list of characters that is not the graph's. */
static void test_keys(void **state)
{
    (void)state;
    struct dvb_text_recogniser *r;
    struct dvb_err err = { 0 };
    char *command = dvb_asprintf("mkdir -p keys && cp '%s'/ch_PP-OCRv4_rec_infer.onnx "
                                 "keys/rec.onnx && printf 'a\\nb' > keys/keys.txt",
                                 weights());
    assert_int_equal(system(command), 0);
    free(command);
    assert_true(dvb_text_recogniser_open("keys", &r, &err) < 0);
    assert_non_null(strstr(err.msg, "keys/keys.txt: has 2 characters, but keys/rec.onnx has 6625"));
}

static void test_folder(void **state)
{
    (void)state;
    unsetenv("DEVIBENCH_OCR_MODELS");
    unsetenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    char *cache = dvb_path_join(home, ".cache/devibench/ocr-models");
    struct dvb_err err = { 0 };
    assert_null(dvb_ocr_models_folder());
    assert_int_equal(dvb_mkdirs(cache, &err), 0);
    char *found = dvb_ocr_models_folder();
    if (dvb_onnx_available())
        assert_string_equal(found, cache);
    else
        assert_null(found);
    free(found);
    free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),  cmocka_unit_test(test_provider),
        cmocka_unit_test(test_faults), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
