/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/input.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "media/ffmpeg.h"

#define IO_BUFFER (64 << 10)
#define PROBE_BYTES (8 << 20)
#define PROBE_MICROSECONDS (INT64_C(5) * AV_TIME_BASE)

#define MAX_TS (INT64_C(1) << 56)
#define MAX_FAILURES 1000 /* of the decoder on one packet */

static const char in_memory[] = "video in memory";

/* FFmpeg's names of the containers and raw streams that hold video. What is
   not here (playlists, which name other files; text as ANSI art; pictures;
   sound) is refused before its demuxer reads a byte. */
static const char *const containers[] = {
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    "avi",
    "mpegts",
    "mpeg",
    "flv",
    "live_flv",
    "asf",
    "ogg",
    "nut",
    "mxf",
    "gxf",
    "dv",
    "rm",
    "wtv",
    "ivf",
    "gif",
    "apng",
    "yuv4mpegpipe",
    "h264",
    "hevc",
    "av1",
    "obu",
    "mpegvideo",
    "m4v",
    "vc1",
    "h261",
    "h263",
    "mjpeg",
    "dirac",
};

/* Of constant frame rate by their nature, but FFmpeg may give their B-frames
   the times of the coding order: frames are counted instead. */
static const char *const counted_containers[] = { "mxf", "gxf" };

static bool is_one_of(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i], name))
            return true;
    return false;
}
#define IS_ONE_OF(name, list) is_one_of(name, list, sizeof(list) / sizeof((list)[0]))

static int bytes_read(void *opaque, uint8_t *buf, int size)
{
    struct dvb_input_bytes *b = opaque;
    size_t n = FFMIN((size_t)size, b->len - b->at);
    if (!n)
        return AVERROR_EOF;
    memcpy(buf, b->data + b->at, n);
    b->at += n;
    return (int)n;
}

static int64_t bytes_seek(void *opaque, int64_t offset, int whence)
{
    struct dvb_input_bytes *b = opaque;
    if (whence == AVSEEK_SIZE)
        return (int64_t)b->len;
    int64_t base = whence == SEEK_CUR ? (int64_t)b->at : whence == SEEK_END ? (int64_t)b->len : 0;
    if (offset < -base || offset > (int64_t)b->len - base)
        return AVERROR(EINVAL);
    b->at = (size_t)(base + offset);
    return base + offset;
}

static int open_bytes(struct dvb_input *in, struct dvb_err *err)
{
    if (!in->bytes.len)
        return dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "%s: empty", in->name);
    uint8_t *buf = av_malloc(IO_BUFFER);
    if (buf)
        in->io = avio_alloc_context(buf, IO_BUFFER, 0, &in->bytes, bytes_read, NULL, bytes_seek);
    if (!in->io) {
        av_free(buf);
        return dvb_fail_nomem(err);
    }
    return 0;
}

static int open_path(struct dvb_input *in, struct dvb_err *err)
{
    struct stat st;
    if (stat(in->path, &st))
        return dvb_fail_errno(err, DVB_FAULT_INPUT, "%s", in->path);
    if (!S_ISREG(st.st_mode))
        return dvb_fail(err, DVB_FAULT_INPUT, EINVAL, "%s: not a regular file", in->path);
    if (!st.st_size)
        return dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "%s: empty file", in->path);
    /* With "file:" before it, a name with a colon is not taken for a protocol. */
    char *url = dvb_asprintf("file:%s", in->path);
    AVDictionary *opts = NULL;
    av_dict_set(&opts, "protocol_whitelist", "file", 0);
    int r = avio_open2(&in->io, url, AVIO_FLAG_READ, NULL, &opts);
    av_dict_free(&opts);
    free(url);
    return r < 0 ? dvb_fail_av(err, DVB_FAULT_INPUT, r, "%s", in->path) : 0;
}

static void close_io(struct dvb_input *in)
{
    if (in->path) {
        avio_closep(&in->io);
    } else if (in->io) {
        av_freep(&in->io->buffer);
        avio_context_free(&in->io);
    }
}

static int refuse_io_open(AVFormatContext *s, AVIOContext **pb, const char *url, int flags,
                          AVDictionary **options)
{
    (void)s, (void)url, (void)flags, (void)options;
    *pb = NULL;
    return AVERROR(EPERM);
}

