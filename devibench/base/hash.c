/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include <errno.h>
#include <libavutil/mem.h>
#include <libavutil/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dvb_hash_init(struct dvb_hash *h)
{
    h->sha = av_sha_alloc();
    if (!h->sha)
        abort();
    av_sha_init(h->sha, 256);
}

void dvb_hash_bytes(struct dvb_hash *h, const void *data, size_t len)
{
    av_sha_update(h->sha, data, len);
}

void dvb_hash_str(struct dvb_hash *h, const char *s)
{
    size_t len = s ? strlen(s) : 0;
    uint8_t prefix[8];
    for (int i = 0; i < 8; i++)
        prefix[i] = (uint8_t)((uint64_t)len >> (8 * i));
    dvb_hash_bytes(h, prefix, sizeof(prefix));
    if (len)
        dvb_hash_bytes(h, s, len);
}

void dvb_hash_final(struct dvb_hash *h, char hex[DVB_HASH_LEN + 1])
{
    uint8_t digest[32];
    av_sha_final(h->sha, digest);
    av_freep(&h->sha);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void dvb_hash_of_str(const char *s, char hex[DVB_HASH_LEN + 1])
{
    struct dvb_hash h;
    dvb_hash_init(&h);
    dvb_hash_bytes(&h, s, strlen(s));
    dvb_hash_final(&h, hex);
}

int dvb_hash_of_file(const char *path, char hex[DVB_HASH_LEN + 1], struct dvb_err *err)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path);
    struct dvb_hash h;
    dvb_hash_init(&h);
    static _Thread_local uint8_t chunk[1 << 16];
    size_t n;
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        dvb_hash_bytes(&h, chunk, n);
    int bad = ferror(f);
    fclose(f);
    dvb_hash_final(&h, hex);
    if (bad)
        return dvb_fail(err, DVB_FAULT_INPUT, EIO, "%s: read error", path);
    return 0;
}
