/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
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
#include "model/profile.h"
#include "model/tokens.h"
#include "model/url.h"
#include "model/wire.h"

#define MINIMAL "\"wire\":\"openai\",\"base_url\":\"https://host/v1\",\"model\":\"m\""

static void write_text(const char *path, const char *text)
{
    struct dvb_err err;
    assert_int_equal(dvb_write_file(path, text, strlen(text), &err), 0);
}

static int set_up(void **state)
{
    (void)state;
    struct dvb_err err;
    char cwd[4000];
    unsetenv("OPENAI_API_KEY");
    if (dvb_mkdirs("config/devibench", &err) || !realpath("config", cwd))
        return -1;
    return setenv("XDG_CONFIG_HOME", cwd, 1);
}

/* The presets are sound: each can be written out and read in again unchanged. */
static void test_built_in(void **state)
{
    (void)state;
    static const char *const expected[][2] = {
        { "claude-haiku-5-5", "anthropic" },
        { "claude-opus-5-5", "anthropic" },
        { "claude-sonnet-5-5", "anthropic" },
        { "gemini-3.8-flash", "gemini" },
        { "gemini-4-argon", "gemini" },
        { "gpt-6-luna", "openai" },
        { "gpt-6.1-sol", "openai" },
        { "gpt-6.1-sol-responses", "responses" },
        { "llama.cpp", "openai" },
        { "ollama", "openai" },
        { "qwen3.8-flash", "dashscope" },
        { "qwen3.8-omni-flash", "dashscope" },
        { "sglang", "openai" },
        { "vllm", "openai" },
    };
    struct dvb_profile **list, *again;
    struct dvb_err err;
    size_t n;
    assert_int_equal(dvb_profile_list(NULL, &list, &n, &err), 0);
    assert_int_equal(n, sizeof(expected) / sizeof(*expected));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(list[i]->name, expected[i][0]);
        assert_string_equal(list[i]->source, "built in");
        assert_string_equal(list[i]->wire->name, expected[i][1]);
        assert_non_null(list[i]->note);
        json_t *json = dvb_profile_json(list[i]), *file = json_object();
        json_object_set(file, list[i]->name, json);
        char *text = dvb_json_canon(file);
        write_text("again.json", text);
        assert_int_equal(dvb_profile_find(list[i]->name, "again.json", &again, &err), 0);
        json_t *other = dvb_profile_json(again);
        assert_true(json_equal(json, other));
        assert_string_equal(again->source, "again.json");
        dvb_profile_free(&again);
        json_decref(other);
        json_decref(file);
        json_decref(json);
        free(text);
    }
    dvb_profiles_free(list, n);
}

static void test_defaults_and_fields(void **state)
{
    (void)state;
    struct dvb_profile *p;
    struct dvb_err err;
    write_text("models.json",
               "{\"small\":{" MINIMAL "},"
               "\"full\":{\"wire\":\"openai\",\"base_url\":\"https://Host:8443/v1//\",\"model\":\""
               "a/b:c\","
               "\"key_env\":\"MY_KEY\",\"send\":\"video\",\"fps\":1.5,\"max_frames\":8,"
               "\"max_pixels\":100000,\"jpeg_quality\":75,\"detail\":\"low\",\"structured\":false,"
               "\"boxes\":\"pixels\","
               "\"max_tokens_field\":\"max_completion_tokens\",\"max_tokens\":77,\"temperature\":0,"
               "\"top_p\":0.5,\"seed\":0,\"concurrency\":9,\"timeout_s\":12,\"price_in\":1,"
               "\"price_out\":2.5,\"price_cached\":0.25,\"price_batch\":0.5,\"prices_as_of\":"
               "\"2026-11-21\",\"tokens\":\"qwen32\","
               "\"extra\":{\"top_k\":1},\"note\":\"n\"}}");
    assert_int_equal(dvb_profile_find("small", "models.json", &p, &err), 0);
    assert_int_equal(p->send, DVB_SEND_FRAMES);
    assert_int_equal(p->boxes, DVB_BOXES_THOUSANDTHS);
    assert_true(p->fps == 2 && p->temperature < 0 && p->top_p < 0 && p->seed < 0);
    assert_true(p->structured && !p->key_env && !p->key_required && !p->extra && !p->detail);
    assert_string_equal(p->max_tokens_field, "max_tokens");
    assert_int_equal(p->max_tokens, 4096);
    assert_true(p->jpeg_quality == 0 && p->max_pixels == 0 && p->price_batch == 1);
    assert_string_equal(p->tokens->name, "unknown");
    dvb_profile_free(&p);
    assert_int_equal(dvb_profile_find("full", "models.json", &p, &err), 0);
    assert_string_equal(p->base_url, "https://Host:8443/v1");
    assert_string_equal(p->model, "a/b:c");
    assert_int_equal(p->send, DVB_SEND_VIDEO);
    assert_int_equal(p->boxes, DVB_BOXES_PIXELS);
    assert_true(p->fps == 1.5 && p->temperature == 0 && p->top_p == 0.5 && p->seed == 0);
    assert_true(p->max_pixels == 100000 && p->max_frames == 8 && p->jpeg_quality == 75);
    assert_true(!p->structured && p->key_required && p->max_tokens == 77 && p->concurrency == 9);
    assert_true(p->timeout_s == 12 && p->price_in == 1 && p->price_out == 2.5);
    assert_true(p->price_batch == 0.5);
    assert_string_equal(p->prices_as_of, "2026-11-21");
    assert_string_equal(p->tokens->name, "qwen32");
    assert_string_equal(p->max_tokens_field, "max_completion_tokens");
    assert_int_equal(json_integer_value(json_object_get(p->extra, "top_k")), 1);
    dvb_profile_free(&p);
    assert_null(p);
}

