/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding videos: folders (searched recursively), files, manifests. */
#ifndef DVB_WORKSPACE_SOURCE_H
#define DVB_WORKSPACE_SOURCE_H

#include <stddef.h>

#include "base/err.h"
#include "base/opt.h"

struct dvb_source {
    char *path; /* absolute */
    char *name; /* unique in the list: path below the folder that was given, without extension;
                   "sample_1" for StreamingBench's sample_1/video.mp4 */
};

struct dvb_source_list {
    struct dvb_source *v;
    size_t n, cap;
};

/* Everything that the paths name, sorted by name within each path. In folders,
   files with the extension of a video; hidden files are passed over. A path
   that does not exist, or a folder without a video, is an error. */
int dvb_source_find(const struct dvb_strlist *paths, struct dvb_source_list *list,
                    struct dvb_err *err);
void dvb_source_list_free(struct dvb_source_list *list);

/* A manifest (.txt, .list, .jsonl): one video per line, either a plain path or
   a JSON object {"path": "...", "name": "..."}; "#" starts a comment line.
   Relative paths are below dir. Errors name file and line. Adds to the list. */
int dvb_manifest_parse(const char *text, size_t len, const char *file, const char *dir,
                       struct dvb_source_list *list, struct dvb_err *err);

#endif
