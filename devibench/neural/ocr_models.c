/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "neural/ocr_models.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/mem.h"
#include "neural/onnx.h"

char *dvb_ocr_models_folder(void)
{
    const char *set = getenv("DEVIBENCH_OCR_MODELS"), *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    char *folder = NULL;
    if (set)
        folder = *set ? dvb_strdup(set) : NULL;
    else if (cache && *cache)
        folder = dvb_path_join(cache, "devibench/ocr-models");
    else if (home)
        folder = dvb_path_join(home, ".cache/devibench/ocr-models");
    if (folder && dvb_onnx_available() && dvb_is_dir(folder))
        return folder;
    free(folder);
    return NULL;
}
