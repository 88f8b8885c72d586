/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DashScope's wire format: bodies, and answers from the test service. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/wire_world.h"

static struct fake_server server;
static const char *const four[] = { "a.jpg", "a.jpg", "a.jpg", "a.jpg" };
static const char *const pictures[] = { "1.jpg", "2.jpg", "3.jpg", "1.jpg", "2.jpg" };

/* Omni models cannot be named in place. */
static struct dvb_profile *profile(const char *model)
{
    struct dvb_profile *p = wire_profile_at("dashscope", "m", &server, "/compatible-mode/v1");
    assert_string_equal(p->key_env, "DASHSCOPE_API_KEY");
    free(p->model);
    p->model = dvb_strdup(model);
    return p;
}

#define JPEG "\"data:image/jpeg;base64,YQ==\""

static void test_bodies(void **state)
{
    (void)state;
    struct dvb_profile *p = profile("qwen-vl");
    struct dvb_ask ask = { .profile = p, .prompt = "P", .system = "S" };
    wire_expect_body(&ask,
                     "{\"messages\":[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\","
                     "\"content\":\"P\"}],\"max_tokens\":4096,\"model\":\"qwen-vl\"}");
    ask = (struct dvb_ask){ .profile = p, .prompt = "P", .frames = four, .n_frames = 4 };
    wire_expect_body(&ask, "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video\","
                           "\"video\":[" JPEG "," JPEG "," JPEG "," JPEG "],\"fps\":2},"
                           "{\"type\":\"text\",\"text\":\"P\"}]}],\"max_tokens\":4096,"
                           "\"model\":\"qwen-vl\"}");
    ask.n_frames = 1; /* too few for a list */
    wire_expect_body(&ask,
                     "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
                     "\"image_url\":{\"url\":" JPEG "}},{\"type\":\"text\",\"text\":\"P\"}]}],"
                     "\"max_tokens\":4096,\"model\":\"qwen-vl\"}");
    ask = (struct dvb_ask){ .profile = p, .prompt = "P", .video = "c.mp4" };
    p->fps = 0.5;
    p->extra = json_pack("{s:b}", "enable_thinking", 0);
    p->logprobs = 5;
    wire_expect_body(&ask, "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video_url\","
                           "\"video_url\":{\"url\":\"data:video/mp4;base64,eA==\"},\"fps\":0.5},"
                           "{\"type\":\"text\",\"text\":\"P\"}]}],\"enable_thinking\":false,"
                           "\"logprobs\":true,\"max_tokens\":4096,\"model\":\"qwen-vl\","
                           "\"top_logprobs\":5}");
    dvb_profile_free(&p);
}

static void test_omni(void **state)
{
    (void)state;
    struct dvb_profile *p = profile("m"), *none;
    struct dvb_ask ask = { .profile = p, .prompt = "P" };
    struct dvb_err err;
    assert_int_equal(dvb_profile_find("dashscope:qwen9-Omni@https://h/v1", NULL, &none, &err),
                     -EINVAL);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_non_null(strstr(err.msg, "needs a profile: field 'stream'"));
    assert_null(none);
    dvb_profile_free(&p);
    ask.profile = p = profile("qwen9-Omni-flash");
    wire_expect_bad(p, "'stream': found false, expected true");
    p->stream = true;
    assert_int_equal(p->wire->check(p, &err), 0);
    wire_expect_body(&ask,
                     "{\"messages\":[{\"role\":\"user\",\"content\":\"P\"}],\"max_tokens\":4096,"
                     "\"modalities\":[\"text\"],\"model\":\"qwen9-Omni-flash\",\"stream\":true,"
                     "\"stream_options\":{\"include_usage\":true}}");
    dvb_profile_free(&p);
}

static void test_refused(void **state)
{
    (void)state;
    struct dvb_profile *p = profile("m");
    struct dvb_ask ask = { .profile = p, .prompt = "P", .video = "c.mp4" };
    p->fps = 12;
    wire_expect_bad(p, "'fps': found 12, expected 0.1 to 10");
    p->fps = 2;
    p->seed = 2147483648;
    wire_expect_bad(p, "'seed'");
    p->seed = 2147483647;
    p->detail = dvb_strdup("high");
    wire_expect_bad(p, "'detail'");
    wire_expect_either(ask, "a.jpg", "c.mp4");
    dvb_profile_free(&p);
}

/* The service understands what is sent, and says what it received. */
static void test_service(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        bool stream, video;
        int n_frames;
        const char *says;
        long media;
    } rows[] = {
        { "echo", false, false, 0, "\"frames\":0", 0 },
        { "echo", false, false, 2, "\"frames\":2", 20 },
        { "echo", true, false, 5, "\"fps\":2.0,\"frame_bytes\":75,\"frames\":5", 70 },
        { "echo", false, true, 0, "\"fps\":2.0,\"frame_bytes\":0,\"frames\":0", 70 },
        { "omni-echo", true, true, 0, "\"stream\":true,\"system\":null,\"text_last\":true", 70 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_profile *p = profile(rows[i].model);
        struct dvb_reply r = { 0 };
        struct dvb_ask ask = { .profile = p,
                               .prompt = "Which one?",
                               .frames = pictures,
                               .n_frames = rows[i].n_frames,
                               .video = rows[i].video ? "1.mp4" : NULL };
        p->stream = rows[i].stream;
        wire_ask(&ask, &r);
        assert_int_equal(r.status, DVB_REPLY_OK);
        if (!strstr(r.text, rows[i].says))
            fail_msg("%s", r.text);
        assert_int_equal(r.tokens_in, 100);
        assert_int_equal(r.tokens_out, 5);
        assert_int_equal(r.tokens_media, rows[i].media);
        dvb_reply_release(&r);
        dvb_profile_free(&p);
    }
}

/* It refuses what is not documented, and blocked content is no fault. */
static void test_strict(void **state)
{
    (void)state;
    struct dvb_profile *p = profile("echo");
    struct dvb_reply r = { 0 };
    struct dvb_ask ask = { .profile = p, .prompt = "P", .frames = four, .n_frames = 4 };
    wire_ask(&ask, &r);
    assert_non_null(strstr(r.text, "HTTP 400: The image format is illegal"));
    assert_true(r.fatal);
    ask = (struct dvb_ask){ .profile = p, .prompt = "P" };
    p->extra = json_pack("{s:i}", "num_frames", 8);
    dvb_reply_release(&r);
    wire_ask(&ask, &r);
    assert_non_null(strstr(r.text, "Unknown parameter: num_frames"));
    dvb_profile_free(&p);
    p = profile("inspected");
    ask.profile = p;
    dvb_reply_release(&r);
    wire_ask(&ask, &r);
    assert_int_equal(r.status, DVB_REPLY_REFUSED);
    assert_int_equal(r.attempts, 1);
    dvb_reply_release(&r);
    dvb_profile_free(&p);
}

static const char script[] =
    "{\"omni-echo\": [{\"echo\": true}],"
    " \"inspected\": [{\"status\": 400, \"error\": {\"message\": \"Input data may contain"
    " inappropriate content.\", \"code\": \"data_inspection_failed\"}}]}";

static int set_up(void **state)
{
    (void)state;
    static const char *const args[] = { "--script", "script.json", NULL };
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    wire_write_frames();
    wire_write_video();
    if (dvb_write_file("script.json", script, strlen(script), NULL))
        return -1;
    return fake_server_start(&server, args) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    fake_server_stop(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),  cmocka_unit_test(test_omni),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_service),
        cmocka_unit_test(test_strict),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
