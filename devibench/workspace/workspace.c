/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

#define STORE_NAME "devibench.db"
#define LOCK_NAME "devibench.lock"
#define RENDITIONS_NAME "renditions"

/* A lock that dies with its process, however that ends. */
static int take_lock(struct dvb_workspace *ws, struct dvb_err *err)
{
    char *path = dvb_path_join(ws->dir, LOCK_NAME);
    int ret = 0;
    ws->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (ws->lock_fd < 0)
        ret = dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot write %s", path);
    free(path);
    if (ret)
        return ret;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (!fcntl(ws->lock_fd, F_SETLK, &lock))
        return 0;
    if (errno != EACCES && errno != EAGAIN)
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "cannot lock workspace %s", ws->dir);
    if (fcntl(ws->lock_fd, F_GETLK, &lock) || lock.l_type == F_UNLCK)
        return dvb_fail(err, DVB_FAULT_INPUT, EBUSY, "workspace %s is in use by another process",
                        ws->dir);
    return dvb_fail(err, DVB_FAULT_INPUT, EBUSY,
                    "workspace %s is in use by process %ld, which writes to it", ws->dir,
                    (long)lock.l_pid);
}

static int open_store(struct dvb_workspace *ws, unsigned flags, struct dvb_err *err)
{
    char *path = dvb_path_join(ws->dir, STORE_NAME);
    int ret = dvb_store_open(path, flags, &ws->store, err);
    free(path);
    return ret;
}

static struct dvb_workspace *new_workspace(const char *dir)
{
    struct dvb_workspace *ws = dvb_calloc(1, sizeof(*ws));
    ws->dir = dvb_strdup(dir);
    ws->lock_fd = -1;
    return ws;
}

int dvb_workspace_open(const char *dir, struct dvb_workspace **ws, struct dvb_err *err)
{
    *ws = NULL;
    struct dvb_workspace *w = new_workspace(dir);
    char *renditions = dvb_path_join(dir, RENDITIONS_NAME);
    int ret = dvb_mkdirs(renditions, err);
    free(renditions);
    if (!ret)
        ret = take_lock(w, err);
    if (!ret)
        ret = open_store(w, DVB_STORE_CREATE, err);
    if (ret)
        dvb_workspace_close(&w);
    *ws = w;
    return ret;
}

int dvb_workspace_check(const char *dir, struct dvb_err *err)
{
    char *path = dvb_path_join(dir, STORE_NAME);
    bool there = dvb_is_file(path);
    free(path);
    if (!there)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT,
                        "no workspace at %s: %s; run 'devibench build --workspace %s' first", dir,
                        dvb_is_dir(dir) ? "there is no " STORE_NAME " in it" : "no such folder",
                        dir);
    return 0;
}

int dvb_workspace_open_readonly(const char *dir, struct dvb_workspace **ws, struct dvb_err *err)
{
    *ws = NULL;
    int ret = dvb_workspace_check(dir, err);
    if (ret)
        return ret;
    struct dvb_workspace *w = new_workspace(dir);
    ret = open_store(w, DVB_STORE_READONLY, err);
    if (ret)
        dvb_workspace_close(&w);
    *ws = w;
    return ret;
}

int dvb_workspace_open_dry(const char *dir, struct dvb_workspace **ws, struct dvb_err *err)
{
    struct dvb_workspace *w = new_workspace(dir);
    char *path = dvb_path_join(dir, STORE_NAME);
    w->dry = true;
    int ret = dvb_store_open_copy(dvb_is_file(path) ? path : NULL, &w->store, err);
    free(path);
    if (ret)
        dvb_workspace_close(&w);
    *ws = w;
    return ret;
}

void dvb_workspace_close(struct dvb_workspace **ws)
{
    struct dvb_workspace *w = *ws;
    if (!w)
        return;
    dvb_store_close(&w->store);
    if (w->lock_fd >= 0)
        close(w->lock_fd); /* and with it the lock */
    free(w->dir);
    free(w);
    *ws = NULL;
}
