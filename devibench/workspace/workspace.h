/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A workspace folder: the store (devibench.db), renditions/, and a lock so
 * that two writers do not meet. This room joins store, media and model for
 * the rooms above: renditions made once (render.h), questions asked once
 * (ask.h).
 */
#ifndef DVB_WORKSPACE_WORKSPACE_H
#define DVB_WORKSPACE_WORKSPACE_H

#include <stdbool.h>

#include "base/err.h"
#include "store/store.h"

struct dvb_workspace {
    char *dir;
    struct dvb_store *store;
    int lock_fd; /* -1 when read-only or dry */
    bool dry;
};

/* Open for writing: makes the folder and the store; a second writer is
   refused by name. */
int dvb_workspace_open(const char *dir, struct dvb_workspace **ws, struct dvb_err *err);
/* DVB_FAULT_INPUT where there is no workspace. */
int dvb_workspace_check(const char *dir, struct dvb_err *err);
/* Open an existing one for reading; writers are not disturbed. */
int dvb_workspace_open_readonly(const char *dir, struct dvb_workspace **ws, struct dvb_err *err);
/* To see what a command would do: nothing in the folder is written, which need
   not be there; the store is a copy (dvb_store_open_copy). */
int dvb_workspace_open_dry(const char *dir, struct dvb_workspace **ws, struct dvb_err *err);
void dvb_workspace_close(struct dvb_workspace **ws);

#endif
