/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dual encoders: a graph for pictures and one for words, whose outputs lie in one space
 * (CLIP, MobileCLIP, SigLIP). Read from a folder as exports to ONNX have it:
 *
 *   onnx/vision_model.onnx and onnx/text_model.onnx, or these beside each other without
 *   onnx/, or one graph with both, onnx/model.onnx or model.onnx;
 *   tokenizer.json, or vocab.json and merges.txt; tokenizer_config.json (optional);
 *   preprocessor_config.json.
 *
 * Inputs pixel_values, input_ids, attention_mask; outputs image_embeds and text_embeds,
 * or pooler_output where there is none of them. Vectors come out with length 1.
 */
#ifndef DVB_NEURAL_DUAL_H
#define DVB_NEURAL_DUAL_H

#include "neural/picture.h"

struct dvb_dual;

/* Opens the graphs and tries them once, so that folders whose parts do not belong together
   are told here. DVB_FAULT_INPUT names the file; DVB_FAULT_USAGE: built without ONNX
   Runtime. Thread-safe handle. */
int dvb_dual_open(const char *folder, struct dvb_dual **dual, struct dvb_err *err);
void dvb_dual_close(struct dvb_dual **dual);

/* Numbers of a vector. */
size_t dvb_dual_dims(const struct dvb_dual *d);

/* n pictures of any sizes into out[n * dims], in batches. */
int dvb_dual_pictures(const struct dvb_dual *d, const struct dvb_rgb *pictures, size_t n,
                      float *out, struct dvb_err *err);

int dvb_dual_words(const struct dvb_dual *d, const char *words, float *out, struct dvb_err *err);

/* Over everything that vectors depend on; 64 hex digits. */
const char *dvb_dual_hash(const struct dvb_dual *d);

#endif
