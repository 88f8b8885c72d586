/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gemini's uploader, driven here by a loop of its own, against the test service. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/gemini.h"
#include "tests/tools/fake/gemini_files.h"
#include "tests/unit/wire_world.h"

#define KEY "planted-0123456789abcdef"

static struct fake_server server;
static const struct dvb_uploader *const uploader = &dvb_gemini_uploader;

static struct dvb_profile *profile(void)
{
    return wire_profile_at("gemini", "echo", &server, "/v1beta");
}

static void on_header(void *user, const char *line, size_t len)
{
    char **location = user, *value = dvb_http_header_value(line, len, uploader->location_header);
    if (!value)
        return;
    free(*location);
    *location = value;
}

/* One request and what the uploader makes of the response. */
static int step(const struct dvb_profile *p, struct dvb_upload *u, bool *done, struct dvb_err *err)
{
    static const struct dvb_http_settings settings = { .connect_timeout_s = 5,
                                                       .max_reply_bytes = 1 << 20 };
    char *location = NULL;
    long status = 0;
    struct dvb_http_request r = { 0 };
    struct dvb_http h = { .on_header = on_header, .header_user = &location };
    int ret = uploader->request(p, u, &r, err);
    if (!ret) {
        dvb_wire_headers(p->wire, KEY, &r);
        assert_true(r.loopback && r.timeout_s == p->timeout_s);
        assert_null(strstr(r.url, "planted"));
        assert_int_equal(dvb_http_open(&h, &r, &settings, NULL, err), 0);
        assert_int_equal(curl_easy_perform(h.easy), CURLE_OK);
        curl_easy_getinfo(h.easy, CURLINFO_RESPONSE_CODE, &status);
        if (status != 200)
            fail_msg("%s", h.data);
        const struct dvb_upload_response res = { .data = h.data ? h.data : "",
                                                 .len = h.len,
                                                 .location = location };
        ret = uploader->response(p, u, &res, done, err);
        dvb_http_release(&h);
    }
    dvb_http_request_release(&r);
    free(location);
    return ret;
}

/* Steps until the end; their number, or a negative errno. */
static int drive(const struct dvb_profile *p, struct dvb_upload *u, struct dvb_err *err)
{
    bool done = false;
    for (int n = 1;; n++) {
        int ret = step(p, u, &done, err);
        if (ret)
            return ret;
        assert_int_equal(done, u->uri != NULL);
        if (done)
            return n;
    }
}

static void test_upload(void **state)
{
    (void)state;
    struct dvb_profile *p = profile();
    struct dvb_upload u = { .path = "1.mp4" };
    struct dvb_err err;
    bool done = false;
    assert_int_equal(step(p, &u, &done, &err), 0);
    assert_non_null(strstr(u.target, "/upload/v1beta/files?upload_id="));
    assert_int_equal(step(p, &u, &done, &err), 0);
    assert_true(!done && !strncmp(u.name, "files/", 6) && u.wait_s > 0);
    assert_int_equal(drive(p, &u, &err), 2); /* looked at twice until it is ready */
    assert_non_null(strstr(u.uri, "/v1beta/files/"));

    /* and the question that names it is understood */
    struct dvb_reply r = { 0 };
    struct dvb_ask ask = { .profile = p, .prompt = "P", .video = "1.mp4", .video_uri = u.uri };
    wire_ask(&ask, &r);
    assert_int_equal(r.status, DVB_REPLY_OK);
    assert_non_null(strstr(r.text, "\"video_bytes\":16"));
    dvb_reply_release(&r);
    dvb_upload_release(&u);
    assert_null(u.path);
    dvb_profile_free(&p);
}

