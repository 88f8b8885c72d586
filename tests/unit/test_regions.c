/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boxes out of what models write, and how they are asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"
#include "eval/relevance/regions.h"

static const struct dvb_region_scale thousandths = { .boxes = DVB_BOXES_THOUSANDTHS };

/* "10 20 30 40; ..." */
static void list(const struct dvb_regions *r, char *out, size_t size)
{
    *out = '\0';
    for (int i = 0; i < r->n; i++)
        snprintf(out + strlen(out), size - strlen(out), "%s%g %g %g %g", i ? "; " : "", r->v[i].x0,
                 r->v[i].y0, r->v[i].x1, r->v[i].y1);
}

struct row {
    const char *reply, *boxes; /* boxes NULL: no list */
    enum dvb_region_drop drop; /* one of these, if any */
};

static void check_rows(const struct row *rows, size_t n, const struct dvb_region_scale *scale)
{
    for (size_t i = 0; i < n; i++) {
        struct dvb_regions r;
        char got[256];
        bool there = dvb_regions_parse(rows[i].reply, scale, &r);
        if (there != (rows[i].boxes != NULL))
            fail_msg("%s: %d", rows[i].reply, there);
        list(&r, got, sizeof(got));
        if (strcmp(got, rows[i].boxes ? rows[i].boxes : ""))
            fail_msg("%s: %s", rows[i].reply, got);
        for (int d = 1; d < DVB_REGION_DROPS; d++)
            if (r.dropped[d] != (rows[i].drop == (enum dvb_region_drop)d))
                fail_msg("%s: %ld %s", rows[i].reply, r.dropped[d], dvb_region_drop_names[d]);
    }
}

static void test_replies(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "{\"regions\":[{\"what\":\"sign\",\"box\":[10,20,30,40],\"frame\":3}]}", "10 20 30 40",
          0 },
        { "Sure: ```json\n{\"regions\": [{\"box\": [1, 2.5, 1000, 4]}]}\n```", "1 2.5 1000 4", 0 },
        { "[{\"bbox_2d\":[1,2,3,4]},{\"bbox\":[5,6,7,8]}]", "1 2 3 4; 5 6 7 8", 0 },
        { "[{\"box_2d\":[1,2,3,4],\"label\":\"y first\"}]", "2 1 4 3", 0 },
        { "[[1,2,3,4],[5,6,7,8]]", "1 2 3 4; 5 6 7 8", 0 },
        { "[1,2,3,4]", "1 2 3 4", 0 },
        { "{\"regions\":[]}", "", 0 },
        /* the farthest ahead, wherever it stands */
        { "[{\"box\":[1,1,2,2],\"frame\":1},{\"box\":[3,3,4,4],\"frame\":3},"
          "{\"box\":[5,5,6,6],\"frame\":2},{\"box\":[7,7,8,8],\"frame\":3}]",
          "3 3 4 4; 7 7 8 8", 0 },
        /* a bad one does not count for its frame */
        { "[{\"box\":[1,1,2,2],\"frame\":1},{\"box\":[9,3,4,4],\"frame\":3}]", "1 1 2 2",
          DVB_REGION_REVERSED },
        { "[{\"box\":[-1,1,2,2]},{\"box\":[1,1,2,2]}]", "1 1 2 2", DVB_REGION_NEGATIVE },
        { "[{\"box\":[1,1,2,1001]}]", "", DVB_REGION_OUTSIDE },
        { "[{\"box\":[1,1,2,1e300]}]", "", DVB_REGION_OUTSIDE },
        { "[{\"box\":[2,1,1,2]}]", "", DVB_REGION_REVERSED },
        { "[{\"box\":[1,1,1,2]}]", "", DVB_REGION_EMPTY },
        { "[{\"box\":[1,1,2]}]", "", DVB_REGION_NO_BOX },
        { "[{\"box\":[1,1,2,\"NaN\"]}]", "", DVB_REGION_NO_BOX },
        { "[{\"box\":null}]", "", DVB_REGION_NO_BOX },
        { "[{\"what\":\"x\"}]", "", DVB_REGION_NO_BOX },
        { "[null]", "", DVB_REGION_NO_BOX },
        { "{\"regions\":[{\"box\":[1,2,NaN,4]}]}", NULL, 0 },
        { "{\"regions\":{\"box\":[1,2,3,4]}}", NULL, 0 },
        { "{\"boxes\":[[1,2,3,4]]}", NULL, 0 },
        { "The sign in the middle.", NULL, 0 },
        { "", NULL, 0 },
    };
    check_rows(rows, sizeof(rows) / sizeof(*rows), &thousandths);
    /* The picture's size has no meaning then. */
    check_rows(rows, sizeof(rows) / sizeof(*rows),
               &(struct dvb_region_scale){ DVB_BOXES_THOUSANDTHS, 640, 360 });
}

