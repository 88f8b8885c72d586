/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times the model client: REQUESTS questions with a file of 1 MB each, 64 in
 * flight, to a server on this machine that reads and discards each body, waits
 * LATENCY and answers; beside it the same requests sent by the program
 * `curl --parallel --parallel-max 64` from bodies that were prepared as files
 * (it reads them from disk too, but has no base64 to make).
 *
 * No client can do better than 64 / LATENCY requests a second: the time that
 * sending takes comes on top. Both clients and each run's server are processes
 * of their own, so processor time and peak memory are their own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "model/body.h"
#include "model/client.h"

#define IN_FLIGHT 64
#define FILES 64 /* that the questions take in turn */
#define MEDIA ((size_t)1000000)
#define HEAD 4096
#define MAX_FDS 4096

static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 218\r\n\r\n"
    "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"bench\","
    "\"choices\":"
    "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"B\"},\"finish_reason\":"
    "\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":1}}";

/* wait4 is no part of POSIX, but of every system this runs on. */
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage);

/* The server: one thread, no memory per body. */
struct connection {
    char head[HEAD];
    size_t head_len;
    long long body_left; /* < 0: within the head */
    double due;          /* of the answer */
    int next;            /* descriptor of the next that is due, or 0 */
};

struct server {
    int listener, epoll, stop;
    double latency;
    struct connection *at[MAX_FDS];
    int first_due, last_due; /* 0: none */
    long answered;
};

static void accept_all(struct server *s)
{
    int fd, on = 1;
    while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
        struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
        if (fd >= MAX_FDS) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        s->at[fd] = dvb_calloc(1, sizeof(struct connection));
        s->at[fd]->body_left = -1;
        epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e);
    }
}

static void hang_up(struct server *s, int fd)
{
    close(fd);
    free(s->at[fd]);
    s->at[fd] = NULL;
}

static void request_is_in(struct server *s, int fd)
{
    struct connection *c = s->at[fd];
    c->due = dvb_now() + s->latency;
    c->next = 0;
    *(s->first_due ? &s->at[s->last_due]->next : &s->first_due) = fd;
    s->last_due = fd;
    c->head_len = 0;
    c->body_left = -1;
}

/* What came beyond the head belongs to the body. */
static bool take_head(struct connection *c)
{
    c->head[c->head_len] = '\0';
    char *end = strstr(c->head, "\r\n\r\n"), *length = NULL;
    if (!end)
        return c->head_len < HEAD - 1;
    for (char *line = c->head; line < end && !length; line = strstr(line, "\r\n") + 2)
        if (!strncasecmp(line, "Content-Length:", 15))
            length = line + 15;
    c->body_left = (length ? strtoll(length, NULL, 10) : 0) -
                   (long long)(c->head_len - (size_t)(end + 4 - c->head));
    return true;
}

/* TCP discards what is read with MSG_TRUNC without copying it. */
static bool read_some(struct server *s, int fd)
{
    struct connection *c = s->at[fd];
    ssize_t n;
    if (c->body_left < 0) {
        n = recv(fd, c->head + c->head_len, HEAD - 1 - c->head_len, MSG_DONTWAIT);
        if (n > 0)
            c->head_len += (size_t)n;
        if (n > 0 && !take_head(c))
            return false;
    } else {
        n = recv(fd, NULL, (size_t)c->body_left, MSG_DONTWAIT | MSG_TRUNC);
        c->body_left -= n > 0 ? n : 0;
    }
    if (n == 0 || (n < 0 && errno != EAGAIN))
        return false;
    if (c->body_left == 0)
        request_is_in(s, fd);
    return true;
}

static void answer_due(struct server *s, double now)
{
    while (s->first_due && s->at[s->first_due]->due <= now) {
        int fd = s->first_due;
        s->first_due = s->at[fd]->next;
        if (send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL) != sizeof(answer) - 1)
            hang_up(s, fd);
        s->answered++;
    }
}

static void serve(struct server *s)
{
    struct epoll_event events[64];
    bool stop = false;
    while (!stop) {
        double now = dvb_now();
        answer_due(s, now);
        double left = s->first_due ? fmax(0, s->at[s->first_due]->due - now) : 0;
        struct timespec wait = { .tv_sec = (time_t)left };
        wait.tv_nsec = (long)((left - (double)wait.tv_sec) * 1e9);
        int n = epoll_pwait2(s->epoll, events, 64, s->first_due ? &wait : NULL, NULL);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == s->listener)
                accept_all(s);
            else if (fd == s->stop)
                stop = true;
            else if (s->at[fd] && !read_some(s, fd))
                hang_up(s, fd);
        }
    }
}

