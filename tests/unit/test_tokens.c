/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Token formulas against the examples that the services' documentation works out,
   and against counts that were measured; costs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "model/cost.h"
#include "model/profile.h"
#include "model/tokens.h"

static struct dvb_profile with(const char *formula, const char *detail)
{
    const struct dvb_tokens *f = dvb_tokens_find(formula);
    if (!f)
        fail_msg("no formula %s", formula);
    return (struct dvb_profile){
        .tokens = f, .detail = (char *)detail, .fps = 2, .structured = true, .max_tokens = 1000
    };
}

static long picture(const char *formula, const char *detail, int w, int h)
{
    const struct dvb_profile p = with(formula, detail);
    const struct dvb_media_shape s = { .width = w, .height = h, .pictures = 1 };
    return dvb_tokens_media(&p, &s);
}

static long video(const char *formula, const char *detail, int w, int h, double seconds, double fps)
{
    struct dvb_profile p = with(formula, detail);
    p.fps = fps;
    const struct dvb_media_shape s = { .width = w, .height = h, .seconds = seconds };
    return dvb_tokens_media(&p, &s);
}

static const struct {
    const char *formula, *detail;
    int w, h;
    long tokens;
} pictures[] = {
    /* "Cost calculation examples for gpt-5.4 with detail: high" */
    { "openai-patches-5.4", "high", 1024, 1024, 1229 },
    { "openai-patches-5.4", "high", 2048, 2048, 3000 },
    /* Measured on GPT-6 and GPT-5.5 (huggingface.co/datasets/JOHNISKING/image-token-cost) */
    { "openai-patches", NULL, 256, 256, 77 },
    { "openai-patches", NULL, 512, 512, 308 },
    { "openai-patches", NULL, 768, 768, 692 },
    { "openai-patches", NULL, 1280, 720, 1104 },
    { "openai-patches", "high", 1920, 1080, 2448 },
    { "openai-patches", "auto", 2560, 1440, 4320 },
    { "openai-patches", NULL, 3840, 2160, 9792 },
    { "openai-patches", "original", 4032, 3024, 14364 },
    { "openai-patches-5.5", NULL, 3840, 2160, 9792 },
    { "openai-patches-5.5", NULL, 4032, 3024, 11868 },
    { "openai-patches", "low", 1920, 1080, 173 }, /* 512x288: 16 x 9 patches */
    /* The earlier guide's: 1024x1024 costs 765, 2048x4096 costs 1,105, low always 85 */
    { "openai-tiles", "high", 1024, 1024, 765 },
    { "openai-tiles", NULL, 2048, 4096, 1105 },
    { "openai-tiles", "auto", 1920, 1080, 1105 },
    { "openai-tiles", "low", 4096, 8192, 85 },
    { "openai-tiles", "high", 512, 512, 255 },
    { "openai-tiles-5", "high", 1024, 1024, 630 },
    { "openai-tiles-4o-mini", "low", 10, 10, 2833 },
    /* "Calculate image costs", both tables; the A4 page of "How Claude resizes" */
    { "anthropic", NULL, 200, 200, 64 },
    { "anthropic", NULL, 1000, 1000, 1296 },
    { "anthropic", NULL, 1092, 1092, 1521 },
    { "anthropic", NULL, 1920, 1080, 1560 },
    { "anthropic", NULL, 2000, 1500, 1564 },
    { "anthropic", NULL, 3840, 2160, 1560 },
    { "anthropic", NULL, 1075, 1520, 33 * 47 },
    { "anthropic", NULL, 1520, 1075, 33 * 47 },
    { "anthropic-large", NULL, 200, 200, 64 },
    { "anthropic-large", NULL, 1920, 1080, 2691 },
    { "anthropic-large", NULL, 2000, 1500, 3888 },
    { "anthropic-large", NULL, 3840, 2160, 4784 },
    /* The table of media resolutions; the tiles of 960x540 */
    { "gemini", NULL, 1920, 1080, 1120 },
    { "gemini", "low", 1920, 1080, 280 },
    { "gemini", "medium", 64, 64, 560 },
    { "gemini", "high", 64, 64, 1120 },
    { "gemini-2.5", NULL, 384, 384, 258 },
    { "gemini-2.5", NULL, 960, 540, 6 * 258 },
    { "gemini-2.5", NULL, 540, 960, 6 * 258 },
    /* smart_resize: rounded to cells, kept within limits; two tokens around */
    { "qwen28", NULL, 1008, 560, 36 * 20 + 2 },
    { "qwen28", NULL, 1920, 1080, 69 * 39 + 2 },
    { "qwen28", NULL, 20, 20, 4 + 2 },
    { "qwen32", NULL, 1024, 1024, 32 * 32 + 2 },
    { "qwen32", NULL, 100, 100, 64 + 2 },
    { "qwen32", NULL, 8192, 8192, 128 * 128 + 2 },
};

