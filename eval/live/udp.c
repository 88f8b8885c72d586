/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/live/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

enum { WAIT_US = 100000, BUFFER = 4 << 20, LONGEST_AGE_US = 10000000 };

/* Linux has it under this name only where more than POSIX is asked for. */
#ifndef SCM_TIMESTAMP
#define SCM_TIMESTAMP SO_TIMESTAMP
#endif

/* Seconds from NTP's era (1900) to the machine's (1970). */
#define NTP_EPOCH INT64_C(2208988800)

static bool set_host(struct dvb_udp_address *a, const char *host)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&a->at;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a->at;
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        a->len = sizeof(*v4);
    } else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        a->len = sizeof(*v6);
    }
    return a->len > 0;
}

int dvb_udp_parse(const char *text, const char *what, struct dvb_udp_address *a,
                  struct dvb_err *err)
{
    char host[DVB_UDP_TEXT] = "127.0.0.1";
    const char *port = text, *colon = strrchr(text, ':');
    int64_t n;
    *a = (struct dvb_udp_address){ 0 };
    if (colon) {
        const char *begin = text, *end = colon;
        if (*begin == '[' && end > begin + 1 && end[-1] == ']') {
            begin++;
            end--;
        }
        snprintf(host, sizeof(host), "%.*s", (int)(end - begin), begin);
        port = colon + 1;
    }
    if (!dvb_parse_int(port, &n) || n < 0 || n > 65535 || !set_host(a, host))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "%s: found '%s', expected PORT or ADDRESS:PORT with a numeric address "
                        "and a port of 0 to 65535",
                        what, text);
    dvb_udp_set_port(a, (int)n);
    return 0;
}

static in_port_t *port_of(const struct dvb_udp_address *a)
{
    return a->at.ss_family == AF_INET6 ? &((struct sockaddr_in6 *)&a->at)->sin6_port
                                       : &((struct sockaddr_in *)&a->at)->sin_port;
}

int dvb_udp_port(const struct dvb_udp_address *a)
{
    return ntohs(*port_of(a));
}

void dvb_udp_set_port(struct dvb_udp_address *a, int port)
{
    *port_of(a) = htons((uint16_t)port);
}

void dvb_udp_format(const struct dvb_udp_address *a, char text[DVB_UDP_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";
    bool v6 = a->at.ss_family == AF_INET6;
    const void *in = v6 ? (const void *)&((const struct sockaddr_in6 *)&a->at)->sin6_addr
                        : (const void *)&((const struct sockaddr_in *)&a->at)->sin_addr;
    inet_ntop(a->at.ss_family, in, host, sizeof(host));
    snprintf(text, DVB_UDP_TEXT, v6 ? "[%s]:%d" : "%s:%d", host, dvb_udp_port(a));
}

int dvb_udp_open(const struct dvb_udp_address *address, int *fd, struct dvb_udp_address *bound,
                 struct dvb_err *err)
{
    char text[DVB_UDP_TEXT];
    const int size = BUFFER, on = 1;
    *fd = socket(address->at.ss_family, SOCK_DGRAM, 0);
    if (*fd < 0)
        return dvb_fail_errno(err, DVB_FAULT_INTERNAL, "a UDP socket");
    /* Bursts must not be lost where no link loses them; the system may give less. */
    (void)setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    (void)setsockopt(*fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    (void)setsockopt(*fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on));
    *bound = *address;
    if (*fd < FD_SETSIZE && !bind(*fd, (const struct sockaddr *)&address->at, address->len) &&
        !getsockname(*fd, (struct sockaddr *)&bound->at, &bound->len) &&
        fcntl(*fd, F_SETFL, O_NONBLOCK) >= 0)
        return 0;
    if (*fd >= FD_SETSIZE)
        errno = EMFILE;
    dvb_udp_format(address, text);
    int ret = dvb_fail_errno(err, errno == EMFILE ? DVB_FAULT_INTERNAL : DVB_FAULT_USAGE,
                             "cannot listen on %s", text);
    dvb_udp_close(fd);
    return ret;
}

void dvb_udp_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Loopback tells of a closed port in the next call on the socket; the datagram that
   it tells of is lost, no more. */
static bool not_this_one(void)
{
    return errno == ECONNREFUSED || errno == EINTR;
}

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The system's record is by the date. */
static int64_t arrival(struct msghdr *m)
{
    int64_t now = read_clock(CLOCK_MONOTONIC), age = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        struct timeval t;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMP)
            continue;
        memcpy(&t, CMSG_DATA(c), sizeof(t));
        age = read_clock(CLOCK_REALTIME) - ((int64_t)t.tv_sec * 1000000 + t.tv_usec);
    }
    return age > 0 && age < LONGEST_AGE_US ? now - age : now; /* the date may have been set */
}

long dvb_udp_receive(int fd, void *buf, size_t cap, struct dvb_udp_address *from, int64_t *at)
{
    struct dvb_udp_address other;
    struct dvb_udp_address *a = from ? from : &other;
    _Alignas(struct cmsghdr) char control[128];
    struct iovec bytes = { .iov_base = buf, .iov_len = cap };
    struct msghdr m;
    ssize_t n;
    do {
        m = (struct msghdr){ .msg_name = &a->at,
                             .msg_namelen = sizeof(a->at),
                             .msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control) };
        n = recvmsg(fd, &m, 0);
    } while (n < 0 && not_this_one());
    a->len = m.msg_namelen;
    if (n >= 0 && at)
        *at = arrival(&m);
    return (long)n;
}

bool dvb_udp_send(int fd, const void *data, size_t size, const struct dvb_udp_address *to)
{
    ssize_t n;
    int tries = 3;
    do {
        n = sendto(fd, data, size, 0, (const struct sockaddr *)&to->at, to->len);
    } while (n < 0 && not_this_one() && --tries);
    return n >= 0;
}

int64_t dvb_live_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t dvb_live_date(void)
{
    return read_clock(CLOCK_REALTIME) + NTP_EPOCH * 1000000;
}

static void set_policy(int policy, int priority)
{
    const struct sched_param p = { .sched_priority = priority };
    (void)pthread_setschedparam(pthread_self(), policy, &p);
}

void dvb_live_hurry(void)
{
    set_policy(SCHED_RR, sched_get_priority_min(SCHED_RR));
}

void dvb_live_calm(void)
{
    set_policy(SCHED_OTHER, 0);
}

void dvb_live_wait(const int *fds, size_t n, int64_t until)
{
    fd_set set;
    int64_t left = until - dvb_live_now();
    int most = -1;
    if (left > WAIT_US)
        left = WAIT_US;
    if (left < 0)
        left = 0;
    FD_ZERO(&set);
    for (size_t i = 0; i < n; i++) {
        FD_SET(fds[i], &set);
        most = fds[i] > most ? fds[i] : most;
    }
    const struct timespec t = { .tv_nsec = (long)left * 1000 };
    (void)pselect(most + 1, &set, NULL, NULL, &t, NULL);
}
