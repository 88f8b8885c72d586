/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The providers that need nothing but the picture or a file. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/relevance/file.h"
#include "eval/relevance/grid.h"
#include "eval/relevance/providers.h"
#include "eval/strategy/focus.h"

/* Grey, with a fine chequered square of 64 pixels at x, y. */
static AVFrame *picture(int w, int h, int x0, int y0)
{
    AVFrame *f = av_frame_alloc();
    f->format = AV_PIX_FMT_YUV420P;
    f->width = w;
    f->height = h;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? h / 2 : h); y++)
            memset(f->data[p] + y * f->linesize[p], 128, (size_t)(p ? w / 2 : w));
    for (int y = y0; y < y0 + 64; y++)
        for (int x = x0; x < x0 + 64; x++)
            f->data[0][y * f->linesize[0] + x] = (x / 2 + y / 2) % 2 ? 235 : 16;
    return f;
}

struct opened {
    const struct dvb_provider *p;
    void *state;
};

static struct opened open_one(const char *name, const struct dvb_provider_settings *s)
{
    struct dvb_err err;
    struct opened o = { 0 };
    static const struct dvb_provider_settings none = { 0 };
    if (dvb_provider_find(name, &o.p, &err) || o.p->open(s ? s : &none, &o.state, &err))
        fail_msg("%s: %s", name, err.msg);
    return o;
}

static struct dvb_map map_of(const struct opened *o, const AVFrame *f, double at, const char *words)
{
    struct dvb_map m;
    struct dvb_err err;
    struct dvb_relevance_query q = { .frame = f, .at = at, .video = "a.mp4", .words = words };
    if (o->p->map(o->state, &q, &m, &err) || dvb_map_check(&m, o->p->name, &err))
        fail_msg("%s", err.msg);
    return m;
}

static void close_one(struct opened *o)
{
    json_t *id = o->p->identity(o->state);
    assert_non_null(json_object_get(id, "provider"));
    json_decref(id);
    o->p->close(o->state);
}

static float at_cell(const struct dvb_map *m, int row, int col)
{
    return m->rho[row * m->cols + col];
}

static int highest(const struct dvb_map *m)
{
    int best = 0;
    for (int i = 1; i < m->rows * m->cols; i++)
        if (m->rho[i] > m->rho[best])
            best = i;
    return best;
}

static void grids_cover_the_picture(void **state)
{
    (void)state;
    static const int sizes[][3] = { { 1920, 1080, 0 }, { 854, 480, 0 },  { 64, 64, 7 },
                                    { 2, 2, 0 },       { 8192, 2, 1 },   { 2, 8192, 64 },
                                    { 1000, 30, 300 }, { 638, 358, 16 }, { 2, 2, 10000 } };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        int w = sizes[i][0], h = sizes[i][1];
        struct dvb_grid g = dvb_grid_of(w, h, sizes[i][2], 9);
        long area = 0;
        assert_in_range(g.rows, 1, DVB_MAP_MAX);
        assert_in_range(g.cols, 1, DVB_MAP_MAX);
        for (int c = 0; c < g.rows * g.cols; c++) {
            struct dvb_rect r = dvb_grid_rect(&g, w, h, c / g.cols, c % g.cols);
            assert_true(r.w >= 2 && r.h >= 2);
            assert_int_equal((r.x | r.y | r.w | r.h) % 2, 0);
            area += (long)r.w * r.h;
        }
        assert_int_equal(area, (long)w * h);
    }
    struct dvb_grid g = dvb_grid_of(1920, 1080, 0, 9);
    assert_int_equal(g.rows, 9);
    assert_int_equal(g.cols, 16);
    g = dvb_grid_of(1920, 1080, 64, 9);
    assert_int_equal(g.rows, 17);
    assert_int_equal(g.cols, 30);
}

