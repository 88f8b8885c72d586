/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures with one large word, drawn here: no font file is needed, and equal
   words give equal pixels on every machine. */
#ifndef DVB_MEDIA_SIGN_H
#define DVB_MEDIA_SIGN_H

#include <libavutil/frame.h>

#include "base/text.h"

/* New yuv420p frame (limited range, even size) with the word in dark strokes on
   a light ground, centred in the upper half (row 0) or the lower half (row 1),
   as large as fits. word: letters A to Z only. tint: a shade of the
   ground, any number. NULL when memory is short. Thread-safe. */
AVFrame *dvb_sign_draw(struct dvb_size size, const char *word, int row, unsigned tint);

#endif