/* Of a picture of 640 x 400 pixels: what is up to 28 beyond it is at its edge. */
static void test_pixels(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "[[64,40,320,200]]", "100 100 500 500", 0 },
        { "[[0,0,640,400]]", "0 0 1000 1000", 0 },
        { "[{\"bbox_2d\":[64,40,320,300.5],\"label\":\"sign\"}]", "100 100 500 751.25", 0 },
        { "[{\"box_2d\":[40,64,200,320]}]", "100 100 500 500", 0 }, /* y first */
        { "[{\"box\":[0,0,64,40],\"frame\":1},{\"box\":[320,200,640,400],\"frame\":3}]",
          "500 500 1000 1000", 0 },
        { "[[320,200,644,420]]", "500 500 1000 1000", 0 },
        { "[[320,200,668,428]]", "500 500 1000 1000", 0 },
        { "[[320,200,668.5,400]]", "", DVB_REGION_OFF_PICTURE },
        { "[[320,200,640,429]]", "", DVB_REGION_OFF_PICTURE },
        { "[[0,0,1e300,400]]", "", DVB_REGION_OFF_PICTURE },
        { "[[650,10,660,20]]", "", DVB_REGION_OFF_PICTURE }, /* nothing of it is left */
        { "[[10,400,20,410]]", "", DVB_REGION_OFF_PICTURE },
        { "[[700,10,650,20]]", "", DVB_REGION_OFF_PICTURE },
        { "[[-1,0,64,40]]", "", DVB_REGION_NEGATIVE },
        { "[[320,40,64,200]]", "", DVB_REGION_REVERSED },
        { "[[64,40,64,200]]", "", DVB_REGION_EMPTY },
        { "[[64,40,320]]", "", DVB_REGION_NO_BOX },
        { "[]", "", 0 },
        { "The sign.", NULL, 0 },
    };
    check_rows(rows, sizeof(rows) / sizeof(*rows),
               &(struct dvb_region_scale){ DVB_BOXES_PIXELS, 640, 400 });
    static const struct row unknown[] = { { "[[0,0,20,20]]", "", DVB_REGION_OFF_PICTURE },
                                          { "[[0,0,200,200]]", "", DVB_REGION_OFF_PICTURE } };
    check_rows(unknown, 2, &(struct dvb_region_scale){ DVB_BOXES_PIXELS, 0, 0 });
    static const struct row tiny = { "[[0,0,5e-324,40]]", "", DVB_REGION_EMPTY };
    check_rows(&tiny, 1, &(struct dvb_region_scale){ DVB_BOXES_PIXELS, 100000, 400 });
    assert_string_equal(dvb_region_drop_names[DVB_REGION_OFF_PICTURE], "beyond the picture");
}

/* Of the text that was asked before the prompt had a slot for boxes. */
#define PROMPT_BEFORE "21faccdb27d6dc49d8a60408a5f1b3243b653281a21f3c44b7b42f88b5a7794a"

static void check_hash(const char *text, const struct dvb_region_scale *scale, bool before)
{
    char hex[DVB_HASH_LEN + 1];
    dvb_regions_prompt_hash(text, scale->boxes, hex);
    if (before)
        assert_string_equal(hex, PROMPT_BEFORE);
    else
        assert_string_not_equal(hex, PROMPT_BEFORE);
}

