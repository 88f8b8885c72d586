/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tokenizer.json, a line break of form feed, and words: what is taken gives ids that
   begin and end as the kind says, within the context; a fault is told in one clean line. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "neural/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static char folder[] = "/tmp/devibench-fuzz.XXXXXX";

static void clear(void)
{
    dvb_remove_tree(folder, NULL);
}

static void try_words(const struct dvb_tokenizer *t, const char *words)
{
    int64_t all[DVB_TOKENIZER_MAX], few[8];
    size_t n = dvb_tokenizer_encode(t, words, all, DVB_TOKENIZER_MAX);
    size_t k = dvb_tokenizer_encode(t, words, few, 8);
    CHECK(n >= 1 && n <= DVB_TOKENIZER_MAX && k >= 1 && k <= 8 && k <= n);
    CHECK(few[k - 1] == all[n - 1]); /* the end token */
    for (size_t i = 0; i + 1 < k; i++)
        CHECK(few[i] == all[i] && few[i] >= 0);
    CHECK(k == 8 || k == n);
    CHECK(dvb_tokenizer_length(t) >= 2 && dvb_tokenizer_length(t) <= DVB_TOKENIZER_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[64];
    if (!*path) {
        CHECK(mkdtemp(folder));
        atexit(clear);
        snprintf(path, sizeof(path), "%s/tokenizer.json", folder);
    }
    const uint8_t *cut = memchr(data, '\f', size);
    size_t json = cut ? (size_t)(cut - data) : size;
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(data, 1, json, f) == json && !fclose(f));
    char *words = calloc(size - json + 1, 1);
    if (cut)
        memcpy(words, cut + 1, size - json - 1);
    struct dvb_tokenizer *t;
    struct dvb_err err = { 0 };
    if (dvb_tokenizer_open(folder, &t, &err)) {
        CHECK(!t && err.fault == DVB_FAULT_INPUT && *err.msg);
        for (const char *c = err.msg; *c; c++)
            CHECK((unsigned char)*c >= ' ');
    } else {
        try_words(t, words);
    }
    dvb_tokenizer_close(&t);
    free(words);
    return 0;
}
