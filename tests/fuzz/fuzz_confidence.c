/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A confidence out of whatever a model writes: from 0 to 1 or none, and the same when it is
   written down as asked for; none where the same text states another one as well. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/confidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void check_again(double v)
{
    double again = -1;
    char *text = dvb_asprintf("{\"answer\":\"B\",\"confidence\":%.17g}", v);
    CHECK(dvb_confidence_parse(text, NULL, 0, &again) && fabs(again - v) < 1e-12);
    free(text);
}

static void check_contradicted(const char *text, double v)
{
    double again = -1;
    char *more = dvb_asprintf("%s\nConfidence: %s\n", text, v > 0.5 ? "0.25" : "0.75");
    CHECK(!dvb_confidence_parse(more, NULL, 0, &again) || fabs(again - v) > 1e-9);
    free(more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const options[] = { "36", "0.85", "half of it", "85%" };
    if (size > 1 << 16)
        return 0;
    char *text = malloc(size + 1); /* of this length exactly: reading past it shows */
    memcpy(text, data, size);
    text[size] = '\0';
    double v = -1;
    if (dvb_confidence_parse(text, options, 4, &v)) {
        CHECK(v >= 0 && v <= 1);
        check_again(v);
        check_contradicted(text, v);
    } else {
        CHECK(v == -1);
    }
    free(text);
    return 0;
}