static int open_demuxer(struct dvb_input *in, struct dvb_err *err)
{
    const AVInputFormat *fmt = NULL;
    int r = av_probe_input_buffer2(in->io, &fmt, in->path ? in->path : "", NULL, 0, PROBE_BYTES);
    if (r < 0 || !fmt)
        return dvb_fail(err, DVB_FAULT_INPUT, EBADMSG, "%s: not a video: no known container",
                        in->name);
    if (!IS_ONE_OF(fmt->name, containers))
        return dvb_fail(err, DVB_FAULT_INPUT, EBADMSG, "%s: not a video: it looks like %s (%s)",
                        in->name, fmt->name, fmt->long_name ? fmt->long_name : "no description");
    in->format = avformat_alloc_context();
    if (!in->format)
        return dvb_fail_nomem(err);
    in->format->pb = in->io;
    in->format->io_open = refuse_io_open;
    in->format->probesize = PROBE_BYTES;
    in->format->max_analyze_duration = PROBE_MICROSECONDS;
    in->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    r = avformat_open_input(&in->format, in->path ? in->path : "", fmt, NULL);
    if (r < 0)
        return dvb_fail_av(err, DVB_FAULT_INPUT, r, "%s: incomplete or damaged %s file", in->name,
                           fmt->name);
    return 0;
}

/* Sizes and the decoder's delay come from decoding a little of every stream. */
static int find_streams(struct dvb_input *in, struct dvb_err *err)
{
    unsigned n = in->format->nb_streams;
    AVDictionary **opts = dvb_calloc(n, sizeof(AVDictionary *));
    for (unsigned i = 0; i < n; i++) {
        av_dict_set_int(&opts[i], "max_pixels", (int64_t)DVB_MAX_SIDE * DVB_MAX_SIDE, 0);
        av_dict_set_int(&opts[i], "threads", 1, 0);
    }
    int r = avformat_find_stream_info(in->format, opts);
    for (unsigned i = 0; i < n; i++)
        av_dict_free(&opts[i]);
    free(opts);
    return r < 0 ? dvb_fail_av(err, DVB_FAULT_INPUT, r, "%s: no streams found", in->name) : 0;
}

/* Cover art and thumbnail tracks are stored as video streams, but are none. */
static bool is_video(const AVStream *st)
{
    return st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
           !(st->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS));
}

static int choose_stream(struct dvb_input *in, struct dvb_err *err)
{
    AVFormatContext *f = in->format;
    int best = av_find_best_stream(f, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    bool audio = false;
    if (best >= 0 && !is_video(f->streams[best]))
        best = -1;
    for (unsigned i = 0; i < f->nb_streams; i++) {
        f->streams[i]->discard = AVDISCARD_ALL;
        audio |= f->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
        if (best < 0 && is_video(f->streams[i]))
            best = (int)i;
    }
    if (best < 0)
        return dvb_fail(err, DVB_FAULT_INPUT, ENODATA, "%s: %s", in->name,
                        audio ? "audio only: there is no video in it" : "no video stream in it");
    in->stream = f->streams[best];
    in->stream->discard = AVDISCARD_DEFAULT;
    return 0;
}

static int refuse_size(const struct dvb_input *in, int w, int h, struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EFBIG, "%s: %dx%d pixels; at most %dx%d are accepted",
                    in->name, w, h, DVB_MAX_SIDE, DVB_MAX_SIDE);
}

static int refuse_encrypted(const struct dvb_input *in, struct dvb_err *err)
{
    return dvb_fail(err, DVB_FAULT_INPUT, EACCES, "%s: encrypted: there is no key to it", in->name);
}

static int check_stream(const struct dvb_input *in, struct dvb_err *err)
{
    const AVCodecParameters *par = in->stream->codecpar;
    if (av_stream_get_side_data(in->stream, AV_PKT_DATA_ENCRYPTION_INIT_INFO, NULL) ||
        par->codec_tag == MKTAG('e', 'n', 'c', 'v') ||
        av_dict_get(in->stream->metadata, "enc_key_id", NULL, 0))
        return refuse_encrypted(in, err);
    if (par->width > DVB_MAX_SIDE || par->height > DVB_MAX_SIDE)
        return refuse_size(in, par->width, par->height, err);
    return 0;
}

static int open_decoder(struct dvb_input *in, struct dvb_err *err)
{
    const AVCodecParameters *par = in->stream->codecpar;
    const AVCodec *codec = avcodec_find_decoder(par->codec_id);
    if (!codec)
        return dvb_fail(err, DVB_FAULT_INPUT, ENOTSUP, "%s: no decoder for its codec, %s", in->name,
                        avcodec_get_name(par->codec_id));
    in->decoder = avcodec_alloc_context3(codec);
    in->packet = av_packet_alloc();
    if (!in->decoder || !in->packet)
        return dvb_fail_nomem(err);
    int r = avcodec_parameters_to_context(in->decoder, par);
    in->decoder->pkt_timebase = in->stream->time_base;
    in->decoder->framerate = in->fps;
    in->decoder->thread_count = 1;
    in->decoder->flags |= AV_CODEC_FLAG_BITEXACT;
    if (par->codec_id == AV_CODEC_ID_H264)
        in->decoder->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT; /* see decode() */
    in->decoder->max_pixels = (int64_t)DVB_MAX_SIDE * DVB_MAX_SIDE;
    if (r >= 0)
        r = avcodec_open2(in->decoder, codec, NULL);
    if (r < 0)
        return dvb_fail_av(err, DVB_FAULT_INPUT, r, "%s: cannot start the %s decoder", in->name,
                           codec->name);
    return 0;
}

