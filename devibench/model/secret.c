/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/secret.h"

#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define RUN 8
#define SECRET 16

static void scrub(char *text, const char *key, size_t run)
{
    size_t key_len = strlen(key), len = strlen(text);
    for (size_t i = 0; i + run <= len; i++) {
        size_t longest = 0;
        for (const char *at = key; at + run <= key + key_len; at++) {
            size_t n = 0;
            while (at[n] && at[n] == text[i + n])
                n++;
            longest = n > longest ? n : longest;
        }
        if (longest < run)
            continue;
        memset(text + i, '*', longest);
        i += longest - 1;
    }
}

void dvb_secret_scrub(char *text, const char *key)
{
    if (text && key && *key)
        scrub(text, key, strlen(key) < RUN ? strlen(key) : RUN);
}

void dvb_secret_scrub_words(char *text, const char *key)
{
    if (!text || !key || strlen(key) < SECRET)
        return;
    json_t *j = dvb_json_str(key);
    char *escaped = dvb_json_canon(j); /* within quotes */
    escaped[strlen(escaped) - 1] = '\0';
    scrub(text, escaped + 1, strlen(escaped + 1));
    scrub(text, key, strlen(key));
    free(escaped);
    json_decref(j);
}