/* Sources: --models-file, then the user's, then the built-in ones. */
static void test_order(void **state)
{
    (void)state;
    struct dvb_profile *p;
    struct dvb_err err;
    write_text("config/devibench/models.json",
               "{\"vllm\":{" MINIMAL ",\"note\":\"user\"},\"mine\":{" MINIMAL ",\"note\":\"user\"}"
               "}");
    write_text("top.json", "{\"vllm\":{" MINIMAL ",\"note\":\"top\"}}");
    assert_int_equal(dvb_profile_find("vllm", NULL, &p, &err), 0);
    assert_string_equal(p->note, "user");
    assert_non_null(strstr(p->source, "config/devibench/models.json"));
    dvb_profile_free(&p);
    assert_int_equal(dvb_profile_find("vllm", "top.json", &p, &err), 0);
    assert_string_equal(p->note, "top");
    assert_int_equal(p->send, DVB_SEND_FRAMES); /* replaced as a whole */
    dvb_profile_free(&p);
    assert_int_equal(dvb_profile_find("mine", "top.json", &p, &err), 0);
    dvb_profile_free(&p);
    remove("config/devibench/models.json");
    assert_int_equal(dvb_profile_find("mine", "top.json", &p, &err), -ENOENT);
    assert_null(p);
}

/* Each fault is named with file, profile and field. */
static void test_bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        { "{", "bad.json:1:" },
        { "[]", "bad.json: expected one object" },
        { "{\"a\":1}", "bad.json: profile 'a': expected an object" },
        { "{\"a b\":{" MINIMAL "}}", "profile 'a b': expected a name" },
        { "{\"a,b\":{" MINIMAL "}}", "expected a name" },
        { "{\"openai:x\":{" MINIMAL "}}", "expected a name" },
        { "{\"\":{" MINIMAL "}}", "expected a name" },
        { "{\"a\":{" MINIMAL "},\"a\":{" MINIMAL "}}", "duplicate" },
        { "{\"a\":{" MINIMAL ",\"wires\":1}}",
          "bad.json: profile 'a': unknown field 'wires'; did you mean 'wire'?" },
        { "{\"a\":{" MINIMAL ",\"api_key\":\"planted\"}}", "unknown field 'api_key'" },
        { "{\"a\":{\"wire\":\"openai\",\"model\":\"m\"}}",
          "field 'base_url': found nothing, expected it to be given" },
        { "{\"a\":{\"wire\":\"gopher\",\"base_url\":\"https://h\",\"model\":\"m\"}}",
          "field 'wire': found \"gopher\", expected \"openai\"" },
        { "{\"a\":{\"wire\":\"openai\",\"base_url\":\"https://h\",\"model\":\"\"}}",
          "field 'model': found \"\", expected a text" },
        { "{\"a\":{" MINIMAL ",\"fps\":0}}",
          "field 'fps': found 0, expected a number from 0.01 to 60" },
        { "{\"a\":{" MINIMAL ",\"fps\":\"2\"}}", "field 'fps': found \"2\"" },
        { "{\"a\":{" MINIMAL ",\"max_tokens\":1.5}}", "expected a whole number from 1 to 1000000" },
        { "{\"a\":{" MINIMAL ",\"max_tokens\":0}}", "field 'max_tokens': found 0" },
        { "{\"a\":{" MINIMAL ",\"temperature\":-1}}", "field 'temperature': found -1" },
        { "{\"a\":{" MINIMAL ",\"concurrency\":0}}", "field 'concurrency': found 0" },
        { "{\"a\":{" MINIMAL ",\"price_in\":-0.1}}", "field 'price_in'" },
        { "{\"a\":{" MINIMAL ",\"price_batch\":2}}", "field 'price_batch'" },
        { "{\"a\":{" MINIMAL ",\"prices_as_of\":\"autumn\"}}", "field 'prices_as_of'" },
        { "{\"a\":{" MINIMAL ",\"prices_as_of\":\"2026-13\"}}", "field 'prices_as_of'" },
        { "{\"a\":{" MINIMAL ",\"prices_as_of\":\"2026-11-2x\"}}", "field 'prices_as_of'" },
        { "{\"a\":{" MINIMAL ",\"prices_as_of\":202611}}", "found 202611" },
        { "{\"a\":{" MINIMAL ",\"tokens\":\"qwen\"}}",
          "field 'tokens': found \"qwen\", expected one of unknown openai-patches" },
        { "{\"a\":{" MINIMAL ",\"tokens\":7}}", "field 'tokens'" },
        { "{\"a\":{" MINIMAL ",\"fps\":null}}", "field 'fps': found null" },
        { "{\"a\":{" MINIMAL ",\"send\":\"audio\"}}", "expected \"frames\" or \"video\"" },
        { "{\"a\":{" MINIMAL ",\"boxes\":\"percent\"}}",
          "bad.json: profile 'a': field 'boxes': found \"percent\", expected \"thousandths\" or "
          "\"pixels\"" },
        { "{\"a\":{" MINIMAL ",\"boxes\":1000}}", "field 'boxes': found 1000, expected" },
        { "{\"a\":{" MINIMAL ",\"boxes\":null}}", "field 'boxes': found null, expected" },
        { "{\"a\":{" MINIMAL ",\"detail\":\"max\"}}", "field 'detail': found \"max\"" },
        { "{\"a\":{" MINIMAL ",\"structured\":1}}",
          "field 'structured': found 1, expected true or false" },
        { "{\"a\":{" MINIMAL ",\"extra\":[1]}}", "field 'extra': found [1], expected an object" },
        { "{\"a\":{" MINIMAL ",\"extra\":{\"messages\":[]}}}",
          "field 'extra': found \"messages\" in it" },
        { "{\"a\":{" MINIMAL ",\"extra\":{\"temperature\":1}}}", "found \"temperature\" in it" },
        { "{\"a\":{" MINIMAL ",\"key_env\":\"sk-planted-secret\"}}",
          "field 'key_env': found something else, expected the name of an environment variable" },
        { "{\"a\":{" MINIMAL ",\"key_env\":7}}", "field 'key_env': found something else" },
        { "{\"a\":{\"wire\":\"openai\",\"base_url\":\"ftp://h/v1\",\"model\":\"m\"}}",
          "field 'base_url': found a URL that is neither http nor https" },
        { "{\"a\":{\"wire\":\"openai\",\"base_url\":\"host/v1\",\"model\":\"m\"}}",
          "which is no URL" },
        { "{\"a\":{\"wire\":\"openai\",\"base_url\":\"https://me:planted@h/v1\",\"model\":\"m\"}}",
          "a URL with a user name or password" },
        { "{\"a\":{\"wire\":\"openai\",\"base_url\":\"https://h/v1?key=planted\",\"model\":\"m\"}}",
          "a URL with a query or fragment" },
        { "{\"a\":{\"wire\":\"openai\",\"base_url\":\"http://10.0.0.5:8000/v1\",\"model\":\"m\"}}",
          "field 'base_url': found plain http to another machine" },
        { "{\"a\":{\"wire\":\"openai\",\"base_url\":\"http://h/v1\",\"model\":\"m\",\"allow_http\""
          ":true,"
          "\"key_env\":\"K\"}}",
          "field 'key_env': found a key together with plain http" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_profile *p;
        struct dvb_err err = { 0 };
        write_text("bad.json", rows[i].text);
        int ret = dvb_profile_find("vllm", "bad.json", &p, &err);
        if (!ret || err.fault != DVB_FAULT_INPUT || !strstr(err.msg, rows[i].says))
            fail_msg("%s: '%s' does not say '%s'", rows[i].text, ret ? err.msg : "", rows[i].says);
        assert_null(strstr(err.msg, "planted"));
        assert_null(p);
    }
    struct dvb_profile **list;
    struct dvb_err err;
    size_t n;
    assert_true(dvb_profile_list("missing.json", &list, &n, &err) < 0);
    assert_non_null(strstr(err.msg, "missing.json"));
    assert_null(list);
}

