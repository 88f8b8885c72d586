/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Model folders for tests and bench, written without any ONNX library:
 * `make_onnx KIND FOLDER`.
 *
 * colours   a dual encoder whose halves truly share a space: the picture's mean colour on
 *           one side, the sum of the colours that words name on the other. Inputs and
 *           files as exports of CLIP have them.
 * combined  the same as one graph.
 * batch1    the same with a fixed batch of one and int32 ids.
 * nan       colours whose words give NaN; dims: whose halves differ in length; names: whose
 *           picture graph calls its output otherwise.
 * vit       a picture encoder of TinyCLIP's size (224x224, 10 layers of 256, 8 million
 *           random weights): for timing only.
 * vit-int8  the same weights and activations in 8 bits, as dynamic quantisation writes them.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"

static _Noreturn void die(const struct dvb_err *err)
{
    fprintf(stderr, "make_onnx: %s\n", err->msg);
    exit(1);
}

/* --- protocol buffers --- */

struct buf {
    char *p;
    size_t n, cap;
};

static void put(struct buf *b, const void *data, size_t n)
{
    if (b->n + n > b->cap)
        b->p = dvb_realloc(b->p, b->cap = 2 * (b->n + n), 1);
    memcpy(b->p + b->n, data, n);
    b->n += n;
}

static void put_varint(struct buf *b, uint64_t v)
{
    for (; v > 0x7f; v >>= 7)
        put(b, &(unsigned char){ (unsigned char)(v | 0x80) }, 1);
    put(b, &(unsigned char){ (unsigned char)v }, 1);
}

static void put_int(struct buf *b, int field, int64_t v)
{
    put_varint(b, (uint64_t)field << 3);
    put_varint(b, (uint64_t)v);
}

static void put_bytes(struct buf *b, int field, const void *data, size_t n)
{
    put_varint(b, (uint64_t)field << 3 | 2);
    put_varint(b, n);
    put(b, data, n);
}

static void put_str(struct buf *b, int field, const char *s)
{
    put_bytes(b, field, s, strlen(s));
}

/* Appends a message and empties it. */
static void put_message(struct buf *b, int field, struct buf *message)
{
    put_bytes(b, field, message->p ? message->p : "", message->n);
    free(message->p);
    *message = (struct buf){ 0 };
}

/* --- graphs: onnx.proto's fields --- */

enum { FLOAT = 1, INT8 = 3, INT32 = 6, INT64 = 7 };

static void port(struct buf *graph, int field, const char *name, int type, const int64_t *dims,
                 int n)
{
    struct buf shape = { 0 }, tensor = { 0 }, kind = { 0 }, info = { 0 };
    for (int i = 0; i < n; i++) {
        struct buf dim = { 0 };
        if (dims[i] >= 0)
            put_int(&dim, 1, dims[i]);
        else
            put_str(&dim, 2, i ? "length" : "batch");
        put_message(&shape, 1, &dim);
    }
    put_int(&tensor, 1, type);
    put_message(&tensor, 2, &shape);
    put_message(&kind, 1, &tensor);
    put_str(&info, 1, name);
    put_message(&info, 2, &kind);
    put_message(graph, field, &info);
}

#define PORT(graph, field, name, type, ...)                                                        \
    port(graph, field, name, type, (const int64_t[]){ __VA_ARGS__ },                               \
         (int)(sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)))
#define INPUT 11
#define OUTPUT 12

static void constant(struct buf *graph, const char *name, int type, const void *data, size_t size,
                     const int64_t *dims, int n)
{
    struct buf t = { 0 };
    size_t count = 1;
    for (int i = 0; i < n; i++) {
        put_int(&t, 1, dims[i]);
        count *= (size_t)dims[i];
    }
    put_int(&t, 2, type);
    put_str(&t, 8, name);
    put_bytes(&t, 9, data, count * size);
    put_message(graph, 5, &t);
}

static void floats(struct buf *graph, const char *name, const float *v, int64_t a, int64_t b)
{
    constant(graph, name, FLOAT, v, sizeof(*v), (const int64_t[]){ a, b }, b ? 2 : 1);
}

