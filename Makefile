# SPDX-License-Identifier: GPL-3.0-or-later
#
#   make            build/devibench and build/devibench-reader
#   make demo       install what is missing, build, run the main job on real video
#   make check      install what is missing, build, run every test
#   make bench      speed against the ffmpeg program, side by side
#   make lint       style, static analysis, the direction of calls
#   make sanitize   the tests under ASan and UBSan
#   make install    PREFIX=/usr/local, DESTDIR=
#
# BUILD=dir builds elsewhere; CC, CFLAGS, LDFLAGS are honoured; SAN=1 adds sanitizers; WERROR=1.

BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= cc
CFLAGS  ?= -O2 -g

include tests/packages.mk

PKGS := libavformat libavcodec libavfilter libswscale libavutil x264 libcurl jansson sqlite3 libutf8proc
READER_PKGS := libmicrohttpd tesseract lept

WARN := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla
DVB_CPPFLAGS = -D_XOPEN_SOURCE=700 -Idevibench -I. -I$(BUILD)/gen $(CPPFLAGS)
DVB_CFLAGS = -std=c11 -fopenmp $(WARN) $(if $(WERROR),-Werror) $(if $(SAN),$(SANFLAGS)) \
             $(PKG_CFLAGS) $(CFLAGS)
DVB_LDFLAGS = -fopenmp $(if $(SAN),$(SANFLAGS)) $(LDFLAGS)
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) $(READER_PKGS))
LIBS = $(shell pkg-config --libs $(PKGS)) -lm -lpthread
READER_LIBS = $(shell pkg-config --libs $(READER_PKGS))

LIB_SRC := $(filter-out devibench/main.c,$(wildcard devibench/*.c devibench/*/*.c pipeline/*.c \
             eval/*.c eval/*/*.c reports/*.c))
READER_SRC := $(filter-out reader/main.c,$(wildcard reader/*.c))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
TOOL_SRC := $(wildcard tests/tools/*.c)
ASSETS := $(sort $(wildcard prompts/*.txt data/*.json data/*.sql))

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
bin = $(patsubst tests/%.c,$(BUILD)/tests/%,$(1))
UNIT_BIN := $(call bin,$(UNIT_SRC))
FUZZ_BIN := $(call bin,$(FUZZ_SRC))
TOOL_BIN := $(call bin,$(TOOL_SRC))

all: $(BUILD)/devibench $(BUILD)/devibench-reader $(BUILD)/devibench.1

$(BUILD)/devibench: $(call obj,devibench/main.c) $(BUILD)/libdevibench.a
	$(CC) $(DVB_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/devibench-reader: $(call obj,reader/main.c) $(BUILD)/libreader.a $(BUILD)/libdevibench.a
	$(CC) $(DVB_LDFLAGS) -o $@ $^ $(READER_LIBS) $(LIBS)

$(BUILD)/devibench.1: $(BUILD)/devibench
	$(BUILD)/devibench --man > $@.tmp && mv $@.tmp $@

$(BUILD)/libdevibench.a: $(call obj,$(LIB_SRC)) $(BUILD)/obj/gen/assets.o
$(BUILD)/libreader.a: $(call obj,$(READER_SRC))
%.a:
	rm -f $@ && $(AR) rcs $@ $^

# Prompts and tables are compiled in, so the program runs from any folder.
$(BUILD)/gen/assets.c: tests/assets.sh $(ASSETS) | $(BUILD)/gen/revision.h
	@mkdir -p $(@D)
	sh tests/assets.sh $(ASSETS) > $@.tmp && mv $@.tmp $@

$(BUILD)/obj/gen/assets.o: $(BUILD)/gen/assets.c
	@mkdir -p $(@D)
	$(CC) $(DVB_CPPFLAGS) $(DVB_CFLAGS) -c -o $@ $<

$(BUILD)/obj/%.o: %.c | packages-here
	@mkdir -p $(@D)
	$(CC) $(DVB_CPPFLAGS) $(DVB_CFLAGS) -MMD -MP -c -o $@ $<

# The revision goes into every run's record; the header changes only when it does.
REVISION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
$(BUILD)/gen/revision.h: FORCE
	@mkdir -p $(@D)
	@echo '#define DVB_REVISION "$(REVISION)"' > $@.tmp
	@cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@

$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/libreader.a $(BUILD)/libdevibench.a
	@mkdir -p $(@D)
	$(CC) $(DVB_LDFLAGS) -o $@ $^ -lcmocka $(READER_LIBS) $(LIBS)

$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/replay.o $(BUILD)/libreader.a $(BUILD)/libdevibench.a
	@mkdir -p $(@D)
	$(CC) $(DVB_LDFLAGS) -o $@ $^ $(READER_LIBS) $(LIBS)

$(BUILD)/tests/tools/%: $(BUILD)/obj/tests/tools/%.o $(BUILD)/libdevibench.a
	@mkdir -p $(@D)
	$(CC) $(DVB_LDFLAGS) -o $@ $^ $(READER_LIBS) $(LIBS)

tests-built: all $(UNIT_BIN) $(FUZZ_BIN) $(TOOL_BIN)

packages-here:
	@pkg-config --exists $(PKGS) $(READER_PKGS) || { \
	  echo "Libraries are missing: 'make deps' installs them (Debian 12), or see README.md." >&2; \
	  pkg-config --print-errors --exists $(PKGS) $(READER_PKGS); exit 1; }

deps:
	@sh tests/install.sh $(BUILD_PACKAGES)
check-deps:
	@sh tests/install.sh $(BUILD_PACKAGES) $(CHECK_PACKAGES)

# Sub-makes, so that pkg-config is asked again after packages came in.
check: check-deps
	@$(MAKE) --no-print-directory tests-built
	@sh tests/run.sh $(BUILD)

demo: deps
	@$(MAKE) --no-print-directory all
	@sh tests/demo.sh $(BUILD)

clean:
	rm -rf $(BUILD)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 $(BUILD)/devibench $(BUILD)/devibench-reader $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(BUILD)/devibench.1 $(DESTDIR)$(PREFIX)/share/man/man1
	$(BUILD)/devibench --completion > \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/devibench

FORCE:
.PHONY: all check check-deps deps demo clean install tests-built packages-here FORCE
.SECONDARY:

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
