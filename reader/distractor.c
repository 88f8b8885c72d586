/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Near misses differ from the answer in one place, by letters or digits of a
 * similar shape. Those that are dictionary words come first ("Detect",
 * "Defect"), then other changes that can still be spoken ("Antopolski",
 * "Antopalski"). Pairs that many fonts draw alike (l and I, O and 0) are not
 * used: nobody could tell them apart in the sharp picture either.
 */
#include "reader/distractor.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const char *const like_letter[26] = {
    ['a' - 'a'] = "oeu", ['b' - 'a'] = "hdp", ['c' - 'a'] = "gt",  ['d' - 'a'] = "btl",
    ['e' - 'a'] = "aoi", ['f' - 'a'] = "tl",  ['g' - 'a'] = "qpd", ['h' - 'a'] = "bnk",
    ['i' - 'a'] = "aeo", ['j' - 'a'] = "g",   ['k' - 'a'] = "hx",  ['l' - 'a'] = "tfb",
    ['m' - 'a'] = "nw",  ['n' - 'a'] = "rmh", ['o' - 'a'] = "aeu", ['p' - 'a'] = "gbn",
    ['q' - 'a'] = "g",   ['r' - 'a'] = "nst", ['s' - 'a'] = "zrc", ['t' - 'a'] = "lfd",
    ['u' - 'a'] = "oa",  ['v' - 'a'] = "wyn", ['w' - 'a'] = "vm",  ['x' - 'a'] = "kz",
    ['y' - 'a'] = "gv",  ['z' - 'a'] = "sx",
};
static const char *const like_capital[26] = {
    ['A' - 'A'] = "EO", ['B' - 'A'] = "RPD", ['C' - 'A'] = "GD", ['D' - 'A'] = "BP",
    ['E' - 'A'] = "AO", ['F' - 'A'] = "PT",  ['G' - 'A'] = "CS", ['H' - 'A'] = "NM",
    ['I' - 'A'] = "EA", ['J' - 'A'] = "L",   ['K' - 'A'] = "RX", ['L' - 'A'] = "TF",
    ['M' - 'A'] = "NW", ['N' - 'A'] = "MH",  ['O' - 'A'] = "AU", ['P' - 'A'] = "RFB",
    ['Q' - 'A'] = "G",  ['R' - 'A'] = "PBK", ['S' - 'A'] = "BC", ['T' - 'A'] = "FL",
    ['U' - 'A'] = "OA", ['V' - 'A'] = "WN",  ['W' - 'A'] = "VM", ['X' - 'A'] = "K",
    ['Y' - 'A'] = "V",  ['Z' - 'A'] = "S",
};
static const char *const like_digit[10] = { "869", "74", "73", "825", "19",
                                            "63",  "85", "12", "36",  "08" };
static const char *const like_pair[][2] = {
    { "rn", "m" }, { "m", "rn" }, { "cl", "d" }, { "d", "cl" }, { "ri", "n" }, { "nn", "m" },
};

struct maker {
    const char *answer;
    const struct dvb_word_oracle *oracle;
    struct dvb_rng *rng;
    char **real; /* near misses that are words */
    size_t n_real, cap_real;
    char **made; /* other near misses */
    size_t n_made, cap_made;
    char **out;
    int n_out;
};

static void push(char ***list, size_t *n, size_t *cap, char *s)
{
    *list = dvb_grow(*list, *n, cap, sizeof(**list));
    (*list)[(*n)++] = s;
}

/* 13:75 is no time of day, 07 for 7 no natural number. */
static bool natural_number(const char *text, const char *answer)
{
    int h, m;
    char c, rest;
    if (sscanf(answer, "%2d%c%2d%c", &h, &c, &m, &rest) == 3 && c == ':')
        return sscanf(text, "%2d%c%2d", &h, &c, &m) == 3 && h < 24 && m < 60;
    for (size_t i = 0; text[i]; i++) {
        bool starts = !i || !isdigit((unsigned char)text[i - 1]);
        if (starts && text[i] == '0' && answer[i] != '0')
            return false;
    }
    return true;
}

/* The whole answer with len letters at `at` replaced by with. */
static char *replaced(const char *answer, size_t at, size_t len, const char *with)
{
    return dvb_asprintf("%.*s%s%s", (int)at, answer, with, answer + at + len);
}

static bool vowel(char c)
{
    return strchr("aeiouAEIOU", c) != NULL;
}

