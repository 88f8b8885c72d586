/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/mem.h"
#include "base/text.h"
#include "eval/network/frame_model.h"
#include "eval/network/packetize.h"

#define MAX_FRAMES 10000000

static double normal(struct dvb_rng *rng)
{
    double u = 1 - dvb_rng_unit(rng), v = dvb_rng_unit(rng);
    return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}

static double synthetic(struct dvb_frame_model *m, bool *key)
{
    double ratio = m->key_ratio > 0 ? m->key_ratio : 1, period = (double)m->keyint;
    if (!m->begun || (m->keyint && m->since_key >= m->keyint))
        *key = true;
    m->since_key = *key ? 1 : m->since_key + 1;
    double inter = m->keyint ? period / (period - 1 + ratio) : 1, factor = *key ? ratio : 1;
    if (m->cv > 0) {
        double variance = log1p(m->cv * m->cv);
        factor *= exp(sqrt(variance) * normal(&m->rng) - variance / 2);
    }
    return inter * factor;
}

static double shaped(struct dvb_frame_model *m, bool *key)
{
    size_t i = m->next++ % m->shape->n;
    *key = m->shape->keys[i];
    return m->shape->sizes[i] / m->shape->mean;
}

uint32_t dvb_frame_model_next(struct dvb_frame_model *m, double rate, double fps, bool *key)
{
    double factor = m->shape ? shaped(m, key) : synthetic(m, key);
    double bytes = round(rate / fps / 8 * factor);
    m->begun = true;
    return bytes < 1 ? 1 : bytes > DVB_NET_NAL_MAX ? DVB_NET_NAL_MAX : (uint32_t)bytes;
}

struct reading {
    struct dvb_frame_shape *shape;
    size_t cap;
    const char *name;
    bool headings;
};

int dvb_frame_shape_add(struct dvb_frame_shape *s, size_t *cap, uint32_t size, bool key)
{
    size_t again = *cap;
    if (s->n >= MAX_FRAMES)
        return -EFBIG;
    s->keys = dvb_grow(s->keys, s->n, &again, sizeof(*s->keys));
    s->sizes = dvb_grow(s->sizes, s->n, cap, sizeof(*s->sizes));
    s->sizes[s->n] = size;
    s->keys[s->n] = key;
    s->mean += (size - s->mean) / (double)++s->n;
    return 0;
}

static int add_row(void *user, const struct dvb_csv_row *row, struct dvb_err *err)
{
    struct reading *r = user;
    int64_t size, key = r->shape->n == 0;
    const char *bytes = dvb_text_trim(row->field[0]);
    if (!r->shape->n && !r->headings && !dvb_parse_int(bytes, &size)) {
        r->headings = true;
        return 0;
    }
    if (!dvb_parse_int(bytes, &size) || size < 1 || size > DVB_NET_NAL_MAX)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s:%ld: found '%.60s', expected a frame's bytes, 1 to %u", r->name,
                        row->line, bytes, DVB_NET_NAL_MAX);
    if (row->n > 1 && (!dvb_parse_int(dvb_text_trim(row->field[1]), &key) || key < 0 || key > 1))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s:%ld: found '%.60s', expected key 0 or 1",
                        r->name, row->line, row->field[1]);
    if (dvb_frame_shape_add(r->shape, &r->cap, (uint32_t)size, key))
        return dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "%s:%ld: more than %d frames", r->name,
                        row->line, MAX_FRAMES);
    return 0;
}

int dvb_frame_shape_read(const char *path, struct dvb_frame_shape *shape, struct dvb_err *err)
{
    *shape = (struct dvb_frame_shape){ 0 };
    struct reading r = { .shape = shape, .name = path };
    int ret = dvb_csv_read(path, NULL, add_row, &r, err);
    if (!ret && !shape->n)
        ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: found no frames, expected bytes[,key]",
                       path);
    if (ret)
        dvb_frame_shape_release(shape);
    return ret;
}

void dvb_frame_shape_release(struct dvb_frame_shape *shape)
{
    free(shape->sizes);
    free(shape->keys);
    *shape = (struct dvb_frame_shape){ 0 };
}
