/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the services' batch interfaces write, read from text. */
#include <errno.h>
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
#include "model/batch.h"

static struct dvb_err err;

static struct dvb_profile *profile(const char *place)
{
    struct dvb_profile *p;
    if (dvb_profile_find(place, NULL, &p, &err))
        fail_msg("%s", err.msg);
    return p;
}

#define ANSWER "{\"choices\":[{\"message\":{\"content\":\"B\"}}]}"

static const struct {
    const struct dvb_batch_wire *wire;
    const char *text;
    const char *id; /* NULL: no result */
    bool undone;
    int status;
    const char *in_body;
} lines[] = {
    { &dvb_batch_openai,
      "{\"id\":\"r\",\"custom_id\":\"t-1\",\"response\":{\"status_code\":200,\"body\":" ANSWER
      "},\"error\":null}",
      "t-1", false, 200, "choices" },
    { &dvb_batch_openai,
      "{\"custom_id\":\"t-2\",\"response\":{\"status_code\":429,\"body\":{\"error\":{\"message\":"
      "\"slow\"}}},\"error\":null}",
      "t-2", false, 429, "slow" },
    { &dvb_batch_openai,
      "{\"custom_id\":\"t-3\",\"response\":null,\"error\":{\"code\":\"batch_expired\",\"message\":"
      "\"too late\"}}",
      "t-3", true, 0, "too late" },
    { &dvb_batch_openai, "{\"custom_id\":\"t-4\",\"response\":null,\"error\":{\"code\":\"x\"}}",
      "t-4", true, 0, "x" },
    { &dvb_batch_openai, "{\"custom_id\":\"t-5\",\"response\":null,\"error\":null}", NULL },
    { &dvb_batch_openai, "{\"response\":{\"status_code\":200,\"body\":{}}}", NULL },
    { &dvb_batch_openai, "{\"custom_id\":7,\"response\":{\"status_code\":200,\"body\":{}}}", NULL },
    { &dvb_batch_openai, "{\"custom_id\":\"t\",\"response\":{\"status_code\":\"200\",\"body\":{}}}",
      NULL },
    { &dvb_batch_openai, "{\"custom_id\":\"t\",\"response\":{\"status_code\":200,\"bo", NULL },
    { &dvb_batch_openai, "[1]", NULL },
    { &dvb_batch_openai, "\xff\xfe", NULL },
    { &dvb_batch_anthropic,
      "{\"custom_id\":\"t-1\",\"result\":{\"type\":\"succeeded\",\"message\":{\"content\":[]}}}",
      "t-1", false, 200, "content" },
    { &dvb_batch_anthropic,
      "{\"custom_id\":\"t-2\",\"result\":{\"type\":\"errored\",\"error\":{\"type\":\"error\","
      "\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}}}",
      "t-2", false, 529, "busy" },
    { &dvb_batch_anthropic,
      "{\"custom_id\":\"t-2\",\"result\":{\"type\":\"errored\",\"error\":{\"type\":"
      "\"invalid_request_error\",\"message\":\"bad\"}}}",
      "t-2", false, 400, "bad" },
    { &dvb_batch_anthropic,
      "{\"custom_id\":\"t-2\",\"result\":{\"type\":\"errored\",\"error\":{\"error\":{\"type\":"
      "\"new_error\"}}}}",
      "t-2", false, 500, "new_error" },
    { &dvb_batch_anthropic, "{\"custom_id\":\"t-3\",\"result\":{\"type\":\"expired\"}}", "t-3",
      true, 0, "expired" },
    { &dvb_batch_anthropic, "{\"custom_id\":\"t-3\",\"result\":{\"type\":\"canceled\"}}", "t-3",
      true, 0, "canceled" },
    { &dvb_batch_anthropic, "{\"custom_id\":\"t\",\"result\":{\"type\":\"succeeded\"}}", NULL },
    { &dvb_batch_anthropic, "{\"custom_id\":\"t\",\"result\":{\"type\":\"other\"}}", NULL },
    { &dvb_batch_anthropic, "{\"custom_id\":\"t\"}", NULL },
    { &dvb_batch_gemini, "{\"key\":\"t-1\",\"response\":{\"candidates\":[]}}", "t-1", false, 200,
      "candidates" },
    { &dvb_batch_gemini, "{\"key\":\"t-2\",\"error\":{\"code\":8,\"message\":\"much\"}}", "t-2",
      false, 429, "much" },
    { &dvb_batch_gemini, "{\"key\":\"t-2\",\"status\":{\"code\":3,\"message\":\"bad\"}}", "t-2",
      false, 400, "bad" },
    { &dvb_batch_gemini, "{\"key\":\"t-2\",\"error\":{\"code\":503,\"message\":\"busy\"}}", "t-2",
      false, 503, "busy" },
    { &dvb_batch_gemini, "{\"key\":\"t-2\",\"error\":{\"message\":\"?\"}}", "t-2", false, 500,
      "?" },
    { &dvb_batch_gemini, "{\"response\":{\"candidates\":[]}}", NULL },
    { &dvb_batch_gemini, "{\"key\":\"t-4\"}", NULL },
};

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct dvb_batch_line line;
        bool ok = dvb_batch_parse_line(lines[i].wire, lines[i].text, strlen(lines[i].text), &line);
        if (ok != (lines[i].id != NULL))
            fail_msg("%s", lines[i].text);
        if (ok) {
            assert_string_equal(line.id, lines[i].id);
            assert_int_equal(line.undone, lines[i].undone);
            assert_int_equal(line.status, lines[i].status);
            assert_non_null(strstr(line.body, lines[i].in_body));
        }
        dvb_batch_line_release(&line);
    }
}

