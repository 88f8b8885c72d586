/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The 18 task types of StreamingBench in their three categories (arXiv 2411.03628, section 3.1),
   by the names that its question files use. */
#include "eval/protocol/streaming.h"

#include "base/text.h"

enum { REAL_TIME, OMNI, CONTEXT, OTHER };

const char *const dvb_stream_groups[] = {
    [REAL_TIME] = "Real-Time Visual Understanding",
    [OMNI] = "Omni-Source Understanding",
    [CONTEXT] = "Contextual Understanding",
    [OTHER] = "(other)",
    NULL,
};

static const struct {
    const char *task;
    int group;
} tasks[] = {
    { "Object Recognition", REAL_TIME },
    { "Object Perception", REAL_TIME },
    { "Causal Reasoning", REAL_TIME },
    { "Clips Summarize", REAL_TIME },
    { "Clips Summarization", REAL_TIME },
    { "Attribute Recognition", REAL_TIME },
    { "Attribute Perception", REAL_TIME },
    { "Event Understanding", REAL_TIME },
    { "Text-Rich Understanding", REAL_TIME },
    { "Prospective Reasoning", REAL_TIME },
    { "Spatial Understanding", REAL_TIME },
    { "Action Recognition", REAL_TIME },
    { "Action Perception", REAL_TIME },
    { "Counting", REAL_TIME },
    { "Emotion Recognition", OMNI },
    { "Scene Understanding", OMNI },
    { "Source Discrimination", OMNI },
    { "Multimodal Alignment", OMNI },
    { "Misleading Context Understanding", CONTEXT },
    { "Misleading Context Recognition", CONTEXT },
    { "Anomaly Context Understanding", CONTEXT },
    { "Anomaly Context Recognition", CONTEXT },
    { "Sequential Question Answering", CONTEXT },
    { "Proactive Output", CONTEXT },
};

int dvb_stream_group(const char *task_type)
{
    for (size_t i = 0; i < sizeof(tasks) / sizeof(*tasks); i++)
        if (dvb_text_same(tasks[i].task, task_type))
            return tasks[i].group;
    return OTHER;
}
