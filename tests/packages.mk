# SPDX-License-Identifier: GPL-3.0-or-later
# Debian 12 packages, by purpose.
BUILD_PACKAGES := pkg-config libavformat-dev libavcodec-dev libavfilter-dev libswscale-dev \
  libavutil-dev libx264-dev libturbojpeg0-dev libcurl4-gnutls-dev libjansson-dev libsqlite3-dev \
  libutf8proc-dev libgsl-dev libexpat1-dev libmicrohttpd-dev libtesseract-dev libleptonica-dev \
  tesseract-ocr-eng tesseract-ocr-script-latn
CHECK_PACKAGES := libcmocka-dev sqlite3 ffmpeg mandoc curl openssl gnuplot-nox gstreamer1.0-tools \
  gstreamer1.0-plugins-good
LINT_PACKAGES := clang clang-format clang-tidy cppcheck libclang-rt-14-dev libomp-dev
