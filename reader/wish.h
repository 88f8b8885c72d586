/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which text somebody's words are about. */
#ifndef DVB_READER_WISH_H
#define DVB_READER_WISH_H

#include "reader/choice.h"
#include "reader/match.h"
#include "reader/place.h"

struct dvb_wish {
    struct dvb_sought *sought; /* pieces of the texts in quotation marks */
    size_t n;
    unsigned sides; /* of an anchor that are asked for: DVB_SIDE_... */
    bool has_place, time;
    struct dvb_place place;
};

enum { DVB_SIDE_ROW = 1, DVB_SIDE_ABOVE = 2, DVB_SIDE_BELOW = 4 };

/* False, and nothing to release, when the last paragraph of the prompt names no text. */
bool dvb_wish_init(struct dvb_wish *w, const char *prompt);
void dvb_wish_release(struct dvb_wish *w);

/* Where the quoted texts stand on a page: the readings nearest to each. Heap array. */
size_t dvb_wish_anchors(const struct dvb_wish *w, const struct dvb_page *page,
                        struct dvb_box **anchors);

/* Whether a part of the page is wanted. */
bool dvb_wish_wants(const struct dvb_wish *w, const struct dvb_page *page, struct dvb_part part,
                    const struct dvb_box *anchors, size_t n);

#endif