static void test_in_place(void **state)
{
    (void)state;
    static const struct {
        const char *name, *model, *url;
    } good[] = {
        { "openai:m@http://127.0.0.1:8000/v1", "m", "http://127.0.0.1:8000/v1" },
        { "openai:m@http://localhost:8000/v1/", "m", "http://localhost:8000/v1" },
        { "openai:m@http://[::1]:8000/v1", "m", "http://[::1]:8000/v1" },
        { "openai:Qwen/Qwen3-VL:7b@https://host.example/v1", "Qwen/Qwen3-VL:7b",
          "https://host.example/v1" },
        { "openai:me@httpx@https://host.example", "me@httpx", "https://host.example" },
    };
    static const struct {
        const char *name, *says;
    } bad[] = {
        { "openai:m", "expected openai:NAME@BASE_URL" },
        { "openai:@https://h/v1", "expected openai:NAME@BASE_URL" },
        { "openai:m@http://10.1.2.3/v1", "plain http is used to this machine only" },
        { "openai:m@http://127.0.0.1.evil.example/v1", "plain http is used to this machine only" },
        { "openai:m@http://localhost.evil.example/v1", "plain http is used to this machine only" },
        { "openai:m@https://u:planted@h/v1", "a URL with a user name or password" },
        { "openai:m@https://h/v1?k=planted", "a URL with a query or fragment" },
        { "openai:m@https://", "found" },
        { "gopher:m@https://h/v1", "'gopher' is no wire format" },
    };
    struct dvb_profile *p;
    struct dvb_err err;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        if (dvb_profile_find(good[i].name, NULL, &p, &err))
            fail_msg("%s: %s", good[i].name, err.msg);
        assert_string_equal(p->name, good[i].name);
        assert_string_equal(p->model, good[i].model);
        assert_string_equal(p->base_url, good[i].url);
        assert_string_equal(p->key_env, "OPENAI_API_KEY");
        assert_false(p->key_required);
        dvb_profile_free(&p);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        int ret = dvb_profile_find(bad[i].name, NULL, &p, &err);
        if (!ret || err.fault != DVB_FAULT_USAGE || !strstr(err.msg, bad[i].says))
            fail_msg("%s: '%s' does not say '%s'", bad[i].name, ret ? err.msg : "", bad[i].says);
        assert_null(strstr(err.msg, "planted"));
        assert_null(p);
    }
}

