/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as RTCP: what can be read can be written, and is then read as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/network/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

enum { MOST = 70000, ROOM = 4096 };

static struct dvb_twcc_packet told[MOST], again[MOST];
static uint8_t out[1 << 18];

struct list {
    struct dvb_twcc_packet *p;
    size_t n;
};

static int keep(void *ctx, const struct dvb_twcc_packet *p)
{
    struct list *l = ctx;
    CHECK(l->n < MOST);
    l->p[l->n++] = *p;
    return 0;
}

static struct dvb_rtcp read_back(const struct dvb_rtcp_writer *w)
{
    struct dvb_rtcp_walk walk = { .data = w->data, .size = w->size };
    struct dvb_rtcp p;
    CHECK(w->size <= w->cap && dvb_rtcp_next(&walk, &p, NULL) == 1 && walk.at == w->size);
    return p;
}

static void try_twcc(const struct dvb_rtcp *p)
{
    struct list first = { told, 0 }, second = { again, 0 };
    uint8_t feedback = 0;
    if (dvb_twcc_read(p, &feedback, keep, &first, NULL))
        return;
    for (size_t i = 0; i < first.n; i++)
        CHECK(told[i].seq == (uint16_t)(told[0].seq + i));
    struct dvb_rtcp_writer w = { .data = out, .cap = ROOM };
    size_t went = dvb_rtcp_put_twcc(&w, p->ssrc, p->media, feedback, told, first.n);
    if (!went)
        return;
    struct dvb_rtcp back = read_back(&w);
    CHECK(back.kind == DVB_RTCP_TWCC && !dvb_twcc_read(&back, NULL, keep, &second, NULL));
    CHECK(second.n == went);
    for (size_t i = 0; i < went; i++)
        CHECK(again[i].received == told[i].received && again[i].seq == told[i].seq);
}

static void try_nack(const struct dvb_rtcp *p)
{
    uint16_t *seq = dvb_calloc(17, p->fci_size / 4 + 1);
    seq = dvb_realloc(seq, p->fci_size / 4 + 1, 17 * sizeof(*seq));
    size_t n = dvb_rtcp_nack_numbers(p, seq, p->fci_size / 4 * 17);
    CHECK(n <= p->fci_size / 4 * 17);
    struct dvb_rtcp_writer w = { .data = out, .cap = ROOM };
    size_t went = dvb_rtcp_put_nack(&w, p->ssrc, p->media, seq, n);
    CHECK(went <= n);
    if (went) {
        uint16_t *twice = dvb_realloc(NULL, went, sizeof(*twice));
        struct dvb_rtcp back = read_back(&w);
        CHECK(dvb_rtcp_nack_numbers(&back, twice, went) == went);
        CHECK(!memcmp(twice, seq, went * sizeof(*seq)));
        free(twice);
    }
    free(seq);
}

static void try_packet(const struct dvb_rtcp *p)
{
    struct dvb_rtcp_writer w = { .data = out, .cap = ROOM };
    if (p->kind == DVB_RTCP_SR || p->kind == DVB_RTCP_RR) {
        if (p->kind == DVB_RTCP_SR)
            dvb_rtcp_put_sr(&w, p->ssrc, &p->sr, p->blocks, p->n_blocks);
        else
            dvb_rtcp_put_rr(&w, p->ssrc, p->blocks, p->n_blocks);
        struct dvb_rtcp back = read_back(&w);
        CHECK(back.n_blocks == p->n_blocks && back.ssrc == p->ssrc);
        for (int i = 0; i < p->n_blocks; i++) {
            CHECK(back.blocks[i].lost == p->blocks[i].lost);
            CHECK(dvb_rtcp_rtt_us(&p->blocks[i], p->sr.ntp) >= -1);
        }
    } else if (p->kind == DVB_RTCP_SDES) {
        dvb_rtcp_put_cname(&w, p->ssrc, p->cname);
        CHECK(!strcmp(read_back(&w).cname, p->cname));
    } else if (p->kind == DVB_RTCP_REMB) {
        dvb_rtcp_put_remb(&w, p->ssrc, p->media, p->remb_bps);
        CHECK(p->remb_bps >= 0 && read_back(&w).remb_bps <= p->remb_bps);
    }
    try_twcc(p);
    try_nack(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dvb_rtcp_walk walk = { .data = data, .size = size };
    struct dvb_rtcp p;
    struct dvb_err err = { 0 };
    int ret;
    if (size > 65507)
        return 0;
    while ((ret = dvb_rtcp_next(&walk, &p, &err)) == 1)
        try_packet(&p);
    CHECK(!ret || err.fault == DVB_FAULT_INPUT);
    return 0;
}
