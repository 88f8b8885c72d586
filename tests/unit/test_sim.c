/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated calls: exact latencies, the shapes of the paper's figures, equation 5's promise. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/network/grid_present.h"

#define MS INT64_C(1000)
#define N(a) (sizeof(a) / sizeof(*(a)))

static struct dvb_grid run_grid(const struct dvb_grid_settings *g, int threads)
{
    struct dvb_grid grid;
    struct dvb_err err = { 0 };
    if (dvb_grid_run(g, threads, &grid, &err))
        fail_msg("%s", err.msg);
    return grid;
}

static struct dvb_sim_result run_sim(const struct dvb_sim_settings *s)
{
    struct dvb_sim_result r;
    struct dvb_err err = { 0 };
    if (dvb_sim_run(s, &r, &err))
        fail_msg("%s", err.msg);
    return r;
}

/* 960 kbps at 30 fps: frames of 4000 bytes, four packets of 1002 or 1003 bytes with headers (12
   RTP, 2 FU-A); with 28 more each on the link. */
static void latency_by_hand(void **state)
{
    (void)state;
    struct dvb_sim_settings s = { .link = { .rate = 10000000, .delay = 30 * MS, .overhead = 28 },
                                  .sender = { .rates = { 960000, 960000, 960000 } },
                                  .fps = 30,
                                  .duration = DVB_NET_SECOND };
    struct dvb_sim_result r = run_sim(&s);
    assert_int_equal(r.n, 30);
    /* 3999 bytes without the NAL header: 1000, 1000, 1000, 999; packets of 1014, 1014, 1014, 1013;
       the pacer's steps are 1014 * 8 / 2.4 = 3380 us; the last takes 1041 * 8 / 10 = 832.8. */
    for (size_t i = 0; i < r.n; i++) {
        assert_int_equal(r.frames[i].bytes, 4000);
        assert_int_equal(r.frames[i].captured, llround((double)i * 1e6 / 30));
        assert_int_equal(r.frames[i].complete, r.frames[i].captured + 3 * 3380 + 833 + 30000);
        assert_int_equal(r.frames[i].decodable, r.frames[i].complete);
    }
    assert_int_equal(r.sent_bytes, 30 * (3 * 1014 + 1013));
    dvb_sim_release(&r);
}

/* A lost packet comes one round trip after the next arrival shows the gap. */
static void recovery_by_hand(void **state)
{
    (void)state;
    struct dvb_sim_settings s = {
        .seed = 4,
        .link = { .delay = 30 * MS, .loss = 0.05 },
        .sender = { .rates = { 4744000, 4744000, 4744000 }, .retransmit = true, .pace = 1000 },
        .receiver = { .nack = true },
        .fps = 500, /* one packet each, 2 ms apart */
        .duration = 20 * DVB_NET_SECOND
    };
    struct dvb_sim_result r = run_sim(&s);
    size_t at_once = 0, once = 0, more = 0;
    for (size_t i = 0; i < r.n; i++) {
        assert_int_equal(r.frames[i].bytes, 1186);
        /* Whole milliseconds: the pacer puts microseconds between two packets. */
        int64_t ms = (r.frames[i].complete - r.frames[i].captured + 500) / 1000;
        /* Found by the next frame that arrives, then 30 ms there and 30 ms back; or, where that was
           lost too, asked again at a tick after 100 ms. */
        if (ms == 30) {
            at_once++;
        } else if (ms <= 110) {
            assert_true(ms >= 92 && ms % 2 == 0);
            once++;
        } else {
            assert_true(ms >= 192);
            more++;
        }
    }
    assert_int_equal(r.n, 10000);
    assert_true(once > 400 && once < 550 && more > 5 && more < 60);
    assert_int_equal(at_once + once + more, r.n);
    dvb_sim_release(&r);
}

/* Complete without its reference is not decodable: without retransmission and without key frames
   everything after the first loss. */
