/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd_stop.h"

#include <signal.h>
#include <stddef.h>

static atomic_bool stop;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&stop, true);
}

const atomic_bool *dvb_cmd_stop_on_signals(void)
{
    struct sigaction a = { .sa_handler = on_signal };
    sigemptyset(&a.sa_mask);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    return &stop;
}
