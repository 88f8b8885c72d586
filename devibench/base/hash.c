/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include <errno.h>
#include <libavutil/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void dvb_hash_init(struct dvb_hash *h)
{
    h->sha = dvb_calloc(1, (size_t)av_sha_size);
    av_sha_init(h->sha, 256);
}

void dvb_hash_bytes(struct dvb_hash *h, const void *data, size_t len)
{
    if (len)
        av_sha_update(h->sha, data, len);
}

void dvb_hash_str(struct dvb_hash *h, const char *s)
{
    size_t len = s ? strlen(s) : 0;
    uint8_t prefix[8];
    for (int i = 0; i < 8; i++)
        prefix[i] = (uint8_t)((uint64_t)len >> (8 * i));
    dvb_hash_bytes(h, prefix, sizeof(prefix));
    dvb_hash_bytes(h, s, len);
}

void dvb_hash_final(struct dvb_hash *h, char hex[DVB_HASH_LEN + 1])
{
    uint8_t digest[32];
    av_sha_final(h->sha, digest);
    free(h->sha);
    h->sha = NULL;
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
    hex[0] = '\0';
    FILE *f = fopen(path, "rb");
    if (!f)
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path);
    struct dvb_hash h;
    dvb_hash_init(&h);
    uint8_t chunk[1 << 14];
    size_t n;
    errno = 0;
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        dvb_hash_bytes(&h, chunk, n);
    int ret = ferror(f) ? dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", path) : 0;
    fclose(f);
    dvb_hash_final(&h, hex);
    if (ret)
        hex[0] = '\0';
    return ret;
}