static const struct {
    const struct dvb_batch_wire *wire;
    const char *text;
    enum dvb_batch_phase phase;
    const char *token, *result, *result2;
    bool full, again;
    long total, done, failed;
    long long created;
} states[] = {
    { &dvb_batch_openai,
      "{\"id\":\"b\",\"status\":\"validating\",\"created_at\":1700000000,\"metadata\":null,"
      "\"request_counts\":{\"total\":0,\"completed\":0,\"failed\":0}}",
      DVB_BATCH_RUNNING, .created = 1700000000 },
    { &dvb_batch_openai,
      "{\"id\":\"b\",\"status\":\"finalizing\",\"metadata\":{\"devibench\":\"t\"},"
      "\"output_file_id\":\"early\"}",
      DVB_BATCH_RUNNING, "t", .total = -1, .done = -1, .failed = -1 },
    { &dvb_batch_openai,
      "{\"id\":\"b\",\"status\":\"expired\",\"output_file_id\":\"o\",\"error_file_id\":\"e\","
      "\"request_counts\":{\"total\":9,\"completed\":7,\"failed\":2}}",
      DVB_BATCH_ENDED, NULL, "o", "e", .total = 9, .done = 7, .failed = 2 },
    { &dvb_batch_openai,
      "{\"id\":\"b\",\"status\":\"completed\",\"output_file_id\":null,\"error_file_id\":\"e\"}",
      DVB_BATCH_ENDED, NULL, "e", .total = -1, .done = -1, .failed = -1 },
    { &dvb_batch_openai,
      "{\"id\":\"b\",\"status\":\"completed\",\"output_file_id\":\"../../v1/models\"}",
      DVB_BATCH_ENDED, .total = -1, .done = -1, .failed = -1 },
    { &dvb_batch_openai,
      "{\"id\":\"b\",\"status\":\"failed\",\"errors\":{\"data\":[{\"code\":"
      "\"token_limit_exceeded\",\"message\":\"m\"}]}}",
      DVB_BATCH_FAILED, .full = true, .total = -1, .done = -1, .failed = -1 },
    { &dvb_batch_openai, "{\"id\":\"b\",\"status\":\"failed\",\"errors\":null}", DVB_BATCH_FAILED,
      .total = -1, .done = -1, .failed = -1 },
    { &dvb_batch_anthropic,
      "{\"id\":\"b\",\"processing_status\":\"in_progress\",\"results_url\":null,\"created_at\":"
      "\"2024-08-20T18:37:24.100435Z\",\"request_counts\":{\"processing\":100,\"succeeded\":0,"
      "\"errored\":0,\"canceled\":0,\"expired\":0}}",
      DVB_BATCH_RUNNING, .total = 100, .created = 1724179044 },
    { &dvb_batch_anthropic,
      "{\"id\":\"b\",\"processing_status\":\"ended\",\"results_url\":\"https://h/r\","
      "\"request_counts\":{\"processing\":0,\"succeeded\":50,\"errored\":30,\"canceled\":10,"
      "\"expired\":10}}",
      DVB_BATCH_ENDED, NULL, "https://h/r", .total = 100, .done = 50, .failed = 50 },
    { &dvb_batch_gemini,
      "{\"name\":\"batches/1\",\"metadata\":{\"displayName\":\"devibench-t\",\"state\":"
      "\"BATCH_STATE_PENDING\",\"createTime\":\"2024-08-20T18:37:24Z\",\"batchStats\":"
      "{\"requestCount\":\"12\",\"pendingRequestCount\":\"12\"}}}",
      DVB_BATCH_RUNNING, "t", .total = 12, .done = -1, .failed = -1, .created = 1724179044 },
    { &dvb_batch_gemini,
      "{\"name\":\"batches/1\",\"done\":true,\"metadata\":{\"displayName\":\"other\",\"state\":"
      "\"JOB_STATE_SUCCEEDED\"},\"response\":{\"responsesFile\":\"files/batch-1\"}}",
      DVB_BATCH_ENDED, NULL, "files/batch-1", .total = -1, .done = -1, .failed = -1 },
    { &dvb_batch_gemini,
      "{\"name\":\"batches/1\",\"metadata\":{\"state\":\"BATCH_STATE_SUCCEEDED\",\"output\":"
      "{\"responsesFile\":\"files/x\"}}}",
      DVB_BATCH_ENDED, NULL, "files/x", .total = -1, .done = -1, .failed = -1 },
    { &dvb_batch_gemini, "{\"name\":\"batches/1\",\"metadata\":{\"state\":\"JOB_STATE_EXPIRED\"}}",
      DVB_BATCH_ENDED, .total = -1, .done = -1, .failed = -1 },
    { &dvb_batch_gemini,
      "{\"name\":\"batches/1\",\"error\":{\"code\":8,\"message\":\"m\"},\"metadata\":{\"state\":"
      "\"BATCH_STATE_FAILED\"}}",
      DVB_BATCH_FAILED, .full = true, .total = -1, .done = -1, .failed = -1 },
    { &dvb_batch_gemini,
      "{\"name\":\"batches/1\",\"error\":{\"code\":13,\"message\":\"m\"},\"metadata\":{\"state\":"
      "\"BATCH_STATE_FAILED\"}}",
      DVB_BATCH_FAILED, .again = true, .total = -1, .done = -1, .failed = -1 },
    { &dvb_batch_gemini,
      "{\"name\":\"batches/1\",\"error\":{\"code\":3,\"message\":\"m\"},\"metadata\":{\"state\":"
      "\"BATCH_STATE_FAILED\"}}",
      DVB_BATCH_FAILED, .total = -1, .done = -1, .failed = -1 },
};

