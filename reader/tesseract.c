/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tesseract. Every picture is read three times and the readings are merged word by word.
 * Two passes split text from ground with one threshold for the whole picture
 * (Otsu), at two sizes; they suit small print and decorative letters. The third
 * has local thresholds (Sauvola) and finds light text beside dark text. What
 * two passes read alike is hardly ever wrong.
 */
#include <errno.h>
#include <leptonica/allheaders.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <tesseract/capi.h>

#include "base/mem.h"
#include "reader/ocr.h"

/* Below this nothing was there. Doubtful words are kept: they show that a line
   goes on, and several of them may together support an answer. */
#define MIN_CONF 1.0f

struct tesseract {
    struct dvb_ocr ocr;
    TessBaseAPI *api;
};

static struct tesseract *of(const struct dvb_ocr *ocr)
{
    return (struct tesseract *)ocr; /* its first member */
}

static const struct pass {
    const char *threshold; /* Tesseract's thresholding_method */
    double pixels;         /* the picture is enlarged towards this many */
} passes[] = {
    { "0", 2.0e6 },
    { "0", 1.0e6 },
    { "2", 0.6e6 },
};
#define MAX_ENLARGE 4.0
#define MAX_PIXELS 4.2e6 /* larger pictures are shrunk to this */
#define MAX_SIDE 16000.0 /* Tesseract's own limit is 32767 */

static void quiet_leptonica(void)
{
    setMsgSeverity(L_SEVERITY_NONE); /* it complains on stderr about harmless boxes */
}

static TessBaseAPI *start_api(const char *language)
{
    static char debug[] = "debug_file", null[] = "/dev/null";
    static char remember[] = "tessedit_enable_doc_dict", no[] = "0";
    char *names[] = { debug, remember }, *values[] = { null, no };
    TessBaseAPI *api = TessBaseAPICreate();
    if (!api)
        return NULL;
    if (TessBaseAPIInit4(api, NULL, language, OEM_LSTM_ONLY, NULL, 0, names, values, 2, 0)) {
        TessBaseAPIDelete(api);
        return NULL;
    }
    TessBaseAPISetPageSegMode(api, PSM_SPARSE_TEXT);
    return api;
}

static int open_language(const char *language, struct dvb_ocr **ocr, struct dvb_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER; /* it sets global parameters */
    *ocr = NULL;
    pthread_once(&once, quiet_leptonica);
    pthread_mutex_lock(&opening);
    TessBaseAPI *api = start_api(language);
    pthread_mutex_unlock(&opening);
    if (!api)
        return dvb_fail(err, DVB_FAULT_SERVICE, ENOENT,
                        "Tesseract cannot load its data '%s' (Debian: tesseract-ocr-eng, "
                        "tesseract-ocr-script-latn)",
                        language);
    struct tesseract *t = dvb_calloc(1, sizeof(*t));
    t->ocr.kind = &dvb_ocr_tesseract;
    t->api = api;
    *ocr = &t->ocr;
    return 0;
}

static void close_tesseract(struct dvb_ocr *ocr)
{
    TessBaseAPIEnd(of(ocr)->api);
    TessBaseAPIDelete(of(ocr)->api);
    free(of(ocr));
}

const char *dvb_ocr_installed(const struct dvb_ocr *ocr, const char *const *names)
{
    char **have = TessBaseAPIGetAvailableLanguagesAsVector(of(ocr)->api);
    const char *found = NULL;
    for (; !found && *names; names++)
        for (char **h = have; h && *h && !found; h++)
            if (!strcmp(*h, *names))
                found = *names;
    if (have)
        TessDeleteTextArray(have);
    return found;
}

static bool knows(struct dvb_ocr *ocr, const char *word)
{
    return TessBaseAPIIsValidWord(of(ocr)->api, word) != 0;
}

static bool cancelled(void *flag, int words)
{
    (void)words;
    return flag && atomic_load((const atomic_bool *)flag);
}

static struct dvb_box to_picture(struct dvb_box b, double scale, struct dvb_box area)
{
    struct dvb_box out = { area.x0 + (int)floor(b.x0 / scale), area.y0 + (int)floor(b.y0 / scale),
                           area.x0 + (int)ceil(b.x1 / scale), area.y0 + (int)ceil(b.y1 / scale) };
    out.x1 = out.x1 > area.x1 ? area.x1 : out.x1;
    out.y1 = out.y1 > area.y1 ? area.y1 : out.y1;
    return out;
}

