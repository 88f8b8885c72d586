/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "eval/network/gcc.h"
#include "eval/network/trendline.h"

#define BETA 0.85
#define GROW 1.08          /* a second */
#define ACKED_BUCKETS 20   /* of 25 ms: half a second */
#define ACKED_BUCKET 25000 /* microseconds */
#define LOSS_HISTORY 32
#define LOSS_PACKETS 20 /* the least that a share is taken of */

enum phase { HOLD, INCREASE };

/* Received rate over the last half second, by arrival. */
struct acked {
    int64_t bytes[ACKED_BUCKETS];
    int64_t bucket; /* number of the newest */
    int64_t first;  /* number of the first ever; -1: none */
};

/* Where overuse was seen: WebRTC's LinkCapacityEstimator, kbps. */
struct capacity {
    double mean, deviation; /* deviation is relative: variance / mean */
    bool known;
};

struct gcc {
    struct dvb_cc_settings s;
    struct dvb_trendline trend;
    struct acked acked;
    struct capacity capacity;
    enum phase phase;
    double delay_rate, loss_rate; /* bits per second */
    int64_t changed;              /* when the delay's part last changed */
    bool started;
    int64_t lost, told; /* packets since the last share */
    int64_t loss_cut;   /* when loss last lowered the rate */
    struct {
        int64_t at;
        double rate;
    } history[LOSS_HISTORY];
    int n_history;
};

static void acked_add(struct acked *a, int64_t at, uint32_t size)
{
    int64_t bucket = at / ACKED_BUCKET;
    if (a->first < 0)
        a->first = a->bucket = bucket;
    if (bucket - a->bucket >= ACKED_BUCKETS)
        memset(a->bytes, 0, sizeof(a->bytes));
    else
        for (int64_t i = a->bucket + 1; i <= bucket; i++)
            a->bytes[i % ACKED_BUCKETS] = 0;
    if (bucket > a->bucket)
        a->bucket = bucket;
    if (a->bucket - bucket < ACKED_BUCKETS)
        a->bytes[bucket % ACKED_BUCKETS] += size;
}

/* Bits per second over the whole buckets; 0: not known yet. */
static double acked_rate(const struct acked *a)
{
    if (a->first < 0 || a->bucket - a->first < ACKED_BUCKETS)
        return 0;
    int64_t sum = -a->bytes[a->bucket % ACKED_BUCKETS];
    for (int i = 0; i < ACKED_BUCKETS; i++)
        sum += a->bytes[i];
    return (double)sum * 8e6 / ((ACKED_BUCKETS - 1) * ACKED_BUCKET);
}

static double spread(const struct capacity *c)
{
    return 3 * sqrt(c->deviation * c->mean);
}

static void capacity_add(struct capacity *c, double kbps)
{
    const double a = 0.05;
    c->mean = c->known ? (1 - a) * c->mean + a * kbps : kbps;
    double error = c->mean - kbps, scale = c->mean > 1 ? c->mean : 1;
    c->deviation = c->known ? (1 - a) * c->deviation + a * error * error / scale : 0.4;
    c->deviation = c->deviation < 0.4 ? 0.4 : c->deviation > 2.5 ? 2.5 : c->deviation;
    c->known = true;
}

static double clamp(const struct gcc *g, double rate)
{
    return rate < (double)g->s.min   ? (double)g->s.min
           : rate > (double)g->s.max ? (double)g->s.max
                                     : rate;
}

static void decrease(struct gcc *g, int64_t now, double acked, int64_t rtt)
{
    int64_t wait = rtt < 10000 ? 10000 : rtt > 200000 ? 200000 : rtt;
    if (now - g->changed < wait && !(acked > 0 && acked < 0.5 * g->delay_rate))
        return;
    double rate = BETA * (acked > 0 ? acked : g->delay_rate);
    if (rate > g->delay_rate && g->capacity.known)
        rate = BETA * g->capacity.mean * 1e3;
    if (rate < g->delay_rate)
        g->delay_rate = clamp(g, rate);
    if (acked > 0) {
        if (g->capacity.known && acked / 1e3 < g->capacity.mean - spread(&g->capacity))
            g->capacity.known = false;
        capacity_add(&g->capacity, acked / 1e3);
    }
    g->phase = HOLD;
    g->changed = now;
}

/* One packet of the size that frames at 30 fps would be cut into, per RTT + 100 ms. */
static double additive(const struct gcc *g, int64_t rtt)
{
    double frame = g->delay_rate / 30, packets = ceil(frame / (1200 * 8));
    double step = frame / packets / ((double)(rtt + 100000) / 1e6);
    return step < 4000 ? 4000 : step;
}

