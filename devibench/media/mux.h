/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * H.264 into an MP4 file: index in front of the media (faststart), time stamps
 * as they are (variable frame rate kept), nothing in it that depends on the
 * day or the library's version, so equal streams give equal files.
 */
#ifndef DVB_MEDIA_MUX_H
#define DVB_MEDIA_MUX_H

#include "media/encode.h"

struct dvb_muxer;

/* The file is written under a temporary name beside path until finish. */
int dvb_muxer_open(const char *path, const struct dvb_stream *stream, struct dvb_muxer **mux,
                   struct dvb_err *err);
int dvb_muxer_write(struct dvb_muxer *mux, const struct dvb_packet *packet, struct dvb_err *err);
/* Write the index, sync and rename. end: when the last frame ends, in the time
   base. A failure to write (full disk) is told here at the latest. */
int dvb_muxer_finish(struct dvb_muxer *mux, int64_t end, struct dvb_err *err);
/* Without finish before it, nothing is left on disk. */
void dvb_muxer_close(struct dvb_muxer **mux);

#endif
