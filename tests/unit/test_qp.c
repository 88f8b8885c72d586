/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Equation 2, the box form, resampling to macroblocks, timelines: values worked by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "eval/relevance/qp.h"
#include "eval/strategy/context.h"
#include "eval/strategy/focus.h"
#include "media/effect.h"

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-5))
        fail_msg("%.9g instead of %.9g", got, want);
}

static void near_all(const float *got, const double *want, int n)
{
    for (int i = 0; i < n; i++)
        if (!(fabs((double)got[i] - want[i]) <= 1e-5))
            fail_msg("value %d: %.9g instead of %.9g", i, (double)got[i], want[i]);
}

static void test_equation(void **state)
{
    (void)state;
    static const struct {
        double rho, gamma, qp;
    } rows[] = {
        { 1, 3, 0 },           { -1, 3, 51 },         { 0, 3, 44.625 },
        { 0.1, 3, 42.514875 }, { 0.3, 3, 36.994125 }, { 0.5, 3, 29.484375 },
        { 0.5, 2, 22.3125 },   { 0, 1, 25.5 },        { 0.5, 1, 12.75 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        near(dvb_qp_of(rows[i].rho, rows[i].gamma), rows[i].qp);
}

static void test_offsets(void **state)
{
    (void)state;
    /* response 0.8, gamma 2: QP 51 * 0.36 = 18.36, below 26; 0.4: 42.84; 0: 51 */
    near((double)dvb_qp_offset(0.6, DVB_FORM_BOX, 2, 0), 0);
    near((double)dvb_qp_offset(-0.2, DVB_FORM_BOX, 2, 0), 16.84);
    near((double)dvb_qp_offset(-1, DVB_FORM_BOX, 2, 0), 25);
    near((double)dvb_qp_offset(1, DVB_FORM_BOX, 2, 0), 0);
    near((double)dvb_qp_offset(0.1, DVB_FORM_PLAIN, 3, dvb_qp_of(0.3, 3)), 42.514875 - 36.994125);
    near((double)dvb_qp_offset(-1, DVB_FORM_STRETCHED, 3, 0), 51);
}

static void test_stretch(void **state)
{
    (void)state;
    float rho[] = { 0.1F, 0.2F, 0.35F, 0.1F }, same[] = { 0.3F, 0.3F };
    struct dvb_map m = { 2, 2, rho }, flat = { 1, 2, same };
    dvb_map_stretch(&m);
    near_all(rho, (const double[]){ -1, -0.2, 1, -1 }, 4);
    dvb_map_stretch(&flat);
    near_all(same, (const double[]){ 0, 0 }, 2);
}

static void test_blocks(void **state)
{
    (void)state;
    float two[] = { -1, 1 }, four[] = { 0, 1, 0.5F, -1 }, out[8];
    const struct dvb_map row = { 1, 2, two }, square = { 2, 2, four };
    dvb_map_blocks(&row, 64, 16, out);
    near_all(out, (const double[]){ -1, -1, 1, 1 }, 4);
    dvb_map_blocks(&row, 48, 16, out);
    near_all(out, (const double[]){ -1, 0, 1 }, 3);
    /* 40 wide: cells of 20 pixels; blocks of 16, 16 and 8: the second has 4 of one and 12 of
       the other. */
    dvb_map_blocks(&row, 40, 10, out);
    near_all(out, (const double[]){ -1, 0.5, 1 }, 3);
    dvb_map_blocks(&square, 16, 16, out);
    near_all(out, (const double[]){ 0.125 }, 1);
    dvb_map_blocks(&square, 32, 64, out);
    near_all(out, (const double[]){ 0, 1, 0, 1, 0.5, -1, 0.5, -1 }, 8);
}

static void test_boxes(void **state)
{
    (void)state;
    float out[16];
    /* Blocks' centres at 8, 24, 40, 56; the box ends at 16: 0, 8, 24, 40 away. */
    const struct dvb_region left = { 0, 0, 250, 1000 };
    dvb_regions_grid(&left, 1, 64, 16, 16, out);
    near_all(out, (const double[]){ 1, 0.6, -0.2, -1 }, 4);
    /* The last block is 8 wide: its centre is at 36; diagonal distances; two boxes. */
    const struct dvb_region corner = { 0, 0, 400, 500 },
                            both[] = { { 0, 0, 400, 500 }, { 600, 0, 1000, 1000 } };
    dvb_regions_grid(&corner, 1, 40, 32, 16, out);
    double far = hypot(36 - 16, 24 - 16);
    near_all(out,
             (const double[]){ 1, 1 - 2 * 8 / far, 1 - 2 * 20 / far, 1 - 2 * 8 / far,
                               1 - 2 * hypot(8, 8) / far, -1 },
             6);
    dvb_regions_grid(both, 2, 40, 32, 16, out);
    near((double)out[2], 1);
    near((double)out[5], 1);
    /* All of the picture. */
    const struct dvb_region all = { 0, 0, 1000, 1000 };
    dvb_regions_grid(&all, 1, 40, 32, 16, out);
    near((double)out[3], 1);
}

/* ---- timelines ---- */

static void offsets_at(struct dvb_timeline *t, int w, int h, double at, float *out)
{
    AVFrame frame = { .width = w, .height = h, .pts = (int64_t)(at * 1e6) };
    struct dvb_err err;
    assert_int_equal(dvb_timeline_offsets(t, &frame, (w + 15) / 16, (h + 15) / 16, out, &err), 0);
}

static const struct dvb_region left_box = { 0, 0, 250, 1000 }, right_box = { 750, 0, 1000, 1000 };

/* With gamma 1: QP 51 * (1 - response), less 26. */
static struct dvb_timeline boxes_timeline(void)
{
    struct dvb_timeline t = { .form = DVB_FORM_BOX, .gamma = 1, .glide = true };
    dvb_timeline_add_boxes(&t, 1, &left_box, 1);
    dvb_timeline_add_boxes(&t, 2, &right_box, 1);
    dvb_timeline_add_boxes(&t, 3, NULL, 0);
    return t;
}

static void test_timeline_boxes(void **state)
{
    (void)state;
    float out[8];
    struct dvb_timeline t = boxes_timeline();
    offsets_at(&t, 64, 16, 0.99, out);
    near_all(out, (const double[]){ 18, 18, 18, 18 }, 4);
    offsets_at(&t, 64, 16, 1, out); /* responses 1, 0.8, 0.4, 0 */
    near_all(out, (const double[]){ 0, 0, 4.6, 25 }, 4);
    offsets_at(&t, 64, 16, 2, out);
    near_all(out, (const double[]){ 25, 4.6, 0, 0 }, 4);
    /* Halfway the box is in the middle, 24 to 40 px: the outer blocks are 16 away, the others 0. */
    offsets_at(&t, 64, 16, 1.5, out);
    near_all(out, (const double[]){ 25, 0, 0, 25 }, 4);
    /* Towards no box at all the offsets fade; then they stay. */
    offsets_at(&t, 64, 16, 2.5, out);
    near_all(out, (const double[]){ 21.5, 11.3, 9, 9 }, 4);
    offsets_at(&t, 64, 16, 9, out);
    near_all(out, (const double[]){ 18, 18, 18, 18 }, 4);
    /* Another size in mid-stream. */
    offsets_at(&t, 32, 32, 1, out);
    near_all(out, (const double[]){ 0, 25, 0, 25 }, 4);
    dvb_timeline_release(&t);
}

static struct dvb_map map_of(float a, float b)
{
    struct dvb_map m;
    dvb_map_init(&m, 1, 2);
    m.rho[0] = a;
    m.rho[1] = b;
    return m;
}

/* Before the first look all is as after one without boxes, in every form. */
static void test_timeline_unknown(void **state)
{
    (void)state;
    for (int form = DVB_FORM_PLAIN; form <= DVB_FORM_BOX; form++) {
        struct dvb_timeline t = { .form = (enum dvb_form)form, .gamma = 3 };
        float before[4], none[4];
        dvb_timeline_add_boxes(&t, 1, NULL, 0);
        offsets_at(&t, 32, 32, 0.5, before);
        offsets_at(&t, 32, 32, 1.5, none);
        assert_memory_equal(before, none, sizeof(none));
        assert_float_equal(none[0], form == DVB_FORM_BOX ? 18 : 44, 1e-4);
        dvb_timeline_release(&t);
    }
}

static void test_timeline_maps(void **state)
{
    (void)state;
    float out[2];
    struct dvb_map a = map_of(0.5F, 0), b = map_of(-1, 0);
    struct dvb_timeline t = { .form = DVB_FORM_PLAIN, .gamma = 1, .smooth = 1 / log(2) };
    dvb_timeline_add_map(&t, 0, &a);
    dvb_timeline_add_map(&t, 1, &b);
    assert_null(a.rho);
    /* The clip's least QP is 12.75, of rho 0.5. A map holds until the next. */
    offsets_at(&t, 32, 16, 0.9, out);
    near_all(out, (const double[]){ 0, 12.75 }, 2);
    /* In the time constant's half-life half of the change is made: rho -0.25, QP 31.875. */
    offsets_at(&t, 32, 16, 1, out);
    near_all(out, (const double[]){ 31.875 - 12.75, 12.75 }, 2);
    dvb_timeline_release(&t);
    /* Stretched over each frame: -1 and 1. */
    t = (struct dvb_timeline){ .form = DVB_FORM_STRETCHED, .gamma = 3 };
    a = map_of(0.1F, 0.3F);
    dvb_timeline_add_map(&t, 0, &a);
    offsets_at(&t, 32, 16, 0, out);
    near_all(out, (const double[]){ 51, 0 }, 2);
    dvb_timeline_release(&t);
}

/* Whatever changes an offset changes the hash, and with it the recipe. */
static void test_timeline_hash(void **state)
{
    (void)state;
    char first[DVB_HASH_LEN + 1], hex[DVB_HASH_LEN + 1];
    for (int change = 0; change < 7; change++) {
        struct dvb_timeline t = boxes_timeline();
        t.gamma += change == 1;
        t.smooth += change == 2;
        t.glide = change != 3;
        t.form = change == 4 ? DVB_FORM_PLAIN : t.form;
        t.v[1].boxes[0].x1 -= change == 5;
        t.v[2].at += change == 6;
        dvb_timeline_hash(&t, change ? hex : first);
        if (change)
            assert_string_not_equal(first, hex);
        dvb_timeline_release(&t);
    }
    struct dvb_timeline again = boxes_timeline();
    float out[4];
    offsets_at(&again, 64, 16, 1, out); /* which makes blocks at a size */
    dvb_timeline_hash(&again, hex);
    assert_string_equal(first, hex);
    dvb_timeline_release(&again);
}

/* ---- what a map did ---- */

static struct dvb_map_effect effect_of(float offset, double qp, double mean_qp)
{
    float offsets[20];
    struct dvb_effect e = { 0 };
    struct dvb_map_effect mean;
    for (int i = 0; i < 20; i++)
        offsets[i] = i % 2 ? offset : 0;
    dvb_effect_put(&e, 7, offsets, 4, 5);
    dvb_effect_take(&e, 7, qp, mean_qp, &mean);
    dvb_effect_release(&e);
    return mean;
}

static void test_effect(void **state)
{
    (void)state;
    /* Ten blocks at 32, ten at 42, of which two of the former are the tenth; many are skipped,
       so that the mean is what ten at 30 and ten at 40 have. */
    struct dvb_map_effect e = effect_of(10, 32, 35);
    near(e.inside, 32);
    near(e.outside, (8 * 32 + 10 * 42) / 18.0);
    near(e.left.inside, 30);
    near(e.left.outside, (8 * 30 + 10 * 40) / 18.0);
    near(e.asked, 100 / 18.0);
    near(e.lowest, 0);
    near(e.highest, 10);
    /* 48 and 51: the rest of the contrast is clipped away. */
    e = effect_of(10, 48, 49.5);
    near(e.inside, 48);
    near(e.outside, (8 * 48 + 10 * 51) / 18.0);
    near(e.left.inside, e.inside);
    near(e.left.outside, e.outside);
    e = effect_of(0, 33, 33.3);
    near(e.inside, 33);
    near(e.outside, 33);
    near(e.left.inside, 33.3);
    near(e.left.outside, 33.3);
    near(e.asked, 0);
}

/* Two frames of 30 x 50 macroblocks: squares of three, 10 x 17, the last column two wide. */
static void test_grid(void **state)
{
    (void)state;
    static float offsets[2][30 * 50];
    struct dvb_effect e = { 0 };
    struct dvb_map_effect mean;
    for (int r = 0; r < 30; r++)
        for (int c = 0; c < 50; c++) {
            offsets[0][r * 50 + c] = c >= 48 ? 7 : 0;
            offsets[1][r * 50 + c] = c >= 48 ? 9 : r == 0 && c == 0 ? -18 : 0;
        }
    for (int i = 0; i < 2; i++)
        dvb_effect_put(&e, i, offsets[i], 30, 50);
    for (int i = 0; i < 2; i++)
        dvb_effect_take(&e, i, 30, 30, &mean);
    dvb_effect_release(&e);
    const struct dvb_offset_grid *g = &mean.grid;
    assert_int_equal(g->square, 3);
    assert_int_equal(g->rows, 10);
    assert_int_equal(g->cols, 17);
    for (int i = 0; i < 170; i++)
        near((double)g->mean[i], i % 17 == 16 ? 8 : i == 0 ? -1 : 0);
}

/* ---- arguments ---- */

static void test_args(void **state)
{
    (void)state;
    struct dvb_context c;
    struct dvb_err err;
    assert_int_equal(dvb_context_parse(NULL, &c, &err), 0);
    assert_null(c.provider);
    assert_true(c.gamma == 3 && c.looking.fps == 2 && c.form == DVB_FORM_BOX && c.smooth == 0);
    assert_int_equal(c.looking.look, DVB_LOOK_ORIGINAL);
    assert_int_equal(c.looking.lead, DVB_LEAD_HOLD);
    assert_int_equal(dvb_context_parse("model:3:lead=flat", &c, &err), 0);
    assert_int_equal(c.looking.lead, DVB_LEAD_FLAT);
    assert_int_equal(
        dvb_context_parse("model:2:received:rounds=2:smooth=0.5:fps=1:size=640x360", &c, &err), 0);
    assert_true(c.gamma == 2 && c.looking.fps == 1 && c.smooth == 0.5);
    assert_int_equal(c.looking.look, DVB_LOOK_RECEIVED);
    assert_int_equal(c.looking.lead, DVB_LEAD_FLAT);
    assert_int_equal(c.looking.rounds, 2);
    assert_true(c.sized.size.w == 640 && c.sized.size.h == 360 && !c.sized.source);
    assert_int_equal(dvb_context_parse("model:3:stretched:size=source", &c, &err), 0);
    assert_true(c.sized.source && c.form == DVB_FORM_STRETCHED);
    static const char *const wrong[][2] = {
        { "model:", "''" },
        { "model:0", "'0'" },
        { "model:nan", "'nan'" },
        { "model:three", "gamma" },
        { "model:3:", "''" },
        { "model:3:rund", "'rund'" },
        { "model:3:rounds=2", "'received' only" },
        { "model:3:lead=late", "'late'" },
        { "model:3:received:lead=hold", "'original' only" },
        { "centre:3:lead=hold", "provider model only" },
        { "model:3:smooth=-1", "smooth" },
        { "model:3:fps=0", "fps" },
        { "model:3:size=0x0", "size=0x0" },
        { "model:3:received:rounds=x", "rounds" },
        { "model:3:plain:stretched", "'plain' and 'stretched'" },
        { "model:3:original:lead=flat:received", "'original' and 'received'" },
        { "model:3:fps=1:fps=2", "'fps=1' and 'fps=2'" },
        { "centre:3:size=source:box:size=source", "'size=source' and 'size=source'" },
        { "nobody", "nobody" },
        { "", "''" },
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        assert_true(dvb_context_parse(wrong[i][0], &c, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_USAGE);
        if (!strstr(err.msg, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][0], err.msg);
    }
}

/* Of strategies that keep a region. */
static void test_focus_args(void **state)
{
    (void)state;
    struct dvb_focus f = { .strategy = "crop", .share = 0.25 };
    struct dvb_err err;
    assert_int_equal(dvb_focus_parse(NULL, &f, &err), 0);
    assert_string_equal(f.provider->name, "detail");
    assert_true(f.share == 0.25 && f.looking.fps == 1);
    f = (struct dvb_focus){ .strategy = "crop", .share = 0.25 };
    assert_int_equal(dvb_focus_parse("model", &f, &err), 0);
    assert_null(f.provider);
    assert_true(f.share == 0.25 && f.looking.fps == 2);
    assert_int_equal(f.looking.look, DVB_LOOK_ORIGINAL);
    assert_int_equal(f.looking.lead, DVB_LEAD_HOLD);
    f = (struct dvb_focus){ .strategy = "crop", .share = 0.25 };
    assert_int_equal(dvb_focus_parse("model:0.5:received:lead=flat:fps=4:size=640x360", &f, &err),
                     0);
    assert_true(f.share == 0.5 && f.looking.fps == 4 && f.sized.size.w == 640);
    assert_int_equal(f.looking.look, DVB_LOOK_RECEIVED);
    assert_int_equal(f.looking.lead, DVB_LEAD_FLAT);
    f = (struct dvb_focus){ .strategy = "layers", .share = 0.25, .blind = true };
    assert_int_equal(dvb_focus_parse("centre:0.1:fps=3:size=source", &f, &err), 0);
    assert_true(f.looking.fps == 3 && f.sized.source);
    static const char *const wrong[][2] = {
        { "model:3", "share" },
        { "model:0.2:plain", "'plain' has no meaning" },
        { "model:0.2:stretched", "'stretched' has no meaning" },
        { "model:0.2:smooth=1", "nothing to smooth" },
        { "model:0.2:rounds=2", "'rounds=2' has no meaning" },
        { "model:0.2:gamma=2", "'gamma=2' has no meaning" },
        { "model:0.2:received", "only the region arrives" },
        { "model:0.2:up", "expected original, fps" },
        { "centre:0.2:original", "provider model only" },
        { "model:0.2:lead=flat:lead=hold", "'lead=flat' and 'lead=hold'" },
        { "nobody", "nobody" },
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        f = (struct dvb_focus){ .strategy = "layers", .share = 0.25, .blind = true };
        assert_true(dvb_focus_parse(wrong[i][0], &f, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_USAGE);
        if (!strstr(err.msg, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][0], err.msg);
    }
}

/* Relevance between two moments: a box on its way from the left half to the right one. */
static void test_timeline_rho(void **state)
{
    (void)state;
    const struct dvb_region left = { 0, 0, 500, 1000 }, right = { 500, 0, 1000, 1000 };
    struct dvb_timeline t = { .form = DVB_FORM_BOX, .gamma = 3, .glide = true };
    float rho[4], none[4];
    dvb_timeline_add_boxes(&t, 1, &left, 1);
    dvb_timeline_add_boxes(&t, 3, &right, 1);
    dvb_timeline_rho(&t, 0.5, (struct dvb_size){ 64, 16 }, none); /* nothing is known yet */
    for (int i = 1; i < 4; i++)
        near((double)none[i], (double)none[0]);
    dvb_timeline_rho(&t, 1, (struct dvb_size){ 64, 16 }, rho);
    near((double)rho[0], 1);
    near((double)rho[1], 1);
    near((double)rho[3], -1);
    dvb_timeline_rho(&t, 2, (struct dvb_size){ 64, 16 }, rho); /* 250..750 */
    near((double)rho[0], -1);
    near((double)rho[1], 1);
    near((double)rho[2], 1);
    near((double)rho[3], -1);
    dvb_timeline_rho(&t, 9, (struct dvb_size){ 64, 16 }, rho);
    near((double)rho[3], 1);
    dvb_timeline_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equation),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_stretch),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_boxes),
        cmocka_unit_test(test_timeline_boxes),
        cmocka_unit_test(test_timeline_unknown),
        cmocka_unit_test(test_timeline_maps),
        cmocka_unit_test(test_timeline_hash),
        cmocka_unit_test(test_effect),
        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_args),
        cmocka_unit_test(test_focus_args),
        cmocka_unit_test(test_timeline_rho),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