static void ints(struct buf *graph, const char *name, const int64_t *v, int64_t n)
{
    constant(graph, name, INT64, v, sizeof(*v), &n, 1);
}

struct attribute {
    const char *name;
    int64_t ints[4];
    int n; /* 0: one number, ints[0] */
};

static void put_names(struct buf *b, int field, const char *list)
{
    char *names = dvb_strdup(list), *rest = names, *name;
    while ((name = strtok_r(rest, " ", &rest)))
        put_str(b, field, name);
    free(names);
}

/* inputs, outputs: names with spaces between. */
static void node(struct buf *graph, const char *op, const char *inputs, const char *outputs,
                 const struct attribute *attributes, int n)
{
    struct buf b = { 0 };
    put_names(&b, 1, inputs);
    put_names(&b, 2, outputs);
    put_str(&b, 4, op);
    for (int i = 0; i < n; i++) {
        struct buf a = { 0 };
        put_str(&a, 1, attributes[i].name);
        for (int k = 0; k < attributes[i].n; k++)
            put_int(&a, 8, attributes[i].ints[k]);
        if (!attributes[i].n)
            put_int(&a, 3, attributes[i].ints[0]);
        put_int(&a, 20, attributes[i].n ? 7 : 2);
        put_message(&b, 5, &a);
    }
    put_message(graph, 1, &b);
}

static void write_model(const char *folder, const char *file, struct buf *graph)
{
    struct buf model = { 0 }, opset = { 0 };
    struct dvb_err err = { 0 };
    put_str(graph, 2, "made");
    put_int(&model, 1, 8); /* IR version */
    put_str(&model, 2, "make_onnx");
    put_message(&model, 7, graph);
    put_int(&opset, 2, 17);
    put_message(&model, 8, &opset);
    char *path = dvb_path_join(folder, file);
    if (dvb_write_file(path, model.p, model.n, &err))
        die(&err);
    free(path);
    free(model.p);
}

/* --- the vocabulary: bytes, and these words --- */

static const struct {
    const char *word;
    float r, g, b; /* -1..1 */
} words[] = {
    { "green", -1, 1, -1 }, { "red", 1, -1, -1 },    { "blue", -1, -1, 1 }, { "yellow", 1, 1, -1 },
    { "white", 1, 1, 1 },   { "black", -1, -1, -1 }, { "the", 0, 0, 0 },    { "car", 0, 0, 0 },
};
#define N_WORDS (sizeof(words) / sizeof(*words))

static void add_token(json_t *vocab, const char *token)
{
    if (!json_object_get(vocab, token))
        json_object_set_new(vocab, token, json_integer((json_int_t)json_object_size(vocab)));
}

/* A word's letters joined from the left: "r e", "re d</w>". */
static void add_word(json_t *vocab, json_t *merges, const char *word)
{
    char left[32] = { word[0] };
    for (size_t i = 1; word[i]; i++) {
        char right[8], pair[64];
        snprintf(right, sizeof(right), "%c%s", word[i], word[i + 1] ? "" : "</w>");
        snprintf(pair, sizeof(pair), "%s %s", left, right);
        json_array_append_new(merges, json_string(pair));
        snprintf(left + strlen(left), sizeof(left) - strlen(left), "%s", right);
        add_token(vocab, left);
    }
}

static json_t *make_vocab(json_t *merges)
{
    json_t *vocab = json_object();
    for (int c = '!'; c <= '~'; c++) {
        char letter[2] = { (char)c }, end[8];
        snprintf(end, sizeof(end), "%c</w>", c);
        add_token(vocab, letter);
        add_token(vocab, end);
    }
    for (size_t i = 0; i < N_WORDS; i++)
        add_word(vocab, merges, words[i].word);
    add_token(vocab, "<|startoftext|>");
    add_token(vocab, "<|endoftext|>");
    return vocab;
}

static void write_json(const char *folder, const char *file, json_t *j)
{
    char *path = dvb_path_join(folder, file);
    if (json_dump_file(j, path, JSON_COMPACT))
        die(&(struct dvb_err){ .msg = "cannot write JSON" });
    json_decref(j);
    free(path);
}

