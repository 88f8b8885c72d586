/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever a service streams: its events, written out anew, are the same events;
   and each wire format reads an answer from them or says why it cannot. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/service_error.h"
#include "model/sse.h"
#include "model/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* The events in their plainest form. */
static void rewrite(const char *body, size_t len, char **out, size_t *out_len)
{
    FILE *f = open_memstream(out, out_len);
    struct dvb_sse s;
    CHECK(!dvb_sse_open(&s, body, len, NULL));
    while (dvb_sse_next(&s)) {
        CHECK(s.data_len < len && !s.data[s.data_len] && !memchr(s.data, '\r', s.data_len));
        CHECK(strlen(s.name) < 64 && !strpbrk(s.name, "\r\n"));
        fprintf(f, "event: %s\ndata: ", s.name);
        for (size_t i = 0; i < s.data_len; i++)
            if (s.data[i] == '\n')
                fputs("\ndata: ", f);
            else
                fputc(s.data[i], f);
        fputs("\n\n", f);
    }
    CHECK(!dvb_sse_next(&s) && s.at == s.end);
    dvb_sse_release(&s);
    fclose(f);
}

static void try_wires(const char *body, size_t len)
{
    for (const struct dvb_wire *const *w = dvb_wires; *w; w++) {
        struct dvb_reply reply = { 0 };
        struct dvb_err err = { 0 };
        if (!(*w)->parse_events)
            continue;
        int ret = (*w)->parse_events(body, len, &reply, &err);
        CHECK(ret ? err.fault == DVB_FAULT_SERVICE : reply.text != NULL);
        CHECK(reply.tokens_in >= reply.tokens_cached && reply.tokens_cached >= 0);
        CHECK(reply.tokens_media >= -1);
        dvb_reply_release(&reply);
    }
    struct dvb_service_error e;
    dvb_service_error_read(body, len, &e);
    CHECK(!strpbrk(e.message, "\r\n\033") && e.retry_s >= -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *once, *twice;
    size_t n_once, n_twice;
    if (size > 1 << 16)
        return 0;
    rewrite((const char *)data, size, &once, &n_once);
    rewrite(once, n_once, &twice, &n_twice);
    CHECK(n_once == n_twice && !memcmp(once, twice, n_once));
    free(once);
    free(twice);
    try_wires((const char *)data, size);
    return 0;
}
