/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a service's batch interface writes: results, line by line, and the
   objects that tell of batches. The first byte says which service. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/batch.h"
#include "model/json_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const wires[] = { "openai", "anthropic", "gemini" };

/* What is taken for a result has an outcome, and no key in it. */
static void check_line(const struct dvb_profile *p, const char *text, size_t len)
{
    struct dvb_batch_line line;
    struct dvb_reply reply = { 0 };
    if (dvb_batch_parse_line(p->wire->batch, text, len, &line)) {
        if (!line.id || !*line.id || !line.body || (!line.undone && line.status < 100))
            abort();
        dvb_batch_judge(p, "sk-secret-0123456789", &line, &reply);
        if (!reply.text || strstr(reply.text, "sk-secret-0123456789") || reply.cost_usd < 0)
            abort();
        dvb_reply_release(&reply);
    }
    dvb_batch_line_release(&line);
}

static void check_state(const struct dvb_batch_wire *wire, const json_t *j)
{
    struct dvb_batch_state st = { 0 };
    if (wire->read_state(j, &st) && (!st.id || !st.status))
        abort();
    if (st.phase == DVB_BATCH_RUNNING && st.results[0])
        abort();
    dvb_batch_state_release(&st);
}

static void check_object(const struct dvb_batch_wire *wire, const char *text, size_t len)
{
    json_t *j = dvb_json_lenient(text, len), *row;
    char *cursor = NULL;
    size_t i;
    if (!j)
        return;
    check_state(wire, j);
    const json_t *list = wire->read_page(j, &cursor);
    json_array_foreach((json_t *)list, i, row)
    {
        check_state(wire, row);
    }
    if (cursor && (strchr(cursor, '&') || strchr(cursor, ' ')))
        abort();
    free(cursor);
    json_decref(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct dvb_profile p = { .name = (char *)"p",
                             .wire = dvb_wire_find(wires[data[0] % 3]),
                             .base_url = (char *)"http://127.0.0.1:1/v1",
                             .model = (char *)"m",
                             .price_in = 1,
                             .price_out = 2,
                             .price_batch = 0.5 };
    const char *at = (const char *)data + 1, *end = (const char *)data + size;
    check_object(p.wire->batch, at, (size_t)(end - at));
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        check_line(&p, at, (size_t)(stop - at));
        at = stop + 1;
    }
    return 0;
}
