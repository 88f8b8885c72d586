/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boxes out of what models write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "eval/relevance/regions.h"

/* "10 20 30 40; ..." */
static void list(const struct dvb_regions *r, char *out, size_t size)
{
    *out = '\0';
    for (int i = 0; i < r->n; i++)
        snprintf(out + strlen(out), size - strlen(out), "%s%g %g %g %g", i ? "; " : "", r->v[i].x0,
                 r->v[i].y0, r->v[i].x1, r->v[i].y1);
}

static void test_replies(void **state)
{
    (void)state;
    static const struct {
        const char *reply, *boxes; /* boxes NULL: no list */
        enum dvb_region_drop drop; /* one of these, if any */
    } rows[] = {
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
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_regions r;
        char got[256];
        bool there = dvb_regions_parse(rows[i].reply, &r);
        if (there != (rows[i].boxes != NULL))
            fail_msg("%s: %d", rows[i].reply, there);
        list(&r, got, sizeof(got));
        if (strcmp(got, rows[i].boxes ? rows[i].boxes : ""))
            fail_msg("%s: %s", rows[i].reply, got);
        for (int d = 1; d < DVB_REGION_DROPS; d++)
            assert_int_equal(r.dropped[d], rows[i].drop == (enum dvb_region_drop)d);
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
    assert_true(dvb_regions_parse(whole, &r));
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
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
