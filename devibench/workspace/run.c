/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workspace/run.h"

#include <curl/curl.h>
#include <libavutil/avutil.h>
#include <sqlite3.h>
#include <stdint.h>
#include <x264.h>

#include "base/json.h"
#include "base/version.h"
#include "revision.h"

#define STRING2(x) #x
#define STRING(x) STRING2(x)

char *dvb_run_versions(void)
{
    json_t *j = dvb_json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "devibench", DVB_VERSION, "revision", DVB_REVISION,
        "ffmpeg", av_version_info(), "x264", STRING(X264_BUILD), "sqlite", sqlite3_libversion(),
        "curl", curl_version_info(CURLVERSION_NOW)->version, "jansson", JANSSON_VERSION);
    char *text = dvb_json_canon(j);
    json_decref(j);
    return text;
}