static bool plausible(AVRational fps)
{
    return fps.num > 0 && fps.den > 0 && av_q2d(fps) <= 1000 && av_q2d(fps) >= 0.001;
}

static AVRational nominal_fps(const AVStream *st)
{
    if (plausible(st->avg_frame_rate))
        return st->avg_frame_rate;
    return plausible(st->r_frame_rate) ? st->r_frame_rate : (AVRational){ 25, 1 };
}

static void set_frame_ticks(struct dvb_input *in)
{
    in->frame_ticks = FFMAX(1, av_rescale_q(1, av_inv_q(in->fps), in->time_base));
}

int dvb_input_open(struct dvb_input *in, const char *path, const void *data, size_t len,
                   struct dvb_err *err)
{
    *in = (struct dvb_input){
        .name = path ? path : in_memory,
        .path = path,
        .bytes = { .data = data, .len = len },
        .on_packet = in->on_packet,
        .on_packet_arg = in->on_packet_arg,
    };
    dvb_ffmpeg_begin();
    int ret = path ? open_path(in, err) : open_bytes(in, err);
    if (!ret)
        ret = open_demuxer(in, err);
    if (!ret)
        ret = find_streams(in, err);
    if (!ret)
        ret = choose_stream(in, err);
    if (!ret)
        ret = check_stream(in, err);
    if (ret)
        return ret;
    in->time_base = in->stream->time_base;
    in->fps = nominal_fps(in->stream);
    set_frame_ticks(in);
    return open_decoder(in, err);
}

void dvb_input_close(struct dvb_input *in)
{
    av_packet_free(&in->packet);
    avcodec_free_context(&in->decoder);
    avformat_close_input(&in->format);
    close_io(in);
}

int dvb_input_packet(struct dvb_input *in, struct dvb_err *err)
{
    for (int again = 0; again < 1000;) {
        av_packet_unref(in->packet);
        int r = av_read_frame(in->format, in->packet);
        if (r == AVERROR(EAGAIN)) {
            again++;
            continue;
        }
        if (r == AVERROR(ENOMEM))
            return dvb_fail_nomem(err);
        if (r < 0 && in->io->error < 0 && in->io->error != AVERROR_EOF)
            return dvb_fail_av(err, DVB_FAULT_INPUT, in->io->error, "%s: cannot read", in->name);
        if (r < 0) /* the end, or where a damaged file breaks off */
            return 0;
        if (in->packet->stream_index != in->stream->index)
            continue;
        if (av_packet_get_side_data(in->packet, AV_PKT_DATA_ENCRYPTION_INFO, NULL))
            return refuse_encrypted(in, err);
        r = in->on_packet ? in->on_packet(in, in->on_packet_arg, err) : 0;
        return r < 0 ? r : 1;
    }
    return 0;
}

bool dvb_input_sane(int64_t ts)
{
    return ts != AV_NOPTS_VALUE && ts < MAX_TS && ts > -MAX_TS;
}

/* Give the decoder its next packet, or the end. 0, or a negative errno. */
static int feed(struct dvb_input *in, struct dvb_err *err)
{
    int r = in->packet_waits ? 1 : dvb_input_packet(in, err);
    in->packet_waits = false;
    if (r < 0)
        return r;
    in->packets_end = r == 0;
    /* For the decoder's word on damage, see decode(). */
    in->packet->flags &= ~AV_PKT_FLAG_CORRUPT;
    r = avcodec_send_packet(in->decoder, r ? in->packet : NULL);
    return r == AVERROR(ENOMEM) ? dvb_fail_nomem(err) : 0; /* damage is the decoder's to conceal */
}

/* FFmpeg's H.264 decoder withholds what it decodes between a seek and the
   recovery point, and rightly so; but if the file ends soon after, it also
   withholds good frames that were delayed for reordering. So it is told to give
   all, and those that it marks (it does not mark the delayed ones) are dropped
   here. */
static bool withheld(const struct dvb_input *in, const AVFrame *frame)
{
    return in->decoder->codec_id == AV_CODEC_ID_H264 && (frame->flags & AV_FRAME_FLAG_CORRUPT);
}

