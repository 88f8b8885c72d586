/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/sheet.h"

#include <libavutil/imgutils.h>
#include <string.h>

/* Limited-range black. */
static void fill_black(AVFrame *f)
{
    static const int black[3] = { 16, 128, 128 };
    for (int p = 0; p < 3; p++) {
        int shift = p > 0;
        for (int y = 0; y < f->height >> shift; y++)
            memset(f->data[p] + (ptrdiff_t)y * f->linesize[p], black[p],
                   (size_t)(f->width >> shift));
    }
}

static void paste(AVFrame *sheet, const AVFrame *row, int top)
{
    for (int p = 0; p < 3; p++) {
        int shift = p > 0;
        av_image_copy_plane(sheet->data[p] + (ptrdiff_t)(top >> shift) * sheet->linesize[p],
                            sheet->linesize[p], row->data[p], row->linesize[p], row->width >> shift,
                            row->height >> shift);
    }
}

AVFrame *dvb_sheet_stack(AVFrame *const *rows, int n, int gap)
{
    int64_t height = (int64_t)gap * (n - 1);
    AVFrame *sheet = av_frame_alloc();
    if (!sheet)
        return NULL;
    for (int i = 0; i < n; i++) {
        sheet->width = rows[i]->width > sheet->width ? rows[i]->width : sheet->width;
        height += rows[i]->height;
    }
    sheet->height = height < INT32_MAX ? (int)height : 0;
    sheet->format = AV_PIX_FMT_YUV420P;
    if (!sheet->height || av_frame_copy_props(sheet, rows[0]) < 0 ||
        av_frame_get_buffer(sheet, 0) < 0) {
        av_frame_free(&sheet);
        return NULL;
    }
    fill_black(sheet);
    for (int i = 0, top = 0; i < n; i++) {
        paste(sheet, rows[i], top);
        top += rows[i]->height + gap;
    }
    return sheet;
}
