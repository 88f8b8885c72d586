/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was published of DeViBench: its rates, and the cells of the v1 table: sample_folder,
 * start_time, question, options, standard_answer, task_type. One cell holds all options, "A) first
 * B) second C) third D) fourth".
 */
#ifndef DVB_WORKSPACE_PUBLISHED_H
#define DVB_WORKSPACE_PUBLISHED_H

#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* Accepted of the generated questions, verified of the accepted, verified of the
   generated, as published ("Chat with AI", section 4). */
#define DVB_PUBLISHED_ACCEPTED 0.252
#define DVB_PUBLISHED_VERIFIED 0.577
#define DVB_PUBLISHED_VALID 0.146

/* Of all questions that turn from right to wrong at 200 kbps, StreamingBench's own
   questions ("Chat with AI", section 2). */
#define DVB_PUBLISHED_SENSITIVITY 0.08

#define DVB_PUBLISHED_V1_ROWS 1074
#define DVB_PUBLISHED_COLUMNS 6
extern const char *const dvb_published_header[DVB_PUBLISHED_COLUMNS];

/* Split an options cell into trimmed texts (heap; the caller frees each). Where
   a line starts with "B)", letters count at the start of a line only; else
   after any white space. Returns how many were found: 0 where the cell does
   not begin with "A)". */
int dvb_options_split(const char *cell, char *options[DVB_MAX_OPTIONS]);

/* Join n >= 2 options into a cell: by single spaces; by line feeds where an
   option holds something that looks like a letter of the list, so that the
   cell can be split again. White space at an option's ends is lost, and line
   breaks inside become spaces in the second form. Heap. */
char *dvb_options_join(char *const *options, int n);

/* "10", "12.5". Heap. */
char *dvb_published_time(int64_t ms);

/* The folder name that stands for a video: "sample_1" for "sample_1/video.mp4",
   otherwise the name without its extension. Heap. */
char *dvb_published_folder(const char *video_name);

#endif
