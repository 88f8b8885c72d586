/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of onnx.h needs no library. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "neural/onnx.h"

static const char *const type_names[] = {
    [DVB_ONNX_OTHER] = "another type",
    [DVB_ONNX_FLOAT] = "float",
    [DVB_ONNX_INT64] = "int64",
    [DVB_ONNX_INT32] = "int32",
};

struct shape_text {
    char s[128];
};

/* "float[1,3,?,?]" */
static struct shape_text shape(enum dvb_onnx_type type, const int64_t *dims, int n)
{
    struct shape_text t;
    size_t at = (size_t)snprintf(t.s, sizeof(t.s), "%s[", type_names[type]);
    for (int i = 0; i < n && at < sizeof(t.s); i++) {
        const char *comma = i ? "," : "";
        at += (size_t)(dims[i] < 0 ? snprintf(t.s + at, sizeof(t.s) - at, "%s?", comma)
                                   : snprintf(t.s + at, sizeof(t.s) - at, "%s%lld", comma,
                                              (long long)dims[i]));
    }
    if (at < sizeof(t.s))
        snprintf(t.s + at, sizeof(t.s) - at, "]");
    return t;
}

const struct dvb_onnx_port *dvb_onnx_find(const struct dvb_onnx_port *ports, size_t n,
                                          const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(ports[i].name, name))
            return &ports[i];
    return NULL;
}

int dvb_onnx_fits(const struct dvb_onnx *o, const struct dvb_onnx_port *port,
                  const struct dvb_tensor *t, struct dvb_err *err)
{
    bool fits = port->type == t->type && port->n_dims == t->n_dims;
    for (int i = 0; fits && i < t->n_dims; i++)
        fits = port->dims[i] < 0 || port->dims[i] == t->dims[i];
    if (fits)
        return 0;
    return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                    "%s: input '%s' is %s, expected one that takes %s", dvb_onnx_path(o),
                    port->name, shape(port->type, port->dims, port->n_dims).s,
                    shape(t->type, t->dims, t->n_dims).s);
}

size_t dvb_tensor_count(const struct dvb_tensor *t)
{
    size_t n = 1;
    for (int i = 0; i < t->n_dims; i++) {
        if (t->dims[i] < 0 || (t->dims[i] && n > ((size_t)1 << 31) / (size_t)t->dims[i]))
            return 0;
        n *= (size_t)t->dims[i];
    }
    return n;
}

void dvb_tensor_release(struct dvb_tensor *out)
{
    free((void *)out->f);
    free((void *)out->i);
    *out = (struct dvb_tensor){ 0 };
}
