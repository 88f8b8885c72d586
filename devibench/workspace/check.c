/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/check.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "media/film.h"
#include "media/image.h"
#include "media/sign.h"
#include "model/client.h"
#include "workspace/prompt.h"

#define RATE (DVB_CHECK_WORDS / DVB_CHECK_SECONDS) /* words a second */
#define FILM_FPS 8
#define RETRIES 2

static const struct dvb_size full_size = { 640, 480 };

/* The clip as files in a folder of its own. */
struct clip {
    char *dir;
    char **frames;
    int n_frames;
    char *video;
};

static void clip_release(struct clip *c)
{
    for (int i = 0; i < c->n_frames; i++)
        free(c->frames[i]);
    free(c->frames);
    free(c->video);
    if (c->dir)
        dvb_remove_tree(c->dir, NULL);
    free(c->dir);
}

/* Words stand above and below in turn: models that join pairs of pictures still
   see both of them. */
static AVFrame *draw(const struct dvb_check *check, int word)
{
    return dvb_sign_draw(check->size, check->words[word], word % 2, (unsigned)(3 * word + 1));
}

static int write_frame(const struct dvb_check *check, int word, int quality, const char *path,
                       struct dvb_err *err)
{
    AVFrame *frame = draw(check, word);
    int ret = frame ? dvb_image_write_jpeg(frame, quality, path, err) : dvb_fail_nomem(err);
    av_frame_free(&frame);
    return ret;
}

/* As 'build' picks them: at the profile's rate, from the middles of equal parts;
   never more than one for each word. */
static int write_frames(const struct dvb_profile *p, struct dvb_check *check, struct clip *clip,
                        struct dvb_err *err)
{
    int n = (int)fmax(1, ceil(fmin(p->fps, RATE) * DVB_CHECK_SECONDS)), ret = 0;
    struct dvb_recipe recipe;
    dvb_recipe_default(&recipe);
    int quality = p->jpeg_quality > 0 ? p->jpeg_quality : recipe.sample.jpeg_quality;
    if (p->max_frames > 0 && p->max_frames < n)
        n = p->max_frames;
    clip->frames = dvb_calloc((size_t)n, sizeof(*clip->frames));
    for (int i = 0; i < n && !ret; i++) {
        int word = (2 * i + 1) * DVB_CHECK_WORDS / (2 * n);
        clip->frames[clip->n_frames++] = dvb_asprintf("%s/frame-%04d.jpg", clip->dir, i + 1);
        check->n_expected += !check->sent[word];
        check->sent[word] = true;
        ret = write_frame(check, word, quality, clip->frames[i], err);
    }
    check->pictures = n;
    return ret;
}

static int film_words(const struct dvb_check *check, struct dvb_film *film, struct dvb_err *err)
{
    int ret = 0, n = (int)(DVB_CHECK_SECONDS * FILM_FPS);
    for (int i = 0; i < n && !ret; i++) {
        AVFrame *frame = draw(check, i * DVB_CHECK_WORDS / n);
        if (frame)
            frame->pts = (int64_t)i * 1000000 / FILM_FPS;
        ret = frame ? dvb_film_put(film, frame, err) : dvb_fail_nomem(err);
        av_frame_free(&frame);
    }
    return ret;
}

static int write_video(const struct dvb_profile *p, struct dvb_check *check, struct clip *clip,
                       struct dvb_err *err)
{
    struct dvb_recipe recipe;
    struct dvb_rate_result result;
    struct dvb_film *film;
    dvb_recipe_default(&recipe);
    clip->video = dvb_path_join(clip->dir, "clip.mp4");
    const struct dvb_film_settings settings = { .path = clip->video,
                                                .recipe = &recipe.original,
                                                .fps = { FILM_FPS, 1 } };
    int ret = dvb_film_open(&settings, &film, err);
    if (!ret)
        ret = film_words(check, film, err);
    if (!ret)
        ret = dvb_film_finish(film, (int64_t)(DVB_CHECK_SECONDS * 1e6), &result, err);
    dvb_film_close(&film);
    memset(check->sent, true, sizeof(check->sent));
    check->n_expected = (int)fmax(1, floor(fmin(p->fps, RATE) * DVB_CHECK_SECONDS));
    return ret;
}