static void test_unknown(void **state)
{
    (void)state;
    struct dvb_profile *p;
    struct dvb_err err;
    assert_int_equal(dvb_profile_find("gpt-6-lunar", NULL, &p, &err), -ENOENT);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_non_null(strstr(err.msg, "did you mean gpt-6-luna?"));
    assert_int_equal(dvb_profile_find("", NULL, &p, &err), -ENOENT);
}

static void test_identity(void **state)
{
    (void)state;
    struct dvb_profile *p;
    struct dvb_err err;
    assert_int_equal(dvb_profile_find("gpt-6-luna", NULL, &p, &err), 0);
    json_t *before = dvb_profile_identity(p);
    p->concurrency++;
    p->timeout_s++;
    p->price_in++;
    json_t *after = dvb_profile_identity(p);
    assert_true(json_equal(before, after));
    assert_null(json_object_get(before, "key_env"));
    assert_null(json_object_get(before, "price_out"));
    assert_non_null(json_object_get(before, "extra"));
    json_decref(after);
    p->max_tokens++;
    after = dvb_profile_identity(p);
    assert_false(json_equal(before, after));
    json_decref(after);
    json_decref(before);
    dvb_profile_free(&p);
}

#define IDENTITY_BEFORE                                                                            \
    "{\"base_url\":\"https://host/"                                                                \
    "v1\",\"fps\":2.0,\"jpeg_quality\":0,\"logprobs\":0,\"max_frames\":0,"                         \
    "\"max_pixels\":0,\"max_tokens\":4096,\"max_tokens_field\":\"max_tokens\",\"model\":\"m\","    \
    "\"send\":\"frames\",\"structured\":true,\"wire\":\"openai\"}"