static void complete_and_decodable(void **state)
{
    (void)state;
    struct dvb_sim_settings s = { .seed = 2,
                                  .link = { .delay = 30 * MS, .loss = 0.05 },
                                  .sender = { .rates = { 200000, 200000, 200000 } },
                                  .fps = 30,
                                  .duration = 100 * DVB_NET_SECOND };
    for (int how = 0; how < 3; how++) { /* nothing, key frames on request, every tenth */
        s.receiver = (struct dvb_receiver_settings){ .pli = how == 1, .feedback = 50 * MS };
        s.model.keyint = how == 2 ? 10 : 0;
        struct dvb_sim_result r = run_sim(&s);
        size_t complete = 0, decodable = 0;
        bool chain = false;
        for (size_t i = 0; i < r.n; i++) {
            bool is = r.frames[i].complete != DVB_NET_NEVER;
            chain = is && (chain || r.frames[i].key);
            complete += is;
            decodable += r.frames[i].decodable != DVB_NET_NEVER;
            assert_true((r.frames[i].decodable != DVB_NET_NEVER) == chain);
        }
        assert_true(complete > r.n * 93 / 100 && complete < r.n * 97 / 100);
        if (how == 0)
            assert_true(decodable < r.n / 10);
        else
            assert_true(decodable > r.n / 2 && decodable < complete);
        dvb_sim_release(&r);
    }
}

/* Figure 2's shape: below the link's rate latency rises with bitrate and with loss, above it
   explodes. */
static void figure_2_shape(void **state)
{
    (void)state;
    static const int64_t bitrates[] = { 200000,  1000000, 2000000, 4000000,
                                        6000000, 8000000, 12000000 };
    static const double losses[] = { 0, 0.01, 0.02, 0.05, 0.1 };
    static const struct dvb_grid_scheme wait = { DVB_SCHEME_WAIT, 30 };
    struct dvb_grid_settings g;
    dvb_grid_init(&g);
    g.bitrates = bitrates;
    g.n_bitrates = N(bitrates);
    g.losses = losses;
    g.n_losses = N(losses);
    g.schemes = &wait;
    g.n_schemes = 1;
    g.sim.duration = 120 * DVB_NET_SECOND;
    struct dvb_grid grid = run_grid(&g, 0);
    assert_int_equal(grid.n, N(bitrates) * N(losses));
    for (size_t b = 0; b + 1 < N(bitrates); b++)
        for (size_t l = 0; l < N(losses); l++) {
            const struct dvb_grid_cell *c = &grid.cells[b * N(losses) + l];
            double mean = c->m.complete.mean;
            assert_true(c->bitrate == bitrates[b] && c->loss == losses[l]);
            assert_true(c->m.complete.p50 <= c->m.complete.p95);
            assert_true(c->m.complete.p95 <= c->m.complete.p99);
            if (l)
                assert_true(mean > c[-1].m.complete.mean);
            if (b)
                assert_true(mean > c[-(int)N(losses)].m.complete.mean);
            if (b + 2 == N(bitrates)) /* 12 Mbps do not fit into 10 */
                assert_true(c[N(losses)].m.complete.mean > 20 * mean);
        }
    dvb_grid_release(&grid);
}

/* Figure 10: equation 5 removes at least 90% of the stall of waiting at 30 fps, at no more bits. */
static void figure_10_shape(void **state)
{
    (void)state;
    static const int64_t bitrates[] = { 1000000, 3000000 };
    static const double losses[] = { 0.01, 0.02, 0.05, 0.1 };
    static const struct dvb_grid_scheme schemes[] = { { DVB_SCHEME_WAIT, 30 },
                                                      { DVB_SCHEME_WAIT, 2 },
                                                      { DVB_SCHEME_SUBSTITUTE, 0 },
                                                      { DVB_SCHEME_REPEAT, 2 } };
    struct dvb_grid_settings g;
    dvb_grid_init(&g);
    g.bitrates = bitrates;
    g.n_bitrates = N(bitrates);
    g.losses = losses;
    g.n_losses = N(losses);
    g.schemes = schemes;
    g.n_schemes = N(schemes);
    g.hold = DVB_HOLD_FRAME;
    g.sim.duration = 600 * DVB_NET_SECOND;
    struct dvb_grid grid = run_grid(&g, 0);
    const size_t n = N(bitrates) * N(losses);
    for (size_t i = 0; i < n; i++) {
        const struct dvb_metrics *wait = &grid.cells[i].m, *slow = &grid.cells[n + i].m;
        const struct dvb_metrics *five = &grid.cells[2 * n + i].m, *two = &grid.cells[3 * n + i].m;
        print_message(
            "%.0f kbps, loss %.0f%%: stall %.1f, %.1f, %.2f ms; sent %.0f, %.0f, %.0f kbps\n",
            (double)grid.cells[i].bitrate / 1e3, 100 * grid.cells[i].loss, wait->shown.stall_ms,
            slow->shown.stall_ms, five->shown.stall_ms, wait->sent_kbps, slow->sent_kbps,
            five->sent_kbps);
        assert_true(wait->shown.stall_ms > 1);
        assert_true(slow->shown.stall_ms > 1);
        assert_true(five->shown.stall_ms <= 0.1 * wait->shown.stall_ms);
        /* Where loss and size want more frames than 30 a second, the bits are more, too. */
        if (grid.cells[2 * n + i].fps <= 30)
            assert_true(five->sent_kbps <= wait->sent_kbps);
        assert_true(five->shown.age_ms < slow->shown.age_ms + 500);
        assert_true(fabs(two->sent_kbps - 2 * two->video_kbps) < 0.2 * two->sent_kbps);
    }
    dvb_grid_release(&grid);
}