static int listen_here(int *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1024) ||
        getsockname(fd, (struct sockaddr *)&at, &len))
        return -1;
    *port = ntohs(at.sin_port);
    return fd;
}

static int server_main(int listener, int stop, double latency)
{
    static struct server s;
    s = (struct server){ .listener = listener, .stop = stop, .latency = latency };
    s.epoll = epoll_create1(EPOLL_CLOEXEC);
    int fds[] = { listener, stop };
    for (int i = 0; i < 2; i++) {
        struct epoll_event e = { .events = EPOLLIN, .data.fd = fds[i] };
        epoll_ctl(s.epoll, EPOLL_CTL_ADD, fds[i], &e);
    }
    serve(&s);
    return 0;
}

/* The clients. */
struct bench {
    long requests;
    const char *dir;
    char *media[FILES], *bodies[FILES];
    int port;
};

static int count(void *user, const struct dvb_reply *reply, struct dvb_err *err)
{
    if (reply->status != DVB_REPLY_OK)
        return dvb_fail(err, DVB_FAULT_SERVICE, EIO, "%s", reply->text);
    ++*(long *)user;
    return 0;
}

static int ask_all(const struct bench *b, struct dvb_profile *p, struct dvb_err *err)
{
    struct dvb_client_settings s;
    struct dvb_client *c;
    long done = 0;
    dvb_client_settings_default(&s);
    int ret = dvb_client_open(&s, &c, err);
    if (ret)
        return ret;
    p->concurrency = IN_FLIGHT;
    for (long i = 0; !ret && i < b->requests; i++) {
        const struct dvb_ask ask = { .profile = p,
                                     .prompt = "Which one?",
                                     .video = b->media[i % FILES] };
        ret = dvb_client_submit(c, &ask, count, &done, err);
    }
    if (!ret)
        ret = dvb_client_run(c, err);
    dvb_client_close(&c);
    return ret || done == b->requests ? ret : -1;
}

static int devibench_main(const struct bench *b)
{
    struct dvb_err err = { 0 };
    struct dvb_profile *p;
    char *name = dvb_asprintf("openai:bench@http://127.0.0.1:%d/v1", b->port);
    int ret = dvb_profile_find(name, NULL, &p, &err);
    free(name);
    if (!ret)
        ret = ask_all(b, p, &err);
    if (ret)
        fprintf(stderr, "bench_client: %s\n", err.msg);
    dvb_profile_free(&p);
    return ret ? 1 : 0;
}

static int curl_main(const struct bench *b)
{
    char *path = dvb_asprintf("%s/curl.conf", b->dir);
    FILE *f = fopen(path, "w");
    for (long i = 0; f && i < b->requests; i++)
        fprintf(f,
                "%surl = \"http://127.0.0.1:%d/v1/chat/completions\"\nrequest = POST\n"
                "upload-file = \"%s\"\nheader = \"Expect:\"\n"
                "header = \"Content-Type: application/json\"\noutput = /dev/null\nfail\n"
                "noproxy = \"*\"\n",
                i ? "next\n" : "", b->port, b->bodies[i % FILES]);
    if (!f || fclose(f))
        return 1;
    char most[16];
    snprintf(most, sizeof(most), "%d", IN_FLIGHT);
    execlp("curl", "curl", "-s", "--no-progress-meter", "--parallel", "--parallel-immediate",
           "--parallel-max", most, "--config", path, (char *)NULL);
    return 127;
}

struct figures {
    double wall, cpu, server_cpu, peak_mib;
    bool ok;
};