/* What the media cost: as the service says; else the same question without them tells. */
static int count_media(struct dvb_client *client, const struct dvb_ask *with,
                       struct dvb_check *check, struct dvb_err *err)
{
    const struct dvb_reply *r = &check->reply;
    check->tokens_media = -1;
    if (r->status == DVB_REPLY_ERROR || !r->usage)
        return 0;
    check->tokens_media = r->tokens_media;
    if (r->tokens_media >= 0)
        return 0;
    struct dvb_ask without = *with;
    struct dvb_reply blank = { 0 };
    without.frames = NULL;
    without.n_frames = 0;
    without.video = NULL;
    int ret = dvb_client_ask(client, &without, &blank, err);
    check->cost_usd += blank.cost_usd;
    if (!ret && blank.status != DVB_REPLY_ERROR && blank.usage)
        check->tokens_media = r->tokens_in > blank.tokens_in ? r->tokens_in - blank.tokens_in : 0;
    dvb_reply_release(&blank);
    return ret;
}

static char *make_prompt(const struct dvb_profile *p, struct dvb_err *err)
{
    static const char *const needed[] = { "media", NULL }, *const none[] = { NULL };
    const struct dvb_slot slot = { "media",
                                   p->send == DVB_SEND_VIDEO ? "a video" : "pictures in order" };
    char *text, *prompt = NULL;
    if (!dvb_prompt_load(NULL, "check", needed, none, &text, err)) {
        prompt = dvb_prompt_fill(text, &slot, 1);
        free(text);
    }
    return prompt;
}

static int put_question(const struct dvb_profile *p, const struct clip *clip,
                        struct dvb_check *check, struct dvb_err *err)
{
    struct dvb_client_settings settings;
    struct dvb_client *client = NULL;
    dvb_client_settings_default(&settings);
    settings.max_retries = RETRIES;
    char *prompt = make_prompt(p, err);
    const struct dvb_ask question = { .profile = p,
                                      .prompt = prompt,
                                      .frames = (const char *const *)clip->frames,
                                      .n_frames = clip->n_frames,
                                      .video = clip->video };
    int ret = prompt ? dvb_client_open(&settings, &client, err) : -ENOENT;
    if (!ret)
        ret = dvb_client_ask(client, &question, &check->reply, err);
    check->cost_usd = check->reply.cost_usd;
    if (!ret)
        ret = count_media(client, &question, check, err);
    dvb_client_close(&client);
    free(prompt);
    return ret;
}

int dvb_check_model(const struct dvb_profile *p, uint64_t seed, struct dvb_check *check,
                    struct dvb_err *err)
{
    struct clip clip = { 0 };
    *check = (struct dvb_check){ .size = dvb_size_within(full_size.w, full_size.h, p->max_pixels) };
    dvb_check_draw(seed, check->words);
    int ret = dvb_tmp_dir("devibench-check", &clip.dir, err);
    if (!ret)
        ret = p->send == DVB_SEND_VIDEO ? write_video(p, check, &clip, err)
                                        : write_frames(p, check, &clip, err);
    if (!ret)
        ret = put_question(p, &clip, check, err);
    clip_release(&clip);
    if (ret)
        return ret;
    dvb_check_read(check->reply.text ? check->reply.text : "", check->words, &check->reading);
    dvb_check_judge(p, check);
    return 0;
}

void dvb_check_release(struct dvb_check *check)
{
    dvb_reply_release(&check->reply);
    *check = (struct dvb_check){ .tokens_media = -1 };
}