static void write_mp4(const char *path, size_t size)
{
    char *bytes = dvb_calloc(size, 1);
    struct dvb_err err;
    memcpy(bytes,
           "\0\0\0\x08"
           "ftyp",
           8);
    assert_int_equal(dvb_write_file(path, bytes, size, &err), 0);
    free(bytes);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        const char *says;
        int code;
        enum dvb_fault fault;
    } rows[] = {
        { GEMINI_FAILED, "cannot use the file: The video could not be decoded.", EPROTO,
          DVB_FAULT_SERVICE },
        { GEMINI_ENDLESS, "still processing", ETIMEDOUT, DVB_FAULT_SERVICE },
        { GEMINI_ELSEWHERE, "another host", EPROTO, DVB_FAULT_SERVICE },
        { GEMINI_NOWHERE, "no x-goog-upload-url", EPROTO, DVB_FAULT_SERVICE },
        { 0, "gone.mp4", ENOENT, DVB_FAULT_INPUT },
    };
    struct dvb_profile *p = profile();
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_upload u = { .path = rows[i].size ? "sized.mp4" : "gone.mp4" };
        struct dvb_err err;
        if (rows[i].size)
            write_mp4(u.path, rows[i].size);
        assert_int_equal(drive(p, &u, &err), -rows[i].code);
        assert_int_equal(err.fault, rows[i].fault);
        assert_non_null(strstr(err.msg, rows[i].says));
        assert_null(u.uri);
        dvb_upload_release(&u);
    }
    dvb_profile_free(&p);
}

/* Where the key may go: the same scheme, host and port. */
static void test_hosts(void **state)
{
    (void)state;
    static const struct {
        const char *base, *location;
        bool same;
    } rows[] = {
        { "https://h.example/v1beta", "https://h.example/upload?x=1", true },
        { "https://h.example/v1beta", "https://H.EXAMPLE:443/u", true },
        { "https://h.example:444/v1beta", "https://h.example/u", false },
        { "https://h.example/v1beta", "http://h.example/u", false },
        { "https://h.example/v1beta", "https://h.example.evil/u", false },
        { "https://h.example/v1beta", "https://h.example@evil/u", false },
        { "https://h.example/v1beta", "https://user@h.example/u", false },
        { "https://h.example/v1beta", "//h.example/u", false },
        { "https://h.example/v1beta", "nonsense", false },
        { "https://h.example/v1beta", "", false },
        { "https://h.example/v1beta", NULL, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct dvb_profile p = { .base_url = (char *)rows[i].base };
        struct dvb_upload u = { .path = "1.mp4" };
        struct dvb_err err;
        bool done;
        const struct dvb_upload_response res = { .data = "", .location = rows[i].location };
        assert_int_equal(uploader->response(&p, &u, &res, &done, &err), rows[i].same ? 0 : -EPROTO);
        assert_false(done);
        dvb_upload_release(&u);
    }
}

/* What a service may answer to the bytes. */
static void test_files(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"file\":7}",
        "{\"file\":{\"name\":\"files/a\",\"uri\":\"u\"}}",
        "{\"file\":{\"name\":\"files/../x\",\"uri\":\"u\",\"state\":\"ACTIVE\"}}",
        "{\"file\":{\"name\":\"files/\",\"uri\":\"u\",\"state\":\"ACTIVE\"}}",
        "{\"file\":{\"name\":\"files/a?b\",\"uri\":\"u\",\"state\":\"ACTIVE\"}}",
        "{\"file\":{\"name\":\"files/a\",\"uri\":\"\",\"state\":\"ACTIVE\"}}",
        "{\"file\":{\"name\":\"files/a\",\"uri\":\"u\",\"state\":\"FAILED\"}}",
    };
    struct dvb_profile p = { .base_url = (char *)"https://h/v1beta" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct dvb_upload u = { .path = "1.mp4", .stage = 1 };
        const struct dvb_upload_response res = { .data = bad[i], .len = strlen(bad[i]) };
        bool done = true;
        assert_int_equal(uploader->response(&p, &u, &res, &done, NULL), -EPROTO);
        assert_true(!done && !u.uri && !u.name);
    }
}

static int set_up(void **state)
{
    (void)state;
    static const char *const args[] = { "--key-env", "GEMINI_API_KEY", NULL };
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    setenv("GEMINI_API_KEY", KEY, 1);
    wire_write_frames();
    wire_write_video();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return fake_server_start(&server, args) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    fake_server_stop(&server);
    curl_global_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upload),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
