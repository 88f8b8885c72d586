/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For commands that run until they are told to end. */
#ifndef DVB_CMD_STOP_H
#define DVB_CMD_STOP_H

#include <stdatomic.h>
#include <stdbool.h>

/* From now on SIGINT and SIGTERM set the flag, and do nothing else. */
const atomic_bool *dvb_cmd_stop_on_signals(void);

#endif
