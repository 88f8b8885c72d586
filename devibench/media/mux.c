/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/mux.h"

#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "media/ffmpeg.h"

struct dvb_muxer {
    AVFormatContext *fmt;
    AVPacket *held; /* the newest packet: only the next one tells how long it lasts */
    char *path, *tmp;
    AVRational time_base;
    int64_t nominal; /* frame duration, in time_base */
};

static int fail_write(const struct dvb_muxer *mux, int averr, struct dvb_err *err)
{
    return dvb_fail_av(err, DVB_FAULT_INPUT, averr, "cannot write %s", mux->path);
}

static int add_stream(struct dvb_muxer *mux, const struct dvb_stream *s, struct dvb_err *err)
{
    AVStream *st = avformat_new_stream(mux->fmt, NULL);
    uint8_t *extra = av_mallocz(s->headers_size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!st || !extra) {
        av_free(extra);
        return dvb_fail_nomem(err);
    }
    memcpy(extra, s->headers, s->headers_size);
    st->time_base = s->time_base;
    st->avg_frame_rate = s->fps;
    st->sample_aspect_ratio = (AVRational){ 1, 1 };
    AVCodecParameters *par = st->codecpar;
    par->codec_type = AVMEDIA_TYPE_VIDEO;
    par->codec_id = AV_CODEC_ID_H264;
    par->codec_tag = MKTAG('a', 'v', 'c', '1');
    par->width = s->size.w;
    par->height = s->size.h;
    par->format = AV_PIX_FMT_YUV420P;
    par->sample_aspect_ratio = st->sample_aspect_ratio;
    par->extradata = extra;
    par->extradata_size = (int)s->headers_size;
    par->color_primaries = (enum AVColorPrimaries)s->primaries;
    par->color_trc = (enum AVColorTransferCharacteristic)s->transfer;
    par->color_space = (enum AVColorSpace)s->matrix;
    return 0;
}

static int write_header(struct dvb_muxer *mux, struct dvb_err *err)
{
    mux->fmt->flags |= AVFMT_FLAG_BITEXACT;
    AVDictionary *opts = NULL;
    char scale[16];
    snprintf(scale, sizeof(scale), "%d", mux->time_base.den);
    av_dict_set(&opts, "movflags", "+faststart", 0);
    av_dict_set(&opts, "video_track_timescale", scale, 0);
    int ret = avio_open(&mux->fmt->pb, mux->tmp, AVIO_FLAG_WRITE);
    if (ret >= 0)
        ret = avformat_write_header(mux->fmt, &opts);
    av_dict_free(&opts);
    return ret < 0 ? fail_write(mux, ret, err) : 0;
}

int dvb_muxer_open(const char *path, const struct dvb_stream *s, struct dvb_muxer **out,
                   struct dvb_err *err)
{
    *out = NULL;
    struct dvb_muxer *mux = dvb_calloc(1, sizeof(*mux));
    mux->path = dvb_strdup(path);
    mux->tmp = dvb_tmp_name(path);
    mux->time_base = s->time_base;
    mux->nominal = av_rescale_q(1, av_inv_q(s->fps), s->time_base);
    mux->held = av_packet_alloc();
    dvb_ffmpeg_begin();
    int ret = mux->held ? 0 : dvb_fail_nomem(err);
    if (!ret && avformat_alloc_output_context2(&mux->fmt, NULL, "mp4", mux->tmp) < 0)
        ret = dvb_fail_nomem(err);
    if (!ret)
        ret = add_stream(mux, s, err);
    if (!ret)
        ret = write_header(mux, err);
    if (ret)
        dvb_muxer_close(&mux);
    *out = mux;
    return ret;
}

static int write_held(struct dvb_muxer *mux, int64_t duration, struct dvb_err *err)
{
    if (!mux->held->data)
        return 0;
    mux->held->duration = duration > 0 ? duration : mux->nominal;
    av_packet_rescale_ts(mux->held, mux->time_base, mux->fmt->streams[0]->time_base);
    int ret = av_write_frame(mux->fmt, mux->held);
    av_packet_unref(mux->held);
    if (ret >= 0 && mux->fmt->pb->error < 0)
        ret = mux->fmt->pb->error;
    return ret < 0 ? fail_write(mux, ret, err) : 0;
}

int dvb_muxer_write(struct dvb_muxer *mux, const struct dvb_packet *p, struct dvb_err *err)
{
    bool holds = mux->held->data; /* an empty packet has no time */
    int ret = write_held(mux, holds ? p->dts - mux->held->dts : 0, err);
    if (ret)
        return ret;
    if (p->size > INT32_MAX / 2 || av_new_packet(mux->held, (int)p->size) < 0)
        return dvb_fail_nomem(err);
    memcpy(mux->held->data, p->data, p->size);
    mux->held->pts = p->pts;
    mux->held->dts = p->dts;
    mux->held->flags = p->key ? AV_PKT_FLAG_KEY : 0;
    return 0;
}

int dvb_muxer_finish(struct dvb_muxer *mux, int64_t end, struct dvb_err *err)
{
    int ret = write_held(mux, mux->held->data ? end - mux->held->pts : 0, err);
    if (ret)
        return ret;
    int av = av_write_trailer(mux->fmt);
    int closed = avio_closep(&mux->fmt->pb);
    if (av < 0 || closed < 0)
        return fail_write(mux, av < 0 ? av : closed, err);
    return dvb_tmp_commit(&mux->tmp, mux->path, err);
}

void dvb_muxer_close(struct dvb_muxer **mux)
{
    if (!*mux)
        return;
    av_packet_free(&(*mux)->held);
    if ((*mux)->fmt)
        avio_closep(&(*mux)->fmt->pb);
    avformat_free_context((*mux)->fmt);
    dvb_tmp_abandon(&(*mux)->tmp);
    free((*mux)->path);
    free(*mux);
    *mux = NULL;
}
