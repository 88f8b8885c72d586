/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "neural/onnx.h"

#ifdef DVB_HAVE_ONNXRUNTIME

#include <errno.h>
#include <math.h>
#include <onnxruntime_c_api.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"

struct dvb_onnx {
    char *path;
    OrtSession *session;
    struct dvb_onnx_port *in, *out;
    size_t n_in, n_out;
};

/* Set once, never released: sessions of any thread may still use them. */
static const OrtApi *api;
static OrtEnv *env;
static OrtMemoryInfo *memory;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* What is called here has been there since ONNX Runtime 1.16; asking for no more lets a
   header be newer than the library. */
#define API 16

/* Fatal messages only: errors come back as status, and are told in our words. Version 1.29
   for Linux reports its use to its makers, and looks up this variable before it does;
   nothing of this project talks to anybody whom it was not asked to talk to. */
static void start(void)
{
    if (setenv("ORT_DISABLE_TELEMETRY", "1", 1))
        return;
    const OrtApi *a = OrtGetApiBase()->GetApi(API);
    OrtStatus *s = !a ? NULL : a->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "devibench", &env);
    if (a && !s)
        s = a->DisableTelemetryEvents(env);
    if (a && !s)
        s = a->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &memory);
    if (a && s)
        a->ReleaseStatus(s);
    else
        api = a;
}

bool dvb_onnx_available(void)
{
    return true;
}

/* A status of ONNX Runtime as ours; releases it. */
static int translate(OrtStatus *s, const char *path, const char *what, struct dvb_err *err)
{
    if (!s)
        return 0;
    int ret = dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: %s: %s", path, what,
                       api->GetErrorMessage(s));
    api->ReleaseStatus(s);
    return ret;
}

static enum dvb_onnx_type type_of(ONNXTensorElementDataType t)
{
    return t == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT   ? DVB_ONNX_FLOAT
           : t == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 ? DVB_ONNX_INT64
           : t == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 ? DVB_ONNX_INT32
                                                      : DVB_ONNX_OTHER;
}

/* What is no tensor, or has too many sides, stays DVB_ONNX_OTHER. */
static OrtStatus *describe(const OrtTypeInfo *info, struct dvb_onnx_port *port)
{
    const OrtTensorTypeAndShapeInfo *tensor;
    ONNXTensorElementDataType type;
    size_t n = 0;
    OrtStatus *s = api->CastTypeInfoToTensorInfo(info, &tensor);
    if (s || !tensor)
        return s;
    s = api->GetTensorElementType(tensor, &type);
    if (!s)
        s = api->GetDimensionsCount(tensor, &n);
    if (s || n > DVB_ONNX_MAX_DIMS)
        return s;
    port->type = type_of(type);
    port->n_dims = (int)n;
    return api->GetDimensions(tensor, port->dims, n);
}

struct side { /* of a session: its inputs or its outputs */
    OrtStatusPtr(ORT_API_CALL *count)(const OrtSession *session, size_t *n);
    OrtStatusPtr(ORT_API_CALL *name)(const OrtSession *session, size_t i, OrtAllocator *a, char **);
    OrtStatusPtr(ORT_API_CALL *type)(const OrtSession *session, size_t i, OrtTypeInfo **);
};

static OrtStatus *list_port(const struct side *side, const OrtSession *session, size_t i,
                            OrtAllocator *alloc, struct dvb_onnx_port *port)
{
    OrtTypeInfo *info = NULL;
    char *name = NULL;
    OrtStatus *s = side->name(session, i, alloc, &name);
    port->name = dvb_strdup(name ? name : "");
    if (name)
        alloc->Free(alloc, name);
    if (!s)
        s = side->type(session, i, &info);
    if (!s)
        s = describe(info, port);
    if (info)
        api->ReleaseTypeInfo(info);
    return s;
}