static void test_pictures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pictures) / sizeof(*pictures); i++) {
        long n = picture(pictures[i].formula, pictures[i].detail, pictures[i].w, pictures[i].h);
        if (n != pictures[i].tokens)
            fail_msg("%s %s %dx%d: %ld tokens, expected %ld", pictures[i].formula,
                     pictures[i].detail ? pictures[i].detail : "-", pictures[i].w, pictures[i].h, n,
                     pictures[i].tokens);
    }
}

/* Whatever the shape, a budget of patches is not passed, and turning a picture
   on its side changes nothing. */
static void test_patch_budgets(void **state)
{
    (void)state;
    for (int w = 40; w < 9000; w = w * 5 / 4 + 1)
        for (int h = 40; h < 9000; h = h * 4 / 3 + 1) {
            assert_in_range(picture("openai-patches", "high", w, h), 1, 3000);
            assert_in_range(picture("openai-patches-5.5", NULL, w, h), 1, 12000);
            assert_in_range(picture("anthropic", NULL, w, h), 1, 1568);
            assert_in_range(picture("anthropic-large", NULL, w, h), 1, 4784);
            assert_int_equal(picture("anthropic", NULL, w, h), picture("anthropic", NULL, h, w));
            assert_int_equal(picture("openai-patches", "high", w, h),
                             picture("openai-patches", "high", h, w));
        }
}

static void test_video(void **state)
{
    (void)state;
    /* 1080p and 720p become 1008x560: 720 tokens for two frames, 3,600 for 5 s. */
    assert_int_equal(video("qwen28", NULL, 1920, 1080, 5, 2), 3600 + 2);
    assert_int_equal(video("qwen28", NULL, 1280, 720, 5, 2), 3600 + 2);
    assert_int_equal(video("qwen28", NULL, 1280, 720, 1, 2), 2 * 720 + 2);   /* 4 frames at least */
    assert_int_equal(video("qwen28", NULL, 1280, 720, 2.7, 2), 2 * 720 + 2); /* an even number */
    /* 32-pixel cells, at most 768 of them: 36 x 20 of 1080p, and its time beside each pair. */
    assert_int_equal(video("qwen32", NULL, 1920, 1080, 5, 2), 5 * (36 * 20 + 8) + 2);
    assert_int_equal(video("qwen32", NULL, 160, 90, 5, 2), 5 * (16 * 9 + 8) + 2); /* 128 at least */
    /* Long ones share what a context holds. */
    assert_true(video("qwen28", NULL, 1920, 1080, 384, 2) < 116000);
    assert_int_equal(video("gemini", NULL, 1920, 1080, 5, 1), 5 * 70);
    assert_int_equal(video("gemini", "medium", 1920, 1080, 5, 2), 10 * 70);
    assert_int_equal(video("gemini", "high", 1920, 1080, 5, 2), 10 * 280);
    assert_int_equal(video("gemini-2.5", NULL, 1920, 1080, 5, 1), 5 * 258);
    assert_int_equal(video("gemini-2.5", "low", 1920, 1080, 5, 1), 5 * 66);
    assert_int_equal(video("gemini", NULL, 1920, 1080, 0.4, 1), 70);
    assert_int_equal(video("openai-patches", NULL, 1920, 1080, 5, 1), -1);
    assert_int_equal(video("anthropic", NULL, 1920, 1080, 5, 1), -1);
}