/* Of the decoder: 1, 0 at the end, or a negative errno. */
static int receive(struct dvb_input *in, AVFrame *frame, struct dvb_err *err)
{
    for (int failures = 0;; failures++) {
        int r = avcodec_receive_frame(in->decoder, frame);
        if (r >= 0)
            return 1;
        if (r == AVERROR_EOF || failures > MAX_FAILURES)
            return 0;
        if (r == AVERROR(ENOMEM))
            return dvb_fail_nomem(err);
        if (r == AVERROR(EAGAIN)) {
            if (in->packets_end)
                return 0;
            if ((r = feed(in, err)) < 0)
                return r;
            failures = 0;
        }
    }
}

static int decode(struct dvb_input *in, AVFrame *frame, struct dvb_err *err)
{
    int r;
    while ((r = receive(in, frame, err)) > 0 && withheld(in, frame))
        av_frame_unref(frame);
    if (r > 0 && (frame->width > DVB_MAX_SIDE || frame->height > DVB_MAX_SIDE))
        return refuse_size(in, frame->width, frame->height, err);
    return r;
}

int dvb_input_frame(struct dvb_input *in, AVFrame *frame, struct dvb_err *err)
{
    int r = decode(in, frame, err);
    if (r <= 0)
        return r;
    bool stamped = !in->counted && dvb_input_sane(frame->best_effort_timestamp);
    frame->pts = stamped ? frame->best_effort_timestamp : in->next_ts;
    in->next_ts = frame->pts + in->frame_ticks;
    return 1;
}

int dvb_input_first_frame(struct dvb_input *in, AVFrame *frame, struct dvb_err *err)
{
    int r = decode(in, frame, err);
    if (r < 0)
        return r;
    if (!r)
        return dvb_fail_av(err, DVB_FAULT_INPUT, AVERROR_INVALIDDATA,
                           "%s: not one frame of its %s video decodes", in->name,
                           avcodec_get_name(in->stream->codecpar->codec_id));
    in->counted = !dvb_input_sane(frame->best_effort_timestamp) ||
                  IS_ONE_OF(in->format->iformat->name, counted_containers);
    /* Raw streams only guess their time stamps, and anew after a seek. */
    in->seekable = !in->counted && frame->pts != AV_NOPTS_VALUE &&
                   !(in->format->iformat->flags & AVFMT_NOTIMESTAMPS);
    if (in->counted)
        in->time_base = av_inv_q(in->fps);
    set_frame_ticks(in);
    in->first_ts = in->counted ? 0 : frame->best_effort_timestamp;
    frame->pts = in->first_ts;
    in->next_ts = in->first_ts + in->frame_ticks;
    return 0;
}

/* After a seek: read on to an intra picture that is shown at or before ts, and
   decode it. 1: good; 0: this place will not do. */
static int land(struct dvb_input *in, int64_t ts, AVFrame *frame, struct dvb_err *err)
{
    int r;
    avcodec_flush_buffers(in->decoder);
    in->packets_end = in->packet_waits = false;
    do {
        r = dvb_input_packet(in, err);
        if (r <= 0)
            return r;
        if (!dvb_input_sane(in->packet->pts) || in->packet->pts > ts)
            return 0;
    } while (!(in->packet->flags & AV_PKT_FLAG_KEY));
    int64_t key_ts = in->packet->pts;
    in->packet_waits = true;
    r = dvb_input_frame(in, frame, err);
    /* Another frame than that one: the stream refreshes step by step, and after
       recovery its pictures are only about right. At the file's end: nothing
       may have been marked as withheld yet. */
    return r > 0 ? frame->pts == key_ts && !in->packets_end : r;
}

static int from_beginning(struct dvb_input *in, AVFrame *frame, struct dvb_err *err)
{
    const char *path = in->path;
    struct dvb_input_bytes bytes = in->bytes;
    dvb_input_close(in);
    int ret = dvb_input_open(in, path, bytes.data, bytes.len, err);
    return ret ? ret : dvb_input_first_frame(in, frame, err);
}

int dvb_input_seek(struct dvb_input *in, int64_t ts, AVFrame *frame, struct dvb_err *err)
{
    int64_t second = FFMAX(1, av_rescale_q(1, (AVRational){ 1, 1 }, in->time_base));
    int64_t back = 0;
    for (int tries = 0; in->seekable && tries < 5 && ts - back > in->first_ts; tries++) {
        if (av_seek_frame(in->format, in->stream->index, ts - back, AVSEEK_FLAG_BACKWARD) < 0)
            break;
        int r = land(in, ts, frame, err);
        if (r)
            return r < 0 ? r : 0;
        av_frame_unref(frame);
        back = back ? 3 * back : second;
    }
    return from_beginning(in, frame, err);
}
