/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "cmd.h"
#include "cmd_stop.h"
#include "cmd_stream.h"
#include "eval/live/relay.h"

struct settings {
    struct dvb_cmd_link link;
    struct dvb_strlist down, up;
    double loss, back_loss, duration;
    int64_t back_rate, seed;
};

#define AT(member) offsetof(struct settings, member)

static const struct dvb_opt opts[] = {
    { "down", 0, DVB_OPT_LIST, AT(down), "LISTEN=TARGET",
      .help = "Forward what comes to LISTEN through the link to TARGET, answers back through the "
              "way back; each is PORT or ADDRESS:PORT, LISTEN's port 0 is any" },
    { "up", 0, DVB_OPT_LIST, AT(up), "LISTEN=TARGET",
      .help = "The same with the two ways exchanged" },
    { "link", 0, DVB_OPT_GROUP, AT(link), .group = dvb_cmd_link_opts },
    { "loss", 0, DVB_OPT_NUM, AT(loss), "SHARE", "0", 0, 1,
      .help = "Share of packets that the link loses" },
    { "back-rate", 0, DVB_OPT_RATE, AT(back_rate), "RATE", NULL, 1e3, 1e11,
      .help = "Rate of the way back; no limit if not given. Its delay is the link's" },
    { "back-loss", 0, DVB_OPT_NUM, AT(back_loss), "SHARE", "0", 0, 1,
      .help = "Share of packets that the way back loses" },
    { "duration", 0, DVB_OPT_NUM, AT(duration), "SECONDS", "0", 0, 1e7,
      .help = "End after so long; 0: at SIGINT or SIGTERM only" },
    { "seed", 0, DVB_OPT_INT, AT(seed), "N", "1", 0, 9e15, .help = "Of loss and jitter" },
    { NULL },
};

static int parse_route(const char *text, enum dvb_relay_way way, struct dvb_relay_route *route,
                       struct dvb_err *err)
{
    const char *option = way == DVB_RELAY_DOWN ? "--down" : "--up";
    const char *equals = strchr(text, '=');
    char listen[DVB_UDP_TEXT];
    route->way = way;
    if (!equals || equals - text >= DVB_UDP_TEXT)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "%s: found '%s', expected LISTEN=TARGET such as 0=127.0.0.1:5004", option,
                        text);
    snprintf(listen, sizeof(listen), "%.*s", (int)(equals - text), text);
    int ret = dvb_udp_parse(listen, option, &route->listen, err);
    if (!ret)
        ret = dvb_udp_parse(equals + 1, option, &route->target, err);
    if (!ret &&
        (!dvb_udp_port(&route->target) || route->target.at.ss_family != route->listen.at.ss_family))
        ret = dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                       "%s: found '%s', expected a target with a port, of the same kind of address",
                       option, text);
    return ret;
}

static int parse_routes(const struct settings *s, struct dvb_relay_route *routes, size_t *n,
                        struct dvb_err *err)
{
    const struct dvb_strlist *lists[] = { [DVB_RELAY_DOWN] = &s->down, [DVB_RELAY_UP] = &s->up };
    *n = 0;
    if (s->down.n + s->up.n < 1 || s->down.n + s->up.n > DVB_RELAY_ROUTES)
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "found %zu of --down and --up, expected 1 to %d in all",
                        s->down.n + s->up.n, DVB_RELAY_ROUTES);
    for (int way = 0; way < DVB_RELAY_WAYS; way++)
        for (size_t i = 0; i < lists[way]->n; i++) {
            int ret = parse_route(lists[way]->v[i], way, &routes[(*n)++], err);
            if (ret)
                return ret;
        }
    return 0;
}

static const char *const way_names[] = { "down", "up" };

/* Before anything is forwarded, so that others can find the ports. */
static void tell_routes(const struct dvb_invocation *inv, const struct dvb_relay *relay,
                        const struct dvb_relay_route *routes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char at[DVB_UDP_TEXT], to[DVB_UDP_TEXT];
        dvb_udp_format(dvb_relay_address(relay, i), at);
        dvb_udp_format(&routes[i].target, to);
        if (inv->common->json)
            dvb_info("%s %s to %s", way_names[routes[i].way], at, to);
        else
            printf("%s %s to %s\n", way_names[routes[i].way], at, to);
    }
    fflush(stdout);
}

