/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ONNX graphs, run by ONNX Runtime (its C API) on the processor. Without that
 * library every function here is still there, and dvb_onnx_open says how to get it.
 *
 * A graph runs on as many threads as it is opened with, one by default: the same
 * input gives the same bits whatever else runs. Processors with other vector
 * instructions may differ in the last digits.
 */
#ifndef DVB_NEURAL_ONNX_H
#define DVB_NEURAL_ONNX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DVB_ONNX_MAX_DIMS 6
#define DVB_ONNX_MAX_PORTS 16 /* inputs or outputs of one run */

enum dvb_onnx_type {
    DVB_ONNX_OTHER, /* float16, strings, ...: listed, but not fed */
    DVB_ONNX_FLOAT,
    DVB_ONNX_INT64,
    DVB_ONNX_INT32,
};

/* An input or output as the graph declares it. */
struct dvb_onnx_port {
    char *name;
    enum dvb_onnx_type type;
    int n_dims;
    int64_t dims[DVB_ONNX_MAX_DIMS]; /* -1: any */
};

/* A tensor in row-major order. */
struct dvb_tensor {
    const char *name; /* of the port; borrowed */
    enum dvb_onnx_type type;
    int n_dims;
    int64_t dims[DVB_ONNX_MAX_DIMS];
    const float *f;   /* FLOAT; an input's is borrowed, an output's owned */
    const int64_t *i; /* INT64, and INT32 (narrowed for the graph) */
};

struct dvb_onnx;

/* False in a build without ONNX Runtime. */
bool dvb_onnx_available(void);

/* threads: 1.. per run. DVB_FAULT_INPUT names the file: missing, truncated, no
   graph, unknown operators. DVB_FAULT_USAGE: built without the library. The handle
   is thread-safe. */
int dvb_onnx_open(const char *path, int threads, struct dvb_onnx **onnx, struct dvb_err *err);
void dvb_onnx_close(struct dvb_onnx **onnx);

const char *dvb_onnx_path(const struct dvb_onnx *o);

/* All of them in the graph's order; *n how many. They belong to the handle. */
const struct dvb_onnx_port *dvb_onnx_inputs(const struct dvb_onnx *o, size_t *n);
const struct dvb_onnx_port *dvb_onnx_outputs(const struct dvb_onnx *o, size_t *n);

/* By name; NULL if there is none. */
const struct dvb_onnx_port *dvb_onnx_find(const struct dvb_onnx_port *ports, size_t n,
                                          const char *name);

/* Whether a tensor may be fed to the port; the message has both shapes. */
int dvb_onnx_fits(const struct dvb_onnx *o, const struct dvb_onnx_port *port,
                  const struct dvb_tensor *t, struct dvb_err *err);

/* Feed the inputs and take one output, which must be float. out->f is heap memory
   for dvb_tensor_release. DVB_FAULT_INPUT: inputs that the graph has no port for or
   that do not fit, what ONNX Runtime refuses, an output that holds NaN or infinity
   (named). */
int dvb_onnx_run(const struct dvb_onnx *o, const struct dvb_tensor *inputs, size_t n,
                 const char *output, struct dvb_tensor *out, struct dvb_err *err);

void dvb_tensor_release(struct dvb_tensor *out);

/* Product of the sides; 0 when one is negative or it passes 2^31. */
size_t dvb_tensor_count(const struct dvb_tensor *t);

#endif