static void write_files(const char *folder, json_t *vocab, json_t *merges, int side)
{
    write_json(folder, "tokenizer.json",
               json_pack("{s:{s:s,s:s,s:s,s:O,s:O}}", "model", "type", "BPE", "unk_token",
                         "<|endoftext|>", "end_of_word_suffix", "</w>", "vocab", vocab, "merges",
                         merges));
    write_json(folder, "tokenizer_config.json", json_pack("{s:i}", "model_max_length", 16));
    write_json(folder, "preprocessor_config.json",
               json_pack("{s:{s:i,s:i},s:i,s:f,s:[f,f,f],s:[f,f,f]}", "size", "height", side,
                         "width", side, "resample", 2, "rescale_factor", 1.0 / 255, "image_mean",
                         0.5, 0.5, 0.5, "image_std", 0.5, 0.5, 0.5));
}

/* --- colours --- */

#define SIDE 32
#define DIMS 8

/* Four orthogonal rows (Hadamard): red, green, blue, and one that all share, so that grey
   has a direction too. */
static const float space[4][DIMS] = {
    { 1, 1, 1, 1, -1, -1, -1, -1 },
    { 1, 1, -1, -1, 1, 1, -1, -1 },
    { 1, -1, 1, -1, 1, -1, 1, -1 },
    { 0.3f, -0.3f, -0.3f, 0.3f, 0.3f, -0.3f, -0.3f, 0.3f },
};

static void colour_vision(struct buf *g, int64_t batch, int64_t dims, const char *output)
{
    PORT(g, INPUT, "pixel_values", FLOAT, batch, 3, SIDE, SIDE);
    float w[3 * DIMS];
    for (int i = 0; i < 3; i++)
        memcpy(w + i * dims, space[i], (size_t)dims * sizeof(*w));
    floats(g, "v_space", w, 3, dims);
    floats(g, "v_shared", space[3], dims, 0);
    node(g, "GlobalAveragePool", "pixel_values", "v_mean", NULL, 0);
    node(g, "Flatten", "v_mean", "v_colour", NULL, 0);
    node(g, "MatMul", "v_colour v_space", "v_there", NULL, 0);
    node(g, "Add", "v_there v_shared", output, NULL, 0);
    PORT(g, OUTPUT, output, FLOAT, batch, dims);
}

/* One row for each token: the colour that it names, in the space of dims numbers. */
static float *make_table(const json_t *vocab, bool broken)
{
    size_t n = json_object_size(vocab);
    float *table = dvb_calloc(n * 3, sizeof(*table));
    for (size_t i = 0; i < N_WORDS; i++) {
        char token[32];
        snprintf(token, sizeof(token), "%s</w>", words[i].word);
        float *row = table + 3 * json_integer_value(json_object_get(vocab, token));
        row[0] = words[i].r, row[1] = words[i].g, row[2] = words[i].b;
        row[2] = broken && !strcmp(words[i].word, "red") ? NAN : row[2];
    }
    return table;
}

static void colour_text(struct buf *g, const json_t *vocab, int64_t batch, bool narrow, bool broken)
{
    float *table = make_table(vocab, broken), w[3 * DIMS];
    for (int i = 0; i < 3; i++)
        memcpy(w + i * DIMS, space[i], sizeof(space[i]));
    PORT(g, INPUT, "input_ids", narrow ? INT32 : INT64, batch, -1);
    PORT(g, INPUT, "attention_mask", narrow ? INT32 : INT64, batch, -1);
    floats(g, "t_table", table, (int64_t)json_object_size(vocab), 3);
    floats(g, "t_space", w, 3, DIMS);
    floats(g, "t_shared", space[3], DIMS, 0);
    ints(g, "one", (const int64_t[]){ 1 }, 1);
    ints(g, "two", (const int64_t[]){ 2 }, 1);
    node(g, "Gather", "t_table input_ids", "t_rows", NULL, 0);
    node(g, "Cast", "attention_mask", "t_flags", &(struct attribute){ "to", { FLOAT }, 0 }, 1);
    node(g, "Unsqueeze", "t_flags two", "t_mask", NULL, 0);
    node(g, "Mul", "t_rows t_mask", "t_kept", NULL, 0);
    node(g, "ReduceSum", "t_kept one", "t_colour", &(struct attribute){ "keepdims", { 0 }, 0 }, 1);
    node(g, "MatMul", "t_colour t_space", "t_there", NULL, 0);
    node(g, "Add", "t_there t_shared", "text_embeds", NULL, 0);
    PORT(g, OUTPUT, "text_embeds", FLOAT, batch, DIMS);
    free(table);
}