/* Where equation 5 says that 1 - epsilon of the samples are served, they are: the share's interval
   does not lie below. And the equation's P_s itself lies in it, also where epsilon is coarse. */
static void equation_5_holds(void **state)
{
    (void)state;
    static const int64_t bitrates[] = { 200000, 1000000, 2400000 };
    static const double losses[] = { 0.01, 0.05, 0.1, 0.2 }, epsilons[] = { 0.001, 0.05 };
    static const struct dvb_grid_scheme five = { DVB_SCHEME_SUBSTITUTE, 0 };
    for (size_t e = 0; e < N(epsilons); e++)
        for (int hold = 0; hold < 2; hold++) {
            struct dvb_grid_settings g;
            dvb_grid_init(&g);
            g.bitrates = bitrates;
            g.n_bitrates = N(bitrates);
            g.losses = losses;
            g.n_losses = N(losses);
            g.schemes = &five;
            g.n_schemes = 1;
            g.epsilon = epsilons[e];
            g.hold = hold ? DVB_HOLD_FRAME : DVB_HOLD_BITRATE;
            g.sim.duration = 2000 * DVB_NET_SECOND;
            g.sim.link.rate = 50000000;
            struct dvb_grid grid = run_grid(&g, 0);
            double sum = 0;
            for (size_t i = 0; i < grid.n; i++) {
                const struct dvb_grid_cell *c = &grid.cells[i];
                const struct dvb_showing *s = &c->m.shown;
                assert_int_equal(s->samples, 4000);
                assert_int_equal(c->m.frames, 4000 * c->k);
                assert_true(c->predicted >= 1 - epsilons[e]);
                assert_true(s->high >= 1 - epsilons[e]);
                double se = sqrt(c->predicted * (1 - c->predicted) / 4000) + 1e-4;
                assert_true(fabs(s->share - c->predicted) < 4 * se);
                sum += (s->share - c->predicted) / se;
            }
            assert_true(fabs(sum) < 4 * sqrt((double)grid.n)); /* nor is it off one way */
            dvb_grid_release(&grid);
        }
}

/* adapt finds the rate that equation 5 has for the true loss. */
static void adapts_to_loss(void **state)
{
    (void)state;
    static const int64_t bitrate = 2400000;
    static const double loss = 0.05;
    static const struct dvb_grid_scheme adapt = { DVB_SCHEME_ADAPT, 2 };
    struct dvb_grid_settings g;
    dvb_grid_init(&g);
    g.bitrates = &bitrate;
    g.losses = &loss;
    g.n_bitrates = g.n_losses = g.n_schemes = 1;
    g.schemes = &adapt;
    g.hold = DVB_HOLD_FRAME;
    g.sim.duration = 1000 * DVB_NET_SECOND;
    struct dvb_grid grid = run_grid(&g, 0);
    const struct dvb_framerate_settings f = {
        .loss = loss, .epsilon = 0.001, .model_fps = 2, .frame_bytes = 10000
    };
    struct dvb_framerate r;
    assert_int_equal(dvb_framerate_solve(&f, &r, NULL), 0);
    print_message("%.1f fps for %g, %.4f served\n", grid.cells[0].m.fps, r.fps,
                  grid.cells[0].m.shown.share);
    assert_true(fabs(grid.cells[0].m.fps / r.fps - 1) < 0.3);
    assert_true(grid.cells[0].m.shown.share > 0.99);
    dvb_grid_release(&grid);
}

