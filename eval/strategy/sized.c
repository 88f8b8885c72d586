/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "eval/strategy/sized.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "media/image.h"

int dvb_sized_parse(const char *text, const char *strategy, struct dvb_sized *out,
                    struct dvb_err *err)
{
    *out = (struct dvb_sized){ .source = !strcmp(text, "source") };
    if (out->source || !strcmp(text, "ladder") || dvb_parse_size(text, &out->size))
        return 0;
    return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                    "--strategies: %s: found 'size=%s', expected size=ladder, size=source or a "
                    "size such as size=1280x720",
                    strategy, text);
}

struct dvb_size dvb_sized_of(const struct dvb_sized *sized, struct dvb_size picture)
{
    if (sized->source)
        return (struct dvb_size){ picture.w & ~1, picture.h & ~1 };
    if (sized->size.w <= 0)
        return (struct dvb_size){ 0, 0 };
    return dvb_size_within(picture.w & ~1, picture.h & ~1, (int64_t)sized->size.w * sized->size.h);
}

int dvb_sized_apply(const struct dvb_sized *sized, const struct dvb_stream_job *job,
                    struct dvb_recipe *out, struct dvb_err *err)
{
    struct dvb_video video;
    *out = *job->recipe;
    if (!sized->source && sized->size.w <= 0)
        return 0;
    int ret = dvb_store_get_video(job->ws->store, job->segment->video, &video, err);
    if (ret)
        return ret;
    out->degraded.size = dvb_sized_of(sized, (struct dvb_size){ video.width, video.height });
    dvb_video_release(&video);
    return 0;
}

int dvb_sized_open(struct dvb_used_strategy *s, const char *args,
                   const struct dvb_strategy_settings *settings, struct dvb_err *err)
{
    struct dvb_sized sized = { 0 };
    (void)settings;
    if (args && strncmp(args, "size=", 5))
        return dvb_fail(err, DVB_FAULT_USAGE, EINVAL,
                        "--strategies: %s: found '%s', expected size=ladder, size=source or "
                        "size=WxH",
                        s->kind->name, args);
    int ret = args ? dvb_sized_parse(args + 5, s->kind->name, &sized, err) : 0;
    if (ret)
        return ret;
    struct dvb_sized *state = dvb_calloc(1, sizeof(*state));
    *state = sized;
    s->state = state;
    return 0;
}

void dvb_sized_close(void *state)
{
    free(state);
}
