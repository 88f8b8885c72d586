/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may still be spent, and what questions are expected to cost. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/rng.h"
#include "workspace/budget.h"
#include "workspace/workspace.h"

static struct dvb_err err;
#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) != 0)                                                                           \
            fail_msg("%s: %s", #call, err.msg);                                                    \
    } while (0)
#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static void test_limit(void **state)
{
    (void)state;
    struct dvb_budget b = { .limit_usd = 1 };
    const struct dvb_estimate e = { .most_usd = 0.4 }, free_one = { .most_usd = 0 };
    assert_int_equal(dvb_budget_take(&b, &e), DVB_BUDGET_GO);
    assert_int_equal(dvb_budget_take(&b, &e), DVB_BUDGET_GO);
    assert_int_equal(dvb_budget_take(&b, &e), DVB_BUDGET_WAIT); /* 1.2 at most */
    assert_int_equal(dvb_budget_take(&b, &free_one), DVB_BUDGET_GO);
    dvb_budget_settle(&b, &e, 0.1); /* 0.1 spent, 0.4 on its way */
    assert_int_equal(dvb_budget_take(&b, &e), DVB_BUDGET_GO);
    dvb_budget_settle(&b, &e, 0.4);
    dvb_budget_settle(&b, &e, 0.1); /* 0.6 spent: 0.4 more is the limit exactly */
    assert_int_equal(dvb_budget_take(&b, &e), DVB_BUDGET_GO);
    dvb_budget_settle(&b, &e, 0.01);
    assert_false(b.stopped);
    assert_int_equal(dvb_budget_take(&b, &e), DVB_BUDGET_STOP);
    assert_true(b.stopped);
    NEAR(b.next_usd, 0.4);
    NEAR(b.spent_usd, 0.61);
    /* Once stopped, nothing goes any more. */
    assert_int_equal(dvb_budget_take(&b, &free_one), DVB_BUDGET_STOP);
    struct dvb_budget none = { 0 };
    for (int i = 0; i < 100; i++)
        assert_int_equal(dvb_budget_take(&none, &e), DVB_BUDGET_GO);
}

/* However questions come and go, what is spent stays within the limit. */
static void test_never_over(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 50; seed++) {
        struct dvb_rng rng;
        struct dvb_budget b = { .limit_usd = 3 };
        struct dvb_estimate on_way[16];
        int n = 0, sent = 0;
        dvb_rng_init(&rng, seed, "budget");
        while (!b.stopped) {
            const struct dvb_estimate e = { .most_usd = 0.01 + 0.2 * dvb_rng_unit(&rng) };
            enum dvb_budget_answer a = n < 16 ? dvb_budget_take(&b, &e) : DVB_BUDGET_WAIT;
            if (a == DVB_BUDGET_GO) {
                on_way[n++] = e;
                sent++;
            } else if (a == DVB_BUDGET_WAIT) {
                int at = (int)(dvb_rng_unit(&rng) * n);
                dvb_budget_settle(&b, &on_way[at], on_way[at].most_usd * dvb_rng_unit(&rng));
                on_way[at] = on_way[--n];
            }
        }
        assert_int_equal(n, 0);
        assert_true(b.spent_usd <= 3 + 1e-9 && b.spent_usd > 3 - 0.21 && sent > 15);
    }
}

static struct dvb_profile priced(const char *formula)
{
    return (struct dvb_profile){ .name = (char *)"m",
                                 .base_url = (char *)"https://example.org/v1",
                                 .tokens = dvb_tokens_find(formula),
                                 .price_in = 1,
                                 .price_out = 10,
                                 .max_tokens = 1000 };
}

static void test_check(void **state)
{
    (void)state;
    struct dvb_budget b = { .limit_usd = 1 }, none = { 0 };
    struct dvb_profile p = priced("openai-tiles");
    OK(dvb_budget_check(&b, &p, &err));
    p.send = DVB_SEND_VIDEO;
    assert_int_equal(dvb_budget_check(&b, &p, &err), -EINVAL);
    assert_int_equal(err.fault, DVB_FAULT_USAGE);
    assert_non_null(strstr(err.msg, "tokens \"openai-tiles\", which does not tell the tokens of "
                                    "video"));
    OK(dvb_budget_check(&none, &p, &err));
    p = priced("unknown");
    assert_int_equal(dvb_budget_check(&b, &p, &err), -EINVAL);
    p.price_in = p.price_out = 0; /* a warning */
    dvb_log_set_level(DVB_LOG_ERROR);
    OK(dvb_budget_check(&b, &p, &err));
}

