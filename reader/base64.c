/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "reader/chat.h"

#define BAD 0xff

static uint8_t value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint8_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint8_t)(c - 'a' + 26);
    if (c >= '0' && c <= '9')
        return (uint8_t)(c - '0' + 52);
    return c == '+' ? 62 : c == '/' ? 63 : BAD;
}

uint8_t *dvb_base64_decode(const char *text, size_t n, size_t *len)
{
    *len = 0;
    size_t pad = n && text[n - 1] == '=' ? 1 + (n > 1 && text[n - 2] == '=') : 0;
    if (n % 4)
        return NULL;
    uint8_t *out = malloc(n / 4 * 3 + 1), *at = out;
    uint32_t group = 0;
    uint8_t bad = 0;
    for (size_t i = 0; out && i < n; i++) {
        uint8_t v = i < n - pad ? value_of(text[i]) : 0;
        bad |= v == BAD;
        group = group << 6 | v;
        if (i % 4 == 3) {
            *at++ = (uint8_t)(group >> 16);
            *at++ = (uint8_t)(group >> 8);
            *at++ = (uint8_t)group;
        }
    }
    if (bad || !out) {
        free(out);
        return NULL;
    }
    *len = n / 4 * 3 - pad;
    return out;
}