static void same(const char *a, const char *b)
{
    if (b)
        assert_string_equal(a, b);
    else
        assert_null(a);
}

static void test_states(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
        struct dvb_batch_state st = { 0 };
        json_t *j = json_loads(states[i].text, 0, NULL);
        print_message("%s\n", states[i].text);
        assert_non_null(j);
        assert_true(states[i].wire->read_state(j, &st));
        assert_true(dvb_batch_is_id(st.id));
        assert_int_equal(st.phase, states[i].phase);
        same(st.token, states[i].token);
        same(st.results[0], states[i].result);
        same(st.results[1], states[i].result2);
        assert_int_equal(st.full, states[i].full);
        assert_int_equal(st.again, states[i].again);
        assert_int_equal(st.total, states[i].total);
        assert_int_equal(st.done, states[i].done);
        assert_int_equal(st.failed, states[i].failed);
        assert_int_equal(st.created, states[i].created);
        dvb_batch_state_release(&st);
        json_decref(j);
    }
}

static void test_no_states(void **state)
{
    static const char *const texts[] = { "{}", "[]", "{\"id\":\"b\"}", "{\"status\":\"completed\"}",
                                         "{\"id\":1,\"status\":2,\"name\":3,\"metadata\":4}" };
    static const struct dvb_batch_wire *const wires[] = { &dvb_batch_openai, &dvb_batch_anthropic,
                                                          &dvb_batch_gemini };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        for (size_t w = 0; w < 3; w++) {
            struct dvb_batch_state st = { 0 };
            json_t *j = json_loads(texts[i], 0, NULL);
            assert_false(wires[w]->read_state(j, &st));
            dvb_batch_state_release(&st);
            json_decref(j);
        }
}

