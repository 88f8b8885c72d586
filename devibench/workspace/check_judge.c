/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"
#include "workspace/check.h"

const char *const dvb_check_verdict_names[] = {
    [DVB_CHECK_RIGHT] = "right",
    [DVB_CHECK_FEWER] = "fewer",
    [DVB_CHECK_ORDER] = "order",
    [DVB_CHECK_WRONG] = "wrong",
    [DVB_CHECK_BLIND] = "blind",
    [DVB_CHECK_FAILED] = "failed",
    NULL,
};

/* Any two differ in three letters at least, so that a misread letter makes no
   other word; none is a word that people use to tell of pictures. */
const char *const dvb_check_list[] = {
    "APPLE",  "BRIDGE", "BUTTON", "CANDLE", "CHURCH", "COPPER", "HONEY",  "DRAGON", "ENGINE",
    "FLOWER", "FOREST", "GARDEN", "GUITAR", "HAMMER", "ISLAND", "JUNGLE", "KITTEN", "LEMON",
    "MARKET", "NEEDLE", "PENCIL", "PLANET", "QUEEN",  "RIVER",  "SPIDER", "TICKET", "TURTLE",
    "UMPIRE", "VIOLIN", "WHALE",  "WINDOW", "ZEBRA",  NULL,
};
#define N_LIST (sizeof(dvb_check_list) / sizeof(*dvb_check_list) - 1)

void dvb_check_draw(uint64_t seed, const char *words[DVB_CHECK_WORDS])
{
    const char *deck[N_LIST];
    struct dvb_rng rng;
    dvb_rng_init(&rng, seed, "check words");
    memcpy(deck, dvb_check_list, sizeof(deck));
    for (uint32_t i = 0; i < DVB_CHECK_WORDS; i++) {
        uint32_t k = i + dvb_rng_below(&rng, (uint32_t)N_LIST - i);
        words[i] = deck[k];
        deck[k] = deck[i];
    }
}

/* The word of the list that the text is or nearly is, or NULL. */
static const char *nearest(const char *text)
{
    for (size_t i = 0; i < N_LIST; i++)
        if (dvb_text_distance(text, dvb_check_list[i], 2) < 2)
            return dvb_check_list[i];
    return NULL;
}

static void take(const char *word, const char *const words[DVB_CHECK_WORDS],
                 struct dvb_check_reading *r)
{
    int i = 0;
    while (i < DVB_CHECK_WORDS && strcmp(words[i], word))
        i++;
    r->strange += i == DVB_CHECK_WORDS;
    for (int k = 0; k < r->n_named; k++)
        if (r->named[k] == i)
            return;
    if (i < DVB_CHECK_WORDS)
        r->named[r->n_named++] = i;
}

/* Digits count as letters: readers take O for 0 and I for 1. */
void dvb_check_read(const char *text, const char *const words[DVB_CHECK_WORDS],
                    struct dvb_check_reading *reading)
{
    *reading = (struct dvb_check_reading){ .n_named = 0 };
    while (*text) {
        char word[16];
        size_t n = 0;
        for (; isalnum((unsigned char)text[n]); n++)
            if (n < sizeof(word) - 1)
                word[n] = (char)toupper((unsigned char)text[n]);
        word[n < sizeof(word) ? n : sizeof(word) - 1] = '\0';
        const char *hit = n >= 4 && n < sizeof(word) - 1 ? nearest(word) : NULL;
        if (hit)
            take(hit, words, reading);
        text += n ? n : 1;
    }
}

static const char *media_name(const struct dvb_check *c)
{
    return c->pictures ? "pictures" : "video";
}

static void say_blind(const struct dvb_profile *p, struct dvb_check *c)
{
    const char *what = media_name(c);
    if (c->reply.status == DVB_REPLY_REFUSED)
        snprintf(c->why, sizeof(c->why), "it refused to answer");
    else if (c->tokens_media == 0)
        snprintf(c->why, sizeof(c->why),
                 "it names none of the words, and the service counts no tokens for the %s: it took "
                 "the question and dropped them",
                 what);
    else if (c->tokens_media > 0)
        snprintf(c->why, sizeof(c->why),
                 "it names none of the words, though the service counts %ld tokens for the %s",
                 c->tokens_media, what);
    else
        snprintf(c->why, sizeof(c->why),
                 "it names none of the words; the service does not say whether it counted tokens "
                 "for the %s",
                 what);
    if (c->reply.status == DVB_REPLY_REFUSED)
        snprintf(c->advice, sizeof(c->advice),
                 "a content filter may have stopped it: its reply is shown above");
    else if (c->tokens_media > 0)
        snprintf(c->advice, sizeof(c->advice),
                 "its reply is shown above; a small model may not read words, and a low "
                 "\"max_pixels\" or \"detail\" blurs them");
    else
        snprintf(c->advice, sizeof(c->advice), "is %s a model that sees? %s", p->model,
                 c->pictures ? "Local servers need its vision part (--mmproj for llama.cpp)"
                             : "Where the service takes no video, \"send\": \"frames\" in the "
                               "profile sends pictures instead");
}

/* Which of the words that were sent are named. */
struct gaps {
    int missing, first, last; /* positions among those sent; first and last of the named */
    bool beginning, end;      /* the named ones are the first, the last without a gap */
    bool even;                /* steps between them are alike, and larger than one */
};

