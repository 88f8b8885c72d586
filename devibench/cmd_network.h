/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The option --network KEY=VALUE,..: a link, in the words of the stream commands. */
#ifndef DVB_CMD_NETWORK_H
#define DVB_CMD_NETWORK_H

#include "cmd_stream.h"
#include "eval/strategy/call.h"

struct dvb_cmd_network {
    struct dvb_trace trace; /* to which the call's link refers */
    char *words;            /* to which the call refers; a trace's file is without its folder */
    struct dvb_call_network call;
};

/* Keys are those of 'stream simulate' (link is link-rate), and seed. What is wrong is told with
   the key, what was found and what was expected; settings that no link has, too. Release it. */
int dvb_cmd_network_parse(const struct dvb_strlist *words, struct dvb_cmd_network *network,
                          struct dvb_err *err);
void dvb_cmd_network_release(struct dvb_cmd_network *network);

#endif
