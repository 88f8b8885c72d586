/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an embedding service replies to a request for so many vectors (the first byte says how
   many): they are all there, of one size and of length 1; or it is a failure of the service, told
   in one clean line. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/embed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void check_vector(const float *v, size_t dims)
{
    double sum = 0;
    for (size_t i = 0; i < dims; i++)
        sum += (double)v[i] * (double)v[i];
    CHECK(fabs(sum - 1) < 1e-3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct dvb_err err = { 0 };
    float *vectors;
    size_t n = data[0] % 4 + 1, dims;
    char *body = malloc(size); /* no NUL after it: reading past it shows */
    memcpy(body, data + 1, size - 1);
    int ret = dvb_embed_parse(body, size - 1, n, &vectors, &dims, &err);
    CHECK(ret ? !vectors && err.fault == DVB_FAULT_SERVICE && *err.msg
              : dims > 0 && dims <= DVB_EMBED_MAX_DIMS);
    for (const char *c = err.msg; *c; c++)
        CHECK((unsigned char)*c >= ' ');
    for (size_t i = 0; !ret && i < n; i++)
        check_vector(vectors + i * dims, dims);
    free(vectors);
    free(body);
    return 0;
}
