/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Vectors of texts and pictures from a multimodal embedding endpoint. Formats:
 *
 * - vllm: POST /embeddings with "messages", as vLLM's server has it for models that
 *   take pictures (docs.vllm.ai, "Pooling models", EmbeddingChatRequest); one input
 *   for each request.
 * - jina: POST /embeddings with "input": [{"text"}, {"image"}] (api.jina.ai/openapi.json;
 *   jina-clip-v2); pictures as base64.
 * - voyage: POST /multimodalembeddings with "inputs": [{"content": [...]}]
 *   (docs.voyageai.com, "Multimodal embeddings"); pictures as data URLs, words as
 *   input_type "query", pictures as "document".
 *
 * All answer {"data": [{"index", "embedding"}]}. The key comes from the profile's
 * environment variable; for endpoints named in place that is VLLM_API_KEY (most
 * servers want none), JINA_API_KEY or VOYAGE_API_KEY.
 */
#ifndef DVB_MODEL_EMBED_H
#define DVB_MODEL_EMBED_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

#define DVB_EMBED_MAX_DIMS 65536

/* A text or a picture; the other is NULL. Borrowed. */
struct dvb_embed_input {
    const char *text;
    const unsigned char *jpeg;
    size_t jpeg_len;
};

struct dvb_embedder;

/* endpoint is FORMAT:MODEL@BASE_URL or FORMAT:PROFILE. models_file may be NULL. What it
   cannot be understood as is DVB_FAULT_USAGE. */
int dvb_embed_open(const char *endpoint, const char *models_file, struct dvb_embedder **out,
                   struct dvb_err *err);
void dvb_embed_close(struct dvb_embedder **e);

/* n vectors of *dims numbers each, one after the other, of length 1; heap. All inputs
   are texts or all are pictures. The last inputs (64 MiB of vectors) are remembered and not
   sent again. An endpoint that fails, sends other than n vectors, or vectors of
   several sizes (now or earlier), with no length or with what is no number, is
   DVB_FAULT_SERVICE. Thread-safe. */
int dvb_embed_run(struct dvb_embedder *e, const struct dvb_embed_input *inputs, size_t n,
                  float **vectors, size_t *dims, struct dvb_err *err);

/* Format, model and base URL: what the vectors depend on. New reference. */
json_t *dvb_embed_identity(const struct dvb_embedder *e);

/* Reads a reply that must hold n vectors, into a new array. For tests: any bytes. */
int dvb_embed_parse(const char *body, size_t len, size_t n, float **vectors, size_t *dims,
                    struct dvb_err *err);

#endif