static void test_pages(void **state)
{
    static const struct {
        const struct dvb_batch_wire *wire;
        const char *text, *cursor;
        size_t n;
    } pages[] = {
        { &dvb_batch_openai, "{\"data\":[{},{}],\"has_more\":true,\"last_id\":\"b2\"}", "b2", 2 },
        { &dvb_batch_openai, "{\"data\":[],\"has_more\":false,\"last_id\":\"b2\"}", NULL, 0 },
        { &dvb_batch_openai, "{\"data\":[],\"has_more\":true,\"last_id\":\"a&b=c\"}", NULL, 0 },
        { &dvb_batch_anthropic, "{\"data\":[{}],\"has_more\":true,\"last_id\":\"m\"}", "m", 1 },
        { &dvb_batch_gemini, "{\"operations\":[{}],\"nextPageToken\":\"x==\"}", "x==", 1 },
        { &dvb_batch_gemini, "{\"operations\":[{}],\"nextPageToken\":\"\"}", NULL, 1 },
        { &dvb_batch_gemini, "{}", NULL, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
        char *cursor = NULL;
        json_t *j = json_loads(pages[i].text, 0, NULL);
        assert_int_equal(json_array_size(pages[i].wire->read_page(j, &cursor)), pages[i].n);
        same(cursor, pages[i].cursor);
        free(cursor);
        json_decref(j);
    }
}

static void test_small_ones(void **state)
{
    (void)state;
    assert_int_equal(dvb_batch_time("2024-08-20T18:37:24Z"), 1724179044);
    assert_int_equal(dvb_batch_time("2024-08-20"), 0);
    assert_int_equal(dvb_batch_time(""), 0);
    assert_int_equal(dvb_batch_time(NULL), 0);
    assert_true(dvb_batch_is_id("batches/a-1.B_2"));
    static const char *const bad[] = { "",    "/a",  "a/../b", "a//b", "a?b",
                                       "a#b", "a b", "a%2fb",  "a\n" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(dvb_batch_is_id(bad[i]));
    assert_false(dvb_batch_is_id(NULL));
    json_t *j = json_loads("{\"a\":3,\"b\":\"4\",\"c\":\"4x\",\"d\":-1,\"e\":\"\",\"f\":1.5}", 0,
                           NULL);
    assert_int_equal(dvb_batch_count(j, "a"), 3);
    assert_int_equal(dvb_batch_count(j, "b"), 4);
    static const char *const none[] = { "c", "d", "e", "f", "g" };
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
        assert_int_equal(dvb_batch_count(j, none[i]), -1);
    json_decref(j);
}

/* A result's outcome, its price, and whether it goes into another batch. */
static void test_judgements(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum dvb_next next;
        enum dvb_reply_status reply;
    } cases[] = {
        { 200, ANSWER, DVB_NEXT_DONE, DVB_REPLY_OK },
        { 200, "{}", DVB_NEXT_RETRY_FEW, DVB_REPLY_ERROR },
        { 500, "{\"error\":{\"message\":\"m\"}}", DVB_NEXT_RETRY, DVB_REPLY_ERROR },
        { 429, "{\"error\":{\"message\":\"m\"}}", DVB_NEXT_RETRY, DVB_REPLY_ERROR },
        { 400, "{\"error\":{\"message\":\"m\"}}", DVB_NEXT_DONE, DVB_REPLY_ERROR },
        { 401, "{\"error\":{\"message\":\"key sk-0123456789 is bad\"}}", DVB_NEXT_STOP,
          DVB_REPLY_ERROR },
        { 400, "{\"error\":{\"message\":\"m\",\"code\":\"content_filter\"}}", DVB_NEXT_DONE,
          DVB_REPLY_REFUSED },
    };
    (void)state;
    struct dvb_profile *p = profile("openai:m@http://127.0.0.1:1/v1");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct dvb_reply reply = { 0 };
        const struct dvb_batch_line line = { .status = cases[i].status,
                                             .body = (char *)cases[i].body };
        struct dvb_judgement j = dvb_batch_judge(p, "sk-0123456789", &line, &reply);
        assert_int_equal(j.next, cases[i].next);
        assert_int_equal(reply.status, cases[i].reply);
        assert_null(strstr(reply.text, "sk-0123456789"));
        dvb_reply_release(&reply);
    }
    struct dvb_reply reply = { .lost = { .in = 1000000 } };
    p->price_in = 2;
    p->price_batch = 0.5;
    const struct dvb_batch_line undone = { .undone = true, .body = (char *)"expired" };
    assert_int_equal(dvb_batch_judge(p, NULL, &undone, &reply).next, DVB_NEXT_RETRY);
    assert_non_null(strstr(reply.text, "expired"));
    assert_float_equal(reply.cost_usd, 1, 1e-9); /* of an earlier batch */
    dvb_reply_release(&reply);
    reply.lost.in = 1000000;
    const struct dvb_batch_line line = { .status = 200,
                                         .body = (char *)"{\"choices\":[{\"message\":{\"content\":"
                                                         "\"B\"}}],\"usage\":{\"prompt_tokens\":"
                                                         "500000}}" };
    dvb_batch_judge(p, NULL, &line, &reply);
    assert_float_equal(reply.cost_usd, 1.5, 1e-9);
    dvb_reply_release(&reply);
    dvb_profile_free(&p);
}

