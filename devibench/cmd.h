/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The subcommands. Each cmd_<name>.c defines one descriptor; main.c lists
 * them. Only cmd_*.c prints results and decides the exit code.
 */
#ifndef DVB_CMD_H
#define DVB_CMD_H

#include <jansson.h>

#include "base/opt.h"
#include "base/version.h"

#define DVB_SCHEMA_VERSION 1

extern const struct dvb_command dvb_cmd_build, dvb_cmd_transcode, dvb_cmd_concat, dvb_cmd_show,
    dvb_cmd_export, dvb_cmd_import, dvb_cmd_audit, dvb_cmd_models, dvb_cmd_eval, dvb_cmd_report,
    dvb_cmd_stream_rate, dvb_cmd_stream_simulate, dvb_cmd_stream_figure, dvb_cmd_stream_live,
    dvb_cmd_stream_link, dvb_cmd_stream_confidence, dvb_cmd_relevance;

/* Print {"schema_version":1,"command":NAME, ...members of result} on stdout;
   takes over the reference to result. */
void dvb_cmd_print_json(const struct dvb_command *cmd, json_t *result);

#endif