static void collect(TessResultIterator *it, double scale, struct dvb_box area,
                    struct dvb_page *page)
{
    const TessPageIterator *at = TessResultIteratorGetPageIteratorConst(it);
    do {
        char *text = TessResultIteratorGetUTF8Text(it, RIL_WORD);
        float conf = TessResultIteratorConfidence(it, RIL_WORD);
        struct dvb_box b;
        if (text && conf >= MIN_CONF && dvb_ocr_has_letter(text) &&
            TessPageIteratorBoundingBox(at, RIL_WORD, &b.x0, &b.y0, &b.x1, &b.y1))
            dvb_page_add(page, text, conf, to_picture(b, scale, area));
        if (text)
            TessDeleteText(text);
    } while (TessResultIteratorNext(it, RIL_WORD));
}

/* The scale depends on the whole picture, not on the part that is read, so a
   part read again gives letters of the same size. */
static double scale_of(const struct pass *pass, const struct dvb_luma *picture)
{
    double pixels = (double)picture->w * picture->h;
    double longest = picture->w > picture->h ? picture->w : picture->h;
    if (pixels > MAX_PIXELS)
        return fmin(sqrt(MAX_PIXELS / pixels), MAX_SIDE / longest);
    double most = fmin(MAX_ENLARGE, MAX_SIDE / longest);
    return fmin(most, fmax(1, sqrt(pass->pixels / pixels)));
}

/* No line of text fits in; Tesseract fails on slivers. */
static bool too_small(struct dvb_box area, double scale)
{
    return fmin(dvb_box_w(area), dvb_box_h(area)) * scale < 8;
}

static int run_pass(TessBaseAPI *api, const struct pass *pass, const struct dvb_luma *picture,
                    struct dvb_box area, const atomic_bool *cancel, struct dvb_page *page,
                    struct dvb_err *err)
{
    double scale = scale_of(pass, picture);
    if (too_small(area, scale))
        return 0;
    int w = (int)lround(dvb_box_w(area) * scale), h = (int)lround(dvb_box_h(area) * scale);
    struct dvb_luma *big = dvb_luma_scale(picture, area, w, h);
    ETEXT_DESC *monitor = TessMonitorCreate();
    int ret = 0;
    if (!big || !monitor) {
        ret = dvb_fail_nomem(err);
        goto end;
    }
    TessMonitorSetCancelFunc(monitor, cancelled);
    TessMonitorSetCancelThis(monitor, (void *)cancel);
    TessBaseAPISetVariable(api, "thresholding_method", pass->threshold);
    TessBaseAPISetImage(api, big->px, big->w, big->h, 1, big->w);
    TessBaseAPISetSourceResolution(api, 150); /* or it guesses, with a message */
    ret = TessBaseAPIRecognize(api, monitor);
    if (dvb_ocr_cancelled(cancel, NULL))
        ret = dvb_ocr_cancelled(cancel, err);
    else if (ret)
        ret = dvb_fail(err, DVB_FAULT_INTERNAL, EIO, "Tesseract failed on %dx%d pixels", w, h);
    TessResultIterator *it = ret ? NULL : TessBaseAPIGetIterator(api);
    if (it) {
        collect(it, scale, area, page);
        TessResultIteratorDelete(it);
    }
    TessBaseAPIClear(api);
end:
    if (monitor)
        TessMonitorDelete(monitor);
    dvb_luma_free(&big);
    return ret;
}

static int read_picture(struct dvb_ocr *ocr, const struct dvb_luma *picture, struct dvb_box box,
                        const atomic_bool *cancel, struct dvb_page *page, struct dvb_err *err)
{
    struct dvb_page merged = { 0 };
    int ret = 0;
    for (size_t i = 0; !ret && i < sizeof(passes) / sizeof(*passes); i++) {
        struct dvb_page read = { 0 };
        ret = run_pass(of(ocr)->api, &passes[i], picture, box, cancel, &read, err);
        if (!ret)
            dvb_page_merge(&merged, &read);
        dvb_page_release(&read);
    }
    for (size_t i = 0; !ret && i < merged.n; i++)
        dvb_page_add_word(page, &merged.words[i]);
    dvb_page_release(&merged);
    return ret;
}

const struct dvb_ocr_kind dvb_ocr_tesseract = {
    .open = open_language,
    .read = read_picture,
    .knows = knows,
    .close = close_tesseract,
};
