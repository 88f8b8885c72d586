/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words in which a model is asked for regions. */
#include <stdio.h>
#include <stdlib.h>

#include "eval/relevance/regions.h"
#include "workspace/prompt.h"

/* What stands for {{boxes}}. The first is, with what prompts/regions.txt has around it, the text
   that calls were stored under before there was a slot: changing a byte of it asks all of them
   anew. */
static const char *const forms[] = {
    [DVB_BOXES_THOUSANDTHS] = "left, top, right,\n"
                              "bottom in thousandths of the picture's width and height, from 0 to "
                              "1000",
    [DVB_BOXES_PIXELS] =
        "left, top, right,\n"
        "bottom in pixels of the pictures, which are {{width}} wide and {{height}} high",
};

int dvb_regions_prompt_load(const char *dir, char **text, struct dvb_err *err)
{
    static const char *const needed[] = { "words", NULL };
    static const char *const optional[] = { "step", "boxes", NULL };
    return dvb_prompt_load(dir, "regions", needed, optional, text, err);
}

static char *with_form(const char *text, enum dvb_boxes boxes)
{
    const struct dvb_slot slot = { "boxes", forms[boxes] };
    return dvb_prompt_fill(text, &slot, 1);
}

char *dvb_regions_prompt_fill(const char *text, const struct dvb_region_scale *scale, double step,
                              const char *words)
{
    char seconds[32], width[16], height[16];
    snprintf(seconds, sizeof(seconds), "%g", step);
    snprintf(width, sizeof(width), "%d", scale->width);
    snprintf(height, sizeof(height), "%d", scale->height);
    const struct dvb_slot slots[] = {
        { "step", seconds }, { "words", words }, { "width", width }, { "height", height }
    };
    char *open = with_form(text, scale->boxes);
    char *filled = dvb_prompt_fill(open, slots, sizeof(slots) / sizeof(*slots));
    free(open);
    return filled;
}

void dvb_regions_prompt_hash(const char *text, enum dvb_boxes boxes, char hex[DVB_HASH_LEN + 1])
{
    char *open = with_form(text, boxes);
    dvb_hash_of_str(open, hex);
    free(open);
}
