/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader/ocr.h"

#include <ctype.h>
#include <errno.h>

int dvb_ocr_read(struct dvb_ocr *ocr, const struct dvb_luma *picture, struct dvb_box box,
                 const atomic_bool *cancel, struct dvb_page *page, struct dvb_err *err)
{
    return ocr->kind->read(ocr, picture, box, cancel, page, err);
}

bool dvb_ocr_knows(struct dvb_ocr *ocr, const char *word)
{
    return ocr->kind->knows(ocr, word);
}

void dvb_ocr_close(struct dvb_ocr **ocr)
{
    if (*ocr)
        (*ocr)->kind->close(*ocr);
    *ocr = NULL;
}

bool dvb_ocr_has_letter(const char *s)
{
    for (; *s; s++)
        if (isalnum((unsigned char)*s) || (unsigned char)*s >= 0xc3)
            return true;
    return false;
}

int dvb_ocr_cancelled(const atomic_bool *cancel, struct dvb_err *err)
{
    if (cancel && atomic_load(cancel))
        return dvb_fail(err, DVB_FAULT_SERVICE, ECANCELED, "the server is stopping");
    return 0;
}
