/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Google's Files API, as far as videos and files of requests are sent through it. */
#ifndef FAKE_GEMINI_FILES_H
#define FAKE_GEMINI_FILES_H

#include "tests/tools/fake/format.h"

/* What goes wrong with a file goes by its size, which is all that is known of it. */
enum gemini_fault {
    GEMINI_FAILED = 1001, /* can never be used */
    GEMINI_ENDLESS,       /* is never ready */
    GEMINI_ELSEWHERE,     /* its bytes are to go to another host */
    GEMINI_NOWHERE,       /* they are to go nowhere */
};

/* Both steps of a resumable upload: the start, whose response names the URL for
   the bytes, and the bytes with "upload, finalize". A file is looked at twice
   before it is ACTIVE, one of JSON lines is at once. */
void gemini_files_upload(struct fake_call *c);
void gemini_files_get(struct fake_call *c);

/* Size of the ACTIVE file with that URI, or 0. */
size_t gemini_files_size(const char *uri);

/* Content of the file of JSON lines with that name ("files/f-1"), or NULL. */
const char *gemini_files_text(const char *name);

#endif