static void detail_is_where_it_is(void **state)
{
    (void)state;
    struct dvb_provider_settings s = { .patch = 64 };
    struct opened o = open_one("detail", &s);
    AVFrame *f = picture(640, 384, 256, 128);
    struct dvb_map m = map_of(&o, f, 0, "");
    assert_int_equal(m.rows, 6);
    assert_int_equal(m.cols, 10);
    assert_int_equal(highest(&m), 2 * 10 + 4);
    assert_float_equal(at_cell(&m, 2, 4), 1, 1e-6);
    assert_float_equal(at_cell(&m, 0, 0), -1, 1e-6);
    dvb_map_release(&m);
    for (int y = 0; y < f->height; y++)
        memset(f->data[0] + y * f->linesize[0], 90, (size_t)f->width);
    m = map_of(&o, f, 0, "");
    for (int i = 0; i < m.rows * m.cols; i++)
        assert_float_equal(m.rho[i], 0, 0); /* nothing stands out */
    dvb_map_release(&m);
    close_one(&o);
    av_frame_free(&f);
}

static void centre_falls_off(void **state)
{
    (void)state;
    struct dvb_provider_settings s = { .patch = 128 };
    struct opened o = open_one("centre", &s);
    AVFrame *f = picture(640, 640, 0, 0);
    struct dvb_map m = map_of(&o, f, 0, "anything");
    assert_int_equal(m.rows, 5);
    assert_float_equal(at_cell(&m, 2, 2), 1, 1e-6);
    assert_float_equal(at_cell(&m, 2, 3), (float)(2 * exp(-0.4 * 0.4 / 0.32) - 1), 1e-6);
    assert_float_equal(at_cell(&m, 0, 2), at_cell(&m, 2, 4), 1e-6);
    assert_true(at_cell(&m, 0, 0) < at_cell(&m, 0, 1));
    dvb_map_release(&m);
    close_one(&o);
    av_frame_free(&f);
}

static void random_follows_seed_video_and_time(void **state)
{
    (void)state;
    struct dvb_provider_settings s = { .seed = 3 };
    struct opened o = open_one("random", &s);
    AVFrame *f = picture(640, 384, 0, 0);
    struct dvb_map a = map_of(&o, f, 1.5, "x"), b = map_of(&o, f, 1.5, "y"),
                   c = map_of(&o, f, 2, "x");
    size_t bytes = (size_t)a.rows * (size_t)a.cols * sizeof(*a.rho);
    assert_memory_equal(a.rho, b.rho, bytes);
    assert_memory_not_equal(a.rho, c.rho, bytes);
    dvb_map_release(&b);
    close_one(&o);
    s.seed = 4;
    o = open_one("random", &s);
    b = map_of(&o, f, 1.5, "x");
    assert_memory_not_equal(a.rho, b.rho, bytes);
    double sum = 0;
    for (int i = 0; i < a.rows * a.cols; i++)
        sum += a.rho[i];
    assert_true(fabs(sum) < 3 * sqrt(a.rows * a.cols / 3.0)); /* 3 sigma of the uniform's mean 0 */
    dvb_map_release(&a);
    dvb_map_release(&b);
    dvb_map_release(&c);
    close_one(&o);
    av_frame_free(&f);
}

static void inverse_turns_over(void **state)
{
    (void)state;
    struct opened o = open_one("centre", NULL), i = open_one("inverse-centre", NULL);
    AVFrame *f = picture(640, 384, 0, 0);
    struct dvb_map a = map_of(&o, f, 0, ""), b = map_of(&i, f, 0, "");
    for (int k = 0; k < a.rows * a.cols; k++)
        assert_float_equal(a.rho[k], -b.rho[k], 0);
    dvb_map_release(&a);
    dvb_map_release(&b);
    close_one(&o);
    close_one(&i);
    av_frame_free(&f);
    /* Each has one. */
    for (const struct dvb_provider *const *p = dvb_providers; *p; p++) {
        const struct dvb_provider *found;
        struct dvb_err err;
        char *name = dvb_asprintf("inverse-%s", (*p)->name);
        assert_int_equal(dvb_provider_find_any(name, &found, &err), 0);
        assert_string_equal(found->name, name);
        assert_int_equal(found->asks, (*p)->asks);
        free(name);
    }
}

