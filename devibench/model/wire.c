/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/wire.h"

#include <stdlib.h>
#include <string.h>

#include "model/upload.h"

const struct dvb_wire *const dvb_wires[] = {
    &dvb_wire_openai,    &dvb_wire_responses, &dvb_wire_anthropic,
    &dvb_wire_dashscope, &dvb_wire_gemini,    NULL,
};

const struct dvb_wire *dvb_wire_find(const char *name)
{
    for (const struct dvb_wire *const *w = dvb_wires; *w; w++)
        if (!strcmp((*w)->name, name))
            return *w;
    return NULL;
}

json_t *dvb_wire_with_extra(const struct dvb_profile *p, json_t *body)
{
    if (!p->extra)
        return body;
    json_t *whole = json_deep_copy(p->extra);
    json_object_update_recursive(whole, body);
    json_decref(body);
    return whole;
}

void dvb_reply_release(struct dvb_reply *r)
{
    free(r->text);
    free(r->usage);
    free(r->finish);
    free(r->logprobs);
    *r = (struct dvb_reply){ 0 };
}

void dvb_upload_release(struct dvb_upload *u)
{
    free(u->target);
    free(u->name);
    free(u->uri);
    *u = (struct dvb_upload){ 0 };
}
