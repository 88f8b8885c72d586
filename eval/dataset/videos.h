/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finding the video that a set means by a name. Published layouts:
 *
 *   sample_1/video.mp4                       DeViBench, and each archive of StreamingBench
 *   sample_1_real.mp4, sample_17_sqa.mp4     as StreamingBench's JSON names them
 *   real/sample_1/video.mp4, sqa/sample_17/video.mp4,
 *   Real-Time Visual Understanding_1-50/sample_1/video.mp4  its archives unpacked side by side
 *   NAME.mp4, FOLDER/NAME.mkv                anything else
 *
 * StreamingBench numbers its samples from 1 in each part, so a name has a part
 * beside its number: "sample_17_sqa" is of part "sqa", "Proactive
 * Output_sample_3" of "proactive"; DeViBench's "sample_1" is of "real". A file
 * shows its part by its name or a folder above it. One that shows none serves
 * a name of the part "real", or any where all names are of one part; a file
 * that shows another part is never taken.
 */
#ifndef DVB_EVAL_DATASET_VIDEOS_H
#define DVB_EVAL_DATASET_VIDEOS_H

#include <stdbool.h>
#include <stddef.h>

#include "workspace/source.h"

/* A name or file taken apart; the strings are heap. */
struct dvb_video_name {
    char *stem; /* "sample_17"; of others the whole name, without an extension */
    char *part; /* "real", "sqa", ...; "" where it shows none */
};
/* file: the name is that of a file below a folder, whose folders count. */
void dvb_video_name_parse(const char *name, bool file, struct dvb_video_name *out);
void dvb_video_name_release(struct dvb_video_name *n);

struct dvb_video_index;

/* Index a list of files; it is borrowed for the index's life. */
struct dvb_video_index *dvb_video_index_new(const struct dvb_source_list *files);
void dvb_video_index_free(struct dvb_video_index **index);

/* The file for a set's name, as a place in the list; -1: none. one_part: all names
   that are looked for are of the same part. */
long dvb_video_index_find(const struct dvb_video_index *index, const char *name, bool one_part);

#endif
