/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies of every wire format. The first byte picks the format by the first
   letter of its name, a capital for its events; the rest is the body. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/service_error.h"
#include "model/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static const struct dvb_wire *wire_of(uint8_t byte)
{
    size_t n = 0;
    for (; dvb_wires[n]; n++)
        if (dvb_wires[n]->name[0] == tolower(byte))
            return dvb_wires[n];
    CHECK(n > 0);
    return dvb_wires[byte % n];
}

static void check_utf8(const char *s)
{
    char *clean = dvb_utf8_clean(s ? s : "");
    CHECK(!s || !strcmp(clean, s));
    free(clean);
}

static void check_json(const char *s)
{
    json_t *j = s ? json_loads(s, JSON_ALLOW_NUL, NULL) : NULL;
    CHECK(!s || json_is_object(j));
    json_decref(j);
}

static void check_reply(const struct dvb_reply *r)
{
    CHECK(r->text && r->status != DVB_REPLY_ERROR);
    CHECK(r->tokens_cached >= 0 && r->tokens_in >= r->tokens_cached && r->tokens_out >= 0);
    CHECK(r->tokens_media >= -1);
    check_utf8(r->text);
    check_utf8(r->finish);
    check_json(r->usage);
    check_json(r->logprobs);
}

static void check_error(const char *body, size_t len)
{
    struct dvb_service_error e;
    dvb_service_error_read(body, len, &e);
    CHECK(!strpbrk(e.message, "\r\n\033") && dvb_service_error_status(&e) >= 0);
    dvb_service_error_is_quota(&e);
    dvb_service_error_is_refusal(&e);
    check_utf8(e.message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || size > 1 << 16)
        return 0;
    const struct dvb_wire *w = wire_of(data[0]);
    dvb_wire_parse *parse = isupper(data[0]) && w->parse_events ? w->parse_events : w->parse;
    struct dvb_reply reply = { 0 };
    struct dvb_err err = { 0 };
    char *body = dvb_calloc(size, 1); /* NUL-terminated, as the client's is */
    memcpy(body, data + 1, size - 1);
    if (parse(body, size - 1, &reply, &err))
        CHECK(err.fault == DVB_FAULT_SERVICE);
    else
        check_reply(&reply);
    dvb_reply_release(&reply);
    check_error(body, size - 1);
    free(body);
    return 0;
}
