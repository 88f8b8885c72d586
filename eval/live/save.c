/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/live/save.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct waiting {
    int64_t first, last;
    uint8_t *data; /* owned */
    size_t size;
};

struct dvb_save {
    FILE *file;
    struct dvb_depacketizer *depacketizer;
    struct waiting now; /* the frame whose packets come */
    struct waiting *list;
    size_t n, cap;
    int64_t next, newest; /* next: the number that would follow what is written; -1: nothing is */
    int64_t spoilt;
};

static int take_unit(void *ctx, const struct dvb_h264_unit *unit, struct dvb_err *err)
{
    struct dvb_save *s = ctx;
    free(s->now.data);
    s->now = (struct waiting){ 0 };
    if (!unit->whole) {
        s->spoilt++;
        return 0;
    }
    s->now.data = malloc(unit->size);
    if (!s->now.data)
        return dvb_fail_nomem(err);
    s->now.size = unit->size;
    memcpy(s->now.data, unit->data, unit->size);
    return 0;
}

struct dvb_save *dvb_save_open(FILE *file)
{
    struct dvb_save *s = dvb_calloc(1, sizeof(*s));
    s->file = file;
    s->next = s->newest = -1;
    return s;
}

int dvb_save_packet(struct dvb_save *s, const struct dvb_rtp *rtp, struct dvb_err *err)
{
    if (!s->depacketizer)
        s->depacketizer = dvb_depacketizer_open(DVB_H264_ANNEX_B, take_unit, s);
    return dvb_depacketizer_put(s->depacketizer, rtp, NULL, err);
}

static int write_front(struct dvb_save *s, struct dvb_err *err)
{
    struct waiting w = s->list[0];
    memmove(s->list, s->list + 1, --s->n * sizeof(*s->list));
    s->next = w.last + 1;
    int ret = fwrite(w.data, 1, w.size, s->file) == w.size
                  ? 0
                  : dvb_fail_errno(err, DVB_FAULT_INTERNAL, "saving the stream that is received");
    free(w.data);
    return ret;
}

static void insert(struct dvb_save *s)
{
    size_t i = s->n;
    s->list = dvb_grow(s->list, s->n++, &s->cap, sizeof(*s->list));
    for (; i && s->list[i - 1].first > s->now.first; i--)
        s->list[i] = s->list[i - 1];
    s->list[i] = s->now;
    s->now = (struct waiting){ 0 };
}

int dvb_save_frame(struct dvb_save *s, int64_t first, int64_t last, struct dvb_err *err)
{
    int ret = s->depacketizer ? dvb_depacketizer_finish(s->depacketizer, err) : 0;
    dvb_depacketizer_close(&s->depacketizer);
    if (ret || !s->now.data)
        return ret;
    s->now.first = first;
    s->now.last = last;
    s->next = s->next < 0 ? first : s->next;
    s->newest = last > s->newest ? last : s->newest;
    insert(s);
    while (!ret && s->n &&
           (s->list[0].first <= s->next || s->list[0].first <= s->newest - DVB_RECEIVER_WINDOW))
        ret = write_front(s, err);
    return ret;
}

int dvb_save_finish(struct dvb_save *s, struct dvb_err *err)
{
    int ret = 0;
    while (!ret && s->n)
        ret = write_front(s, err);
    return ret;
}

int64_t dvb_save_spoilt(const struct dvb_save *s)
{
    return s->spoilt;
}

void dvb_save_close(struct dvb_save **save)
{
    struct dvb_save *s = *save;
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        free(s->list[i].data);
    free(s->list);
    free(s->now.data);
    dvb_depacketizer_close(&s->depacketizer);
    free(s);
    *save = NULL;
}
