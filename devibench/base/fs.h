/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files. Whatever devibench keeps is written to a temporary name beside its
 * final one, synced, and renamed, so a killed process leaves either the old
 * file or the whole new one.
 */
#ifndef DVB_BASE_FS_H
#define DVB_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* "dir/name", heap; "name" alone where dir is empty. */
char *dvb_path_join(const char *dir, const char *name);

/* The last name of a path, "clip" of "models/clip/"; heap. "" only where the path is. */
char *dvb_path_base(const char *path);

bool dvb_is_dir(const char *path);
bool dvb_is_file(const char *path);

/* mkdir -p. */
int dvb_mkdirs(const char *path, struct dvb_err *err);

/* A new folder for the caller to remove, PREFIX-xxxxxx in TMPDIR, else in /tmp, that nobody else
   may read. *dir is its path, heap; NULL on failure. */
int dvb_tmp_dir(const char *prefix, char **dir, struct dvb_err *err);

/* Recursively remove a file or folder; a missing one is no error. Symbolic
   links are removed, never followed. */
int dvb_remove_tree(const char *path, struct dvb_err *err);

/* The whole file, NUL-terminated; *len without the NUL (len may be NULL).
   A file over cap bytes is refused by name. Caller frees *data; on failure
   *data is NULL and *len 0. */
int dvb_read_file(const char *path, size_t cap, char **data, size_t *len, struct dvb_err *err);

/* Write data to path through a temporary name; straight into a device or pipe
   (/dev/stdout). The folder must exist. */
int dvb_write_file(const char *path, const void *data, size_t len, struct dvb_err *err);

/* The same for what write puts into the stream; it leaves writing errors to the
   stream. What it returns, if not 0, is returned, and there is no new file. */
int dvb_write_stream(const char *path, int (*write)(void *user, FILE *f, struct dvb_err *err),
                     void *user, struct dvb_err *err);

/* For writers that want a path of their own (FFmpeg's muxer): a temporary name
   in the folder of path that keeps its extension; heap. Finish with
   dvb_tmp_commit (sync, rename to path) or dvb_tmp_abandon (unlink); both
   free *tmp and set it NULL. */
char *dvb_tmp_name(const char *path);
int dvb_tmp_commit(char **tmp, const char *path, struct dvb_err *err);
void dvb_tmp_abandon(char **tmp);

#endif