/* Whatever boxes is, and whether it is spelled out, the identity is the one that calls were stored
   under before there was such a field; the rest of the profile comes back with it. */
static void test_boxes(void **state)
{
    (void)state;
    static const char *const fields[] = { "", ",\"boxes\":\"thousandths\"",
                                          ",\"boxes\":\"pixels\"" };
    for (int i = 0; i < 3; i++) {
        struct dvb_profile *p, *again;
        struct dvb_err err;
        char *file = dvb_asprintf("{\"a\":{" MINIMAL "%s}}", fields[i]);
        write_text("boxes.json", file);
        assert_int_equal(dvb_profile_find("a", "boxes.json", &p, &err), 0);
        json_t *identity = dvb_profile_identity(p), *json = dvb_profile_json(p);
        char *text = dvb_json_canon(identity);
        assert_string_equal(text, IDENTITY_BEFORE);
        assert_string_equal(dvb_json_get_str(json, "boxes"), i == 2 ? "pixels" : "thousandths");
        assert_int_equal(dvb_profile_of_json("again", "a", json, &again, &err), 0);
        assert_int_equal(again->boxes, i == 2 ? DVB_BOXES_PIXELS : DVB_BOXES_THOUSANDTHS);
        dvb_profile_free(&again);
        dvb_profile_free(&p);
        json_decref(identity);
        json_decref(json);
        free(text);
        free(file);
    }
}

static void test_key(void **state)
{
    (void)state;
    static const char *const unfit[] = { "planted\n",   "pla nted",       "pl\tanted",
                                         "\x01planted", "pl\xc3\xa4nted", "planted\x7f" };
    struct dvb_profile *p;
    struct dvb_err err;
    char *key;
    assert_int_equal(dvb_profile_find("gpt-6-luna", NULL, &p, &err), 0);
    assert_int_equal(dvb_profile_key(p, &key, &err), -EINVAL);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_non_null(strstr(err.msg, "OPENAI_API_KEY, which is not set"));
    setenv("OPENAI_API_KEY", "", 1);
    assert_int_equal(dvb_profile_key(p, &key, &err), -EINVAL);
    for (size_t i = 0; i < sizeof(unfit) / sizeof(*unfit); i++) {
        setenv("OPENAI_API_KEY", unfit[i], 1);
        assert_int_equal(dvb_profile_key(p, &key, &err), -EINVAL);
        assert_null(key);
        assert_null(strstr(err.msg, "anted"));
    }
    setenv("OPENAI_API_KEY", "sk-good", 1);
    assert_int_equal(dvb_profile_key(p, &key, &err), 0);
    assert_string_equal(key, "sk-good");
    free(key);
    json_t *json = dvb_profile_json(p);
    char *text = dvb_json_canon(json);
    assert_null(strstr(text, "sk-good"));
    free(text);
    json_decref(json);
    dvb_profile_free(&p);
    unsetenv("OPENAI_API_KEY");
    assert_int_equal(dvb_profile_find("vllm", NULL, &p, &err), 0); /* local: optional */
    assert_int_equal(dvb_profile_key(p, &key, &err), 0);
    assert_null(key);
    dvb_profile_free(&p);
}

static void test_url(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool https, loopback;
    } rows[] = {
        { "https://api.example.com/v1", true, false },
        { "http://127.0.0.1:1", false, true },
        { "http://127.9.9.9/x", false, true },
        { "https://LOCALHOST/v1", true, true },
        { "http://[::1]/", false, true },
        { "http://[::2]/", false, false },
        { "http://128.0.0.1/", false, false },
        { "http://0.0.0.0/", false, false },
        { "http://localhost.example/", false, false },
    };
    struct dvb_err err;
    struct dvb_url u;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(dvb_url_parse(rows[i].url, &u, &err), 0);
        if (u.https != rows[i].https || u.loopback != rows[i].loopback)
            fail_msg("%s: https %d, loopback %d", rows[i].url, u.https, u.loopback);
        dvb_url_release(&u);
    }
    assert_int_equal(dvb_url_parse("not a url@x", &u, &err), -EINVAL);
    assert_null(strstr(err.msg, "not a url"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in), cmocka_unit_test(test_defaults_and_fields),
        cmocka_unit_test(test_order),    cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_in_place), cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_identity), cmocka_unit_test(test_boxes),
        cmocka_unit_test(test_key),      cmocka_unit_test(test_url),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
