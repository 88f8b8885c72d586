/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contact sheets: pictures below each other. Frames are yuv420p. Thread-safe. */
#ifndef DVB_MEDIA_SHEET_H
#define DVB_MEDIA_SHEET_H

#include <libavutil/frame.h>

/* New frame with the n rows below each other, each at the left edge, gap black
   lines between them (even); as wide as the widest. NULL when memory is short
   or the sheet would be larger than a frame can be. */
AVFrame *dvb_sheet_stack(AVFrame *const *rows, int n, int gap);

#endif
