/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "eval/dataset/videos.h"

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool file;
        const char *stem, *part;
    } names[] = {
        { "sample_1", false, "sample_1", "real" },
        { "sample_1", true, "sample_1", "" },
        { "sample_1_real", false, "sample_1", "real" },
        { "sample_17_sqa", false, "sample_17", "sqa" },
        { "sample_17_sqa.mp4", false, "sample_17", "sqa" },
        { "sample_1/video.mp4", false, "sample_1", "real" },
        { "Real-Time Visual Understanding_sample_1", false, "sample_1", "real" },
        { "Proactive Output_sample_3", false, "sample_3", "proactive" },
        { "Emotion Recognition_sample_3", false, "sample_3", "Emotion Recognition" },
        { "sqa/sample_17", true, "sample_17", "sqa" },
        { "data/real/sample_2", true, "sample_2", "real" },
        { "Sequential Question Answering_1-25/sample_4", true, "sample_4", "sqa" },
        { "really/sample_2", true, "sample_2", "" },
        { "videos/sample_9_proactive", true, "sample_9", "proactive" },
        { "my_sample_3_cut", true, "my_sample_3_cut", "" },
        { "resample_3", true, "resample_3", "" },
        { "talks/a", true, "talks/a", "" },
        { "talks/a.mkv", false, "talks/a", "" },
        { "N.Y.", false, "N.Y.", "" },
        { "sample_", false, "sample_", "" },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct dvb_video_name n;
        dvb_video_name_parse(names[i].name, names[i].file, &n);
        assert_string_equal(n.stem, names[i].stem);
        assert_string_equal(n.part, names[i].part);
        dvb_video_name_release(&n);
    }
}

/* The name of the file that is found among those given, or "-". */
static void finds(const char *name, bool one_part, const char *expected, size_t n,
                  const char *const *files)
{
    struct dvb_source v[8];
    struct dvb_source_list list = { .v = v, .n = n };
    for (size_t i = 0; i < n; i++)
        v[i] = (struct dvb_source){ .path = (char *)files[i], .name = (char *)files[i] };
    struct dvb_video_index *index = dvb_video_index_new(&list);
    long at = dvb_video_index_find(index, name, one_part);
    assert_string_equal(at < 0 || !files ? "-" : files[at], expected);
    dvb_video_index_free(&index);
    assert_null(index);
}
#define FINDS(name, one_part, expected, ...)                                                       \
    finds(name, one_part, expected, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *),      \
          (const char *[]){ __VA_ARGS__ })

static void test_find(void **state)
{
    (void)state;
    FINDS("sample_1", false, "sample_1", "sample_11", "sample_1", "sample_2");
    FINDS("sample_1", false, "sample_1_real", "sample_1_sqa", "sample_1_real");
    FINDS("sample_1_real", false, "sample_1", "sample_1", "sample_2");
    FINDS("sample_1", false, "-", "sample_1_sqa", "proactive/sample_1");
    FINDS("sample_17_sqa", false, "sqa/sample_17", "real/sample_17", "sqa/sample_17");
    /* A plain folder may be any part's, but only where no other part is asked for. */
    FINDS("sample_17_sqa", false, "-", "sample_17");
    FINDS("sample_17_sqa", true, "sample_17", "sample_17");
    FINDS("sample_17_sqa", true, "-", "real/sample_17");
    FINDS("sample_3", false, "x/real/sample_3", "sample_3", "x/real/sample_3");
    FINDS("Emotion Recognition_sample_3", false, "omni/Emotion Recognition_sample_3",
          "omni/sample_3", "omni/Emotion Recognition_sample_3");
    FINDS("talks/a", false, "talks/a", "a", "talks/a");
    FINDS("a", false, "talks/a", "talks/b", "talks/a");
    FINDS("a.mp4", false, "a", "a");
    FINDS("b", false, "-", "a");
    finds("sample_1", true, "-", 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
