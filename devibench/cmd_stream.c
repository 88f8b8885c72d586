/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_stream.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define HOUR 3600e6

static const struct {
    const char *suffix;
    double us;
} units[] = { { "us", 1 }, { "ms", 1e3 }, { "s", 1e6 } };

int dvb_cmd_parse_time(const char *option, const char *text, int64_t *us, struct dvb_err *err)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        size_t n = strlen(units[i].suffix);
        if (len <= n || strcmp(text + len - n, units[i].suffix))
            continue;
        char number[40] = "";
        double v;
        if (len - n < sizeof(number))
            memcpy(number, text, len - n);
        if (dvb_parse_num(number, &v) && v >= 0 && v * units[i].us <= HOUR) {
            *us = (int64_t)llround(v * units[i].us);
            return 0;
        }
        break;
    }
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--%s: found '%s', expected a time such as 30ms or 1.5s, at most an hour",
                    option, text);
}

static const struct {
    const char *name;
    enum dvb_link_queue kind;
    bool needs_limit, takes_limit;
} queues[] = {
    { "infinite", DVB_QUEUE_INFINITE, false, false },
    { "packets", DVB_QUEUE_PACKETS, true, true },
    { "bytes", DVB_QUEUE_BYTES, true, true },
    { "codel", DVB_QUEUE_CODEL, false, true },
};

static int parse_queue(const char *text, struct dvb_link_settings *s, struct dvb_err *err)
{
    size_t len = strcspn(text, ":");
    for (size_t i = 0; i < sizeof(queues) / sizeof(*queues); i++) {
        if (strlen(queues[i].name) != len || strncmp(text, queues[i].name, len))
            continue;
        s->queue = queues[i].kind;
        s->limit = 0;
        if (!text[len] && !queues[i].needs_limit)
            return 0;
        if (text[len] && queues[i].takes_limit && dvb_parse_int(text + len + 1, &s->limit) &&
            s->limit >= 1 && s->limit <= INT64_C(1000000000000))
            return 0;
        break;
    }
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--queue: found '%s', expected infinite, packets:N, bytes:N, codel or codel:N",
                    text);
}

int dvb_cmd_link_settings(const struct dvb_cmd_link *o, struct dvb_trace *trace,
                          struct dvb_link_settings *s, struct dvb_err *err)
{
    *trace = (struct dvb_trace){ 0 };
    int ret = dvb_cmd_parse_time("delay", o->delay, &s->delay, err);
    if (!ret)
        ret = dvb_cmd_parse_time("jitter", o->jitter, &s->jitter, err);
    if (!ret)
        ret = parse_queue(o->queue, s, err);
    if (!ret && o->trace)
        ret = dvb_trace_read(o->trace, trace, err);
    if (ret)
        return ret;
    s->rate = o->rate;
    s->trace = o->trace ? trace : NULL;
    s->reorder = o->reorder;
    s->burst = o->burst;
    s->overhead = (uint32_t)o->overhead;
    if (o->trace)
        dvb_info("%s: a %s trace of %.4g s, %.4g Mbps on average", o->trace,
                 dvb_trace_kind_names[trace->kind], (double)trace->length / 1e6,
                 dvb_trace_mean(trace) / 1e6);
    return 0;
}

int dvb_cmd_parse_rates(const char *option, const struct dvb_strlist *list, int64_t **rates,
                        struct dvb_err *err)
{
    *rates = dvb_calloc(list->n, sizeof(**rates));
    for (size_t i = 0; i < list->n; i++)
        if (!dvb_parse_rate(list->v[i], &(*rates)[i]) || (*rates)[i] > DVB_TRACE_MAX_BPS) {
            free(*rates);
            *rates = NULL;
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                            "--%s: found '%s', expected a rate such as 200k or 1.5M", option,
                            list->v[i]);
        }
    return 0;
}

int dvb_cmd_parse_nums(const char *option, const struct dvb_strlist *list, double min, double max,
                       double **nums, struct dvb_err *err)
{
    *nums = dvb_calloc(list->n, sizeof(**nums));
    for (size_t i = 0; i < list->n; i++)
        if (!dvb_parse_num(list->v[i], &(*nums)[i]) || (*nums)[i] < min || (*nums)[i] > max) {
            free(*nums);
            *nums = NULL;
            return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                            "--%s: found '%s', expected a number from %g to %g", option, list->v[i],
                            min, max);
        }
    return 0;
}
