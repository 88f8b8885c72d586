/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the test service has seen: requests and how many were in flight at
   once, by model id and in all. Any thread. */
#ifndef FAKE_TALLY_H
#define FAKE_TALLY_H

#include <jansson.h>
#include <stddef.h>

/* A question came in, whatever it asks; and has been answered. */
void fake_tally_enter(void);
void fake_tally_leave(void);
/* It asks this model; the number returned is what leaves. */
size_t fake_tally_enter_model(const char *model);
void fake_tally_leave_model(size_t tally);
/* Somebody connected. */
void fake_tally_connection(void);

/* {requests, max_in_flight, connections, models{id: {requests, max_in_flight}}}. New reference. */
json_t *fake_tally_json(void);
void fake_tally_free(void);

#endif