static void every_thread_count_is_the_same(void **state)
{
    (void)state;
    static const int64_t bitrates[] = { 300000, 3000000, 11000000 };
    static const double losses[] = { 0, 0.03 };
    static const struct dvb_grid_scheme schemes[] = { { DVB_SCHEME_WAIT, 15 },
                                                      { DVB_SCHEME_SUBSTITUTE, 0 },
                                                      { DVB_SCHEME_REPEAT, 4 },
                                                      { DVB_SCHEME_ADAPT, 4 } };
    struct dvb_grid_settings g;
    dvb_grid_init(&g);
    g.bitrates = bitrates;
    g.n_bitrates = N(bitrates);
    g.losses = losses;
    g.n_losses = N(losses);
    g.schemes = schemes;
    g.n_schemes = N(schemes);
    g.sim.duration = 20 * DVB_NET_SECOND;
    g.sim.link.jitter = 3 * MS;
    g.sim.model.cv = 0.4;
    char *texts[4] = { 0 };
    static const int threads[] = { 1, 2, 3, 7 };
    for (int i = 0; i < 4; i++) {
        struct dvb_grid grid = run_grid(&g, threads[i]);
        json_t *j = dvb_grid_json(&grid);
        texts[i] = dvb_json_canon(j);
        json_decref(j);
        dvb_grid_release(&grid);
        assert_string_equal(texts[i], texts[0]);
    }
    /* A cell does not depend on the others; the seed matters. */
    g.bitrates = bitrates + 1;
    g.n_bitrates = 1;
    for (int i = 0; i < 2; i++) {
        struct dvb_grid grid = run_grid(&g, 2);
        json_t *j = dvb_grid_json(&grid);
        char *text = dvb_json_canon(json_array_get(j, 1));
        assert_true(!strstr(texts[0], text) == (i == 1));
        free(text);
        json_decref(j);
        dvb_grid_release(&grid);
        g.sim.seed = 2;
    }
    for (int i = 0; i < 4; i++)
        free(texts[i]);
}

/* Artic's rule: a frame that never comes lasts until the next one that does. */
static void dropped_frames(void **state)
{
    (void)state;
    struct dvb_sim_frame f[] = { { 0, 30 * MS, 30 * MS, 0, 1, true },
                                 { 100 * MS, DVB_NET_NEVER, DVB_NET_NEVER, 0, 1, false },
                                 { 200 * MS, 240 * MS, DVB_NET_NEVER, 0, 1, false },
                                 { 300 * MS, DVB_NET_NEVER, DVB_NET_NEVER, 0, 1, false } };
    struct dvb_sim_frame ideal[N(f)];
    for (size_t i = 0; i < N(f); i++) {
        ideal[i] = f[i];
        ideal[i].complete = ideal[i].decodable = f[i].captured + 30 * MS;
    }
    const struct dvb_sim_result r = { .frames = f, .n = N(f), .ended = 1000 * MS };
    const struct dvb_sim_result twin = { .frames = ideal, .n = N(f), .ended = 1000 * MS };
    struct dvb_metrics m;
    struct dvb_err err;
    assert_int_equal(dvb_metrics_take(&r, &twin, 10, 400 * MS, false, &m, &err), 0);
    assert_true(m.complete.frames == 2 && m.complete.mean == 35);
    assert_true(m.dropped.frames == 3 && fabs(m.dropped.mean - (30 + 140 + 40) / 3.0) < 1e-9);
    assert_true(m.decodable.frames == 1 && m.decodable.mean == 30);
    /* Samples each 100 ms, one frame each: 0; shown with the next, 110 late; 10 late; never, so to
       the end, 670 late. */
    assert_int_equal(m.shown.samples, 4);
    assert_int_equal(m.shown.served, 1);
    assert_true(fabs(m.shown.stall_ms - (0 + 110 + 10 + 670) / 4.0) < 1e-9);
    /* Samples each 200 ms, two frames each. Substitution: the first is shown at 130, 130 old, in
       time; the second at 330, 130 old. */
    assert_int_equal(dvb_metrics_take(&r, &twin, 5, 400 * MS, true, &m, &err), 0);
    assert_true(m.shown.samples == 2 && m.shown.served == 2 && m.shown.stall_ms == 0);
    assert_true(m.shown.age_ms == 130);
    /* Waiting: for frame 1, that is until 240: 110 late and 40 old; for frame 3 until the end. */
    assert_int_equal(dvb_metrics_take(&r, &twin, 5, 400 * MS, false, &m, &err), 0);
    assert_true(m.shown.served == 0 && fabs(m.shown.stall_ms - (110 + 670) / 2.0) < 1e-9);
}

