/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "neural/tokenizer.h"

#define VOCABULARY "../shared/data/clip/bpe_simple_vocab_16e6.txt.gz"

static void put(const char *folder, const char *name, const char *text)
{
    struct dvb_err err = { 0 };
    char *path = dvb_path_join(folder, name);
    assert_int_equal(dvb_mkdirs(folder, &err), 0);
    assert_int_equal(dvb_write_file(path, text, strlen(text), &err), 0);
    free(path);
}

static struct dvb_tokenizer *open_folder(const char *folder)
{
    struct dvb_tokenizer *t;
    struct dvb_err err = { 0 };
    if (dvb_tokenizer_open(folder, &t, &err))
        fail_msg("%s", err.msg);
    return t;
}

static void expect_ids(const struct dvb_tokenizer *t, const char *text, const int64_t *want,
                       size_t n)
{
    int64_t ids[DVB_TOKENIZER_MAX];
    size_t got = dvb_tokenizer_encode(t, text, ids, DVB_TOKENIZER_MAX);
    for (size_t i = 0; i < n && i < got; i++)
        if (ids[i] != want[i])
            fail_msg("'%s': token %zu is %lld, expected %lld", text, i, (long long)ids[i],
                     (long long)want[i]);
    if (got != n)
        fail_msg("'%s': %zu tokens, expected %zu", text, got, n);
}

