/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running gnuplot. */
#ifndef DVB_REPORTS_GNUPLOT_H
#define DVB_REPORTS_GNUPLOT_H

#include <stddef.h>

#include "base/err.h"

/* The first executable of that name in PATH; heap, or NULL. */
char *dvb_gnuplot_find(void);

/* Give script to the program at path and take what it writes to stdout: heap,
   NUL-terminated, *len without the NUL. It runs without a shell, without settings of the person's
   own and with few environment variables (no API keys), and is ended after so many
   seconds. DVB_FAULT_SERVICE: it could not be started (-ENOENT, -EACCES), failed (-EIO, with its
   first words), wrote nothing or more than 64 MiB, or took too long (-ETIMEDOUT). */
int dvb_gnuplot_run(const char *path, const char *script, double seconds, char **out, size_t *len,
                    struct dvb_err *err);

#endif
