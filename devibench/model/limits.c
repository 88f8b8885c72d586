/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/limits.h"

#include <math.h>

/* Evenly: with the bucket full at first, no 60 s see more than per_minute. */
static struct dvb_bucket given_bucket(int64_t per_minute, double now)
{
    if (per_minute <= 0)
        return (struct dvb_bucket){ 0 };
    double limit = (double)per_minute, cap = fmax(1, limit / 60);
    return (struct dvb_bucket){
        .rate = (limit + 1 - cap) / 60, .cap = cap, .level = cap, .at = now, .given = true
    };
}

void dvb_limits_init(struct dvb_limits *l, const struct dvb_profile *p, double now)
{
    *l = (struct dvb_limits){ .max = p->concurrency > 0 ? p->concurrency : 1 };
    l->window = fmin(DVB_LIMITS_START, l->max);
    l->threshold = l->max;
    l->requests = given_bucket(p->requests_per_minute, now);
    l->tokens = given_bucket(p->tokens_per_minute, now);
}

static double level_at(const struct dvb_bucket *b, double now)
{
    return now > b->at ? fmin(b->cap, b->level + b->rate * (now - b->at)) : b->level;
}

/* When it holds what is wanted. More than it can hold goes when it is full. */
static double bucket_due(const struct dvb_bucket *b, double now, double want)
{
    if (b->rate <= 0)
        return now;
    double lacking = fmin(want, b->cap) - level_at(b, now);
    return lacking > 1e-9 * b->cap ? now + lacking / b->rate : now;
}

static void bucket_pay(struct dvb_bucket *b, double now, double amount)
{
    b->level = fmin(b->cap, level_at(b, now) - amount);
    b->at = fmax(b->at, now);
}

static double predict(const struct dvb_limits *l, long tokens)
{
    if (tokens)
        return tokens > 0 ? (double)tokens : 0;
    return l->seen ? l->seen_tokens / (double)l->seen : 0;
}

double dvb_limits_due(const struct dvb_limits *l, double now, long tokens, bool again)
{
    /* A service in trouble is not asked one fresh question after the other
       while others wait for another try: these hold their places. */
    if ((again ? l->flying : l->held) >= (int)l->window)
        return INFINITY;
    double due = fmax(bucket_due(&l->requests, now, 1),
                      bucket_due(&l->tokens, now, predict(l, tokens)));
    return fmax(due, l->paused_until);
}

struct dvb_ticket dvb_limits_start(struct dvb_limits *l, double now, long tokens, bool again)
{
    struct dvb_ticket t = { .number = ++l->sent, .tokens = predict(l, tokens) };
    l->held += !again;
    l->flying++;
    bucket_pay(&l->requests, now, 1);
    bucket_pay(&l->tokens, now, t.tokens);
    return t;
}

/* The window has been full of late: growing it would change something. */
static bool window_counts(const struct dvb_limits *l)
{
    return l->held + 1 >= (int)l->window;
}

static void grow(struct dvb_limits *l)
{
    if (window_counts(l))
        l->window = fmin(l->max, l->window + (l->window < l->threshold ? 2 : 1 / l->window));
}

static void shrink(struct dvb_limits *l, const struct dvb_ticket *t)
{
    if (t->number <= l->setback)
        return;
    l->setback = l->sent;
    l->window = fmax(1, floor(l->window / 2));
    l->threshold = l->window;
}

void dvb_limits_end(struct dvb_limits *l, double now, const struct dvb_ticket *t,
                    enum dvb_outcome outcome, long tokens, bool keep)
{
    l->flying--;
    if (outcome == DVB_OUTCOME_CLEAN)
        grow(l);
    else if (outcome == DVB_OUTCOME_SETBACK)
        shrink(l, t);
    l->held -= !keep;
    if (tokens <= 0)
        return;
    bucket_pay(&l->tokens, now, (double)tokens - t->tokens);
    l->seen_tokens += (double)tokens;
    l->seen++;
}

void dvb_limits_drop(struct dvb_limits *l)
{
    l->held--;
}

void dvb_limits_pause(struct dvb_limits *l, double until)
{
    l->paused_until = fmax(l->paused_until, until);
}

static void learn(struct dvb_bucket *b, double now, const struct dvb_rate *r)
{
    if (r->limit >= 1 && !b->given) {
        double level = b->rate > 0 ? level_at(b, now) : r->limit;
        b->cap = r->limit;
        b->rate = r->limit / fmax(60, r->reset_s);
        b->level = fmin(b->cap, level);
        b->at = now;
    }
    /* Others may use the account too. */
    if (b->rate > 0 && r->remaining >= 0 && r->remaining < level_at(b, now)) {
        b->level = r->remaining;
        b->at = now;
    }
}

void dvb_limits_learn(struct dvb_limits *l, double now, const struct dvb_rate_headers *h,
                      double max_pause_s)
{
    bool whole = h->rate[DVB_RATE_TOKENS].limit >= 0 || h->rate[DVB_RATE_TOKENS].remaining >= 0;
    learn(&l->requests, now, &h->rate[DVB_RATE_REQUESTS]);
    learn(&l->tokens, now, &h->rate[whole ? DVB_RATE_TOKENS : DVB_RATE_INPUT_TOKENS]);
    double wait = dvb_rate_headers_wait(h);
    if (wait > 0 && wait <= max_pause_s)
        dvb_limits_pause(l, now + wait);
}
