/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

static enum dvb_log_level max_level = DVB_LOG_INFO;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool line_drawn; /* a progress line stands on the terminal */

static const struct {
    const char *word, *colour;
} levels[] = {
    [DVB_LOG_ERROR] = { "error: ", "\033[1;31m" },
    [DVB_LOG_WARN] = { "warning: ", "\033[1;33m" },
    [DVB_LOG_INFO] = { "", "" },
    [DVB_LOG_DEBUG] = { "debug: ", "\033[2m" },
};

void dvb_log_set_level(enum dvb_log_level level)
{
    max_level = level;
}

static bool use_colour(void)
{
    const char *no = getenv("NO_COLOR");
    return !(no && *no) && isatty(STDERR_FILENO);
}

static void erase_line(void)
{
    if (line_drawn)
        fputs("\r\033[K", stderr);
    line_drawn = false;
}

/* What a file or a model says must not steer the terminal. */
static void make_safe(char *s)
{
    for (; *s; s++)
        if (((unsigned char)*s < 0x20 && *s != '\n' && *s != '\t') || *s == 0x7f)
            *s = '?';
}

void dvb_log(enum dvb_log_level level, const char *fmt, ...)
{
    if (level > max_level)
        return;
    char text[2048];
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (len >= (int)sizeof(text))
        text[dvb_utf8_cut(text, sizeof(text) - 2)] = '\0';
    make_safe(text);
    bool colour = use_colour() && *levels[level].colour;

    pthread_mutex_lock(&lock);
    erase_line();
    fprintf(stderr, "%s%s%s%s\n", colour ? levels[level].colour : "", levels[level].word,
            colour ? "\033[0m" : "", text);
    pthread_mutex_unlock(&lock);
}

double dvb_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

void dvb_progress_start(struct dvb_progress *p, const char *what, long total)
{
    *p = (struct dvb_progress){ .what = what, .total = total, .started = dvb_now() };
    p->on = max_level >= DVB_LOG_INFO && isatty(STDERR_FILENO);
}

static void draw(struct dvb_progress *p, double now)
{
    double spent = now - p->started;
    double rate = spent > 0 ? (double)p->done / spent : 0;
    double left = rate > 0 ? (double)(p->total - p->done) / rate : 0;
    fprintf(stderr, "\r\033[K%s %ld/%ld, %.1f/s, %.0f s left", p->what, p->done, p->total, rate,
            left);
    fflush(stderr);
    line_drawn = true;
    p->drawn = now;
}

void dvb_progress_step(struct dvb_progress *p, long more)
{
    pthread_mutex_lock(&lock);
    p->done += more;
    double now = dvb_now();
    if (p->on && now - p->drawn > 0.2)
        draw(p, now);
    pthread_mutex_unlock(&lock);
}

void dvb_progress_end(struct dvb_progress *p)
{
    pthread_mutex_lock(&lock);
    if (p->on)
        erase_line();
    pthread_mutex_unlock(&lock);
}