static OrtStatus *list_ports(const struct side *side, const OrtSession *session,
                             struct dvb_onnx_port **ports, size_t *n)
{
    OrtAllocator *alloc;
    size_t count = 0;
    OrtStatus *s = api->GetAllocatorWithDefaultOptions(&alloc);
    if (!s)
        s = side->count(session, &count);
    *ports = dvb_calloc(count + 1, sizeof(**ports));
    for (*n = 0; !s && *n < count; (*n)++)
        s = list_port(side, session, *n, alloc, &(*ports)[*n]);
    return s;
}

static OrtStatus *open_session(const char *path, int threads, OrtSession **session)
{
    OrtSessionOptions *o = NULL;
    OrtStatus *s = api->CreateSessionOptions(&o);
    if (!s)
        s = api->SetIntraOpNumThreads(o, threads);
    if (!s)
        s = api->SetInterOpNumThreads(o, 1);
    if (!s)
        s = api->SetSessionExecutionMode(o, ORT_SEQUENTIAL);
    if (!s)
        s = api->CreateSession(env, path, o, session);
    if (o)
        api->ReleaseSessionOptions(o);
    return s;
}

int dvb_onnx_open(const char *path, int threads, struct dvb_onnx **onnx, struct dvb_err *err)
{
    *onnx = NULL;
    pthread_once(&once, start);
    if (!api)
        return dvb_fail(err, DVB_FAULT_INTERNAL, ENOSYS,
                        "ONNX Runtime %s cannot be started, or is older than 1.16",
                        OrtGetApiBase()->GetVersionString());
    if (!dvb_is_file(path))
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: no such file", path);
    struct dvb_onnx *o = dvb_calloc(1, sizeof(*o));
    o->path = dvb_strdup(path);
    const struct side in = { api->SessionGetInputCount, api->SessionGetInputName,
                             api->SessionGetInputTypeInfo };
    const struct side out = { api->SessionGetOutputCount, api->SessionGetOutputName,
                              api->SessionGetOutputTypeInfo };
    OrtStatus *s = open_session(path, threads, &o->session);
    if (!s)
        s = list_ports(&in, o->session, &o->in, &o->n_in);
    if (!s)
        s = list_ports(&out, o->session, &o->out, &o->n_out);
    int ret = translate(s, path, "not a graph that ONNX Runtime can open", err);
    if (ret)
        dvb_onnx_close(&o);
    *onnx = o;
    return ret;
}

static void free_ports(struct dvb_onnx_port *ports, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(ports[i].name);
    free(ports);
}

void dvb_onnx_close(struct dvb_onnx **onnx)
{
    struct dvb_onnx *o = *onnx;
    if (!o)
        return;
    if (o->session)
        api->ReleaseSession(o->session);
    free_ports(o->in, o->n_in);
    free_ports(o->out, o->n_out);
    free(o->path);
    free(o);
    *onnx = NULL;
}

const char *dvb_onnx_path(const struct dvb_onnx *o)
{
    return o->path;
}

const struct dvb_onnx_port *dvb_onnx_inputs(const struct dvb_onnx *o, size_t *n)
{
    *n = o->n_in;
    return o->in;
}

const struct dvb_onnx_port *dvb_onnx_outputs(const struct dvb_onnx *o, size_t *n)
{
    *n = o->n_out;
    return o->out;
}

/* A value over the tensor's own memory; of int32 over a narrowed copy, *copy. */
static OrtStatus *wrap(const struct dvb_tensor *t, void **copy, OrtValue **value)
{
    static const ONNXTensorElementDataType types[] = {
        [DVB_ONNX_FLOAT] = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
        [DVB_ONNX_INT64] = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64,
        [DVB_ONNX_INT32] = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32,
    };
    size_t n = dvb_tensor_count(t), size = t->type == DVB_ONNX_INT64 ? 8 : 4;
    void *data = t->type == DVB_ONNX_FLOAT ? (void *)t->f : (void *)t->i;
    if (t->type == DVB_ONNX_INT32) {
        int32_t *narrow = dvb_calloc(n, sizeof(*narrow));
        for (size_t i = 0; i < n; i++)
            narrow[i] = (int32_t)t->i[i];
        data = *copy = narrow;
    }
    return api->CreateTensorWithDataAsOrtValue(memory, data, n * size, t->dims, (size_t)t->n_dims,
                                               types[t->type], value);
}

