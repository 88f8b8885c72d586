/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the test service answers: fake_service.c describes scripts. */
#ifndef FAKE_SCRIPT_H
#define FAKE_SCRIPT_H

#include "base/err.h"
#include "tests/tools/fake/format.h"

struct fake_script;

/* path may be NULL: the built-in one alone. */
int fake_script_open(const char *path, struct fake_script **s, struct dvb_err *err);
void fake_script_close(struct fake_script **s);

/* The reply that is next for this request; NULL: no such model. Borrowed. Any thread. */
const json_t *fake_script_pick(struct fake_script *s, const struct fake_request *req);

/* Ids of the models. New reference. */
json_t *fake_script_models(const struct fake_script *s);

#endif
