/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times the simulation of figure 2's whole grid (40,489 s of video), and tells the stall of figure
 * 10's schemes beside the published ones. -j N: threads, all cores if not given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "eval/network/figure.h"

static double num(const json_t *row, const char *key)
{
    return dvb_json_get_num(row, key, 0);
}

static int time_figure_2(const struct dvb_figure_settings *s)
{
    json_t *rows;
    struct dvb_err err;
    struct rusage use;
    double begun = dvb_now(), packets = 0;
    if (dvb_figure_2(s, &rows, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return -1;
    }
    double took = dvb_now() - begun;
    getrusage(RUSAGE_SELF, &use);
    for (size_t i = 0; i < json_array_size(rows); i++)
        packets += num(json_array_get(rows, i), "frames") *
                   num(json_array_get(rows, i), "packets_per_frame");
    printf("network: %zu calls, %.0f s of video, %.1f million packets in %.1f s (%.1f s of "
           "processor): %.0f simulated seconds a second, %.0f MB\n",
           json_array_size(rows), DVB_FIGURE_2_SECONDS, packets / 1e6, took,
           (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
               (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6,
           DVB_FIGURE_2_SECONDS / took, (double)use.ru_maxrss / 1024);
    json_decref(rows);
    return 0;
}

static int tell_figure_10(const struct dvb_figure_settings *s)
{
    json_t *rows;
    struct dvb_err err;
    if (dvb_figure_10(s, &rows, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return -1;
    }
    printf("stall, ms (published: waiting 25.3, equation 5 1.2)\n");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (num(row, "bitrate_kbps") > 1999 && num(row, "bitrate_kbps") < 2001)
            printf(
                "  %-10s %2.0f fps  loss %2.0f%%  stall %6.2f  served %6.2f%%  sent %5.0f kbps\n",
                dvb_json_get_str(row, "scheme"), num(row, "fps"), 100 * num(row, "loss"),
                num(row, "stall_ms"), 100 * num(row, "served"), num(row, "sent_kbps"));
    }
    json_decref(rows);
    return 0;
}

int main(int argc, char **argv)
{
    struct dvb_figure_settings s = { .seed = 1 };
    if (argc == 3 && !strcmp(argv[1], "-j"))
        s.threads = atoi(argv[2]);
    return time_figure_2(&s) || tell_figure_10(&s) ? 1 : 0;
}