/* Take an output's numbers; it must be float and hold nothing but numbers. */
static int take(const struct dvb_onnx *o, const char *name, OrtValue *value, struct dvb_tensor *out,
                struct dvb_err *err)
{
    OrtTensorTypeAndShapeInfo *info = NULL;
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    size_t n_dims = 0;
    void *data = NULL;
    OrtStatus *s = api->GetTensorTypeAndShape(value, &info);
    if (!s)
        s = api->GetTensorElementType(info, &type);
    if (!s)
        s = api->GetDimensionsCount(info, &n_dims);
    if (!s && n_dims <= DVB_ONNX_MAX_DIMS)
        s = api->GetDimensions(info, out->dims, n_dims);
    if (info)
        api->ReleaseTensorTypeAndShapeInfo(info);
    if (!s)
        s = api->GetTensorMutableData(value, &data);
    int ret = translate(s, o->path, name, err);
    if (ret)
        return ret;
    if (type != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT || n_dims > DVB_ONNX_MAX_DIMS)
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL,
                        "%s: output '%s' is no float tensor of at most %d dimensions", o->path,
                        name, DVB_ONNX_MAX_DIMS);
    out->n_dims = (int)n_dims;
    size_t n = dvb_tensor_count(out);
    float *f = malloc((n ? n : 1) * sizeof(*f));
    if (!f)
        return dvb_fail_nomem(err);
    memcpy(f, data, n * sizeof(*f));
    out->f = f;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(f[i]))
            return dvb_fail(err, DVB_FAULT_INPUT, EDOM,
                            "%s: output '%s' holds %s at place %zu of %zu, expected numbers",
                            o->path, name, isnan(f[i]) ? "NaN" : "infinity", i, n);
    return 0;
}

static int check_inputs(const struct dvb_onnx *o, const struct dvb_tensor *inputs, size_t n,
                        const char *output, struct dvb_err *err)
{
    if (!dvb_onnx_find(o->out, o->n_out, output))
        return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: has no output '%s'", o->path, output);
    if (n > DVB_ONNX_MAX_PORTS)
        return dvb_fail(err, DVB_FAULT_INTERNAL, EINVAL, "%s: %zu inputs", o->path, n);
    for (size_t i = 0; i < n; i++) {
        const struct dvb_onnx_port *port = dvb_onnx_find(o->in, o->n_in, inputs[i].name);
        if (!port)
            return dvb_fail(err, DVB_FAULT_INPUT, ENOENT, "%s: has no input '%s'", o->path,
                            inputs[i].name);
        int ret = dvb_onnx_fits(o, port, &inputs[i], err);
        if (ret)
            return ret;
    }
    return 0;
}

int dvb_onnx_run(const struct dvb_onnx *o, const struct dvb_tensor *inputs, size_t n,
                 const char *output, struct dvb_tensor *out, struct dvb_err *err)
{
    const char *names[DVB_ONNX_MAX_PORTS];
    OrtValue *values[DVB_ONNX_MAX_PORTS] = { NULL }, *result = NULL;
    void *copies[DVB_ONNX_MAX_PORTS] = { NULL };
    OrtStatus *s = NULL;
    *out = (struct dvb_tensor){ .name = output, .type = DVB_ONNX_FLOAT };
    int ret = check_inputs(o, inputs, n, output, err);
    if (ret)
        return ret;
    for (size_t i = 0; !s && i < n; i++) {
        names[i] = inputs[i].name;
        s = wrap(&inputs[i], &copies[i], &values[i]);
    }
    if (!s)
        s = api->Run(o->session, NULL, names, (const OrtValue *const *)values, n, &output, 1,
                     &result);
    ret = translate(s, o->path, "ONNX Runtime cannot run it", err);
    if (!ret)
        ret = take(o, output, result, out, err);
    if (result)
        api->ReleaseValue(result);
    for (size_t i = 0; i < n; i++) {
        if (values[i])
            api->ReleaseValue(values[i]);
        free(copies[i]);
    }
    if (ret)
        dvb_tensor_release(out);
    return ret;
}

#endif
