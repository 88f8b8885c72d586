/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever a leaderboard.json of others holds: it is refused with a message, or it can be
   merged with itself, scored, written and made anonymous; what was written is read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "reports/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
    if (!truth)
        abort();
}

static char *whole(const struct dvb_board *b)
{
    json_t *j = dvb_board_json(b);
    char *text = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(DVB_BOARD_DIGITS));
    must(text != NULL);
    json_decref(j);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_board b, twin;
    struct dvb_err err = { 0 };
    dvb_board_init(&b);
    dvb_board_init(&twin);
    if (dvb_board_parse("fuzz", (const char *)data, size, &b, &err)) {
        must(*err.msg && !b.n_sets && !b.sources);
        return 0;
    }
    must(!dvb_board_parse("fuzz", (const char *)data, size, &twin, &err));
    if (!dvb_board_merge(&b, &twin, &err) && !dvb_board_score(&b, &err)) {
        char *text = whole(&b);
        must(!dvb_board_parse("again", text, strlen(text), &twin, &err));
        dvb_board_anonymise(&b);
        must(!dvb_board_score(&b, &err));
        free(text);
    }
    dvb_board_release(&b);
    dvb_board_release(&twin);
    return 0;
}