/* The dictionary is asked for the word around position at of text. */
static bool word_known(const struct maker *m, const char *text, size_t at)
{
    size_t from = at, to = at;
    while (from && isalpha((unsigned char)text[from - 1]))
        from--;
    while (isalpha((unsigned char)text[to]))
        to++;
    char *word = dvb_asprintf("%.*s", (int)(to - from), text + from);
    for (char *p = word; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    bool known = to - from >= 3 && m->oracle->knows(m->oracle->user, word);
    free(word);
    return known;
}

static void consider(struct maker *m, char *text, size_t at, bool speakable)
{
    bool real = word_known(m, text, at);
    if (real)
        push(&m->real, &m->n_real, &m->cap_real, text);
    else if (speakable)
        push(&m->made, &m->n_made, &m->cap_made, text);
    else
        free(text);
}

/* A word's first letter before small ones: its change is seen at once. */
static bool leads(const char *text, size_t at)
{
    return isupper((unsigned char)text[at]) && islower((unsigned char)text[at + 1]);
}

static void change_letters(struct maker *m)
{
    for (size_t i = 0; m->answer[i]; i++) {
        char c = m->answer[i];
        const char *like = islower((unsigned char)c)   ? like_letter[c - 'a']
                           : isupper((unsigned char)c) ? like_capital[c - 'A']
                                                       : "";
        for (; *like; like++) {
            bool speakable = vowel(c) == vowel(*like) && !leads(m->answer, i);
            consider(m, replaced(m->answer, i, 1, (char[2]){ *like, '\0' }), i, speakable);
        }
    }
}

static void change_digits(struct maker *m)
{
    for (size_t i = 0; m->answer[i]; i++) {
        if (!isdigit((unsigned char)m->answer[i]))
            continue;
        for (const char *like = like_digit[m->answer[i] - '0']; *like; like++) {
            char *text = replaced(m->answer, i, 1, (char[2]){ *like, '\0' });
            if (natural_number(text, m->answer))
                push(&m->made, &m->n_made, &m->cap_made, text);
            else
                free(text);
        }
    }
}

static void change_pairs(struct maker *m)
{
    for (size_t i = 0; m->answer[i]; i++)
        for (size_t k = 0; k < sizeof(like_pair) / sizeof(*like_pair); k++) {
            size_t len = strlen(like_pair[k][0]);
            if (!strncmp(m->answer + i, like_pair[k][0], len))
                consider(m, replaced(m->answer, i, len, like_pair[k][1]), i, false);
        }
}

/* "Displays" for "Display" and the other way round, at the end of the text. */
static void change_number(struct maker *m)
{
    size_t len = strlen(m->answer);
    if (len < 5 || !islower((unsigned char)m->answer[len - 1]))
        return;
    if (m->answer[len - 1] == 's' && m->answer[len - 2] != 's')
        consider(m, replaced(m->answer, len - 1, 1, ""), len - 2, false);
    else if (m->answer[len - 1] != 's')
        consider(m, replaced(m->answer, len, 0, "s"), len - 1, false);
}

static bool used(const struct maker *m, const char *text)
{
    for (int i = 0; i < m->n_out; i++)
        if (dvb_text_same(m->out[i], text))
            return true;
    return dvb_text_same(m->answer, text) || m->oracle->visible(m->oracle->user, text);
}

/* Up to `most` texts of a list, drawn at random; the rest is freed. */
static void draw(struct maker *m, char **list, size_t *n, int most)
{
    for (int taken = 0; *n && taken < most && m->n_out < DVB_DISTRACTORS;) {
        size_t at = dvb_rng_below(m->rng, (uint32_t)*n);
        char *text = list[at];
        list[at] = list[--*n];
        if (used(m, text)) {
            free(text);
            continue;
        }
        m->out[m->n_out++] = text;
        taken++;
    }
}

static void like_case(char *word, const char *model)
{
    bool first = isupper((unsigned char)model[0]) != 0, all = first;
    for (const char *p = model; *p && all; p++)
        all = !islower((unsigned char)*p);
    for (size_t i = 0; word[i]; i++)
        if (all || (first && !i))
            word[i] = (char)toupper((unsigned char)word[i]);
}

/* The answer with its longest word replaced by another word of about its length. */
static void other_word(struct maker *m)
{
    size_t at = 0, len = 0;
    for (size_t i = 0, n; m->answer[i]; i += n ? n : 1) {
        for (n = 0; isalpha((unsigned char)m->answer[i + n]);)
            n++;
        if (n > len)
            at = i, len = n;
    }
    if (len < 3)
        return;
    char *model = dvb_asprintf("%.*s", (int)len, m->answer + at);
    for (int tries = 0; tries < 200 && m->n_out < DVB_DISTRACTORS; tries++) {
        const char *pick = dvb_vocabulary[dvb_rng_below(m->rng, (uint32_t)dvb_vocabulary_size)];
        size_t slack = 1 + (size_t)tries / 40, l = strlen(pick);
        if (l > len + slack || l + slack < len)
            continue;
        char *word = dvb_strdup(pick);
        like_case(word, model);
        char *text = replaced(m->answer, at, len, word);
        free(word);
        if (used(m, text)) {
            free(text);
            continue;
        }
        m->out[m->n_out++] = text;
        break;
    }
    free(model);
}

static void free_list(char **list, size_t n)
{
    while (n)
        free(list[--n]);
    free(list);
}

bool dvb_distractors_make(const char *answer, const struct dvb_word_oracle *oracle,
                          struct dvb_rng *rng, char *out[DVB_DISTRACTORS])
{
    struct maker m = { .answer = answer, .oracle = oracle, .rng = rng, .out = out };
    bool digits = strpbrk(answer, "0123456789") != NULL;
    if (digits) {
        change_digits(&m);
    } else {
        change_letters(&m);
        change_pairs(&m);
        change_number(&m);
    }
    draw(&m, m.real, &m.n_real, 2);
    draw(&m, m.made, &m.n_made, digits ? DVB_DISTRACTORS : 2 - m.n_out);
    if (!digits)
        other_word(&m);
    draw(&m, m.real, &m.n_real, DVB_DISTRACTORS);
    draw(&m, m.made, &m.n_made, DVB_DISTRACTORS);
    free_list(m.real, m.n_real);
    free_list(m.made, m.n_made);
    if (m.n_out == DVB_DISTRACTORS)
        return true;
    while (m.n_out)
        free(out[--m.n_out]);
    return false;
}
