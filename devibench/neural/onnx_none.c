/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What onnx.c has, in a build without ONNX Runtime. */
#include <errno.h>

#include "neural/onnx.h"

#ifndef DVB_HAVE_ONNXRUNTIME

bool dvb_onnx_available(void)
{
    return false;
}

int dvb_onnx_open(const char *path, int threads, struct dvb_onnx **onnx, struct dvb_err *err)
{
    (void)threads;
    *onnx = NULL;
    return dvb_fail(err, DVB_FAULT_USAGE, ENOSYS,
                    "%s: this devibench is built without ONNX Runtime: run 'make onnxruntime', or "
                    "give ONNXRUNTIME_DIR=..., and build again",
                    path);
}

void dvb_onnx_close(struct dvb_onnx **onnx)
{
    *onnx = NULL;
}

const char *dvb_onnx_path(const struct dvb_onnx *o)
{
    (void)o;
    return "";
}

const struct dvb_onnx_port *dvb_onnx_inputs(const struct dvb_onnx *o, size_t *n)
{
    (void)o;
    *n = 0;
    return NULL;
}

const struct dvb_onnx_port *dvb_onnx_outputs(const struct dvb_onnx *o, size_t *n)
{
    return dvb_onnx_inputs(o, n);
}

int dvb_onnx_run(const struct dvb_onnx *o, const struct dvb_tensor *inputs, size_t n,
                 const char *output, struct dvb_tensor *out, struct dvb_err *err)
{
    (void)o, (void)inputs, (void)n, (void)output;
    *out = (struct dvb_tensor){ 0 };
    return dvb_fail(err, DVB_FAULT_USAGE, ENOSYS, "built without ONNX Runtime");
}

#endif