static void recap_caps(void **state)
{
    (void)state;
    struct dvb_confidence questions[] = { { { 0.9, 1, 1, 1, 1, 1 } },
                                          { { 0.1, 0.2, 0.9, 1, 1, 1 } } };
    const struct dvb_confidences c = { questions,
                                       2,
                                       { 200000, 400000, 610000, 910000, 1710000, 3150000 } };
    struct dvb_sim_settings s = {
        .link = { .rate = 2000000, .delay = 30 * MS },
        .sender = { .cc = &dvb_cc_gcc, .rates = { 1000000, 50000, 30000000 }, .retransmit = true },
        .receiver = { .nack = true, .feedback = 50 * MS },
        .recap = &c,
        .fps = 30,
        .duration = 30 * DVB_NET_SECOND
    };
    struct dvb_sim_result capped = run_sim(&s);
    s.recap = NULL;
    struct dvb_sim_result free_run = run_sim(&s);
    double sums[2] = { 0 };
    int64_t worst[2] = { 0 };
    for (size_t i = 0; i < capped.n; i++) {
        /* The second question: 400 + (0.8 - 0.2) / 0.7 * 210; kept for the first one's next turn.
         */
        assert_int_equal(capped.frames[i].rate, i < 150 ? 200000 : 580000);
        sums[0] += capped.frames[i].bytes;
        sums[1] += free_run.frames[i].bytes;
        for (int k = 0; k < 2; k++) {
            const struct dvb_sim_frame *f = k ? &free_run.frames[i] : &capped.frames[i];
            int64_t latency = f->complete - f->captured;
            worst[k] = latency > worst[k] ? latency : worst[k];
        }
    }
    assert_true(sums[0] < sums[1] / 2);
    assert_true(worst[0] < worst[1]);
    dvb_sim_release(&capped);
    dvb_sim_release(&free_run);
}

/* Every packet is lost; nothing arrives and nothing hangs. */
static void hostile_settings(void **state)
{
    (void)state;
    static const struct dvb_confidences none;
    struct dvb_sim_settings s = { .link = { .rate = 10000000, .loss = 1 },
                                  .sender = { .rates = { 1000000, 1000000, 1000000 },
                                              .retransmit = true },
                                  .receiver = { .nack = true, .feedback = 50 * MS, .pli = true },
                                  .fps = 30,
                                  .duration = DVB_NET_SECOND };
    struct dvb_sim_result r = run_sim(&s);
    struct dvb_metrics m;
    struct dvb_err err = { 0 };
    assert_int_equal(dvb_metrics_take(&r, &r, 2, s.duration, false, &m, &err), 0);
    assert_true(m.complete.frames == 0 && isnan(m.complete.mean) && m.shown.served == 0);
    dvb_sim_release(&r);
    s.link.loss = 0;
    s.back_loss = 1;
    r = run_sim(&s);
    assert_true(r.frames[29].complete != DVB_NET_NEVER);
    dvb_sim_release(&r);
    s.link.rate = 1000; /* 12 s for each packet */
    r = run_sim(&s);
    dvb_sim_release(&r);
    struct dvb_sim_settings bad[6] = { s, s, s, s, s, s };
    bad[0].fps = 0;
    bad[1].fps = NAN;
    bad[2].duration = INT64_MAX;
    bad[3].duration = 0;
    bad[4].recap = &none;
    bad[5].sender.rates.start = 0;
    for (size_t i = 0; i < N(bad); i++) {
        assert_true(dvb_sim_run(&bad[i], &r, &err) < 0);
        assert_int_equal(err.fault, DVB_FAULT_USAGE);
        assert_true(!r.frames && !r.n);
    }
}

/* A run that would keep too many packets ends with a message, not without memory. */
static void endless_queue(void **state)
{
    (void)state;
    struct dvb_sim_settings s = { .link = { .rate = 1000 },
                                  .sender = { .rates = { INT64_C(4000000000), 1000,
                                                         INT64_C(4000000000) } },
                                  .fps = 30,
                                  .duration = 60 * DVB_NET_SECOND };
    struct dvb_sim_result r;
    struct dvb_err err = { 0 };
    s.sender.rates.min = s.sender.rates.start;
    assert_true(dvb_sim_run(&s, &r, &err) < 0);
    assert_non_null(strstr(err.msg, "packets under way"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency_by_hand),        cmocka_unit_test(recovery_by_hand),
        cmocka_unit_test(complete_and_decodable), cmocka_unit_test(figure_2_shape),
        cmocka_unit_test(figure_10_shape),        cmocka_unit_test(equation_5_holds),
        cmocka_unit_test(adapts_to_loss),         cmocka_unit_test(every_thread_count_is_the_same),
        cmocka_unit_test(dropped_frames),         cmocka_unit_test(recap_caps),
        cmocka_unit_test(hostile_settings),       cmocka_unit_test(endless_queue),
    };
    return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
