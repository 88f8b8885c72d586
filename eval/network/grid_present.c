/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/network/grid_present.h"

#include <math.h>

enum type { NUMBER, COUNT, COUNT64, SCHEME };

struct column {
    const char *name;
    enum type type;
    size_t offset;
    double scale; /* of NUMBER and COUNT64 that is none: 0 leaves a whole number */
};

#define CELL(member) offsetof(struct dvb_grid_cell, member)

#define LATENCY(prefix, member)                                                                    \
    { prefix "mean_ms", NUMBER, CELL(m.member.mean), 0 },                                          \
        { prefix "p50_ms", NUMBER, CELL(m.member.p50), 0 },                                        \
        { prefix "p95_ms", NUMBER, CELL(m.member.p95), 0 },                                        \
    {                                                                                              \
        prefix "p99_ms", NUMBER, CELL(m.member.p99), 0                                             \
    }

#define SHOWING(suffix, member)                                                                    \
    { "served" suffix, NUMBER, CELL(m.member.share), 0 },                                          \
        { "served" suffix "_low", NUMBER, CELL(m.member.low), 0 },                                 \
        { "served" suffix "_high", NUMBER, CELL(m.member.high), 0 },                               \
        { "stall" suffix "_ms", NUMBER, CELL(m.member.stall_ms), 0 },                              \
        { "stall" suffix "_p95_ms", NUMBER, CELL(m.member.stall_p95_ms), 0 },                      \
        { "age" suffix "_ms", NUMBER, CELL(m.member.age_ms), 0 },                                  \
    {                                                                                              \
        "age" suffix "_p95_ms", NUMBER, CELL(m.member.age_p95_ms), 0                               \
    }

static const struct column columns[] = {
    { "bitrate_kbps", COUNT64, CELL(bitrate), 1e-3 },
    { "loss", NUMBER, CELL(loss), 0 },
    { "fps", NUMBER, CELL(fps), 0 },
    { "scheme", SCHEME, CELL(scheme), 0 },
    { "frames", COUNT, CELL(m.frames), 0 },
    LATENCY("", complete),
    SHOWING("", shown),
    { "complete", COUNT, CELL(m.complete.frames), 0 },
    { "decodable", COUNT, CELL(m.decodable.frames), 0 },
    { "samples", COUNT, CELL(m.shown.samples), 0 },
    { "predicted", NUMBER, CELL(predicted), 0 },
    { "k", COUNT64, CELL(k), 0 },
    { "packets_per_frame", COUNT64, CELL(kappa), 0 },
    { "video_kbps", NUMBER, CELL(m.video_kbps), 0 },
    { "sent_kbps", NUMBER, CELL(m.sent_kbps), 0 },
    LATENCY("dropped_", dropped),
    LATENCY("decodable_", decodable),
    LATENCY("dropped_decodable_", dropped_decodable),
    SHOWING("_decodable", shown_decodable),
    { "packets_lost", COUNT64, CELL(link.lost), 0 },
    { "packets_dropped", COUNT64, CELL(link.dropped_queue), 0 },
    { "packets_dropped_codel", COUNT64, CELL(link.dropped_codel), 0 },
    { "packets_resent", COUNT64, CELL(sender.packets[DVB_NET_RTX]), 0 },
    { "nacks", COUNT64, CELL(receiver.nacks), 0 },
    { "given_up", COUNT64, CELL(receiver.given_up), 0 },
    { "key_requests", COUNT64, CELL(receiver.plis), 0 },
};

#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

static json_t *value(const struct dvb_grid_cell *cell, const struct column *c)
{
    const void *at = (const char *)cell + c->offset;
    if (c->type == SCHEME)
        return json_string((*(const struct dvb_scheme_info *const *)at)->name);
    if (c->type == COUNT)
        return json_integer((json_int_t) * (const size_t *)at);
    if (c->type == COUNT64 && c->scale <= 0)
        return json_integer(*(const int64_t *)at);
    double v = c->type == NUMBER ? *(const double *)at : (double)*(const int64_t *)at * c->scale;
    return isfinite(v) ? json_real(v) : json_null();
}

json_t *dvb_grid_cell_json(const struct dvb_grid_cell *cell)
{
    json_t *j = json_object();
    for (size_t c = 0; c < N_COLUMNS; c++)
        json_object_set_new(j, columns[c].name, value(cell, &columns[c]));
    return j;
}

json_t *dvb_grid_json(const struct dvb_grid *grid)
{
    json_t *cells = json_array();
    for (size_t i = 0; i < grid->n; i++)
        json_array_append_new(cells, dvb_grid_cell_json(&grid->cells[i]));
    return cells;
}