static json_t *way_json(const struct dvb_relay_stats *s)
{
    return dvb_json_pack(
        "{s:I s:I s:I s:I s:I s:I s:I s:I s:I s:I s:f}", "packets", (json_int_t)s->link.packets,
        "bytes", (json_int_t)s->link.bytes, "delivered", (json_int_t)s->link.delivered, "lost",
        (json_int_t)s->link.lost, "dropped_queue", (json_int_t)s->link.dropped_queue,
        "dropped_codel", (json_int_t)s->link.dropped_codel, "max_queue",
        (json_int_t)s->link.max_queue, "overflow", (json_int_t)s->overflow, "nowhere",
        (json_int_t)s->nowhere, "failed", (json_int_t)s->failed, "late_ms", s->late_ms);
}

static void tell_counts(const struct dvb_invocation *inv, const struct dvb_relay *relay)
{
    struct dvb_relay_stats s[DVB_RELAY_WAYS];
    for (int way = 0; way < DVB_RELAY_WAYS; way++)
        dvb_relay_get_stats(relay, way, &s[way]);
    if (inv->common->json) {
        dvb_cmd_print_json(inv->command,
                           dvb_json_pack("{s:o s:o}", way_names[DVB_RELAY_DOWN],
                                         way_json(&s[DVB_RELAY_DOWN]), way_names[DVB_RELAY_UP],
                                         way_json(&s[DVB_RELAY_UP])));
        return;
    }
    for (int way = 0; way < DVB_RELAY_WAYS; way++)
        printf("%s: %lld packets, %lld bytes: %lld delivered, %lld lost, %lld dropped by the "
               "queue\n",
               way_names[way], (long long)s[way].link.packets, (long long)s[way].link.bytes,
               (long long)s[way].link.delivered, (long long)s[way].link.lost,
               (long long)s[way].link.dropped_queue + (long long)s[way].link.dropped_codel);
}

static int open_relay(const struct settings *s, const struct dvb_link_settings *link,
                      const struct dvb_relay_route *routes, size_t n, struct dvb_relay **relay,
                      struct dvb_err *err)
{
    struct dvb_relay_settings rs = { .routes = routes, .n_routes = n };
    rs.link[DVB_RELAY_DOWN] = *link;
    rs.link[DVB_RELAY_DOWN].loss = s->loss;
    if (s->loss <= 0)
        rs.link[DVB_RELAY_DOWN].burst = 0;
    rs.link[DVB_RELAY_DOWN].seed = (uint64_t)s->seed;
    rs.link[DVB_RELAY_DOWN].label = "forward";
    rs.link[DVB_RELAY_UP] = (struct dvb_link_settings){ .rate = s->back_rate,
                                                        .delay = link->delay,
                                                        .loss = s->back_loss,
                                                        .overhead = link->overhead,
                                                        .seed = (uint64_t)s->seed,
                                                        .label = "back" };
    return dvb_relay_open(&rs, relay, err);
}

static int run(const struct dvb_invocation *inv, void *settings, struct dvb_err *err)
{
    const struct settings *s = settings;
    const atomic_bool *stop = dvb_cmd_stop_on_signals();
    struct dvb_relay_route routes[DVB_RELAY_ROUTES] = { 0 };
    struct dvb_link_settings link = { 0 };
    struct dvb_trace trace = { 0 };
    struct dvb_relay *relay = NULL;
    size_t n;
    int ret = parse_routes(s, routes, &n, err);
    if (!ret)
        ret = dvb_cmd_link_settings(&s->link, &trace, &link, err);
    if (!ret)
        ret = open_relay(s, &link, routes, n, &relay, err);
    if (!ret) {
        int64_t until = s->duration > 0 ? dvb_live_now() + (int64_t)(s->duration * 1e6) : INT64_MAX;
        tell_routes(inv, relay, routes, n);
        ret = dvb_relay_run(relay, until, stop, err);
    }
    if (!ret)
        tell_counts(inv, relay);
    dvb_relay_close(&relay);
    dvb_trace_release(&trace);
    return ret;
}

static const char *const examples[] = {
    "devibench stream link --down 5000=127.0.0.1:5004 --link-rate 10M --delay 30ms --loss 0.01",
    "devibench stream link --down 5000=5004 --down 5001=5005 --up 5003=5007 --trace lte.txt "
    "--duration 60 --json",
    NULL,
};

const struct dvb_command dvb_cmd_stream_link = {
    .name = "stream link",
    .args = "",
    .summary = "Emulate a link between UDP programs, in user space",
    .details =
        "Forwards datagrams between sockets of this machine through the link that stream simulate "
        "simulates, on the wall clock. All routes share one link for each direction. What a "
        "target answers goes back through the other direction to whoever sent to the route last.\n"
        "\n"
        "Each route's real addresses are printed first, counters at the end. With --json the "
        "routes go to the log and the counters are one document. late_ms is by how much "
        "datagrams left later than the link let them go, on average: the machine's own doing.",
    .examples = examples,
    .opts = opts,
    .settings_size = sizeof(struct settings),
    .run = run,
};
