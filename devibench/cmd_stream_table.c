/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_stream_table.h"

#include <math.h>
#include <stdio.h>

/* A number in seven columns; "-" where there is none. */
static void put(double v)
{
    if (isnan(v))
        printf("%8s", "-");
    else if (fabs(v) < 9999.95)
        printf(" %7.1f", v);
    else
        printf(" %7.3g", v);
}

void dvb_cmd_grid_print(const struct dvb_grid *grid)
{
    printf("%-10s %6s %8s %6s %7s | %7s %7s %7s %7s | %7s %7s %7s\n", "scheme", "fps", "kbps",
           "loss", "frames", "mean", "p50", "p95", "p99", "stall", "served", "age");
    for (size_t i = 0; i < grid->n; i++) {
        const struct dvb_grid_cell *c = &grid->cells[i];
        printf("%-10s %6.4g %8.5g %5.3g%% %7zu |", c->scheme->name, c->fps,
               (double)c->bitrate / 1e3, 100 * c->loss, c->m.frames);
        put(c->m.complete.mean);
        put(c->m.complete.p50);
        put(c->m.complete.p95);
        put(c->m.complete.p99);
        fputs(" |", stdout);
        put(c->m.shown.stall_ms);
        printf(" %6.2f%%", 100 * c->m.shown.share);
        put(c->m.shown.age_ms);
        putchar('\n');
    }
    puts("latency of complete frames, stall and age in milliseconds");
}