static void make_colours(const char *folder, const char *kind)
{
    bool one = !strcmp(kind, "batch1"), combined = !strcmp(kind, "combined");
    struct buf vision = { 0 }, text = { 0 };
    json_t *merges = json_array(), *vocab = make_vocab(merges);
    colour_vision(&vision, one ? 1 : -1, !strcmp(kind, "dims") ? 6 : DIMS,
                  !strcmp(kind, "names") ? "features" : "image_embeds");
    colour_text(combined ? &vision : &text, vocab, one ? 1 : -1, one, !strcmp(kind, "nan"));
    write_model(folder, combined ? "onnx/model.onnx" : "onnx/vision_model.onnx", &vision);
    if (!combined)
        write_model(folder, "onnx/text_model.onnx", &text);
    write_files(folder, vocab, merges, SIDE);
    json_decref(vocab);
    json_decref(merges);
}

/* --- a picture encoder for timing --- */

#define WIDTH 256
#define LAYERS 10
#define HEADS 4
#define PATCH 16
#define TOKENS ((224 / PATCH) * (224 / PATCH))
#define PROJECTED 512

#define WEIGHT_MAX 0.05

static struct dvb_rng rng;
static bool int8; /* of the encoder's layers */

static float *draw(size_t count)
{
    float *v = dvb_calloc(count, sizeof(*v));
    for (size_t i = 0; i < count; i++)
        v[i] = (float)((dvb_rng_unit(&rng) - 0.5) * 2 * WEIGHT_MAX);
    return v;
}

static void weights(struct buf *g, const char *name, const int64_t *dims, int n)
{
    size_t count = 1;
    for (int i = 0; i < n; i++)
        count *= (size_t)dims[i];
    float *v = draw(count);
    constant(g, name, FLOAT, v, sizeof(*v), dims, n);
    free(v);
}

#define WEIGHTS(g, name, ...)                                                                      \
    weights(g, name, (const int64_t[]){ __VA_ARGS__ },                                             \
            (int)(sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)))

/* Names of one layer; a few at a time. */
static const char *name(int layer, const char *part)
{
    static char names[8][64];
    static int next;
    char *out = names[next++ % 8];
    snprintf(out, sizeof(names[0]), "l%d_%s", layer, part);
    return out;
}

static void op(struct buf *g, const char *kind, const char *a, const char *b, const char *out)
{
    char inputs[160];
    snprintf(inputs, sizeof(inputs), "%s %s", a, b);
    node(g, kind, inputs, out, NULL, 0);
}

/* product = in * W, in 8 bits: the input's range is found as it comes. */
static void multiply_int8(struct buf *g, const char *in, const char *w, const char *product,
                          int64_t from, int64_t to)
{
    const int64_t dims[] = { from, to };
    size_t n = (size_t)(from * to);
    float *v = draw(n);
    int8_t *q = dvb_calloc(n, 1);
    for (size_t i = 0; i < n; i++)
        q[i] = (int8_t)lrintf(v[i] / (float)(WEIGHT_MAX / 127));
    constant(g, w, INT8, q, 1, dims, 2);
    char *names = dvb_asprintf("%s_8 %s_scale %s_zero", product, product, product);
    char *operands = dvb_asprintf("%s_8 %s %s_zero", product, w, product);
    char *sum = dvb_asprintf("%s_sum", product), *real = dvb_asprintf("%s_real", product);
    char *scale = dvb_asprintf("%s_unit", product), *of_input = dvb_asprintf("%s_scale", product);
    node(g, "DynamicQuantizeLinear", in, names, NULL, 0);
    node(g, "MatMulInteger", operands, sum, NULL, 0);
    node(g, "Cast", sum, real, &(struct attribute){ "to", { FLOAT }, 0 }, 1);
    op(g, "Mul", of_input, "weight_unit", scale);
    op(g, "Mul", real, scale, product);
    char *heap[] = { names, operands, sum, real, scale, of_input, (char *)q };
    for (size_t i = 0; i < sizeof(heap) / sizeof(*heap); i++)
        free(heap[i]);
    free(v);
}