struct seen {
    int n, stop_at;
    char ids[200];
};

static int on_line(void *user, const struct dvb_batch_line *line, struct dvb_err *e)
{
    struct seen *s = user;
    size_t len = strlen(s->ids);
    snprintf(s->ids + len, sizeof(s->ids) - len, "%s ", line->id);
    return ++s->n == s->stop_at ? dvb_fail(e, DVB_FAULT_INTERNAL, ENOSPC, "full") : 0;
}

static void test_files(void **state)
{
    static const char text[] = "{\"key\":\"a\",\"response\":{}}\n\n  \r\n"
                               "{\"key\":\"b\",\"respo\n"
                               "\xff\xff\n"
                               "{\"key\":\"c\",\"response\":{}}\r\n"
                               "{\"key\":\"d\",\"response\":{}}"; /* no line end */
    (void)state;
    struct seen seen = { 0 };
    long damaged;
    assert_int_equal(dvb_write_file("results", text, sizeof(text) - 1, &err), 0);
    assert_int_equal(dvb_batch_read(&dvb_batch_gemini, "results", on_line, &seen, &damaged, &err),
                     0);
    assert_string_equal(seen.ids, "a c d ");
    assert_int_equal(damaged, 3); /* the empty line too: there should be none */
    seen = (struct seen){ .stop_at = 2 };
    assert_int_equal(dvb_batch_read(&dvb_batch_gemini, "results", on_line, &seen, &damaged, &err),
                     -ENOSPC);
    assert_int_equal(seen.n, 2);
    assert_true(dvb_batch_read(&dvb_batch_gemini, "nothing", on_line, &seen, &damaged, &err) < 0);
}