#define EXPECT(t, text, ...)                                                                       \
    expect_ids(t, text, (const int64_t[]){ __VA_ARGS__ },                                          \
               sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

/* The vocabulary of Hugging Face's test of CLIPTokenizer, and the ids that it expects. */
#define TOY_VOCAB                                                                                  \
    "{\"l\":0,\"o\":1,\"w\":2,\"e\":3,\"r\":4,\"s\":5,\"t\":6,\"i\":7,\"d\":8,\"n\":9,\"lo\":10,"  \
    "\"l</w>\":11,\"w</w>\":12,\"r</w>\":13,\"t</w>\":14,\"low</w>\":15,\"er</w>\":16,"            \
    "\"lowest</w>\":17,\"newer</w>\":18,\"wider\":19,\"<unk>\":20,\"<|startoftext|>\":21,"         \
    "\"<|endoftext|>\":22}"
#define TOY_MODEL(merges)                                                                          \
    "{\"model\":{\"type\":\"BPE\",\"unk_token\":\"<unk>\",\"end_of_word_suffix\":\"</w>\","        \
    "\"vocab\":" TOY_VOCAB ",\"merges\":" merges "}}"

static void test_toy_pair(void **state)
{
    (void)state;
    put("pair", "vocab.json", TOY_VOCAB);
    put("pair", "merges.txt", "#version: 0.2\nl o\nlo w</w>\ne r</w>\n");
    struct dvb_tokenizer *t = open_folder("pair");
    EXPECT(t, "lower newer", 21, 10, 2, 16, 9, 3, 2, 16, 22);
    EXPECT(t, "  LOW\n", 21, 15, 22);
    EXPECT(t, "", 21, 22);
    assert_int_equal(dvb_tokenizer_length(t), 77);
    int64_t ids[5];
    assert_int_equal(dvb_tokenizer_encode(t, "low", ids, 5), 3);
    assert_int_equal(ids[3], 22); /* padded with the end token */
    assert_int_equal(ids[4], 22);
    assert_int_equal(dvb_tokenizer_encode(t, "lower newer", ids, 5), 5);
    assert_int_equal(ids[3], 16);
    assert_int_equal(ids[4], 22); /* cut, and still ended */
    dvb_tokenizer_close(&t);
    assert_null(t);
}

static void test_toy_json(void **state)
{
    (void)state;
    put("one", "tokenizer.json", TOY_MODEL("[\"l o\",\"lo w</w>\",\"e r</w>\"]"));
    put("one", "tokenizer_config.json",
        "{\"model_max_length\":16,\"pad_token\":{\"content\":\"<unk>\"}}");
    put("two", "tokenizer.json", TOY_MODEL("[[\"l\",\"o\"],[\"lo\",\"w</w>\"],[\"e\",\"r</w>\"]]"));
    struct dvb_tokenizer *one = open_folder("one"), *two = open_folder("two");
    EXPECT(one, "lower newer", 21, 10, 2, 16, 9, 3, 2, 16, 22);
    EXPECT(two, "lower newer", 21, 10, 2, 16, 9, 3, 2, 16, 22);
    EXPECT(one, "low \xe7\x94\x9f", 21, 15, 20, 20, 20, 22); /* bytes that are not there */
    EXPECT(one, "low\xff", 21, 15, 20, 20, 20, 22);          /* no UTF-8: U+FFFD */
    int64_t ids[4];
    assert_int_equal(dvb_tokenizer_length(one), 16);
    assert_int_equal(dvb_tokenizer_encode(one, "", ids, 4), 2);
    assert_int_equal(ids[3], 20);
    assert_string_not_equal(dvb_tokenizer_hash(one), dvb_tokenizer_hash(two));
    dvb_tokenizer_close(&one);
    dvb_tokenizer_close(&two);
}

/* Pieces with scores such that the best cut is not the greedy one: "abc" is a + bc (-3),
   not ab + c (-5). */
#define PIECES                                                                                     \
    "[[\"<pad>\",0],[\"</s>\",0],[\"<unk>\",0],[\"\xe2\x96\x81\",-2],[\"\xe2\x96\x81"              \
    "a\",-1],[\"\xe2\x96\x81"                                                                      \
    "ab\",-1],[\"bc\",-2],[\"c\",-4],[\"b\",-4],[\"\xc3\xa9\",-3]]"

static void test_unigram(void **state)
{
    (void)state;
    put("uni", "tokenizer.json",
        "{\"model\":{\"type\":\"Unigram\",\"unk_id\":2,\"vocab\":" PIECES "}}");
    struct dvb_tokenizer *t = open_folder("uni");
    EXPECT(t, "abc", 4, 6, 1);
    EXPECT(t, "AB, C!", 5, 3, 7, 1);      /* lower case, no punctuation */
    EXPECT(t, "a\tzzz", 4, 3, 2, 1);      /* unknown characters are one unknown */
    EXPECT(t, "a e\xcc\x81", 4, 3, 9, 1); /* composed */
    EXPECT(t, " \xef\xbc\xa1 ", 4, 1);    /* full width A */
    EXPECT(t, "!?", 1);
    assert_int_equal(dvb_tokenizer_length(t), 64);
    int64_t ids[4];
    assert_int_equal(dvb_tokenizer_encode(t, "a", ids, 4), 2);
    assert_int_equal(ids[2], 1);
    dvb_tokenizer_close(&t);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } cases[] = {
        { "{", "tokenizer.json:1:" },
        { "{}", "model.type is 'missing'" },
        { "{\"model\":{\"type\":\"WordPiece\"}}", "model.type is 'WordPiece'" },
        { "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}}", "end_of_word_suffix" },
        { "{\"model\":{\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\"}}", "model.merges" },
        { "{\"model\":{\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",\"merges\":[]}}",
          "holds no vocabulary" },
        { "{\"model\":{\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",\"vocab\":{\"a\":-1},"
          "\"merges\":[]}}",
          "id of 'a'" },
        { "{\"model\":{\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",\"vocab\":{\"a\":1},"
          "\"merges\":[\"a\"]}}",
          "merge 1 is 'a'" },
        { "{\"model\":{\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",\"vocab\":{\"a\":1},"
          "\"merges\":[[1,2]]}}",
          "merge 1 is ''" },
        { "{\"model\":{\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",\"vocab\":{\"a\":1},"
          "\"merges\":[]}}",
          "no '<|startoftext|>'" },
        { "{\"model\":{\"type\":\"Unigram\"}}", "model.vocab is no array" },
        { "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\"]]}}", "model.vocab[0]" },
        { "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",0]],\"unk_id\":1}}", "unk_id" },
        { "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"<s>\",0]],\"unk_id\":0}}", "'<s>'" },
        { "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",0]],\"unk_id\":0}}", "no '</s>'" },
    };
    struct dvb_tokenizer *t;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct dvb_err err = { 0 };
        put("bad", "tokenizer.json", cases[i].json);
        assert_true(dvb_tokenizer_open("bad", &t, &err) < 0);
        assert_null(t);
        assert_int_equal(err.fault, DVB_FAULT_INPUT);
        if (!strstr(err.msg, cases[i].says) || !strstr(err.msg, "bad"))
            fail_msg("'%s' does not say '%s'", err.msg, cases[i].says);
    }
    struct dvb_err err = { 0 };
    put("bad", "tokenizer.json", TOY_MODEL("[]"));
    put("bad", "tokenizer_config.json", "{\"pad_token\":\"none\"}");
    assert_true(dvb_tokenizer_open("bad", &t, &err) < 0);
    assert_non_null(strstr(err.msg, "pad_token 'none'"));
    assert_true(dvb_tokenizer_open("nowhere", &t, &err) < 0);
    assert_non_null(strstr(err.msg, "nowhere: no tokenizer: expected tokenizer.json"));
}

/* vocab.json and merges.txt from OpenAI's published list of merges: ids count the 256
   bytes, the same with "</w>", each merge's result, and two special tokens. */
#define MERGES (49152 - 256 - 2)