static void put_call(struct dvb_store *s, int64_t model, const char *hash, int64_t in, int64_t out)
{
    int64_t id;
    const struct dvb_call c = { .request_hash = (char *)hash,
                                .model = model,
                                .step = (char *)"original",
                                .reply = (char *)"B",
                                .tokens_in = in,
                                .tokens_out = out,
                                .attempts = 1 };
    OK(dvb_store_put_call(s, &c, &id, &err));
}

/* The formula, until the service is seen to count more; the caller's word for
   the output, until answers are there. */
static void test_quote(void **state)
{
    (void)state;
    struct dvb_workspace *ws;
    struct dvb_profile p = priced("openai-tiles"), q = priced("unknown");
    q.name = (char *)"other";
    struct dvb_used_model m = { .profile = &p }, other = { .profile = &q };
    const struct dvb_media_shape shape = { .width = 512, .height = 512, .pictures = 4 };
    struct dvb_asking a = {
        .model = &m, .step = "original", .prompt = (char *)"sixteen letters!", .expect_out = 20
    };
    struct dvb_estimate e;
    OK(dvb_workspace_open_dry("absent", &ws, &err));
    OK(dvb_store_put_model(ws->store, "m", "{}", &m.id, &err));
    OK(dvb_store_put_model(ws->store, "other", "{}", &other.id, &err));
    struct dvb_budget b = { .store = ws->store };
    OK(dvb_budget_quote(&b, &a, &shape, &e, &err));
    long formula = e.tokens.in;
    assert_true(e.known && formula >= 4 * 255 + 4 && formula < 4 * 255 + 40);
    assert_int_equal(e.tokens.out, 20);
    NEAR(e.cost_usd, (double)formula / 1e6 + 20 * 10 / 1e6);
    NEAR(e.most_usd, ceil((double)formula * 1.25) / 1e6 + 0.01);
    a.expect_out = 0;
    OK(dvb_budget_quote(&b, &a, &shape, &e, &err));
    assert_int_equal(e.tokens.out, 1000);
    dvb_budget_release(&b);

    put_call(ws->store, m.id, "1", 100, 10); /* fewer: the formula stays */
    put_call(ws->store, m.id, "2", 300, 30);
    put_call(ws->store, m.id, "3", 0, 0); /* the service did not tell */
    OK(dvb_budget_quote(&b, &a, &shape, &e, &err));
    assert_int_equal(e.tokens.in, formula);
    assert_int_equal(e.tokens.out, 20);
    dvb_budget_learn(&b, &a, &(struct dvb_token_counts){ .in = 5600, .out = 80 });
    dvb_budget_learn(&b, &a, &(struct dvb_token_counts){ .in = 0, .out = 0 });
    OK(dvb_budget_quote(&b, &a, &shape, &e, &err));
    assert_int_equal(e.tokens.in, 2000);
    assert_int_equal(e.tokens.out, 40);

    a.model = &other; /* no formula: nothing, then the mean */
    OK(dvb_budget_quote(&b, &a, &shape, &e, &err));
    assert_false(e.known);
    dvb_budget_learn(&b, &a, &(struct dvb_token_counts){ .in = 500, .out = 7 });
    OK(dvb_budget_quote(&b, &a, &shape, &e, &err));
    assert_true(e.known && e.tokens.in == 500 && e.tokens.out == 7);
    a.step = "degraded";
    b.limit_usd = 1;
    assert_int_equal(dvb_budget_quote(&b, &a, &shape, &e, &err), -EINVAL);
    dvb_budget_release(&b);
    dvb_workspace_close(&ws);
    assert_false(dvb_is_dir("absent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_never_over),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_quote),
    };
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