static void test_prompt(void **state)
{
    (void)state;
    const struct dvb_region_scale pixels = { DVB_BOXES_PIXELS, 640, 400 };
    struct dvb_err err;
    char *text;
    assert_int_equal(dvb_regions_prompt_load(NULL, &text, &err), 0);
    check_hash(text, &thousandths, true);
    check_hash(text, &pixels, false);
    char *filled = dvb_regions_prompt_fill(text, &thousandths, 0.5, "Where {{width}}?");
    assert_non_null(strstr(filled, "A box is left, top, right,\nbottom in thousandths of the "
                                   "picture's width and height, from 0 to 1000; frame is 1,"));
    assert_non_null(strstr(filled, ", 0.5 s from one to the next."));
    assert_non_null(strstr(filled, "Where {{width}}?"));
    free(filled);
    filled = dvb_regions_prompt_fill(text, &pixels, 0.5, "{{height}} of {{boxes}}?");
    assert_non_null(strstr(filled, "A box is left, top, right,\nbottom in pixels of the pictures, "
                                   "which are 640 wide and 400 high; frame is 1,"));
    assert_null(strstr(filled, "thousandths"));
    assert_non_null(strstr(filled, "{{height}} of {{boxes}}?"));
    free(filled);
    free(text);
}

/* Byte for byte what was asked before, whatever the slots: the store finds its calls by it. */
static void test_prompt_filled(void **state)
{
    (void)state;
    struct dvb_err err;
    char *text, hex[DVB_HASH_LEN + 1];
    assert_int_equal(dvb_regions_prompt_load(NULL, &text, &err), 0);
    char *open = dvb_regions_prompt_fill(text, &thousandths, 0.5, "{{words}}");
    char *at = strstr(open, " 0.5 s from");
    assert_non_null(at);
    char *whole = dvb_asprintf("%.*s {{step}}%s", (int)(at - open), open, at + 4);
    dvb_hash_of_str(whole, hex);
    assert_string_equal(hex, PROMPT_BEFORE);
    free(whole);
    free(open);
    free(text);
}

/* A prompt of the user's needs no slot for boxes. */
static void test_own_prompt(void **state)
{
    (void)state;
    static const struct {
        const char *text, *filled; /* NULL: refused */
    } rows[] = {
        { "{{words}}", "Where?" },
        { "{{words}} every {{step}} s", "Where? every 2 s" },
        { "{{words}} as {{boxes}}.",
          "Where? as left, top, right,\nbottom in pixels of the pictures, "
          "which are 64 wide and 48 high." },
        { "{{boxes}}", NULL },
        { "{{words}} {{width}}", NULL },
    };
    const struct dvb_region_scale scale = { DVB_BOXES_PIXELS, 64, 48 };
    struct dvb_err err;
    char *text;
    assert_int_equal(dvb_mkdirs("own", &err), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(
            dvb_write_file("own/regions.txt", rows[i].text, strlen(rows[i].text), &err), 0);
        int ret = dvb_regions_prompt_load("own", &text, &err);
        assert_int_equal(ret == 0, rows[i].filled != NULL);
        if (ret)
            continue;
        char *filled = dvb_regions_prompt_fill(text, &scale, 2, "Where?");
        assert_string_equal(filled, rows[i].filled);
        free(filled);
        free(text);
    }
}

static void test_too_many(void **state)
{
    (void)state;
    char *text = dvb_strdup("[");
    struct dvb_regions r;
    for (int i = 0; i < DVB_REGIONS_MAX + 5; i++) {
        char *more = dvb_asprintf("%s%s[%d,1,%d,2]", text, i ? "," : "", i, i + 1);
        free(text);
        text = more;
    }
    char *whole = dvb_asprintf("%s]", text);
    assert_true(dvb_regions_parse(whole, &thousandths, &r));
    assert_int_equal(r.n, DVB_REGIONS_MAX);
    assert_int_equal(r.dropped[DVB_REGION_OVER_LIMIT], 5);
    free(text);
    free(whole);
}

static void test_schema(void **state)
{
    (void)state;
    json_t *j = dvb_regions_schema();
    const json_t *item = json_object_get(
        json_object_get(json_object_get(json_object_get(j, "properties"), "regions"), "items"),
        "properties");
    assert_non_null(json_object_get(item, "box"));
    assert_true(json_is_false(json_object_get(j, "additionalProperties")));
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies),    cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_too_many),   cmocka_unit_test(test_schema),
        cmocka_unit_test(test_prompt),     cmocka_unit_test(test_prompt_filled),
        cmocka_unit_test(test_own_prompt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