static void increase(struct gcc *g, int64_t now, double acked, int64_t rtt)
{
    if (g->phase == HOLD) {
        g->phase = INCREASE;
        g->changed = now;
    }
    if (g->capacity.known && acked / 1e3 > g->capacity.mean + spread(&g->capacity))
        g->capacity.known = false;
    double limit = acked > 0 ? 1.5 * acked + 10000 : (double)g->s.max;
    double seconds = (double)(now - g->changed) / 1e6, rate = g->delay_rate;
    if (seconds > 1)
        seconds = 1;
    rate = g->capacity.known ? rate + additive(g, rtt) * seconds : rate * pow(GROW, seconds);
    if (g->delay_rate < limit)
        g->delay_rate = clamp(g, rate < limit ? rate : limit);
    g->changed = now;
}

static double least_of_a_second(const struct gcc *g, int64_t now)
{
    double least = g->loss_rate;
    for (int i = 0; i < LOSS_HISTORY && i < g->n_history; i++)
        if (now - g->history[i].at <= DVB_NET_SECOND && g->history[i].rate < least)
            least = g->history[i].rate;
    return least;
}

static void follow_loss(struct gcc *g, int64_t now, int64_t rtt)
{
    if (g->told >= LOSS_PACKETS) {
        double share = (double)g->lost / (double)g->told;
        g->lost = g->told = 0;
        if (share <= 0.02) {
            double rate = least_of_a_second(g, now) * GROW + 1000;
            g->loss_rate = rate > g->loss_rate ? rate : g->loss_rate;
        } else if (share > 0.1 && now - g->loss_cut >= 300000 + rtt) {
            g->loss_rate *= 1 - share / 2;
            g->loss_cut = now;
        }
    }
    g->loss_rate = clamp(g, g->loss_rate < g->delay_rate ? g->loss_rate : g->delay_rate);
    int i = g->n_history++ % LOSS_HISTORY;
    if (g->n_history == 2 * LOSS_HISTORY)
        g->n_history = LOSS_HISTORY;
    g->history[i].at = now;
    g->history[i].rate = g->loss_rate;
}

static void gcc_feedback(void *state, int64_t now, const struct dvb_cc_packet *packets, size_t n,
                         int64_t rtt)
{
    struct gcc *g = state;
    bool overused = false;
    for (size_t i = 0; i < n; i++) {
        g->told++;
        if (packets[i].arrived == DVB_NET_NEVER) {
            g->lost++;
            continue;
        }
        acked_add(&g->acked, packets[i].arrived, packets[i].size);
        dvb_trendline_packet(&g->trend, packets[i].sent, packets[i].arrived);
        overused = overused || g->trend.usage == DVB_TREND_OVER;
    }
    if (!g->started)
        g->changed = now;
    g->started = true;
    double acked = acked_rate(&g->acked);
    if (overused)
        decrease(g, now, acked, rtt);
    else if (g->trend.usage == DVB_TREND_UNDER)
        g->phase = HOLD;
    else
        increase(g, now, acked, rtt);
    follow_loss(g, now, rtt);
}

static void gcc_init(void *state, const struct dvb_cc_settings *settings)
{
    struct gcc *g = state;
    *g = (struct gcc){ .s = *settings,
                       .phase = HOLD,
                       .delay_rate = (double)settings->start,
                       .loss_rate = (double)settings->start,
                       .acked = { .first = -1 },
                       .loss_cut = -DVB_NET_SECOND * 3600 };
    dvb_trendline_init(&g->trend);
}

static int64_t gcc_rate(const void *state)
{
    const struct gcc *g = state;
    return (int64_t)(g->loss_rate < g->delay_rate ? g->loss_rate : g->delay_rate);
}

const struct dvb_cc dvb_cc_gcc = { "gcc", sizeof(struct gcc), gcc_init, gcc_feedback, gcc_rate };

static void fixed_init(void *state, const struct dvb_cc_settings *settings)
{
    *(int64_t *)state = settings->start;
}

static void fixed_feedback(void *state, int64_t now, const struct dvb_cc_packet *packets, size_t n,
                           int64_t rtt)
{
    (void)state, (void)now, (void)packets, (void)n, (void)rtt;
}

static int64_t fixed_rate(const void *state)
{
    return *(const int64_t *)state;
}

const struct dvb_cc dvb_cc_fixed = { "fixed", sizeof(int64_t), fixed_init, fixed_feedback,
                                     fixed_rate };

const struct dvb_cc *const dvb_ccs[] = { &dvb_cc_fixed, &dvb_cc_gcc, NULL };
const char *const dvb_cc_names[] = { "fixed", "gcc", NULL };