static double seconds(const struct rusage *u)
{
    return (double)u->ru_utime.tv_sec + (double)u->ru_stime.tv_sec +
           (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

static struct figures run(struct bench *b, int (*client)(const struct bench *), double latency)
{
    struct figures f = { 0 };
    struct rusage used, served;
    int stop[2], status = -1, listener = listen_here(&b->port);
    if (listener < 0 || pipe(stop))
        return f;
    fflush(NULL);
    pid_t server = fork();
    if (!server) {
        close(stop[1]);
        _exit(server_main(listener, stop[0], latency));
    }
    close(listener);
    close(stop[0]);
    double begun = dvb_now();
    pid_t pid = fork();
    if (!pid)
        exit(client(b));
    if (pid > 0 && wait4(pid, &status, 0, &used) == pid) {
        f.ok = status == 0;
        f.wall = dvb_now() - begun;
        f.cpu = seconds(&used);
        f.peak_mib = (double)used.ru_maxrss / 1024;
    }
    close(stop[1]);
    if (server > 0 && wait4(server, &status, 0, &served) == server)
        f.server_cpu = seconds(&served);
    return f;
}

static void print_row(const struct bench *b, const char *who, double latency,
                      const struct figures *f)
{
    double rate = (double)b->requests / f->wall;
    char share[16] = "-";
    if (latency > 0)
        snprintf(share, sizeof(share), "%.1f%%", 100 * rate * latency / IN_FLIGHT);
    if (!f->ok)
        printf("%-10s %7.0f ms  failed\n", who, latency * 1000);
    else
        printf("%-10s %7.0f ms %9.2f %9.1f %9s %11.2f %11.2f %9.1f\n", who, latency * 1000, f->wall,
               rate, share, 1000 * f->cpu / (double)b->requests,
               1000 * f->server_cpu / (double)b->requests, f->peak_mib);
    fflush(stdout);
}

/* Files as a video would be, and the bodies that the client makes of them. */
static int prepare(struct bench *b, struct dvb_err *err)
{
    struct dvb_rng rng;
    unsigned char *media = dvb_calloc(MEDIA + 8, 1);
    int ret = 0;
    dvb_rng_init(&rng, 1, "bench");
    for (int i = 0; !ret && i < FILES; i++) {
        struct dvb_body body = { 0 };
        char *text = NULL;
        size_t len = 0;
        b->media[i] = dvb_asprintf("%s/%d.mp4", b->dir, i);
        b->bodies[i] = dvb_asprintf("%s/%d.json", b->dir, i);
        for (size_t k = 0; k < MEDIA; k += 8) {
            uint64_t word = dvb_rng_next(&rng);
            memcpy(media + k, &word, 8);
        }
        ret = dvb_write_file(b->media[i], media, MEDIA, err);
        dvb_body_text(&body,
                      "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video_url\","
                      "\"video_url\":{\"url\":\"data:video/mp4;base64,");
        dvb_body_base64(&body, b->media[i]);
        dvb_body_text(&body, "\"}},{\"type\":\"text\",\"text\":\"Which one?\"}]}],"
                             "\"max_completion_tokens\":2048,\"model\":\"bench\"}");
        if (!ret)
            ret = dvb_body_make(&body, &text, &len, err);
        if (!ret)
            ret = dvb_write_file(b->bodies[i], text, len, err);
        dvb_body_release(&body);
        free(text);
    }
    free(media);
    return ret;
}

int main(int argc, char **argv)
{
    struct dvb_err err = { 0 };
    struct bench b = { .requests = 2000, .dir = argc > 1 ? argv[1] : NULL };
    int64_t n;
    if (argc > 2 && dvb_parse_int(argv[2], &n) && n > 0)
        b.requests = (long)n;
    if (!b.dir || argc > 3) {
        fprintf(stderr, "usage: bench_client DIR [REQUESTS]\n");
        return 2;
    }
    if (prepare(&b, &err)) {
        fprintf(stderr, "bench_client: %s\n", err.msg);
        return 1;
    }
    static const double latencies[] = { 0.2, 0 };
    printf("%ld requests with %zu bytes of media each, %d in flight; CPU in ms per request\n",
           b.requests, MEDIA, IN_FLIGHT);
    printf("%-10s %10s %9s %9s %9s %11s %11s %9s\n", "CLIENT", "LATENCY", "SECONDS", "REQ/S",
           "IDEAL", "CLIENT CPU", "SERVER CPU", "PEAK MIB");
    for (size_t i = 0; i < 2; i++) {
        struct figures ours = run(&b, devibench_main, latencies[i]);
        print_row(&b, "devibench", latencies[i], &ours);
        struct figures theirs = run(&b, curl_main, latencies[i]);
        print_row(&b, "curl", latencies[i], &theirs);
        if (ours.ok && theirs.ok)
            printf("devibench / curl: time %.2f, CPU %.2f\n", ours.wall / theirs.wall,
                   ours.cpu / theirs.cpu);
        if (!ours.ok)
            return 1;
    }
    for (int i = 0; i < FILES; i++) {
        free(b.media[i]);
        free(b.bodies[i]);
    }
    return 0;
}
