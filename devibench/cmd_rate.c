/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_rate.h"

#include "base/json.h"

json_t *dvb_cmd_rate_json(const struct dvb_rate_result *r, const char *preset)
{
    json_t *target = r->target_kbps > 0 ? json_real(r->target_kbps) : json_null();
    return dvb_json_pack("{s:o, s:f, s:b, s:o, s:i, s:i, s:f, s:i, s:i, s:f, s:o, s:f, s:f, s:s}",
                         "target_kbps", target, "bitrate_kbps", r->bitrate_kbps, "met", r->met,
                         "reason", r->met ? json_null() : json_string(r->reason), "width", r->width,
                         "height", r->height, "fps", r->fps, "frames", r->frames, "encodes",
                         r->encodes, "mean_qp", r->mean_qp, "crf",
                         r->crf < 0 ? json_null() : json_real(r->crf), "qp_shift", r->qp_shift,
                         "crf_span", r->crf_span, "preset", preset);
}