static struct gaps find_gaps(const struct dvb_check *c)
{
    bool named[DVB_CHECK_WORDS] = { false }, there[DVB_CHECK_WORDS] = { false };
    for (int i = 0; i < c->reading.n_named; i++)
        named[c->reading.named[i]] = true;
    int n = 0, count = 0, most = 0, least = DVB_CHECK_WORDS;
    for (int i = 0; i < DVB_CHECK_WORDS; i++)
        if (c->sent[i])
            there[n++] = named[i];
    struct gaps g = { .first = -1, .last = -1 };
    for (int i = 0; i < n; i++) {
        if (!there[i])
            continue;
        if (count++) {
            most = i - g.last > most ? i - g.last : most;
            least = i - g.last < least ? i - g.last : least;
        } else {
            g.first = i;
        }
        g.last = i;
    }
    g.missing = n - count;
    bool several = g.missing >= 2; /* one may be misread */
    g.beginning = several && g.first == 0 && g.last == count - 1;
    g.end = several && g.last == n - 1 && g.first == n - count;
    g.even = count >= 2 && least >= 2 && most - least <= 1;
    return g;
}

static void list_missing(const struct dvb_check *c, char *out, size_t size)
{
    bool named[DVB_CHECK_WORDS] = { false };
    size_t len = 0;
    *out = '\0';
    for (int i = 0; i < c->reading.n_named; i++)
        named[c->reading.named[i]] = true;
    for (int i = 0; i < DVB_CHECK_WORDS && len < size; i++)
        if (c->sent[i] && !named[i])
            len += (size_t)snprintf(out + len, size - len, "%s%s", len ? ", " : "", c->words[i]);
}

static void say_fewer(const struct dvb_profile *p, struct dvb_check *c, const struct gaps *g)
{
    char missing[120];
    int n = c->reading.n_named, shown = n + g->missing;
    list_missing(c, missing, sizeof(missing));
    if (g->even || (!c->pictures && n <= c->n_expected / 2))
        snprintf(c->why, sizeof(c->why),
                 "it names %d of %d words, about %.2g a second where %.2g were expected: the "
                 "service resampled the %s",
                 n, shown, n / DVB_CHECK_SECONDS, c->n_expected / DVB_CHECK_SECONDS, media_name(c));
    else if (g->beginning || g->end)
        snprintf(c->why, sizeof(c->why),
                 "it names the %s %d of %d words: the service dropped the %s",
                 g->beginning ? "first" : "last", n, shown, g->beginning ? "rest" : "ones before");
    else
        snprintf(c->why, sizeof(c->why), "it names %d of %d words; missing: %s", n, shown, missing);
    if (!c->pictures)
        snprintf(c->advice, sizeof(c->advice),
                 "tell the service the rate (\"fps\" in the profile is %g; some take it in "
                 "\"extra\", such as mm_processor_kwargs), set \"fps\" to what it does, or send "
                 "frames",
                 p->fps);
    else if (g->beginning || g->end || g->even)
        snprintf(c->advice, sizeof(c->advice),
                 "set \"max_frames\" in the profile to what the service takes, or ask for its "
                 "limit of pictures per request to be raised");
    else
        snprintf(c->advice, sizeof(c->advice),
                 "the model may misread a word: try another --seed, a higher \"max_pixels\" or "
                 "\"detail\"");
}

static void say_order(struct dvb_check *c)
{
    char list[160];
    size_t len = 0;
    for (int i = 0; i < c->reading.n_named && len < sizeof(list); i++)
        len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%d", i ? " " : "",
                                c->reading.named[i] + 1);
    snprintf(c->why, sizeof(c->why), "it names the words in another order: %s", list);
    snprintf(c->advice, sizeof(c->advice),
             "questions about what comes first would be answered wrongly; try another --seed, and "
             "a larger model or fewer pictures");
}

static void say_right(struct dvb_check *c)
{
    if (c->pictures)
        snprintf(c->why, sizeof(c->why), "it saw every picture, in order");
    else
        snprintf(c->why, sizeof(c->why),
                 "it saw the video, in order, at about %.2g pictures a second%s",
                 c->reading.n_named / DVB_CHECK_SECONDS,
                 c->reading.n_named == DVB_CHECK_WORDS ? " or more" : "");
}

static bool ordered(const struct dvb_check_reading *r)
{
    for (int i = 1; i < r->n_named; i++)
        if (r->named[i] < r->named[i - 1])
            return false;
    return true;
}

void dvb_check_judge(const struct dvb_profile *p, struct dvb_check *c)
{
    const struct gaps g = find_gaps(c);
    c->advice[0] = '\0';
    if (c->reply.status == DVB_REPLY_ERROR) {
        c->verdict = DVB_CHECK_FAILED;
        snprintf(c->why, sizeof(c->why), "no answer came");
    } else if (c->reading.strange) {
        c->verdict = DVB_CHECK_WRONG;
        snprintf(c->why, sizeof(c->why),
                 "it names %d word%s that were not shown: what it says is not what it was sent",
                 c->reading.strange, c->reading.strange == 1 ? "" : "s");
        snprintf(c->advice, sizeof(c->advice),
                 "a cache or proxy between may answer with an older reply: try another --seed");
    } else if (!c->reading.n_named) {
        c->verdict = DVB_CHECK_BLIND;
        say_blind(p, c);
    } else if (!ordered(&c->reading)) {
        c->verdict = DVB_CHECK_ORDER;
        say_order(c);
    } else if (c->reading.n_named < c->n_expected) {
        c->verdict = DVB_CHECK_FEWER;
        say_fewer(p, c, &g);
    } else {
        c->verdict = DVB_CHECK_RIGHT;
        say_right(c);
    }
}
