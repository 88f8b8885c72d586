/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where PP-OCR's weights are. */
#ifndef DVB_NEURAL_OCR_MODELS_H
#define DVB_NEURAL_OCR_MODELS_H

/* The folder: DEVIBENCH_OCR_MODELS if that is set (empty: none), else where `make
   ocr-models` puts them, devibench/ocr-models in XDG_CACHE_HOME or ~/.cache. Heap; NULL
   when there is no such folder, or this build has no ONNX Runtime. */
char *dvb_ocr_models_folder(void);

#endif
