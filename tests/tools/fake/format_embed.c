/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Multimodal embeddings, checked as vLLM's, Jina's and Voyage's documentation has
 * them: EmbeddingChatRequest (docs.vllm.ai), api.jina.ai/openapi.json, and
 * docs.voyageai.com. vLLM's and Jina's share a path; what the inputs are called
 * tells them apart. The model is true, if small: a picture's vector is the mean of
 * its colours, a text's that of the colours that it names, so the two agree where a
 * patch has a colour that was spoken of.
 */
#include <libavutil/frame.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/base64.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "media/image.h"
#include "tests/tools/fake/check.h"

#define DIMS 4
#define MOST_INPUTS 512

/* Y, U and V from grey, and a little of one that is always there. */
static void add_vector(struct fake_check *c, double y, double u, double v)
{
    if (!c->req->data)
        c->req->data = json_array();
    json_array_append_new(c->req->data, dvb_json_pack("[f, f, f, f]", y, u, v, 0.01));
}

static bool embed_text(struct fake_check *c, const char *text)
{
    static const struct {
        const char *word;
        double y, u, v;
    } colours[] = { { "red", -0.1, -0.15, 0.44 },  { "green", 0.05, -0.25, -0.35 },
                    { "blue", -0.3, 0.43, -0.07 }, { "yellow", 0.35, -0.44, 0.06 },
                    { "white", 0.5, 0, 0 },        { "black", -0.5, 0, 0 } };
    double y = 0, u = 0, v = 0;
    if (!text || !*text)
        return fake_refuse(c, "Input must not be empty.");
    for (size_t i = 0; i < sizeof(colours) / sizeof(*colours); i++)
        if (dvb_text_word(text, colours[i].word)) {
            y += colours[i].y;
            u += colours[i].u;
            v += colours[i].v;
        }
    fake_append(&c->req->prompt, text);
    add_vector(c, y, u, v);
    return true;
}

static double mean_of(const AVFrame *f, int plane)
{
    int w = plane ? f->width / 2 : f->width, h = plane ? f->height / 2 : f->height;
    double sum = 0;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            sum += f->data[plane][y * f->linesize[plane] + x];
    return sum / ((double)w * h) / 255;
}

/* coded: the picture's base64, or NULL. */
static bool embed_picture(struct fake_check *c, const char *coded)
{
    AVFrame *f = NULL;
    size_t n = fake_base64_jpeg(coded);
    unsigned char *bytes = n ? malloc(n + 4) : NULL;
    if (bytes)
        av_base64_decode(bytes, coded, (int)n + 4);
    if (!bytes || dvb_image_decode(bytes, n, 1 << 24, &f, NULL)) {
        free(bytes);
        return fake_refuse(c, "Invalid image: expected a whole JPEG picture in base64.");
    }
    c->req->frames++;
    c->req->frame_bytes += n;
    add_vector(c, mean_of(f, 0) - 0.5, mean_of(f, 1) - 0.5, mean_of(f, 2) - 0.5);
    av_frame_free(&f);
    free(bytes);
    return true;
}

/* vLLM: one conversation, one vector. */
static bool check_message_part(struct fake_check *c, const json_t *part)
{
    static const struct fake_member text[] = { { "type", 'S' }, { "text", 'S' }, { NULL } };
    static const struct fake_member image[] = { { "type", 'S' }, { "image_url", 'O' }, { NULL } };
    static const struct fake_member url[] = { { "url", 'S' }, { "detail", 's' }, { NULL } };
    const json_t *u = json_object_get(part, "image_url");
    if (!u)
        return fake_check_members(c, "messages[].content[]", part, text, NULL) &&
               embed_text(c, dvb_json_get_str(part, "text"));
    return fake_check_members(c, "messages[].content[]", part, image, NULL) &&
           fake_check_members(c, "messages[].content[].image_url", u, url, NULL) &&
           embed_picture(c, fake_data_uri(dvb_json_get_str(u, "url"), "image/jpeg"));
}

static bool check_vllm(struct fake_check *c, const json_t *root)
{
    static const struct fake_member members[] = {
        { "model", 's' },
        { "messages", 'A' },
        { "encoding_format", 's', 0, 0, "|float|base64|bytes|" },
        { "dimensions", 'i', 1, 1e6 },
        { "user", 's' },
        { "truncate_prompt_tokens", 'i', -1, 1e9 },
        { "add_generation_prompt", 'b' },
        { "continue_final_message", 'b' },
        { "add_special_tokens", 'b' },
        { NULL },
    };
    static const struct fake_member message[] = { { "role", 'S', 0, 0, "|user|" },
                                                  { "content", 'A' },
                                                  { NULL } };
    const json_t *messages = json_object_get(root, "messages"), *m = json_array_get(messages, 0);
    const json_t *content = json_object_get(m, "content");
    if (!fake_check_members(c, "", root, members, NULL) ||
        !fake_check_members(c, "messages[]", m, message, NULL))
        return false;
    if (json_array_size(messages) != 1 || json_array_size(content) != 1)
        return fake_refuse(c, "This test takes one message of one part.");
    return check_message_part(c, json_array_get(content, 0));
}

