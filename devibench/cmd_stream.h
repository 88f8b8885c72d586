/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options that the stream commands share, and how their words are read. */
#ifndef DVB_CMD_STREAM_H
#define DVB_CMD_STREAM_H

#include "base/opt.h"
#include "eval/network/link.h"
#include "eval/network/trace.h"

/* Member `link` of a command's settings. */
struct dvb_cmd_link {
    int64_t rate, overhead;
    const char *trace, *delay, *jitter, *queue;
    bool reorder;
    double burst;
};

/* Rows of a table of options; s is the settings' type, which has a member link. */
#define DVB_CMD_LINK_AT(s, member) offsetof(s, link) + offsetof(struct dvb_cmd_link, member)
#define DVB_CMD_LINK_OPTS(s)                                                                          \
    { "link-rate", 0,   DVB_OPT_RATE, DVB_CMD_LINK_AT(s, rate),  "RATE",                              \
      "10M",       1e3, 1e11,         .help = "Rate of the link" },                                   \
        { "trace",     0,                                                                             \
          DVB_OPT_STR, DVB_CMD_LINK_AT(s, trace),                                                     \
          "FILE",      .help = "In place of --link-rate: Mahimahi, \"seconds Mbps\" lines, or CSV" }, \
        { "delay",                                                                                    \
          0,                                                                                          \
          DVB_OPT_STR,                                                                                \
          DVB_CMD_LINK_AT(s, delay),                                                                  \
          "TIME",                                                                                     \
          "30ms",                                                                                     \
          .help = "Propagation delay, one way" },                                                     \
        { "jitter",                                                                                   \
          0,                                                                                          \
          DVB_OPT_STR,                                                                                \
          DVB_CMD_LINK_AT(s, jitter),                                                                 \
          "TIME",                                                                                     \
          "0ms",                                                                                      \
          .help = "Standard deviation of the delay" },                                                \
        { "reorder", 0, DVB_OPT_FLAG, DVB_CMD_LINK_AT(s, reorder),                                    \
          .help = "Jitter may change the order of packets" },                                         \
        { "queue",                                                                                    \
          0,                                                                                          \
          DVB_OPT_STR,                                                                                \
          DVB_CMD_LINK_AT(s, queue),                                                                  \
          "KIND",                                                                                     \
          "infinite",                                                                                 \
          .help = "infinite, packets:N, bytes:N, codel or codel:N" },                                 \
        { "burst",                                                                                    \
          0,                                                                                          \
          DVB_OPT_NUM,                                                                                \
          DVB_CMD_LINK_AT(s, burst),                                                                  \
          "PACKETS",                                                                                  \
          "0",                                                                                        \
          0,                                                                                          \
          1e6,                                                                                        \
          .help = "Mean length of a run of losses; 0: each packet for itself" },                      \
    {                                                                                                 \
        "overhead", 0, DVB_OPT_INT, DVB_CMD_LINK_AT(s, overhead), "BYTES", "28", 0, 1000,             \
            .help = "What the link adds to each RTP packet; 28: UDP over IPv4"                        \
    }

/* "30ms", "1.5s", "250us"; microseconds, 0 to an hour. option names it in messages. */
int dvb_cmd_parse_time(const char *option, const char *text, int64_t *us, struct dvb_err *err);

/* Reads the trace, if there is one, into *trace (release it), to which settings then refers. Loss
   is left as it is. */
int dvb_cmd_link_settings(const struct dvb_cmd_link *o, struct dvb_trace *trace,
                          struct dvb_link_settings *settings, struct dvb_err *err);

/* Lists of rates ("200k") and of numbers in min..max; heap. */
int dvb_cmd_parse_rates(const char *option, const struct dvb_strlist *list, int64_t **rates,
                        struct dvb_err *err);
int dvb_cmd_parse_nums(const char *option, const struct dvb_strlist *list, double min, double max,
                       double **nums, struct dvb_err *err);

#endif
