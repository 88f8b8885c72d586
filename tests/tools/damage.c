/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * damage IN OUT SEED: a copy of a file, damaged as the seed says: cut short,
 * bits flipped, a stretch of zeros, or a stretch taken from elsewhere. Equal
 * seeds do equal damage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/rng.h"

static size_t below(struct dvb_rng *rng, size_t n)
{
    return n ? dvb_rng_below(rng, (uint32_t)n) : 0;
}

static void flip_bits(struct dvb_rng *rng, char *data, size_t len)
{
    for (size_t n = 1 + below(rng, 200); len && n; n--)
        data[below(rng, len)] ^= (char)(1 << below(rng, 8));
}

/* The head of a file holds most of what is trusted. */
static void flip_head(struct dvb_rng *rng, char *data, size_t len)
{
    flip_bits(rng, data, len < 2048 ? len : 2048);
}

static void flip_tail(struct dvb_rng *rng, char *data, size_t len)
{
    size_t n = len < 2048 ? len : 2048;
    flip_bits(rng, data + len - n, n);
}

static void zero(struct dvb_rng *rng, char *data, size_t len)
{
    size_t at = below(rng, len);
    memset(data + at, 0, below(rng, len - at));
}

static void shuffle(struct dvb_rng *rng, char *data, size_t len)
{
    size_t from = below(rng, len), to = below(rng, len);
    memmove(data + to, data + from, below(rng, len - (from > to ? from : to)));
}

int main(int argc, char **argv)
{
    static void (*const ways[])(struct dvb_rng *, char *, size_t) = { flip_bits, flip_head,
                                                                      flip_tail, zero, shuffle };
    struct dvb_err err = { 0 };
    struct dvb_rng rng;
    char *data;
    size_t len;
    if (argc != 4) {
        fprintf(stderr, "usage: damage IN OUT SEED\n");
        return 2;
    }
    unsigned long seed = strtoul(argv[3], NULL, 10);
    size_t n_ways = sizeof(ways) / sizeof(*ways) + 1, way = seed % n_ways;
    int ret = dvb_read_file(argv[1], (size_t)64 << 20, &data, &len, &err);
    dvb_rng_init(&rng, seed, "damage");
    if (!ret && way == n_ways - 1)
        len = below(&rng, len);
    else if (!ret)
        ways[way](&rng, data, len);
    if (!ret)
        ret = dvb_write_file(argv[2], data, len, &err);
    if (ret)
        fprintf(stderr, "damage: %s\n", err.msg);
    free(data);
    return ret != 0;
}