static bool check_jina(struct fake_check *c, const json_t *root)
{
    static const struct fake_member members[] = {
        { "model", 'S' },
        { "input", 'A' },
        { "normalized", 'b' },
        { "embedding_type", 's', 0, 0, "|float|base64|binary|ubinary|" },
        { "dimensions", 'i', 1, 2048 },
        { "task", 's' },
        { "truncate", 'b' },
        { NULL },
    };
    static const struct fake_member one[] = { { "text", 's' }, { "image", 's' }, { NULL } };
    const json_t *list = json_object_get(root, "input");
    size_t i;
    json_t *in;
    if (!fake_check_members(c, "", root, members, NULL))
        return false;
    if (!json_array_size(list) || json_array_size(list) > MOST_INPUTS)
        return fake_refuse(c, "Input must hold 1 to %d elements.", MOST_INPUTS);
    json_array_foreach((json_t *)list, i, in)
    {
        const char *text = dvb_json_get_str(in, "text");
        if (!fake_check_members(c, "input[]", in, one, NULL))
            return false;
        if (json_object_size(in) != 1)
            return fake_refuse(c, "input[]: expected text or image.");
        if (text ? !embed_text(c, text) : !embed_picture(c, dvb_json_get_str(in, "image")))
            return false;
    }
    return true;
}

static bool check_voyage_input(struct fake_check *c, const json_t *in)
{
    static const struct fake_member one[] = { { "content", 'A' }, { NULL } };
    static const struct fake_member text[] = { { "type", 'S' }, { "text", 'S' }, { NULL } };
    static const struct fake_member image[] = { { "type", 'S' },
                                                { "image_base64", 'S' },
                                                { NULL } };
    const json_t *content = json_object_get(in, "content"), *part = json_array_get(content, 0);
    const char *type = dvb_json_get_str(part, "type");
    if (!fake_check_members(c, "inputs[]", in, one, NULL))
        return false;
    if (json_array_size(content) != 1 || !type)
        return fake_refuse(c, "This test takes inputs of one part with a type.");
    if (!strcmp(type, "text"))
        return fake_check_members(c, "inputs[].content[]", part, text, NULL) &&
               embed_text(c, dvb_json_get_str(part, "text"));
    return fake_check_members(c, "inputs[].content[]", part, image, NULL) &&
           !strcmp(type, "image_base64") &&
           embed_picture(c, fake_data_uri(dvb_json_get_str(part, "image_base64"), "image/jpeg"));
}

static bool check_voyage(struct fake_check *c, const json_t *root)
{
    static const struct fake_member members[] = {
        { "model", 'S' },
        { "inputs", 'A' },
        { "input_type", 's', 0, 0, "|query|document|" },
        { "truncation", 'b' },
        { "output_encoding", 's', 0, 0, "|base64|" },
        { "output_dimension", 'i', 256, 2048 },
        { NULL },
    };
    const json_t *list = json_object_get(root, "inputs");
    size_t i;
    json_t *in;
    if (!fake_check_members(c, "", root, members, NULL))
        return false;
    if (!json_array_size(list) || json_array_size(list) > 1000)
        return fake_refuse(c, "The number of inputs must be 1 to 1000.");
    json_array_foreach((json_t *)list, i, in)
    {
        if (!check_voyage_input(c, in))
            return false;
    }
    return true;
}

static bool check(struct fake_check *c, const json_t *root)
{
    const char *model = dvb_json_get_str(root, "model");
    c->req->model = dvb_strdup(model ? model : "");
    if (strstr(c->call->route->path, "multimodal"))
        return check_voyage(c, root);
    return json_object_get(root, "messages") ? check_vllm(c, root) : check_jina(c, root);
}

/* In reverse order: the index says which is which. */
static json_t *completion(const struct fake_answer *a, const struct fake_request *req)
{
    (void)a;
    json_t *data = json_array();
    for (size_t i = json_array_size(req->data); i-- > 0;)
        json_array_append_new(data,
                              dvb_json_pack("{s:s, s:i, s:O}", "object", "embedding", "index",
                                            (int)i, "embedding", json_array_get(req->data, i)));
    return dvb_json_pack("{s:s, s:s, s:o, s:{s:i, s:i}}", "object", "list", "model", req->model,
                         "data", data, "usage", "prompt_tokens", 10, "total_tokens", 10);
}

static const struct fake_route routes[] = {
    { "POST", "/v1/embeddings", "application/json" },
    { "POST", "/v1/multimodalembeddings", "application/json" },
    { NULL },
};

const struct fake_format fake_embed = {
    .name = "embed",
    .key_header = "Authorization",
    .key_prefix = "Bearer ",
    .routes = routes,
    .words = &fake_openai_words,
    .check = check,
    .completion = completion,
    .error = fake_openai_error,
};
