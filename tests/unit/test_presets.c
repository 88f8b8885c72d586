/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each built-in profile asks the strict test service, as it would ask its own:
   what it sends is what that service documents. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/questions.h"
#include "tests/unit/wire_world.h"

static struct fake_server server;
static struct dvb_profile **presets;
static size_t n_presets;

static const struct {
    const char *wire, *path;
} paths[] = {
    { "openai", "/v1" },     { "responses", "/v1" },
    { "anthropic", "/v1" },  { "dashscope", "/compatible-mode/v1" },
    { "gemini", "/v1beta" },
};

static const char *path_of(const struct dvb_wire *wire)
{
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        if (!strcmp(paths[i].wire, wire->name))
            return paths[i].path;
    fail_msg("no path for %s", wire->name);
    return NULL;
}

static void lead_here(struct dvb_profile *p)
{
    free(p->base_url);
    p->base_url = dvb_asprintf("%.*s%s", (int)(strlen(server.url) - 3), server.url,
                               path_of(p->wire));
    p->key_required = false;
    p->timeout_s = 20;
}

static void ask_preset(struct dvb_profile *p, const json_t *schema)
{
    bool video = p->send == DVB_SEND_VIDEO;
    struct dvb_reply r = { 0 };
    struct dvb_ask ask = { .profile = p,
                           .prompt = "Which one?",
                           .system = "S",
                           .frames = video ? NULL : wire_frames,
                           .n_frames = video ? 0 : 3,
                           .video = video ? "1.mp4" : NULL,
                           .schema = schema,
                           .schema_name = "questions" };
    wire_ask(&ask, &r);
    if (r.status != DVB_REPLY_OK || !strstr(r.text, video ? "\"video_bytes\":16" : "\"frames\":3"))
        fail_msg("%s: %s", p->name, r.text);
    assert_int_equal(r.attempts, 1);
    assert_true(r.tokens_in > 0 && r.tokens_out > 0);
    if (p->price_in > 0)
        assert_true(r.cost_usd > 0);
    dvb_reply_release(&r);
}

static void test_presets(void **state)
{
    (void)state;
    json_t *schema = dvb_questions_schema(10);
    for (size_t i = 0; i < n_presets; i++) {
        lead_here(presets[i]);
        ask_preset(presets[i], schema);
    }
    json_decref(schema);
}

/* Keys go to services by https only; what costs money says so. */
static void test_sound(void **state)
{
    (void)state;
    struct dvb_profile **list;
    struct dvb_err err;
    size_t n;
    assert_int_equal(dvb_profile_list(NULL, &list, &n, &err), 0);
    for (size_t i = 0; i < n; i++) {
        const struct dvb_profile *p = list[i];
        bool far = !strncmp(p->base_url, "https://", 8);
        assert_int_equal(far, p->key_required);
        assert_int_equal(far, p->price_in > 0 && p->price_out > 0);
        assert_true(p->price_cached <= p->price_in);
        assert_non_null(strstr(p->note, "not tried"));
    }
    dvb_profiles_free(list, n);
}

/* Every model of the presets says what it received. */
static int set_up(void **state)
{
    (void)state;
    static const char *const args[] = { "--vllm", "--script", "script.json", NULL };
    json_t *script = json_object();
    struct dvb_err err;
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    wire_write_frames();
    wire_write_video();
    if (dvb_profile_list(NULL, &presets, &n_presets, &err))
        return -1;
    for (size_t i = 0; i < n_presets; i++)
        json_object_set_new(script, presets[i]->model, dvb_json_pack("[{s:b}]", "echo", 1));
    char *text = dvb_json_canon(script);
    int ret = dvb_write_file("script.json", text, strlen(text), &err);
    free(text);
    json_decref(script);
    return !ret && fake_server_start(&server, args) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    fake_server_stop(&server);
    dvb_profiles_free(presets, n_presets);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_sound),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
