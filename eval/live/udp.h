/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * UDP sockets and the clock, for the parts of this folder: they drive the core
 * of eval/network, which has neither, over real ones. Numeric addresses only.
 */
#ifndef DVB_EVAL_LIVE_UDP_H
#define DVB_EVAL_LIVE_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

#define DVB_UDP_MAX 65536   /* a buffer of so many bytes holds any datagram */
#define DVB_UDP_WAIT_MAX 16 /* sockets to wait for at once */
#define DVB_UDP_TEXT 64     /* bytes of an address as text */

struct dvb_udp_address {
    struct sockaddr_storage at;
    socklen_t len; /* 0: none */
};

/* "PORT" on 127.0.0.1, "ADDRESS:PORT", "[ADDRESS]:PORT". what names the option in
   the message (DVB_FAULT_USAGE). */
int dvb_udp_parse(const char *text, const char *what, struct dvb_udp_address *address,
                  struct dvb_err *err);
void dvb_udp_format(const struct dvb_udp_address *address, char text[DVB_UDP_TEXT]);
int dvb_udp_port(const struct dvb_udp_address *address);
/* The same address with another port (0..65535). */
void dvb_udp_set_port(struct dvb_udp_address *address, int port);

/* A socket bound there (port 0: any), which does not block; bound is where. A port
   that is taken is DVB_FAULT_USAGE and is named. */
int dvb_udp_open(const struct dvb_udp_address *address, int *fd, struct dvb_udp_address *bound,
                 struct dvb_err *err);
void dvb_udp_close(int *fd);

/* Next datagram: its bytes, 0 and more; -1: none is there. at is when it came, on
   dvb_live_now's clock, by the system's own record: late wake-ups of a loaded machine
   do not count. from and at may be NULL. */
long dvb_udp_receive(int fd, void *buf, size_t cap, struct dvb_udp_address *from, int64_t *at);
/* False: the system did not take it, which is a loss like any other. */
bool dvb_udp_send(int fd, const void *data, size_t size, const struct dvb_udp_address *to);

/* Microseconds on the monotonic clock, the same in all processes of a machine. */
int64_t dvb_live_now(void);
/* Microseconds since 1900 by the machine's date, for RTCP's NTP times. */
int64_t dvb_live_date(void);

/* Real-time priority for the calling thread, where the system allows it, since an
   emulator that wakes late emulates another link; and back. Threads made in between
   would inherit it. */
void dvb_live_hurry(void);
void dvb_live_calm(void);

/* Wait until one of fds can be read or the time is until; at most 100 ms, so that
   callers see their stop flag. */
void dvb_live_wait(const int *fds, size_t n, int64_t until);

#endif