static void add_bytes(json_t *vocab, const char *end)
{
    static const int ranges[][2] = {
        { '!', '~' }, { 0xa1, 0xac }, { 0xae, 0xff }, { 0x100, 0x143 }
    };
    for (size_t r = 0; r < sizeof(ranges) / sizeof(*ranges); r++)
        for (int c = ranges[r][0]; c <= ranges[r][1]; c++) {
            char text[16];
            if (c < 0x80)
                snprintf(text, sizeof(text), "%c%s", c, end);
            else
                snprintf(text, sizeof(text), "%c%c%s", 0xc0 | c >> 6, 0x80 | (c & 0x3f), end);
            json_object_set_new(vocab, text, json_integer((json_int_t)json_object_size(vocab)));
        }
}

static void make_clip(const char *list)
{
    char line[256], token[256];
    FILE *in = fopen(list, "r"), *out = fopen("clip/merges.txt", "w");
    json_t *vocab = json_object();
    add_bytes(vocab, "");
    add_bytes(vocab, "</w>");
    assert_non_null(fgets(line, sizeof(line), in)); /* the version */
    for (int i = 0; i < MERGES && fgets(line, sizeof(line), in); i++) {
        fputs(line, out);
        char *left = strtok(line, " "), *right = strtok(NULL, "\n");
        snprintf(token, sizeof(token), "%s%s", left, right);
        json_object_set_new(vocab, token, json_integer((json_int_t)json_object_size(vocab)));
    }
    json_object_set_new(vocab, "<|startoftext|>", json_integer(49406));
    json_object_set_new(vocab, "<|endoftext|>", json_integer(49407));
    assert_int_equal(json_object_size(vocab), 49408);
    assert_int_equal(json_dump_file(vocab, "clip/vocab.json", 0), 0);
    json_decref(vocab);
    fclose(in);
    fclose(out);
}

static void test_published(void **state)
{
    (void)state;
    struct dvb_err err = { 0 };
    const char *top = getenv("TOP");
    char *list = dvb_path_join(top ? top : ".", VOCABULARY);
    if (!dvb_is_file(list)) {
        printf("skip: %s is not there\n", VOCABULARY);
        free(list);
        skip();
    }
    dvb_mkdirs("clip", &err);
    char *command = dvb_asprintf("gzip -dc '%s' > list.txt", list);
    assert_int_equal(system(command), 0);
    make_clip("list.txt");
    struct dvb_tokenizer *t = open_folder("clip");
    /* elixir-nx/bumblebee, clip_tokenizer_test.exs */
    EXPECT(t, "a photo of a cat", 49406, 320, 1125, 539, 320, 2368, 49407);
    EXPECT(t, "a photo of a dog", 49406, 320, 1125, 539, 320, 1929, 49407);
    /* apple/corenet, test of OpenAIClipTokenizer */
    EXPECT(t, "the quick brown fox jumped over the lazy dog", 49406, 518, 3712, 2866, 3240, 16901,
           962, 518, 10753, 1929, 49407);
    /* mlimgsynth, test of its CLIP tokenizer */
    EXPECT(t, "   a   dog\t\tjumping\r\n", 49406, 320, 1929, 11476, 49407);
    EXPECT(t, "an illustration", 49406, 550, 6052, 49407);
    EXPECT(t, "a sign saying \"Here lies Cesar\"", 49406, 320, 2292, 4455, 257, 763, 3205, 28603,
           257, 49407);
    EXPECT(t, "A'veA'llA's", 49406, 320, 1200, 320, 1342, 320, 568, 49407);
    /* Hugging Face transformers, integration test of CLIPTokenizer */
    EXPECT(t,
           "This is a test\nI was born in 92000, and this is fals\xc3\xa9.\n"
           "\xe7\x94\x9f\xe6\xb4\xbb\xe7\x9a\x84\xe7\x9c\x9f\xe8\xb0\x9b\xe6\x98\xaf\n"
           "Hi  Hello\nHi   Hello\n\n \n  \n Hello\n<s>\nhi<s>there\n"
           "The following string should be properly encoded: Hello.\n"
           "But ird and \xe0\xb8\x9b\xe0\xb8\xb5   ird   \xe0\xb8\x94\nHey how are you doing",
           49406, 589, 533, 320, 1628, 328, 739, 2683, 530, 280, 273, 271, 271, 271, 267, 537, 589,
           533, 2778, 82, 4166, 269, 33375, 162, 112, 119, 163, 248, 226, 41570, 164, 108, 249,
           42891, 363, 1883, 3306, 1883, 3306, 3306, 283, 338, 285, 1883, 283, 338, 285, 997, 518,
           3473, 9696, 1535, 655, 12560, 524, 33703, 281, 3306, 269, 767, 2770, 537, 1777, 505,
           20278, 2770, 38825, 2189, 829, 631, 592, 1960, 49407);
    dvb_tokenizer_close(&t);
    free(command);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_toy_pair),  cmocka_unit_test(test_toy_json),
        cmocka_unit_test(test_unigram),   cmocka_unit_test(test_faults),
        cmocka_unit_test(test_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