static void test_long_line(void **state)
{
    (void)state;
    struct seen seen = { 0 };
    long damaged;
    FILE *f = fopen("long", "w");
    fputs("{\"key\":\"a\",\"response\":{}}\n{\"key\":\"", f);
    for (size_t i = 0; i < ((size_t)33 << 20) / 16; i++)
        fputs("0123456789abcdef", f);
    fputs("\",\"response\":{}}\n{\"key\":\"b\",\"response\":{}}\n", f);
    fclose(f);
    assert_int_equal(dvb_batch_read(&dvb_batch_gemini, "long", on_line, &seen, &damaged, &err), 0);
    assert_string_equal(seen.ids, "a b ");
    assert_int_equal(damaged, 1);
    remove("long");
}

static void test_limits(void **state)
{
    (void)state;
    struct dvb_profile *p = profile("openai:m@http://127.0.0.1:1/v1");
    assert_ptr_equal(dvb_batch_of(p), &dvb_batch_openai);
    assert_int_equal(dvb_batch_max_requests(p), 50000);
    assert_int_equal(dvb_batch_max_bytes(p), 200000000);
    p->batch_requests = 7;
    p->batch_bytes = 1000;
    assert_int_equal(dvb_batch_max_requests(p), 7);
    assert_int_equal(dvb_batch_max_bytes(p), 1000);
    p->batch_requests = 1000000;
    p->batch_bytes = 2000000000;
    assert_int_equal(dvb_batch_max_requests(p), 50000);
    assert_int_equal(dvb_batch_max_bytes(p), 200000000);
    p->batch = false;
    assert_null(dvb_batch_of(p));
    dvb_profile_free(&p);
}

/* The key goes to the profile's host and to no other. */
static void test_addresses(void **state)
{
    static const char *const foreign[] = { "http://127.0.0.1:2/v1/x",  "http://127.0.0.1:11/v1",
                                           "https://127.0.0.1:1/v1/x", "http://127.0.0.1:1@h/v1",
                                           "http://127.0.0.1:1.h/v1",  "http://h/" };
    (void)state;
    struct dvb_profile *p = profile("openai:m@http://127.0.0.1:1/v1");
    const struct dvb_service s = { .profile = p, .key = "sk" };
    for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
        struct dvb_http_request r = { 0 };
        assert_true(dvb_service_request(&s, "GET", foreign[i], &r, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_SERVICE);
        dvb_http_request_release(&r);
    }
    struct dvb_http_request r = { 0 };
    assert_int_equal(dvb_service_request(&s, "GET", "http://127.0.0.1:1/v1/y", &r, &err), 0);
    assert_string_equal(r.url, "http://127.0.0.1:1/v1/y");
    dvb_http_request_release(&r);
    assert_int_equal(dvb_service_request(&s, "GET", "/y", &r, &err), 0);
    assert_string_equal(r.url, "http://127.0.0.1:1/v1/y");
    dvb_http_request_release(&r);
    char *url = dvb_service_url(p, "/upload");
    assert_string_equal(url, "http://127.0.0.1:1/upload/v1");
    free(url);
    dvb_profile_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),      cmocka_unit_test(test_states),
        cmocka_unit_test(test_no_states),  cmocka_unit_test(test_pages),
        cmocka_unit_test(test_small_ones), cmocka_unit_test(test_judgements),
        cmocka_unit_test(test_files),      cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_limits),     cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
