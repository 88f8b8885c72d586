/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/loop.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define SHARE 8L              /* requests on one HTTP/2 connection: large bodies share its window */
#define MAX_CONNECTIONS 1024L /* kept open */
#define TURNS 64              /* pieces that a socket takes in a row, at most */

struct dvb_loop {
    CURLM *multi;
    struct pollfd *fds; /* what libcurl waits for */
    size_t n, cap;
    size_t *place; /* by descriptor: its index in fds, plus 1; 0: not there */
    size_t places;
    struct pollfd *ready; /* copies of those that are, while they are served */
    size_t cap_ready;
    double timer; /* when libcurl wants to be called whatever happens; INFINITY: not */
};

static void forget(struct dvb_loop *l, int fd)
{
    size_t i = l->place[fd] - 1;
    l->place[fd] = 0;
    l->fds[i] = l->fds[--l->n];
    if (i < l->n)
        l->place[l->fds[i].fd] = i + 1;
}

static void watch(struct dvb_loop *l, int fd, short events)
{
    if ((size_t)fd >= l->places) {
        size_t places = ((size_t)fd + 1) * 2;
        l->place = dvb_realloc(l->place, places, sizeof(*l->place));
        memset(l->place + l->places, 0, (places - l->places) * sizeof(*l->place));
        l->places = places;
    }
    if (!l->place[fd]) {
        l->fds = dvb_grow(l->fds, l->n, &l->cap, sizeof(*l->fds));
        l->place[fd] = ++l->n;
    }
    l->fds[l->place[fd] - 1] = (struct pollfd){ .fd = fd, .events = events };
}

static bool watched(const struct dvb_loop *l, int fd, short events)
{
    return (size_t)fd < l->places && l->place[fd] && (l->fds[l->place[fd] - 1].events & events);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *data)
{
    (void)easy, (void)data;
    struct dvb_loop *l = user;
    short in = what == CURL_POLL_IN || what == CURL_POLL_INOUT ? POLLIN : 0;
    short out = what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? POLLOUT : 0;
    if (what != CURL_POLL_REMOVE)
        watch(l, fd, (short)(in | out));
    else if (watched(l, fd, ~0))
        forget(l, fd);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *user)
{
    (void)multi;
    struct dvb_loop *l = user;
    l->timer = ms < 0 ? INFINITY : dvb_now() + (double)ms / 1000;
    return 0;
}

#define SET(option, value) (mc = mc ? mc : curl_multi_setopt(l->multi, option, value))

int dvb_loop_open(struct dvb_loop **loop, struct dvb_err *err)
{
    struct dvb_loop *l = dvb_calloc(1, sizeof(*l));
    CURLMcode mc = CURLM_OK;
    *loop = NULL;
    l->multi = curl_multi_init();
    l->timer = INFINITY;
    if (l->multi) {
        SET(CURLMOPT_SOCKETFUNCTION, on_socket);
        SET(CURLMOPT_SOCKETDATA, l);
        SET(CURLMOPT_TIMERFUNCTION, on_timer);
        SET(CURLMOPT_TIMERDATA, l);
        SET(CURLMOPT_MAXCONNECTS, MAX_CONNECTIONS);
        SET(CURLMOPT_MAX_CONCURRENT_STREAMS, SHARE);
    }
    if (!l->multi || mc) {
        dvb_loop_close(&l);
        return dvb_fail_nomem(err);
    }
    *loop = l;
    return 0;
}

void dvb_loop_close(struct dvb_loop **loop)
{
    struct dvb_loop *l = *loop;
    if (!l)
        return;
    curl_multi_cleanup(l->multi); /* closes connections, and tells us of it */
    free(l->fds);
    free(l->place);
    free(l->ready);
    free(l);
    *loop = NULL;
}

static int check(CURLMcode mc, struct dvb_err *err)
{
    return mc ? dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "libcurl: %s", curl_multi_strerror(mc)) : 0;
}

int dvb_loop_add(struct dvb_loop *l, CURL *easy, struct dvb_err *err)
{
    return check(curl_multi_add_handle(l->multi, easy), err);
}

void dvb_loop_remove(struct dvb_loop *l, CURL *easy)
{
    curl_multi_remove_handle(l->multi, easy);
}

/* Drive what waits for this socket. */
static int serve(struct dvb_loop *l, struct pollfd p, struct dvb_err *err)
{
    int active, ret = 0;
    for (int turn = 0; !ret && turn < TURNS && p.revents; turn++) {
        int mask = (p.revents & (POLLIN | POLLHUP) ? CURL_CSELECT_IN : 0) |
                   (p.revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
                   (p.revents & (POLLERR | POLLNVAL) ? CURL_CSELECT_ERR : 0);
        ret = check(curl_multi_socket_action(l->multi, p.fd, mask, &active), err);
        p = (struct pollfd){ .fd = p.fd, .events = POLLOUT };
        if (!watched(l, p.fd, POLLOUT) || poll(&p, 1, 0) < 0)
            break;
    }
    return ret;
}

static int run_timer(struct dvb_loop *l, struct dvb_err *err)
{
    int active;
    if (dvb_now() < l->timer)
        return 0;
    l->timer = INFINITY; /* unless libcurl says otherwise */
    return check(curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &active), err);
}

int dvb_loop_run(struct dvb_loop *l, double wait_s, struct dvb_err *err)
{
    double until = fmin(wait_s, l->timer - dvb_now());
    int found = poll(l->fds, l->n, until > 0 ? (int)ceil(fmin(until, 3600) * 1000) : 0), ret = 0;
    if (found < 0 && errno != EINTR)
        return dvb_fail_errno(err, DVB_FAULT_INTERNAL, "poll");
    /* The list changes while they are served. */
    size_t n = 0;
    for (size_t i = 0; found > 0 && i < l->n; i++)
        if (l->fds[i].revents) {
            l->ready = dvb_grow(l->ready, n, &l->cap_ready, sizeof(*l->ready));
            l->ready[n++] = l->fds[i];
        }
    for (size_t i = 0; !ret && i < n; i++)
        if (watched(l, l->ready[i].fd, ~0))
            ret = serve(l, l->ready[i], err);
    return ret ? ret : run_timer(l, err);
}

CURL *dvb_loop_ended(struct dvb_loop *l, CURLcode *rc)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(l->multi, &left));)
        if (m->msg == CURLMSG_DONE) {
            *rc = m->data.result;
            return m->easy_handle;
        }
    return NULL;
}
