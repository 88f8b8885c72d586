/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
    if (!p) {
        fputs("devibench: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *dvb_calloc(size_t n, size_t size)
{
    return checked(calloc(n ? n : 1, size ? size : 1));
}

void *dvb_realloc(void *p, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        return checked(NULL);
    size_t bytes = n * size;
    return checked(realloc(p, bytes ? bytes : 1));
}

char *dvb_strdup(const char *s)
{
    return s ? checked(strdup(s)) : NULL;
}

char *dvb_asprintf(const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0)
        checked(NULL);
    char *s = dvb_calloc((size_t)len + 1, 1);
    vsnprintf(s, (size_t)len + 1, fmt, again);
    va_end(again);
    return s;
}

void *dvb_grow(void *p, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return p;
    if (*cap > SIZE_MAX / 2)
        checked(NULL);
    *cap = *cap ? *cap * 2 : 8;
    return dvb_realloc(p, *cap, size);
}