/* out = in * W + b */
static void linear(struct buf *g, int l, const char *in, const char *out, int64_t from, int64_t to)
{
    char w[64], b[64], product[64];
    snprintf(w, sizeof(w), "%s_w", name(l, out));
    snprintf(b, sizeof(b), "%s_b", name(l, out));
    snprintf(product, sizeof(product), "%s_p", name(l, out));
    if (int8) {
        multiply_int8(g, name(l, in), w, product, from, to);
    } else {
        WEIGHTS(g, w, from, to);
        op(g, "MatMul", name(l, in), w, product);
    }
    WEIGHTS(g, b, to);
    op(g, "Add", product, b, name(l, out));
}

static void layer_norm(struct buf *g, int l, const char *in, const char *out)
{
    char inputs[160], w[64], b[64];
    snprintf(w, sizeof(w), "%s_w", name(l, out));
    snprintf(b, sizeof(b), "%s_b", name(l, out));
    WEIGHTS(g, w, WIDTH);
    WEIGHTS(g, b, WIDTH);
    snprintf(inputs, sizeof(inputs), "%s %s %s", in, w, b);
    node(g, "LayerNormalization", inputs, name(l, out), &(struct attribute){ "axis", { -1 }, 0 },
         1);
}

static void heads(struct buf *g, int l, const char *in, const char *out, bool turned)
{
    const struct attribute ways[] = { { "perm", { 0, 2, 1, 3 }, 4 },
                                      { "perm", { 0, 2, 3, 1 }, 4 } };
    char split[64];
    snprintf(split, sizeof(split), "%s_s", name(l, out));
    op(g, "Reshape", name(l, in), "split", split);
    node(g, "Transpose", split, name(l, out), &ways[turned], 1);
}

static void attention(struct buf *g, int l)
{
    const struct attribute way = { "perm", { 0, 2, 1, 3 }, 4 };
    linear(g, l, "n1", "q", WIDTH, WIDTH);
    linear(g, l, "n1", "k", WIDTH, WIDTH);
    linear(g, l, "n1", "v", WIDTH, WIDTH);
    heads(g, l, "q", "qh", false);
    heads(g, l, "k", "kh", true);
    heads(g, l, "v", "vh", false);
    op(g, "MatMul", name(l, "qh"), name(l, "kh"), name(l, "raw"));
    op(g, "Mul", name(l, "raw"), "scale", name(l, "scaled"));
    node(g, "Softmax", name(l, "scaled"), name(l, "soft"), &(struct attribute){ "axis", { -1 }, 0 },
         1);
    op(g, "MatMul", name(l, "soft"), name(l, "vh"), name(l, "mixed"));
    node(g, "Transpose", name(l, "mixed"), name(l, "back"), &way, 1);
    op(g, "Reshape", name(l, "back"), "join", name(l, "joined"));
    linear(g, l, "joined", "attended", WIDTH, WIDTH);
}

static void layer(struct buf *g, int l)
{
    char in[64];
    snprintf(in, sizeof(in), "%s", name(l, "in"));
    layer_norm(g, l, in, "n1");
    attention(g, l);
    op(g, "Add", in, name(l, "attended"), name(l, "mid"));
    layer_norm(g, l, name(l, "mid"), "n2");
    linear(g, l, "n2", "wide", WIDTH, 4 * WIDTH);
    op(g, "Mul", name(l, "wide"), "gelu", name(l, "steep"));
    node(g, "Sigmoid", name(l, "steep"), name(l, "gate"), NULL, 0);
    op(g, "Mul", name(l, "wide"), name(l, "gate"), name(l, "gated"));
    linear(g, l, "gated", "narrow", 4 * WIDTH, WIDTH);
    op(g, "Add", name(l, "mid"), name(l, "narrow"), name(l + 1, "in"));
}

