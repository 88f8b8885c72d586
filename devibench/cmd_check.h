/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 'devibench models check', for cmd_models.c. */
#ifndef DVB_CMD_CHECK_H
#define DVB_CMD_CHECK_H

#include "cmd.h"

/* Ask each of the named models to read a clip, and print what came of it. Sets
 *inv->negative when one does not see; DVB_FAULT_SERVICE when one did not answer. */
int dvb_cmd_check_models(const struct dvb_invocation *inv, char *const *names, int n,
                         const char *models_file, uint64_t seed, struct dvb_err *err);

#endif
