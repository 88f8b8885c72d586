/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what a model says when it is asked whether the moment has come. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "eval/protocol/streaming.h"

/* "No, not at this moment." A word that the reply begins with, and a mark. */
static int leading(const char *reply, const char *const options[2])
{
    const char *from = reply + strspn(reply, " \t\r\n*\"'");
    for (int i = 0; i < 2; i++) {
        size_t len = strlen(options[i]);
        if (!strncasecmp(from, options[i], len) && from[len] && strchr(",.;:!*\n", from[len]))
            return i;
    }
    return DVB_ANSWER_UNPARSED;
}

int dvb_notice_read(const char *reply)
{
    static const char *const options[] = { "yes", "no" };
    int i = dvb_answer_choice(reply, options, 2);
    if (i == DVB_ANSWER_UNPARSED)
        i = leading(reply, options);
    return i < 0 ? i : i == 0;
}

bool dvb_notice_published(const char *reply)
{
    for (const char *p = reply; *p; p++)
        if (!strncasecmp(p, "yes", 3))
            return true;
    return false;
}

/* Folded, without quotes and marks around it. */
static char *bare(const char *text)
{
    static const char marks[] = " .,;:!?\"'`*()[]";
    char *folded = dvb_text_fold(text), *from = folded + strspn(folded, marks);
    size_t len = strlen(from);
    while (len && strchr(marks, from[len - 1]))
        len--;
    char *out = dvb_asprintf("%.*s", (int)len, from);
    free(folded);
    return out;
}

bool dvb_output_holds(const char *said, const char *wanted)
{
    char *text = dvb_text_fold(said), *part = bare(wanted);
    bool holds = *part && strstr(text, part);
    free(text);
    free(part);
    return holds;
}
