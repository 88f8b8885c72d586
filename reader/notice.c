/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/notice.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "reader/match.h"

#define EXACT 1 /* distance: equal, punctuation at the ends aside */

static bool asks_yes_or_no(const char *prompt)
{
    static const char words[] = "yes or no";
    for (const char *p = prompt; *p; p++)
        if (!strncasecmp(p, words, sizeof(words) - 1))
            return true;
    return false;
}

char *dvb_notice_sought(const char *prompt)
{
    struct dvb_choice c = { 0 };
    if (!asks_yes_or_no(prompt))
        return NULL;
    c.question = dvb_strdup(prompt);
    dvb_choice_find_quotes(&c);
    char *first = c.n_quotes ? dvb_strdup(c.quotes[0]) : NULL;
    dvb_choice_release(&c);
    return first;
}

bool dvb_notice_seen(const char *sought, const struct dvb_reading *reading)
{
    struct dvb_sought s;
    size_t n;
    bool seen = false;
    dvb_sought_init(&s, sought);
    const struct dvb_page *newest = &reading->pages[reading->page_of[reading->n_frames - 1]];
    struct dvb_found *f = dvb_match_page(newest, &s, EXACT, &n);
    for (size_t i = 0; i < n; i++)
        seen |= f[i].distance <= EXACT;
    free(f);
    dvb_sought_release(&s);
    return seen;
}
