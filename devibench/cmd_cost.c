/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_cost.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

json_t *dvb_cost_spending_json(const struct dvb_spending *list, size_t n)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(
            rows,
            dvb_json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:f}", "step",
                          dvb_json_str(list[i].step), "model", dvb_json_str(list[i].model), "calls",
                          (json_int_t)list[i].calls, "failed", (json_int_t)list[i].failed,
                          "tokens_in", (json_int_t)list[i].tokens_in, "tokens_cached",
                          (json_int_t)list[i].tokens_cached, "tokens_out",
                          (json_int_t)list[i].tokens_out, "cost_usd", list[i].cost_usd));
    return rows;
}

void dvb_cost_print_spending(const struct dvb_spending *list, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++)
        any |= list[i].tokens_in || list[i].tokens_out || list[i].cost_usd > 0;
    if (any)
        dvb_cost_print_table(list, n);
}

#define STEP_WIDTH 9 /* at least */

static void widen(int *width, const char *text)
{
    int len = (int)strlen(text);
    *width = len > *width ? len : *width;
}

void dvb_cost_print_table(const struct dvb_spending *list, size_t n)
{
    int width = 5, steps = STEP_WIDTH;
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        widen(&width, list[i].model);
        widen(&steps, list[i].step);
        total += list[i].cost_usd;
    }
    printf("spent so far in this workspace: %.4f USD\n", total);
    printf("  %-*s %-*s %8s %11s %11s %10s\n", steps, "step", width, "model", "calls", "tokens in",
           "tokens out", "USD");
    for (size_t i = 0; i < n; i++)
        printf("  %-*s %-*s %8lld %11lld %11lld %10.4f\n", steps, list[i].step, width,
               list[i].model, (long long)list[i].calls, (long long)list[i].tokens_in,
               (long long)list[i].tokens_out, list[i].cost_usd);
}

static struct dvb_plan total_of(const struct dvb_plans *plans)
{
    struct dvb_plan t = { .known = true, .priced = true };
    for (size_t i = 0; i < plans->n; i++) {
        const struct dvb_plan *p = &plans->v[i];
        t.stored += p->stored;
        t.calls += p->calls;
        t.tokens_in += p->tokens_in;
        t.tokens_out += p->tokens_out;
        t.cost_usd += p->cost_usd;
        t.most_calls += p->most_calls;
        t.most_usd += p->most_usd;
        t.known &= p->known;
        t.priced &= p->priced;
    }
    return t;
}

/* Without a price the tokens do not matter. */
static bool cost_known(const struct dvb_plan *p)
{
    return p->known || !p->priced;
}

static json_t *whole(bool known, double v)
{
    return known ? json_integer((json_int_t)llround(v)) : json_null();
}

static json_t *plan_json(const struct dvb_plan *p)
{
    bool cost = cost_known(p);
    return dvb_json_pack(
        "{s:I, s:o, s:o, s:o, s:o, s:I, s:o}", "stored", (json_int_t)llround(p->stored), "calls",
        whole(true, p->calls), "tokens_in", whole(p->known, p->tokens_in), "tokens_out",
        whole(true, p->tokens_out), "cost_usd", cost ? json_real(p->cost_usd) : json_null(),
        "most_calls", (json_int_t)llround(p->most_calls), "most_usd",
        cost ? json_real(p->most_usd) : json_null());
}

json_t *dvb_cost_plans_json(const struct dvb_plans *plans)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < plans->n; i++) {
        const struct dvb_plan *p = &plans->v[i];
        json_t *row = dvb_json_pack("{s:o, s:o, s:b}", "step", dvb_json_str(p->step), "model",
                                    dvb_json_str(p->model), "priced", (int)p->priced);
        json_object_update_new(row, plan_json(p));
        json_array_append_new(rows, row);
    }
    return rows;
}

json_t *dvb_cost_total_json(const struct dvb_plans *plans)
{
    const struct dvb_plan t = total_of(plans);
    return plan_json(&t);
}

static void print_number(bool known, int width, int decimals, double v)
{
    if (known)
        printf(" %*.*f", width, decimals, decimals ? v : round(v));
    else
        printf(" %*s", width, "?");
}

static void print_plan(const struct dvb_plan *p, int steps, int width)
{
    printf("%-*s %-*s", steps, p->step, width, p->model);
    print_number(true, 8, 0, p->stored);
    print_number(true, 8, 0, p->calls);
    print_number(p->known, 11, 0, p->tokens_in);
    print_number(true, 11, 0, p->tokens_out);
    print_number(cost_known(p), 10, 4, p->cost_usd);
    print_number(true, 10, 0, p->most_calls);
    print_number(cost_known(p), 10, 4, p->most_usd);
    puts(p->priced || !*p->model ? "" : "  no price known");
}

void dvb_cost_print_plans(const struct dvb_plans *plans)
{
    int width = 5, steps = STEP_WIDTH;
    for (size_t i = 0; i < plans->n; i++) {
        widen(&width, plans->v[i].model);
        widen(&steps, plans->v[i].step);
    }
    printf("%-*s %-*s %8s %8s %11s %11s %10s %10s %10s\n", steps, "step", width, "model", "stored",
           "calls", "tokens in", "tokens out", "USD", "most calls", "most USD");
    for (size_t i = 0; i < plans->n; i++)
        print_plan(&plans->v[i], steps, width);
    struct dvb_plan t = total_of(plans);
    t.step = (char *)"total";
    t.model = (char *)"";
    print_plan(&t, steps, width);
}
