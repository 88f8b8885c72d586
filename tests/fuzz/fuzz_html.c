/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever the bytes, what is written for them is valid UTF-8 without anything
   that could be markup, end an attribute's value, or turn or hide text; taking the
   entities back gives the text again where it held nothing of the kind. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "reports/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
    if (!truth)
        abort();
}

static const struct entity {
    const char *name;
    char c;
} entities[] = {
    { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&#39;", '\'' }
};

/* The entity at s; NULL: none. */
static const struct entity *entity_at(const char *s)
{
    for (size_t i = 0; i < sizeof(entities) / sizeof(*entities); i++)
        if (!strncmp(s, entities[i].name, strlen(entities[i].name)))
            return &entities[i];
    return NULL;
}

/* Checks every byte, and gives the text back. */
static char *unescape(const char *s)
{
    char *out = dvb_calloc(strlen(s) + 1, 1), *to = out;
    while (*s) {
        const struct entity *e = entity_at(s);
        must(e || !strchr("&<>\"'", *s));
        must((unsigned char)*s >= 0x20 || *s == '\t' || *s == '\n');
        must(*s != 0x7f);
        must(strncmp(s, "\xe2\x80\xae", 3) != 0 && strncmp(s, "\xe2\x81\xa6", 3) != 0);
        must((unsigned char)*s != 0xc2 || (unsigned char)s[1] >= 0xa0);
        *to++ = e ? e->c : *s;
        s += e ? strlen(e->name) : 1;
    }
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = dvb_calloc(size + 1, 1);
    memcpy(text, data, size);
    char *safe = dvb_html_escape(text), *back = unescape(safe);
    must(dvb_utf8_valid(safe));
    size_t plain = 0;
    while (text[plain] == '\n' || text[plain] == '\t' ||
           (text[plain] >= 0x20 && text[plain] < 0x7f))
        plain++;
    must(strncmp(text, back, plain) == 0);
    must(text[plain] || !strcmp(text, back));
    free(back);
    free(safe);
    free(text);
    return 0;
}
