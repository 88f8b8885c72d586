/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many input tokens a question will be, before it is sent: by the formula
 * that the model's service documents for pictures and video, one descriptor
 * each, which the profile names ("tokens": "qwen32"). Services change them; the
 * usage that comes back with an answer is what is paid.
 *
 * Sources (all read in October 2026):
 * - openai-*: developers.openai.com/api/docs/guides/images-vision, "Model sizing
 *   behavior" and "Calculating costs". Pictures only.
 * - anthropic, anthropic-large: platform.claude.com/docs/en/build-with-claude/vision,
 *   "Evaluate image size" and "How Claude resizes and pads images" (patches of 28
 *   pixels; the older rule of width * height / 750 gives nearly the same).
 * - gemini: ai.google.dev/gemini-api/docs/media-resolution, the table of Gemini 3
 *   and newer: the most a picture or frame takes, whatever its size.
 *   gemini-2.5: ai.google.dev/gemini-api/docs/image-understanding and
 *   video-understanding. Frames are taken at the profile's fps.
 * - qwen28, qwen32: Qwen's qwen-vl-utils (vision_process.py: smart_resize,
 *   smart_nframes, fetch_video) and the processors of Qwen2.5-VL and Qwen3-VL;
 *   alibabacloud.com/help/en/model-studio/vision, "Token calculation".
 *
 * Words are an approximation: one token for every four ASCII characters (as
 * Google's and OpenAI's guides say of English) and one for every other
 * character; anthropic-large a third more (Anthropic's migration guide: "about
 * 30% more tokens" than with the earlier tokenizer).
 */
#ifndef DVB_MODEL_TOKENS_H
#define DVB_MODEL_TOKENS_H

#include <jansson.h>

struct dvb_profile;

/* Tokens as a service counts them. */
struct dvb_token_counts {
    long in, cached, out; /* in: all, with cached ones */
};

/* What is shown beside the words. */
struct dvb_media_shape {
    int width, height; /* of each picture, or of the video; 0: not known */
    int pictures;      /* sent one by one; 0: none */
    double seconds;    /* of a video; 0: none */
};

/* What a picture may be, or counts as, at one level of detail. */
struct dvb_token_limit {
    const char *detail; /* "low" ...; "" ends the list and is for all others */
    int max_side;       /* pixels; 0: no limit */
    int max_units;      /* patches; 0: no limit */
    int per_picture;    /* tokens of a picture or tile, where that is fixed */
    int per_frame;      /* and of a frame of a video */
};

struct dvb_tokens {
    const char *name, *description;
    /* Tokens of one picture of w x h, and of a video; w and h are positive.
       NULL: the service takes none, or nothing is known. */
    long (*picture)(const struct dvb_tokens *f, const char *detail, int w, int h);
    long (*video)(const struct dvb_tokens *f, const char *detail, int w, int h, double seconds,
                  double fps);
    double text_factor; /* of the approximation for words */
    /* The formula's numbers; not all have all of them. */
    int unit;                             /* side of a patch or tile, pixels */
    double per_unit;                      /* tokens of one */
    int base;                             /* tokens of a picture or video beside its units */
    int per_group;                        /* tokens beside them for each group of video frames */
    int min_pixels, max_pixels;           /* of a picture */
    const struct dvb_token_limit *limits; /* by detail */
};

extern const struct dvb_tokens dvb_token_formulas[];        /* ends with a NULL name */
const struct dvb_tokens *dvb_tokens_find(const char *name); /* NULL: there is none */

/* Tokens of the pictures or the video; 0 for none; -1: not known (no formula,
   or no size). */
long dvb_tokens_media(const struct dvb_profile *p, const struct dvb_media_shape *shape);

/* Approximate tokens of a text (NULL: none). */
long dvb_tokens_text(const struct dvb_profile *p, const char *text);

/* The whole question: media, prompt, the schema where the profile's service
   takes one, and some for the message around it. -1: not known. */
long dvb_tokens_question(const struct dvb_profile *p, const struct dvb_media_shape *shape,
                         const char *prompt, const json_t *schema);

#endif
