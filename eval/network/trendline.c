/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "eval/network/trendline.h"

#define GROUP 5000 /* microseconds */
#define LONGEST_BURST 100000
#define SMOOTHING 0.9
#define GAIN 4
#define MAX_DELTAS 60
#define OVERUSE_MS 10
#define K_UP 0.0087
#define K_DOWN 0.039
#define MAX_ADAPT 15 /* ms above the threshold */

void dvb_trendline_init(struct dvb_trendline *t)
{
    *t = (struct dvb_trendline){ .threshold = 12.5, .over_ms = -1, .adapted = -1 };
}

/* Least squares over the window. */
static double slope(const struct dvb_trendline *t)
{
    double at = 0, delay = 0, num = 0, den = 0;
    for (int i = 0; i < DVB_TREND_WINDOW; i++) {
        at += t->points[i].at;
        delay += t->points[i].delay;
    }
    at /= DVB_TREND_WINDOW;
    delay /= DVB_TREND_WINDOW;
    for (int i = 0; i < DVB_TREND_WINDOW; i++) {
        double d = t->points[i].at - at;
        num += d * (t->points[i].delay - delay);
        den += d * d;
    }
    return den > 0 ? num / den : t->trend;
}

static void adapt(struct dvb_trendline *t, double modified, int64_t now)
{
    double over = fabs(modified) - t->threshold;
    double ms = t->adapted < 0 ? 0 : (double)(now - t->adapted) / 1e3;
    t->adapted = now;
    if (over > MAX_ADAPT)
        return;
    if (ms < 0)
        ms = 0;
    t->threshold += (over < 0 ? K_DOWN : K_UP) * over * (ms < 100 ? ms : 100);
    t->threshold = t->threshold < 6 ? 6 : t->threshold > 600 ? 600 : t->threshold;
}

static void detect(struct dvb_trendline *t, double sent_ms, int64_t now)
{
    if (t->deltas < 2) {
        t->usage = DVB_TREND_NORMAL;
        return;
    }
    double modified = t->deltas * t->trend * GAIN;
    if (modified > t->threshold) {
        t->over_ms = t->over_ms < 0 ? sent_ms / 2 : t->over_ms + sent_ms;
        t->over_count++;
        if (t->over_ms > OVERUSE_MS && t->over_count > 1 && t->trend >= t->previous) {
            t->over_ms = 0;
            t->over_count = 0;
            t->usage = DVB_TREND_OVER;
        }
    } else {
        t->usage = modified < -t->threshold ? DVB_TREND_UNDER : DVB_TREND_NORMAL;
        t->over_ms = -1;
        t->over_count = 0;
    }
    t->previous = t->trend;
    adapt(t, modified, now);
}

/* A group is whole: compare it with the one before. */
static void finish_group(struct dvb_trendline *t)
{
    struct dvb_trend_group *g = &t->group, *b = &t->before;
    if (b->any) {
        double sent = (double)(g->last_sent - b->last_sent) / 1e3;
        double arrived = (double)(g->last_arrived - b->last_arrived) / 1e3;
        t->accumulated += arrived - sent;
        t->smoothed = SMOOTHING * t->smoothed + (1 - SMOOTHING) * t->accumulated;
        if (t->deltas < MAX_DELTAS)
            t->deltas++;
        int i = t->n % DVB_TREND_WINDOW;
        t->points[i].at = (double)(g->last_arrived - t->began) / 1e3;
        t->points[i].delay = t->smoothed;
        t->n = t->n + 1 < 2 * DVB_TREND_WINDOW ? t->n + 1 : DVB_TREND_WINDOW;
        if (t->n >= DVB_TREND_WINDOW)
            t->trend = slope(t);
        detect(t, sent, g->last_arrived);
    } else {
        t->began = g->last_arrived;
    }
    *b = *g;
    g->any = false;
}

static bool same_group(const struct dvb_trend_group *g, int64_t sent, int64_t arrived)
{
    if (sent - g->first_sent <= GROUP)
        return true;
    int64_t later = arrived - g->last_arrived, caught_up = later - (sent - g->last_sent);
    return caught_up < 0 && later <= GROUP && arrived - g->first_arrived < LONGEST_BURST;
}

void dvb_trendline_packet(struct dvb_trendline *t, int64_t sent, int64_t arrived)
{
    struct dvb_trend_group *g = &t->group;
    if (g->any && sent < g->first_sent)
        return; /* out of order */
    if (g->any && !same_group(g, sent, arrived))
        finish_group(t);
    if (!g->any)
        *g = (struct dvb_trend_group){ sent, sent, arrived, arrived, true };
    if (sent > g->last_sent)
        g->last_sent = sent;
    if (arrived > g->last_arrived)
        g->last_arrived = arrived;
}
