/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands that encode one clip share. */
#ifndef DVB_CMD_RATE_H
#define DVB_CMD_RATE_H

#include "cmd.h"
#include "media/render.h"

/* New reference. target_kbps is null where no rate was asked for, reason where it was met. */
json_t *dvb_cmd_rate_json(const struct dvb_rate_result *r, const char *preset);

#endif