static void make_encoder(struct buf *g)
{
    const struct attribute conv[] = { { "strides", { PATCH, PATCH }, 2 },
                                      { "kernel_shape", { PATCH, PATCH }, 2 } };
    const struct attribute turn = { "perm", { 0, 2, 1 }, 3 };
    const struct attribute mean[] = { { "axes", { 1 }, 1 }, { "keepdims", { 0 }, 0 } };
    PORT(g, INPUT, "pixel_values", FLOAT, -1, 3, 224, 224);
    WEIGHTS(g, "embed_w", WIDTH, 3, PATCH, PATCH);
    WEIGHTS(g, "places", TOKENS, WIDTH);
    ints(g, "row", (const int64_t[]){ 0, WIDTH, TOKENS }, 3);
    ints(g, "split", (const int64_t[]){ 0, TOKENS, HEADS, WIDTH / HEADS }, 4);
    ints(g, "join", (const int64_t[]){ 0, TOKENS, WIDTH }, 3);
    floats(g, "scale", (const float[]){ 0.125f }, 1, 0);
    floats(g, "weight_unit", (const float[]){ (float)(WEIGHT_MAX / 127) }, 1, 0);
    floats(g, "gelu", (const float[]){ 1.702f }, 1, 0);
    node(g, "Conv", "pixel_values embed_w", "patches", conv, 2);
    op(g, "Reshape", "patches", "row", "rows");
    node(g, "Transpose", "rows", "tokens", &turn, 1);
    op(g, "Add", "tokens", "places", name(0, "in"));
    for (int l = 0; l < LAYERS; l++)
        layer(g, l);
    layer_norm(g, LAYERS, name(LAYERS, "in"), "out");
    node(g, "ReduceMean", name(LAYERS, "out"), "pooled", mean, 2);
    WEIGHTS(g, "project", WIDTH, PROJECTED);
    op(g, "MatMul", "pooled", "project", "image_embeds");
    PORT(g, OUTPUT, "image_embeds", FLOAT, -1, PROJECTED);
}

/* Words as the sum of random vectors. */
static void make_words(struct buf *g, const json_t *vocab)
{
    const struct attribute keep = { "keepdims", { 0 }, 0 };
    PORT(g, INPUT, "input_ids", INT64, -1, -1);
    WEIGHTS(g, "table", (int64_t)json_object_size(vocab), PROJECTED);
    ints(g, "one", (const int64_t[]){ 1 }, 1);
    node(g, "Gather", "table input_ids", "rows", NULL, 0);
    node(g, "ReduceSum", "rows one", "text_embeds", &keep, 1);
    PORT(g, OUTPUT, "text_embeds", FLOAT, -1, PROJECTED);
}

static void make_vit(const char *folder, const char *kind)
{
    struct buf vision = { 0 }, text = { 0 };
    json_t *merges = json_array(), *vocab = make_vocab(merges);
    dvb_rng_init(&rng, 1, "weights");
    int8 = !strcmp(kind, "vit-int8");
    make_encoder(&vision);
    make_words(&text, vocab);
    write_model(folder, int8 ? "onnx/vision_model_quantized.onnx" : "onnx/vision_model.onnx",
                &vision);
    write_model(folder, "onnx/text_model.onnx", &text);
    write_files(folder, vocab, merges, 224);
    json_decref(vocab);
    json_decref(merges);
}

static const struct {
    const char *name;
    void (*make)(const char *folder, const char *kind);
} kinds[] = {
    { "colours", make_colours }, { "combined", make_colours }, { "batch1", make_colours },
    { "nan", make_colours },     { "dims", make_colours },     { "names", make_colours },
    { "vit", make_vit },         { "vit-int8", make_vit },
};

int main(int argc, char **argv)
{
    struct dvb_err err = { 0 };
    for (size_t i = 0; argc == 3 && i < sizeof(kinds) / sizeof(*kinds); i++)
        if (!strcmp(argv[1], kinds[i].name)) {
            char *onnx = dvb_path_join(argv[2], "onnx");
            if (dvb_mkdirs(onnx, &err))
                die(&err);
            free(onnx);
            kinds[i].make(argv[2], argv[1]);
            return 0;
        }
    fprintf(stderr,
            "usage: make_onnx colours|combined|batch1|nan|dims|names|vit|vit-int8 FOLDER\n");
    return 2;
}