static void test_unknown(void **state)
{
    (void)state;
    const struct dvb_profile p = with("unknown", NULL), q = with("anthropic", NULL);
    const struct dvb_media_shape none = { 0 }, some = { .width = 9, .height = 9, .pictures = 2 },
                                 sizeless = { .pictures = 2 };
    assert_int_equal(dvb_tokens_media(&p, &none), 0);
    assert_int_equal(dvb_tokens_media(&p, &some), -1);
    assert_int_equal(dvb_tokens_question(&p, &some, "x", NULL), -1);
    assert_int_equal(dvb_tokens_media(&q, &sizeless), -1);
    assert_int_equal(dvb_tokens_media(&q, &some), 2);
    assert_null(dvb_tokens_find("unheard-of"));
    for (const struct dvb_tokens *f = dvb_token_formulas; f->name; f++) {
        assert_ptr_equal(dvb_tokens_find(f->name), f);
        assert_true(*f->description && f->text_factor >= 1);
    }
}

static void test_text(void **state)
{
    (void)state;
    const struct dvb_profile p = with("anthropic", NULL), large = with("anthropic-large", NULL);
    assert_int_equal(dvb_tokens_text(&p, NULL), 0);
    assert_int_equal(dvb_tokens_text(&p, ""), 0);
    assert_int_equal(dvb_tokens_text(&p, "sixteen letters!"), 4);
    assert_int_equal(dvb_tokens_text(&p, "\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97"), 3);
    assert_int_equal(dvb_tokens_text(&large, "sixteen letters!"), 6);
    const struct dvb_media_shape none = { 0 };
    json_t *schema = dvb_json_pack("{s:s}", "type",
                                   "object"); /* {"type":"object"}: 17 characters */
    long without = dvb_tokens_question(&p, &none, "sixteen letters!", NULL);
    assert_true(without > 4);
    assert_int_equal(dvb_tokens_question(&p, &none, "sixteen letters!", schema), without + 5);
    struct dvb_profile plain = p;
    plain.structured = false;
    assert_int_equal(dvb_tokens_question(&plain, &none, "sixteen letters!", schema), without);
    json_decref(schema);
}

static void test_cost(void **state)
{
    (void)state;
    struct dvb_profile p = with("anthropic", NULL);
    const struct dvb_token_counts t = { .in = 1000000, .cached = 400000, .out = 100000 };
    p.price_in = 2;
    p.price_out = 10;
    p.price_cached = 0.5;
    p.price_batch = 0.5;
    assert_true(fabs(dvb_cost_usd(&p, &t, false) - (1.2 + 0.2 + 1)) < 1e-12);
    assert_true(fabs(dvb_cost_usd(&p, &t, true) - (1.2)) < 1e-12);
    p.price_cached = 0; /* not known: the full price */
    assert_true(fabs(dvb_cost_usd(&p, &t, false) - (3)) < 1e-12);
    struct dvb_estimate e;
    dvb_cost_estimate(&p, true, 1000, 50, false, &e);
    assert_true(fabs(e.cost_usd - (0.002 + 0.0005)) < 1e-12);
    assert_true(fabs(e.most_usd - (0.0025 + 0.01)) < 1e-12);
    dvb_cost_estimate(&p, true, 1000, 5000, false, &e); /* never more than max_tokens */
    assert_int_equal(e.tokens.out, 1000);
    assert_true(dvb_cost_priced(&p));
    p.price_in = p.price_out = 0;
    assert_false(dvb_cost_priced(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures), cmocka_unit_test(test_patch_budgets),
        cmocka_unit_test(test_video),    cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_text),     cmocka_unit_test(test_cost),
    };
    return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
