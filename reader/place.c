/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/place.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
    const char *word;
    int col, row;
} names[] = {
    { "left", 0, DVB_PLACE_ANY },
    { "right", 2, DVB_PLACE_ANY },
    { "upper", DVB_PLACE_ANY, 0 },
    { "top", DVB_PLACE_ANY, 0 },
    { "lower", DVB_PLACE_ANY, 2 },
    { "bottom", DVB_PLACE_ANY, 2 },
    { "middle", 1, 1 },
    { "center", 1, 1 },
    { "centre", 1, 1 },
};

/* Words that may stand around a place's name. */
static const char *const fillers[] = {
    "in",     "at",      "on",    "near",  "the",  "of",  "corner", "part", "side",
    "screen", "picture", "image", "frame", "area", "and", "edge",   "hand",
};

/* Next run of ASCII letters; false at the end. */
static bool next_word(const char **at, char word[16])
{
    const char *p = *at;
    while (*p && !isalpha((unsigned char)*p))
        p++;
    size_t n = 0;
    while (isalpha((unsigned char)p[n]))
        n++;
    *at = p + n;
    snprintf(word, 16, "%.*s", (int)(n < 15 ? n : 15), p);
    return n > 0;
}

static bool name_place(const char *word, struct dvb_place *place)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (!dvb_text_same(word, names[i].word))
            continue;
        bool middle = names[i].col == 1; /* of what the other word leaves open */
        if (names[i].col != DVB_PLACE_ANY && !(middle && place->col != DVB_PLACE_ANY))
            place->col = names[i].col;
        if (names[i].row != DVB_PLACE_ANY && !(middle && place->row != DVB_PLACE_ANY))
            place->row = names[i].row;
        return true;
    }
    return false;
}

static bool is_filler(const char *word)
{
    for (size_t i = 0; i < sizeof(fillers) / sizeof(*fillers); i++)
        if (dvb_text_same(word, fillers[i]))
            return true;
    return false;
}

static bool parse(const char *text, struct dvb_place *place, bool *nothing_else)
{
    char word[16];
    bool any = false;
    *place = (struct dvb_place){ DVB_PLACE_ANY, DVB_PLACE_ANY };
    *nothing_else = true;
    while (next_word(&text, word)) {
        if (name_place(word, place))
            any = true;
        else if (!is_filler(word))
            *nothing_else = false;
    }
    return any;
}

bool dvb_place_in_text(const char *text, struct dvb_place *place)
{
    bool nothing_else;
    return parse(text, place, &nothing_else);
}

bool dvb_place_only(const char *text, struct dvb_place *place)
{
    bool nothing_else;
    return parse(text, place, &nothing_else) && nothing_else && !strpbrk(text, "0123456789");
}

double dvb_place_distance(struct dvb_place place, struct dvb_box box, int w, int h)
{
    static const double middle[] = { 0.2, 0.5, 0.8 };
    double x = (box.x0 + box.x1) / 2.0 / w, y = (box.y0 + box.y1) / 2.0 / h;
    double dx = place.col == DVB_PLACE_ANY ? 0 : x - middle[place.col];
    double dy = place.row == DVB_PLACE_ANY ? 0 : y - middle[place.row];
    return hypot(dx, dy);
}

bool dvb_place_holds(struct dvb_place place, struct dvb_box box, int w, int h)
{
    int col = 3 * (box.x0 + box.x1) / (2 * w), row = 3 * (box.y0 + box.y1) / (2 * h);
    return (place.col == DVB_PLACE_ANY || place.col == col) &&
           (place.row == DVB_PLACE_ANY || place.row == row);
}
