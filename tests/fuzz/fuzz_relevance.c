/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of maps, boxes or gaze points (the first byte says whether it ends in .csv): what is
   taken is in order and in range, and every entry makes a map of a frame; what is not is bad input,
   told in one clean line that names the file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "eval/relevance/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void check_entry(const struct dvb_relevance_file *f, const struct dvb_relevance_entry *e)
{
    const AVFrame frame = { .width = 70, .height = 40 };
    struct dvb_map m;
    struct dvb_err err;
    CHECK(e->at >= 0 && e->at <= 1e7);
    CHECK(e->x >= 0 && e->x <= 1 && e->y >= 0 && e->y <= 1);
    if (f->gaze)
        return;
    dvb_relevance_entry_map(e, &frame, &m);
    CHECK(!dvb_map_check(&m, "fuzz", &err));
    dvb_map_release(&m);
}

static void check_track(const struct dvb_relevance_file *f, const struct dvb_relevance_track *t)
{
    const struct dvb_relevance_track *found;
    struct dvb_err err;
    CHECK(t->n > 0 && !dvb_relevance_track(f, t->video, &found, &err) && found == t);
    for (size_t i = 0; i < t->n; i++) {
        const struct dvb_relevance_entry *e = &t->v[i];
        size_t first, n = dvb_relevance_said(t, e->words, &first);
        check_entry(f, e);
        CHECK(n > 0 && first <= i && i < first + n);
        if (i > first)
            CHECK(f->gaze ? e[-1].at <= e->at : e[-1].at < e->at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct dvb_relevance_file f;
    struct dvb_err err = { 0 };
    char *text = malloc(size); /* no NUL after it: reading past it shows */
    memcpy(text, data + 1, size - 1);
    if (dvb_relevance_parse(data[0] == 'c' ? "fuzz.csv" : "fuzz.json", text, size - 1, &f, &err)) {
        CHECK(err.fault == DVB_FAULT_INPUT && strstr(err.msg, "fuzz."));
        CHECK(!f.path && !f.n);
        for (const char *c = err.msg; *c; c++)
            CHECK((unsigned char)*c >= ' ');
    } else {
        for (size_t i = 0; i < f.n; i++)
            check_track(&f, &f.tracks[i]);
        dvb_relevance_file_release(&f);
    }
    free(text);
    return 0;
}
