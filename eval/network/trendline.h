/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether packets queue up more and more: the delay part of gcc.h. Only differences of arrival
 * times and differences of send times are used, so the two clocks need not agree.
 */
#ifndef DVB_EVAL_NETWORK_TRENDLINE_H
#define DVB_EVAL_NETWORK_TRENDLINE_H

#include <stdbool.h>
#include <stdint.h>

#define DVB_TREND_WINDOW 20

enum dvb_trend_usage { DVB_TREND_NORMAL, DVB_TREND_OVER, DVB_TREND_UNDER };

struct dvb_trend_group {
    int64_t first_sent, last_sent, first_arrived, last_arrived; /* microseconds */
    bool any;
};

struct dvb_trendline {
    enum dvb_trend_usage usage;
    double threshold; /* ms */
    double trend;     /* ms of delay per ms */
    /* The rest is the filter's own. */
    struct dvb_trend_group group, before;
    int64_t began; /* arrival of the first group */
    double accumulated, smoothed;
    struct {
        double at, delay; /* ms */
    } points[DVB_TREND_WINDOW];
    int n;      /* of points, in all */
    int deltas; /* groups compared, at most 60 */
    double over_ms, previous;
    int over_count;
    int64_t adapted; /* when the threshold last was; -1: never */
};

void dvb_trendline_init(struct dvb_trendline *t);

/* One packet, in the order of sending. Packets sent within 5 ms of a group's first are one group,
   and those that arrive within 5 ms of each other having caught up (a burst of the link). */
void dvb_trendline_packet(struct dvb_trendline *t, int64_t sent, int64_t arrived);

#endif
