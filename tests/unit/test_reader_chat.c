/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The request parser of devibench-reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "reader/chat.h"

#define USER(content)                                                                              \
    "{\"model\":\"reader-eng\",\"messages\":[{\"role\":\"user\",\"content\":" content "}]}"

static struct dvb_chat *parse(const char *body)
{
    struct dvb_chat *chat;
    struct dvb_api_error e = { 0 };
    if (dvb_chat_parse(body, strlen(body), &chat, &e))
        fail_msg("refused: %s", e.message);
    return chat;
}

static void test_text(void **state)
{
    (void)state;
    struct dvb_chat *chat = parse(USER("\"What  is it?\\nA) x\""));
    assert_string_equal(chat->model, "reader-eng");
    assert_string_equal(chat->prompt, "What  is it?\nA) x");
    assert_int_equal(chat->words, 5);
    assert_int_equal(chat->wants, DVB_WANTS_TEXT);
    assert_int_equal(chat->n_media, 0);
    dvb_chat_free(&chat);
    assert_null(chat);
}

static void test_parts(void **state)
{
    (void)state;
    struct dvb_chat *chat = parse(
        USER("[{\"type\":\"text\",\"text\":\"one\"},"
             "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,QUJD\"}},"
             "{\"type\":\"text\",\"text\":\"two\"},"
             "{\"type\":\"video_url\",\"video_url\":{\"url\":\"data:video/mp4;base64,QUI=\"}}]"));
    assert_string_equal(chat->prompt, "one\ntwo");
    assert_int_equal(chat->n_media, 2);
    assert_int_equal(chat->media[0].kind, DVB_MEDIA_IMAGE);
    assert_int_equal(chat->media[0].len, 3);
    assert_memory_equal(chat->media[0].data, "ABC", 3);
    assert_string_equal(chat->media[0].where, "messages[0].content[1].image_url.url");
    assert_int_equal(chat->media[1].kind, DVB_MEDIA_VIDEO);
    assert_int_equal(chat->media[1].len, 2);
    dvb_chat_free(&chat);
}

/* The prompt is the last user message's; words of all count. */
static void test_roles(void **state)
{
    (void)state;
    struct dvb_chat *chat = parse(
        "{\"model\":\"m\",\"stream\":false,\"n\":1,\"tools\":[],\"temperature\":0,\"messages\":["
        "{\"role\":\"system\",\"content\":\"be brief\"},{\"role\":\"user\",\"content\":\"first\"},"
        "{\"role\":\"assistant\",\"content\":null},{\"role\":\"user\",\"content\":\"the last one\"}"
        "]}");
    assert_string_equal(chat->prompt, "the last one");
    assert_int_equal(chat->words, 6);
    dvb_chat_free(&chat);
}

static void test_wants(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        enum dvb_chat_wants wants;
    } cases[] = {
        { "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"questions\"}}",
          DVB_WANTS_QUESTIONS },
        { "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"regions\"}}", DVB_WANTS_REGIONS },
        { "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"confidence\"}}",
          DVB_WANTS_CONFIDENCE },
        { "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\"}}", DVB_WANTS_TEXT },
        { "{\"type\":\"text\"}", DVB_WANTS_TEXT },
        { "null", DVB_WANTS_TEXT },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *body = dvb_asprintf("{\"model\":\"m\",\"response_format\":%s,\"messages\":"
                                  "[{\"role\":\"user\",\"content\":\"x\"}]}",
                                  cases[i].format);
        struct dvb_chat *chat = parse(body);
        assert_int_equal(chat->wants, cases[i].wants);
        dvb_chat_free(&chat);
        free(body);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *body, *param, *says;
    } cases[] = {
        { "", "", "not valid JSON" },
        { "{\"model\":\"m\"", "", "not valid JSON" },
        { "[]", "", "expected a JSON object" },
        { "{\"model\":\"a\",\"model\":\"b\"}", "", "duplicate" },
        { "{}", "model", "found nothing" },
        { "{\"model\":7}", "model", "found a number" },
        { "{\"model\":\"m\"}", "messages", "found nothing" },
        { "{\"model\":\"m\",\"messages\":[]}", "messages", "empty array" },
        { "{\"model\":\"m\",\"messages\":{}}", "messages", "found an object" },
        { "{\"model\":\"m\",\"messages\":[{}]}", "messages[0].role", "found 'nothing'" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"king\"}]}", "messages[0].role", "'king'" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"x\"}]}", "messages",
          "role user" },
        { "{\"model\":\"m\",\"stream\":true,\"messages\":[]}", "stream", "streaming" },
        { "{\"model\":\"m\",\"n\":2,\"messages\":[]}", "n", "one choice" },
        { "{\"model\":\"m\",\"tools\":[{}],\"messages\":[]}", "tools", "not supported" },
        { "{\"model\":\"m\",\"response_format\":{\"type\":\"json_schema\"},\"messages\":[]}",
          "response_format.json_schema.name", "expected a name" },
        { USER("7"), "messages[0].content", "found a number" },
        { USER("[7]"), "messages[0].content[0]", "found a number" },
        { USER("[{\"type\":\"text\"}]"), "messages[0].content[0]", "no string \"text\"" },
        { USER("[{\"type\":\"input_audio\"}]"), "messages[0].content[0]", "'input_audio'" },
        { USER("[{\"type\":\"image_url\"}]"), "messages[0].content[0].image_url.url",
          "found nothing" },
        { USER("[{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://h/p.png\"}}]"),
          "messages[0].content[0].image_url.url", "fetches nothing" },
        { USER("[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png,abc\"}}]"),
          "messages[0].content[0].image_url.url", "base64" },
        { USER("[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:video/mp4;base64,QUJD\"}}]"),
          "messages[0].content[0].image_url.url", "expected data:image/" },
        { USER("[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,Q\"}}]"),
          "messages[0].content[0].image_url.url", "not base64" },
        { USER("[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,\"}}]"),
          "messages[0].content[0].image_url.url", "not base64" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct dvb_chat *chat = (struct dvb_chat *)1;
        struct dvb_api_error e = { 0 };
        assert_int_not_equal(dvb_chat_parse(cases[i].body, strlen(cases[i].body), &chat, &e), 0);
        assert_null(chat);
        assert_int_equal(e.status, 400);
        assert_string_equal(e.param, cases[i].param);
        if (!strstr(e.message, cases[i].says))
            fail_msg("'%s' does not say '%s'", e.message, cases[i].says);
    }
}

static void test_base64(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bytes;
        size_t len;
    } good[] = {
        { "", "", 0 },        { "Zg==", "f", 1 },        { "Zm8=", "fo", 2 },
        { "Zm9v", "foo", 3 }, { "Zm9vYg==", "foob", 4 }, { "+/8A", "\xfb\xff\0", 3 },
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        size_t len;
        uint8_t *bytes = dvb_base64_decode(good[i].text, strlen(good[i].text), &len);
        assert_non_null(bytes);
        assert_int_equal(len, good[i].len);
        assert_memory_equal(bytes, good[i].bytes, len);
        free(bytes);
    }
    static const char *const bad[] = {
        "Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9-"
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        size_t len;
        assert_null(dvb_base64_decode(bad[i], strlen(bad[i]), &len));
        assert_int_equal(len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),     cmocka_unit_test(test_parts),
        cmocka_unit_test(test_roles),    cmocka_unit_test(test_wants),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
