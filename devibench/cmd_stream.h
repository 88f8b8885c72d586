/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options that the stream commands share, and how their words are read. */
#ifndef DVB_CMD_STREAM_H
#define DVB_CMD_STREAM_H

#include "base/opt.h"
#include "eval/network/grid.h"
#include "eval/network/trace.h"

/* A link. */
struct dvb_cmd_link {
    int64_t rate, overhead;
    const char *trace, *delay, *jitter, *queue;
    bool reorder;
    double burst;
};
extern const struct dvb_opt dvb_cmd_link_opts[]; /* a group */

/* What calls have in common, the link among it. */
struct dvb_cmd_call {
    struct dvb_cmd_link link;
    int64_t seed, copies, retries, min_rate, max_rate;
    double back_loss, model_fps, pace;
    const char *feedback, *rtt;
    int cc;
};
extern const struct dvb_opt dvb_cmd_call_opts[]; /* a group */

/* What a grid's calls vary in. Its options have other defaults in each command. */
struct dvb_cmd_lists {
    struct dvb_strlist bitrates, losses, fps;
};
struct dvb_cmd_axes {
    int64_t *bitrates;
    double *losses, *fps; /* heap, all three */
};

/* "30ms", "1.5s", "250us"; microseconds, 0 to an hour. option names it in messages. */
int dvb_cmd_parse_time(const char *option, const char *text, int64_t *us, struct dvb_err *err);

/* Reads the trace, if there is one, into *trace (release it), to which settings then refers. Loss
   is left as it is. */
int dvb_cmd_link_settings(const struct dvb_cmd_link *o, struct dvb_trace *trace,
                          struct dvb_link_settings *settings, struct dvb_err *err);

/* The same for all that calls have in common; what the grid varies is left as it is. */
int dvb_cmd_call_settings(const struct dvb_cmd_call *o, struct dvb_trace *trace,
                          struct dvb_grid_settings *g, struct dvb_err *err);

/* Reads the lists (rates as "200k") into *axes (release it in either case), to which g then refers.
 */
int dvb_cmd_axes_read(const struct dvb_cmd_lists *lists, double min_fps, double max_fps,
                      struct dvb_cmd_axes *axes, struct dvb_grid_settings *g, struct dvb_err *err);
void dvb_cmd_axes_release(struct dvb_cmd_axes *axes);

/* A list of numbers in min..max; heap. */
int dvb_cmd_parse_nums(const char *option, const struct dvb_strlist *list, double min, double max,
                       double **nums, struct dvb_err *err);

#endif
