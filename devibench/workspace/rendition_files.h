/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a rendition's files stand, and how made ones become a row: for the files
   of this room that make renditions. */
#ifndef DVB_WORKSPACE_RENDITION_FILES_H
#define DVB_WORKSPACE_RENDITION_FILES_H

#include <jansson.h>
#include <libavutil/frame.h>

#include "media/render.h"
#include "workspace/workspace.h"

/* "frame-0001.jpg" for i = 0. */
void dvb_rendition_frame_name(char name[32], int i);

/* All its files are there. */
bool dvb_rendition_present(const struct dvb_workspace *ws, const struct dvb_rendition *r);

/* The segment's rendition by that recipe: 1 it is in the store and its files are there, 0 not.
 *id is set where the store has it. */
int dvb_rendition_find(struct dvb_workspace *ws, int64_t segment, const json_t *recipe, int64_t *id,
                       struct dvb_err *err);

/* The folder of a segment's renditions, relative to the workspace. Heap. */
char *dvb_rendition_place(const struct dvb_video *video, const struct dvb_segment *segment);

/* Move the folder work/files->dir to its place (PLACE/KIND-HASH of the recipe) and
   write its row. */
int dvb_rendition_keep(struct dvb_workspace *ws, int64_t segment, const char *place,
                       const char *work, const char *kind, const json_t *recipe,
                       const struct dvb_rendition_files *files, int64_t *id, struct dvb_err *err);

/* A rendition made of another one's pictures. All borrowed. */
struct dvb_remake {
    struct dvb_workspace *ws;
    const struct dvb_rendition *source;
    const char *kind;
    const json_t *recipe;
    /* Put the files into dir, which is not there yet, and say in *files what they are; its dir and
       hash are set. */
    int (*write)(void *user, const char *dir, struct dvb_rendition_files *files,
                 struct dvb_err *err);
    void *user;
};

/* Write, move to its place, and write the row. */
int dvb_rendition_remake(const struct dvb_remake *r, int64_t *id, struct dvb_err *err);

/* Picture i of a rendition, 0.., decoded. */
int dvb_rendition_picture(const struct dvb_workspace *ws, const struct dvb_rendition *r, int i,
                          AVFrame **frame, struct dvb_err *err);
/* Its file as it is; heap. */
int dvb_rendition_picture_file(const struct dvb_workspace *ws, const struct dvb_rendition *r, int i,
                               char **data, size_t *len, struct dvb_err *err);

#endif
