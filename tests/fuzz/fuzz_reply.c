/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever a service or a model sends: as an HTTP body, as a JSON reply, as an
   answer to a multiple-choice question. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "model/answer.h"
#include "model/reply.h"
#include "model/service_error.h"
#include "model/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void try_body(const char *data, size_t size)
{
    for (const struct dvb_wire *const *w = dvb_wires; *w; w++) {
        struct dvb_reply reply = { 0 };
        struct dvb_err err = { 0 };
        int ret = (*w)->parse(data, size, &reply, &err);
        CHECK(ret ? err.fault == DVB_FAULT_SERVICE : reply.text != NULL);
        CHECK(reply.tokens_in >= reply.tokens_cached && reply.tokens_cached >= 0);
        dvb_reply_release(&reply);
    }
    struct dvb_service_error e;
    dvb_service_error_read(data, size, &e);
    CHECK(!strpbrk(e.message, "\r\n\033"));
}

static void try_json(const char *text)
{
    json_t *out, *again;
    bool salvaged;
    if (dvb_reply_json(text, &out, &salvaged, NULL)) {
        CHECK(!out);
        return;
    }
    CHECK(json_is_object(out) || json_is_array(out));
    char *canon = dvb_json_canon(out);
    CHECK(!dvb_reply_json(canon, &again, &salvaged, NULL) && !salvaged && json_equal(out, again));
    free(canon);
    json_decref(again);
    json_decref(out);
}

static void try_answer(const char *text)
{
    static const char *const sets[][4] = {
        { "35", "36", "63", "38" },
        { "A car", "a red bus", "red", "Cannot be determined" },
        { "", "B", "Stop!", "Stop" },
    };
    for (size_t s = 0; s < 3; s++) {
        int choice = dvb_answer_choice(text, sets[s], 4);
        CHECK(choice >= DVB_ANSWER_REFUSED && choice < 4);
        CHECK(choice == dvb_answer_choice(text, sets[s], 4));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    try_body(text, size);
    try_json(text);
    try_answer(text);
    free(text);
    return 0;
}
