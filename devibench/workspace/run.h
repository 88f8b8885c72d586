/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What made a result: the record of versions that every run keeps. */
#ifndef DVB_WORKSPACE_RUN_H
#define DVB_WORKSPACE_RUN_H

/* {"devibench": "...", "revision": "...", "ffmpeg": ..., "x264": ..., ...} as text. Heap. */
char *dvb_run_versions(void);

#endif
