/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A judge's reply as a verdict. */
#include <string.h>
#include <strings.h>

#include "eval/steps.h"

/* The letters of a word, in either case, with none before or after it. */
static bool is_word(const char *text, const char *at, size_t len)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    bool begins = at == text || !strchr(letters, at[-1]);
    return begins && (!at[len] || !strchr(letters, at[len]));
}

/* "not correct" is incorrect. */
static bool negated(const char *text, const char *at)
{
    while (at > text && strchr(" \t*_", at[-1]))
        at--;
    return at - text >= 3 && !strncasecmp(at - 3, "not", 3) && is_word(text, at - 3, 3);
}

int dvb_judge_verdict(const char *reply)
{
    int verdict = -1;
    for (const char *p = reply; *p; p++) {
        if (!strncasecmp(p, "incorrect", 9) && is_word(reply, p, 9))
            verdict = 0;
        else if (!strncasecmp(p, "correct", 7) && is_word(reply, p, 7))
            verdict = !negated(reply, p);
    }
    return verdict;
}