static void unknown_names(void **state)
{
    (void)state;
    static const char *const names[] = { "", "clips", "inverse", "inverse-", "inverse-x" };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const struct dvb_provider *p;
        struct dvb_err err;
        assert_true(dvb_provider_find(names[i], &p, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_USAGE);
        assert_non_null(strstr(err.msg, "centre"));
        assert_null(p);
    }
}

static void strategies_take_none_that_asks(void **state)
{
    (void)state;
    static const char *const names[] = { "model", "inverse-model" };
    for (size_t i = 0; i < 2; i++) {
        const struct dvb_provider *p;
        struct dvb_err err;
        assert_int_equal(dvb_provider_find_any(names[i], &p, &err), 0);
        assert_string_equal(p->name, names[i]);
        assert_true(dvb_provider_find(names[i], &p, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_USAGE);
        assert_non_null(strstr(err.msg, names[i]));
        assert_non_null(strstr(err.msg, "before any but model"));
        assert_null(p);
    }
}

static void settings_are_told(void **state)
{
    (void)state;
    static const struct dvb_provider_settings none = { .seed = 3 },
                                              all = { .models = "models/mobileclip-s0//",
                                                      .file = "/home/a/maps.json",
                                                      .endpoint = "jina:me/clip@https://host/v1",
                                                      .look_model = "m",
                                                      .patch = 64 },
                                              profile = { .endpoint = "voyage:mine" },
                                              wrong = { .endpoint = "mine" },
                                              here = { .models = ".", .file = "maps.json" };
    static const struct {
        const char *name;
        const struct dvb_provider_settings *s;
        const char *told;
    } rows[] = {
        { "clip", &all, " of mobileclip-s0, patch 64" },
        { "inverse-clip", &all, " of mobileclip-s0, patch 64" },
        { "text", &all, " of mobileclip-s0, patch 64" },
        { "file", &all, " of maps.json, patch 64" },
        { "past", &all, " of maps.json, patch 64" },
        { "inverse-past", &here, " of maps.json" },
        { "clip", &here, " of ." },
        { "embed", &all, " of me/clip, patch 64" },
        { "inverse-embed", &profile, " of mine" },
        { "embed", &wrong, "" },
        { "detail", &all, ", patch 64" },
        { "centre", &all, ", patch 64" },
        { "random", &all, ", patch 64" },
        { "model", &all, "" },
        { "inverse-random", &none, "" },
        { "clip", &none, "" },
        { "text", &none, "" },
        { "past", &none, "" },
        { "file", &none, "" },
        { "embed", &none, "" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct dvb_provider *p;
        struct dvb_err err;
        assert_int_equal(dvb_provider_find_any(rows[i].name, &p, &err), 0);
        char *told = dvb_provider_told(p, rows[i].s);
        assert_string_equal(told, rows[i].told);
        free(told);
    }
}

/* Opened twice with the same settings, a provider is one; another with others; closed with the
   last user, in any order. */
static void open_ones_are_shared(void **state)
{
    (void)state;
    static const char *const names[] = { "random", "inverse-random" };
    for (size_t i = 0; i < 2; i++) {
        const struct dvb_provider_settings one = { .seed = 1 }, two = { .seed = 2 };
        const struct dvb_provider *p;
        struct dvb_err err;
        void *a, *b, *c, *again;
        assert_int_equal(dvb_provider_find(names[i], &p, &err), 0);
        assert_int_equal(dvb_provider_open(p, &one, &a, &err), 0);
        assert_int_equal(dvb_provider_open(p, &two, &b, &err), 0);
        assert_int_equal(dvb_provider_open(p, &one, &c, &err), 0);
        assert_ptr_equal(a, c);
        assert_ptr_not_equal(a, b);
        dvb_provider_close(p, a);
        assert_int_equal(dvb_provider_open(p, &one, &again, &err), 0);
        assert_ptr_equal(again, c); /* still open */
        dvb_provider_close(p, b);
        dvb_provider_close(p, c);
        dvb_provider_close(p, again);
        dvb_provider_close(p, NULL);
    }
}

static void failures_are_not_shared(void **state)
{
    (void)state;
    const struct dvb_provider_settings s = { .file = "not-there.json" };
    for (int i = 0; i < 2; i++) {
        struct dvb_err err;
        void *opened;
        assert_true(dvb_provider_open(&dvb_provider_file, &s, &opened, &err) < 0);
        assert_null(opened);
        assert_non_null(strstr(err.msg, "not-there.json"));
    }
}

/* Files. */

static struct opened open_file(const char *name, const char *text)
{
    struct dvb_err err;
    struct dvb_provider_settings s = { .file = name };
    assert_int_equal(dvb_write_file(name, text, strlen(text), &err), 0);
    return open_one("file", &s);
}

static void maps_hold_until_the_next(void **state)
{
    (void)state;
    struct opened o = open_file("maps.json",
                                "{\"schema_version\":1,\"videos\":{\"b.mp4\":[{\"at\":0,"
                                "\"boxes\":[]}],\"a.mp4\":["
                                "{\"at\":4,\"rows\":1,\"cols\":2,\"rho\":[0.5,-1]},"
                                "{\"at\":1,\"rows\":2,\"cols\":1,\"rho\":[1,0.25]},"
                                "{\"at\":2,\"words\":\"Where  is the BUS?\",\"rows\":1,\"cols\":1,"
                                "\"rho\":[-0.5]}]}}");
    AVFrame *f = picture(640, 384, 0, 0);
    static const struct {
        double at;
        const char *words;
        int rows, cols;
        float first;
    } rows[] = {
        { 0, "", 2, 1, 1 },
        { 1, "", 2, 1, 1 },
        { 3.999, "other", 2, 1, 1 },
        { 4, "", 1, 2, 0.5f },
        { 99, "other", 1, 2, 0.5f },
        { 0, "where is the bus?", 1, 1, -0.5f },
        { 50, "Where is the bus?", 1, 1, -0.5f },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_map m = map_of(&o, f, rows[i].at, rows[i].words);
        if (m.rows != rows[i].rows || m.cols != rows[i].cols || m.rho[0] != rows[i].first)
            fail_msg("row %zu: %dx%d, %g", i, m.rows, m.cols, (double)m.rho[0]);
        dvb_map_release(&m);
    }
    close_one(&o);
    av_frame_free(&f);
}

static void boxes_fall_off_with_distance(void **state)
{
    (void)state;
    struct opened o = open_file("boxes.json", "{\"schema_version\":1,\"videos\":{\"a.mp4\":["
                                              "{\"at\":0,\"boxes\":[[0,0,250,500]]},"
                                              "{\"at\":9,\"boxes\":[]}]}}");
    AVFrame *f = picture(640, 320, 0, 0); /* 40 x 20 cells; the box has 10 x 10 of them */
    struct dvb_map m = map_of(&o, f, 0, "");
    assert_int_equal(m.rows, 20);
    assert_int_equal(m.cols, 40);
    assert_float_equal(at_cell(&m, 0, 0), 1, 1e-6);
    assert_float_equal(at_cell(&m, 9, 9), 1, 1e-6);
    assert_true(at_cell(&m, 10, 9) < 1);
    assert_float_equal(at_cell(&m, 19, 39), -1, 1e-6);
    /* 8 pixels below the box's edge, of hypot(472, 152) in the farthest corner */
    assert_float_equal(at_cell(&m, 10, 0), (float)(1 - 2 * 8 / hypot(472, 152)), 1e-5);
    dvb_map_release(&m);
    m = map_of(&o, f, 9, "");
    assert_float_equal(at_cell(&m, 3, 3), 0, 0);
    dvb_map_release(&m);
    close_one(&o);
    av_frame_free(&f);
}

static void gaze_is_the_last_half_second(void **state)
{
    (void)state;
    struct opened o = open_file("gaze.csv", "x,y,pupil,video,t\r\n"
                                            "0.875,0.5,3,a.mp4,2.0\r\n"
                                            "0.125,0.5,3,a.mp4,1.0\r\n"
                                            "0.5,0.125,,a.mp4,2.4\r\n"
                                            "0.5,0.5,,other.mp4,0\r\n");
    static const struct {
        double at;
        bool left, right, top;
    } rows[] = { { 0, true, false, false },   { 1.9, true, false, false },
                 { 2.3, false, true, false }, { 2.45, false, true, true },
                 { 2.6, false, false, true }, { 7, false, false, true } };
    AVFrame *f = picture(640, 640, 0, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_map m = map_of(&o, f, rows[i].at, "whatever");
        assert_int_equal(m.rows, 36);
        assert_int_equal(at_cell(&m, 18, 4) > 0.8f, rows[i].left);
        assert_int_equal(at_cell(&m, 18, 31) > 0.8f, rows[i].right);
        assert_int_equal(at_cell(&m, 4, 18) > 0.8f, rows[i].top);
        assert_true(at_cell(&m, 35, 18) < -0.8f);
        dvb_map_release(&m);
    }
    close_one(&o);
    av_frame_free(&f);
}

#define A(ENTRY) "{\"schema_version\":1,\"videos\":{\"a.mp4\":[" ENTRY "]}}"

static void broken_files_say_where(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *says;
    } rows[] = {
        { "x.json", "{", "x.json:1:" },
        { "x.json", "[]", "\"schema_version\": 1" },
        { "x.json", "{\"schema_version\":2,\"videos\":{}}", "\"schema_version\": 1" },
        { "x.json", "{\"schema_version\":1}", "x.json: videos: " },
        { "x.json", "{\"schema_version\":1,\"videos\":{\"a.mp4\":{}}}", "videos[\"a.mp4\"]: " },
        { "x.json", A("7"), "[\"a.mp4\"][0]: found 7, expected an object" },
        { "x.json", A("{\"at\":1}"), "expected rho or boxes" },
        { "x.json", A("{\"at\":1,\"boxes\":[],\"rho\":[]}"), "not both" },
        { "x.json", A("{\"at\":-1,\"boxes\":[]}"), "[0].at: found -1" },
        { "x.json", A("{\"at\":\"1\",\"boxes\":[]}"), "[0].at: found \"1\"" },
        { "x.json", A("{\"at\":1,\"boxes\":[],\"row\":1}"), "unknown member 'row'" },
        { "x.json", A("{\"at\":1,\"boxes\":[],\"words\":3}"), "[0].words: found 3" },
        { "x.json", A("{\"at\":1,\"boxes\":{}}"), "[0].boxes: found {}" },
        { "x.json", A("{\"at\":1,\"boxes\":[[0,0,9]]}"), "[0].boxes[0]: found [0,0,9]" },
        { "x.json", A("{\"at\":1,\"boxes\":[[0,0,9,9],[0,0,-9,9]]}"), "[0].boxes[1]: " },
        { "x.json", A("{\"at\":1,\"boxes\":[[0,0,9,1001]]}"), "from 0 to 1000" },
        { "x.json", A("{\"at\":1,\"boxes\":[[9,0,9,9]]}"), "x0 < x1 and y0 < y1" },
        { "x.json", A("{\"at\":1,\"boxes\":[[0,9,9,5]]}"), "x0 < x1 and y0 < y1" },
        { "x.json", A("{\"at\":1,\"boxes\":[[\"0\",0,9,9]]}"), "[0].boxes[0]: " },
        { "x.json", A("{\"at\":1,\"boxes\":[[0.1,0.2,0.9,1]]}"), "not shares of it" },
        { "x.json", A("{\"at\":1,\"rho\":[0]}"), "[0].rows: found nothing" },
        { "x.json", A("{\"at\":1,\"rows\":1.5,\"cols\":1,\"rho\":[0]}"), "[0].rows: found 1.5" },
        { "x.json", A("{\"at\":1,\"rows\":1,\"cols\":0,\"rho\":[0]}"), "[0].cols: found 0" },
        { "x.json", A("{\"at\":1,\"rows\":1025,\"cols\":1,\"rho\":[0]}"), "from 1 to 1024" },
        { "x.json", A("{\"at\":1,\"rows\":2,\"cols\":1,\"rho\":[0]}"), "2 numbers" },
        { "x.json", A("{\"at\":1,\"rows\":1,\"cols\":1,\"rho\":7}"), "[0].rho: found 7" },
        { "x.json", A("{\"at\":1,\"rows\":1,\"cols\":2,\"rho\":[0,1.01]}"), "[0].rho[1]: found 1" },
        { "x.json", A("{\"at\":1,\"rows\":1,\"cols\":1,\"rho\":[null]}"), ".rho[0]: found null" },
        { "x.json", A("{\"at\":1,\"rows\":1,\"cols\":1,\"rho\":[NaN]}"), "x.json:1:" },
        { "x.json", A("{\"at\":1,\"boxes\":[]},{\"at\":1,\"boxes\":[]}"), "two entries at 1 s" },
        { "x.csv", "", "x.csv: no points" },
        { "x.csv", "video,t,x,y\n", "x.csv: no points" },
        { "x.csv", "video,t,x\na,1,1\n", "x.csv:1: no column 'y'" },
        { "x.csv", "video,t,x,y\na,0,nan,0\n", "x.csv:2: column x: found 'nan'" },
        { "x.csv", "video,t,x,y\na,0,0.5,0\na,0,0,1.2\n", "x.csv:3: column y: found '1.2'" },
        { "x.csv", "video,t,x,y\na,-1,0,0\n", "x.csv:2: column t: found '-1'" },
        { "x.csv", "video,t,x,y\na,1\n", "x.csv:2: column x: found ''" },
        { "x.csv", "video,t,x,y\n,1,0,0\n", "x.csv:2: column video" },
        { "x.csv", "video,t,x,y\n\"a\"b,1,0,0\n", "x.csv:2:" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_relevance_file f;
        struct dvb_err err = { 0 };
        assert_int_equal(dvb_write_file(rows[i].name, rows[i].text, strlen(rows[i].text), &err), 0);
        int ret = dvb_relevance_read(rows[i].name, &f, &err);
        if (ret >= 0 || err.fault != DVB_FAULT_INPUT || !strstr(err.msg, rows[i].says) ||
            strncmp(err.msg, rows[i].name, strlen(rows[i].name)))
            fail_msg("row %zu: %d, '%s', expected '%s'", i, ret, err.msg, rows[i].says);
    }
}

static void past_is_a_running_mean(void **state)
{
    (void)state;
    static const char text[] = A(
        "{\"at\":2,\"rows\":1,\"cols\":2,\"rho\":[1,0]},"
        "{\"at\":4,\"words\":\"x\",\"rows\":1,\"cols\":2,\"rho\":[0,-1]},"
        "{\"at\":4,\"words\":\"y\",\"rows\":1,\"cols\":2,\"rho\":[-0.4,1]}");
    static const struct {
        double at;
        float left, right;
    } rows[] = { { 2.1, 1, 0 }, { 4, 1, 0 }, { 4.1, 0.2f, 0 }, { 99, 0.2f, 0 } };
    struct dvb_err err;
    struct dvb_provider_settings s = { .file = "past.json", .patch = 64 };
    assert_int_equal(dvb_write_file("past.json", text, strlen(text), &err), 0);
    struct opened o = open_one("past", &s), d = open_one("detail", &s);
    AVFrame *f = picture(640, 384, 256, 128);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_map m = map_of(&o, f, rows[i].at, "z");
        assert_float_equal(at_cell(&m, 3, 3), rows[i].left, 1e-6);
        assert_float_equal(at_cell(&m, 20, 39), rows[i].right, 1e-6);
        dvb_map_release(&m);
    }
    struct dvb_map m = map_of(&o, f, 2, ""), n = map_of(&d, f, 2, ""); /* nobody asked yet */
    assert_int_equal(m.cols, n.cols);
    assert_memory_equal(m.rho, n.rho, (size_t)(m.rows * m.cols) * sizeof(*m.rho));
    dvb_map_release(&m);
    dvb_map_release(&n);
    close_one(&o);
    close_one(&d);
    av_frame_free(&f);
    assert_int_equal(dvb_write_file("gaze.csv", "video,t,x,y\na.mp4,0,0,0\n", 24, &err), 0);
    s.file = "gaze.csv";
    assert_true(dvb_provider_past.open(&s, &o.state, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    s.file = NULL;
    assert_true(dvb_provider_past.open(&s, &o.state, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
}

static void what_is_not_there_is_named(void **state)
{
    (void)state;
    struct dvb_err err = { 0 };
    struct dvb_map m = { 0 };
    void *none;
    const struct dvb_provider *p;
    AVFrame *f = picture(64, 64, 0, 0);
    struct dvb_relevance_query q = { .frame = f, .video = "b.mp4", .words = "" };
    struct opened o = open_file("one.json", A("{\"at\":1,\"words\":\"bus\",\"boxes\":[]}"));
    assert_true(o.p->map(o.state, &q, &m, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_non_null(strstr(err.msg, "one.json: nothing for the video 'b.mp4'"));
    assert_non_null(strstr(err.msg, "'a.mp4'"));
    q.video = "a.mp4";
    q.words = "tram";
    assert_true(o.p->map(o.state, &q, &m, &err) < 0);
    assert_non_null(strstr(err.msg, "no entry for these words"));
    assert_null(m.rho);
    close_one(&o);
    struct dvb_provider_settings s = { 0 };
    assert_int_equal(dvb_provider_find("file", &p, &err), 0);
    assert_true(p->open(&s, &none, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_null(none);
    s.file = "missing.json";
    assert_true(p->open(&s, &none, &err) < 0);
    assert_int_equal(err.fault, DVB_FAULT_INPUT);
    assert_non_null(strstr(err.msg, "missing.json"));
    av_frame_free(&f);
}

static void the_best_window(void **state)
{
    (void)state;
    double v[6 * 8] = { 0 };
    int row = -1, col = -1;
    dvb_focus_best(v, 6, 8, 2, 3, &row, &col);
    assert_int_equal(row * 8 + col, 0); /* the first of equals */
    v[2 * 8 + 5] = v[3 * 8 + 7] = 1;
    v[0] = 1.5;
    dvb_focus_best(v, 6, 8, 2, 3, &row, &col);
    assert_int_equal(row, 2);
    assert_int_equal(col, 5);
    dvb_focus_best(v, 6, 8, 1, 1, &row, &col);
    assert_int_equal(row * 8 + col, 0);
    dvb_focus_best(v, 6, 8, 6, 8, &row, &col);
    assert_int_equal(row * 8 + col, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(grids_cover_the_picture),
        cmocka_unit_test(detail_is_where_it_is),
        cmocka_unit_test(centre_falls_off),
        cmocka_unit_test(random_follows_seed_video_and_time),
        cmocka_unit_test(inverse_turns_over),
        cmocka_unit_test(unknown_names),
        cmocka_unit_test(strategies_take_none_that_asks),
        cmocka_unit_test(open_ones_are_shared),
        cmocka_unit_test(failures_are_not_shared),
        cmocka_unit_test(settings_are_told),
        cmocka_unit_test(maps_hold_until_the_next),
        cmocka_unit_test(boxes_fall_off_with_distance),
        cmocka_unit_test(gaze_is_the_last_half_second),
        cmocka_unit_test(broken_files_say_where),
        cmocka_unit_test(past_is_a_running_mean),
        cmocka_unit_test(what_is_not_there_is_named),
        cmocka_unit_test(the_best_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
