/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/sign.h"

#include <math.h>
#include <string.h>

/* Letters as strokes on a grid 8 wide and 12 high, y downwards: each pair of
   digits (hexadecimal) is a point, each group of points a line. */
static const char *const letters[26] = {
    "0c408c 1878",               /* A */
    "005072745606 56787a5c0c00", /* B */
    "826020020a2c6c8a",          /* C */
    "005083895c0c00",            /* D */
    "70000c7c 0666",             /* E */
    "70000c 0656",               /* F */
    "826020020a2c6c8a8757",      /* G */
    "000c 808c 0686",            /* H */
    "0040 202c 0c4c",            /* I */
    "808a6c2c0a",                /* J */
    "000c 8007 358c",            /* K */
    "000c7c",                    /* L */
    "0c0047808c",                /* M */
    "0c008c80",                  /* N */
    "2060828a6c2c0a0220",        /* O */
    "0c005072745606",            /* P */
    "2060828a6c2c0a0220 598c",   /* Q */
    "0c005072745606 468c",       /* R */
    "82602002042666888a6c2c0a",  /* S */
    "0080 404c",                 /* T */
    "000a2c6c8a80",              /* U */
    "004c80",                    /* V */
    "002c446c80",                /* W */
    "008c 800c",                 /* X */
    "004680 464c",               /* Y */
    "00800c8c",                  /* Z */
};

#define SPACE 3.2 /* between letters, in grid units */
#define HEIGHT 12.0
#define RADIUS 1.0 /* half a stroke's width */
#define GROUND 222
#define INK 28

/* Where and how large letters are: grid point (0, 0) at (x, y), unit pixels each. */
struct place {
    double x, y, unit;
};

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* The letter's width: its rightmost point. */
static double width_of(char letter)
{
    int most = 0;
    for (const char *s = letters[letter - 'A']; s[0] && s[1]; s += *s == ' ' ? 1 : 2)
        if (*s != ' ' && digit(*s) > most)
            most = digit(*s);
    return most;
}

static double distance(double px, double py, double ax, double ay, double bx, double by)
{
    double dx = bx - ax, dy = by - ay;
    double t = ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypot(px - ax - t * dx, py - ay - t * dy);
}

/* Ink with soft edges where the pixel's middle is near the stroke a-b. */
static void draw_line(AVFrame *f, double ax, double ay, double bx, double by, double radius)
{
    int x0 = (int)fmax(0, fmin(ax, bx) - radius - 1), y0 = (int)fmax(0, fmin(ay, by) - radius - 1);
    int x1 = (int)fmin(f->width - 1, fmax(ax, bx) + radius + 1);
    int y1 = (int)fmin(f->height - 1, fmax(ay, by) + radius + 1);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            double cover = radius + 0.5 - distance(x + 0.5, y + 0.5, ax, ay, bx, by);
            cover = cover < 0 ? 0 : cover > 1 ? 1 : cover;
            uint8_t *px = &f->data[0][(ptrdiff_t)y * f->linesize[0] + x];
            uint8_t ink = (uint8_t)lround(GROUND + (INK - GROUND) * cover);
            *px = ink < *px ? ink : *px;
        }
}

static void draw_letter(AVFrame *f, char letter, const struct place *at)
{
    const char *s = letters[letter - 'A'];
    for (; s[0] && s[1]; s += 2) {
        if (*s == ' ')
            s++;
        if (s[2] && s[2] != ' ')
            draw_line(f, at->x + digit(s[0]) * at->unit, at->y + digit(s[1]) * at->unit,
                      at->x + digit(s[2]) * at->unit, at->y + digit(s[3]) * at->unit,
                      RADIUS * at->unit);
    }
}

static void fill_plane(AVFrame *f, int plane, int w, int h, int value)
{
    for (int y = 0; y < h; y++)
        memset(f->data[plane] + (ptrdiff_t)y * f->linesize[plane], value, (size_t)w);
}

static AVFrame *new_frame(struct dvb_size size)
{
    AVFrame *f = av_frame_alloc();
    if (!f)
        return NULL;
    f->width = size.w;
    f->height = size.h;
    f->format = AV_PIX_FMT_YUV420P;
    f->color_range = AVCOL_RANGE_MPEG;
    f->colorspace = AVCOL_SPC_SMPTE170M;
    f->color_primaries = AVCOL_PRI_SMPTE170M;
    f->color_trc = AVCOL_TRC_SMPTE170M;
    if (av_frame_get_buffer(f, 0))
        av_frame_free(&f);
    return f;
}

AVFrame *dvb_sign_draw(struct dvb_size size, const char *word, int row, unsigned tint)
{
    AVFrame *f = new_frame(size);
    if (!f)
        return NULL;
    fill_plane(f, 0, size.w, size.h, GROUND);
    fill_plane(f, 1, size.w / 2, size.h / 2, 128 + (int)(tint % 5 * 6) - 12);
    fill_plane(f, 2, size.w / 2, size.h / 2, 128 + (int)(tint / 5 % 5 * 6) - 12);
    double width = -SPACE;
    for (const char *c = word; *c; c++)
        width += width_of(*c) + SPACE;
    struct place at = { .unit = fmin(0.8 * size.w / width, 0.25 * size.h / HEIGHT) };
    at.x = (size.w - width * at.unit) / 2;
    at.y = size.h * (row ? 0.75 : 0.25) - HEIGHT * at.unit / 2;
    for (; *word; at.x += (width_of(*word++) + SPACE) * at.unit)
        draw_letter(f, *word, &at);
    return f;
}
