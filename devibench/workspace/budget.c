/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/budget.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "model/url.h"

struct dvb_seen {
    const struct dvb_used_model *model;
    const char *step;
    struct dvb_mean_tokens mean;
};

void dvb_budget_release(struct dvb_budget *b)
{
    free(b->seen);
    b->seen = NULL;
    b->n_seen = b->cap_seen = 0;
}

static bool is_local(const struct dvb_profile *p)
{
    struct dvb_url url;
    if (dvb_url_parse(p->base_url, &url, NULL))
        return false;
    free(url.text);
    return url.loopback;
}

int dvb_budget_check(const struct dvb_budget *b, const struct dvb_profile *p, struct dvb_err *err)
{
    bool video = p->send == DVB_SEND_VIDEO;
    if (b->limit_usd <= 0)
        return 0;
    if (!dvb_cost_priced(p)) {
        if (!is_local(p))
            dvb_warn("%s has no prices in its profile: what it is asked does not count against "
                     "the limit",
                     p->name);
        return 0;
    }
    if (p->price_in > 0 && (video ? !p->tokens->video : !p->tokens->picture))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "a limit on cost: found model '%s' with a price and tokens \"%s\", which "
                        "does not tell the tokens of %s; expected a formula in its profile "
                        "(devibench models formulas)",
                        p->name, p->tokens->name, video ? "video" : "pictures");
    return 0;
}

static int look_up(struct dvb_budget *b, const struct dvb_asking *a, struct dvb_mean_tokens **mean,
                   struct dvb_err *err)
{
    for (size_t i = 0; i < b->n_seen; i++)
        if (b->seen[i].model == a->model && !strcmp(b->seen[i].step, a->step)) {
            *mean = &b->seen[i].mean;
            return 0;
        }
    b->seen = dvb_grow(b->seen, b->n_seen, &b->cap_seen, sizeof(*b->seen));
    struct dvb_seen *s = &b->seen[b->n_seen];
    *s = (struct dvb_seen){ .model = a->model, .step = a->step };
    int ret = dvb_store_mean_tokens(b->store, a->model->profile->name, a->step, &s->mean, err);
    b->n_seen += !ret;
    *mean = &s->mean;
    return ret;
}

int dvb_budget_quote(struct dvb_budget *b, const struct dvb_asking *a,
                     const struct dvb_media_shape *shape, struct dvb_estimate *e,
                     struct dvb_err *err)
{
    const struct dvb_profile *p = a->model->profile;
    struct dvb_mean_tokens *mean;
    int ret = look_up(b, a, &mean, err);
    if (ret)
        return ret;
    long in = dvb_tokens_question(p, shape, a->prompt, a->schema);
    bool known = in >= 0 || mean->n > 0;
    if (in >= 0 && mean->in > (double)in) /* the service counts more than its formula */
        in = (long)ceil(mean->in);
    if (!known && b->limit_usd > 0 && p->price_in > 0)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "step %s, model %s: what it is shown has no size that can be told, so its "
                        "cost cannot be limited",
                        a->step, p->name);
    if (in < 0)
        in = mean->n ? (long)ceil(mean->in) : dvb_tokens_text(p, a->prompt);
    double out = mean->n ? mean->out : a->expect_out > 0 ? (double)a->expect_out : p->max_tokens;
    dvb_cost_estimate(p, known, in, out, b->batch && dvb_batcher_takes(p), e);
    return 0;
}

enum dvb_budget_answer dvb_budget_take(struct dvb_budget *b, const struct dvb_estimate *e)
{
    /* Sums of money in doubles may miss the last digit. */
    const double slack = 1e-9;
    if (b->stopped)
        return DVB_BUDGET_STOP;
    if (b->limit_usd > 0 && e->most_usd > 0 &&
        b->spent_usd + b->reserved_usd + e->most_usd > b->limit_usd + slack) {
        if (b->reserved_usd > slack)
            return DVB_BUDGET_WAIT;
        b->stopped = true;
        b->next_usd = e->most_usd;
        return DVB_BUDGET_STOP;
    }
    b->reserved_usd += e->most_usd;
    return DVB_BUDGET_GO;
}

void dvb_budget_settle(struct dvb_budget *b, const struct dvb_estimate *e, double cost_usd)
{
    b->reserved_usd -= e->most_usd;
    if (b->reserved_usd < 1e-9)
        b->reserved_usd = 0;
    b->spent_usd += cost_usd;
}

void dvb_budget_learn(struct dvb_budget *b, const struct dvb_asking *a,
                      const struct dvb_token_counts *tokens)
{
    struct dvb_mean_tokens *mean;
    if (tokens->in <= 0 || look_up(b, a, &mean, NULL))
        return;
    mean->n++;
    mean->in += ((double)tokens->in - mean->in) / (double)mean->n;
    mean->out += ((double)tokens->out - mean->out) / (double)mean->n;
}
