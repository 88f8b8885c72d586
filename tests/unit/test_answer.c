/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "model/answer.h"

enum { A, B, C, D };
#define UNPARSED DVB_ANSWER_UNPARSED
#define REFUSED DVB_ANSWER_REFUSED

enum set { NUM, CAR, SIGN, YES, LET, PUNCT, HAN, PLATE, TWICE, MINUS, ROMAN };

static const char *const sets[][4] = {
    [NUM] = { "35", "36", "63", "38" },
    [CAR] = { "A car", "A red bus", "The bicycle", "A dark red bus" },
    [SIGN] = { "Open", "Closed", "OPEN", "Cannot be determined" },
    [YES] = { "Yes", "No", "Both of them", "Not shown" },
    [LET] = { "B", "A", "D", "C" },
    [PUNCT] = { "Stop!", "Stop.", "Stop", "Go" },
    [HAN] = { "红色", "蓝色", "深红色", "绿色" },
    [PLATE] = { "B-52 Hotel", "N.Y. Times", "R. Laney", "3.5 km" },
    [MINUS] = { "0", "1", "2", "-1" },
    [ROMAN] = { "I", "II", "III", "IV" },
    [TWICE] = { "left", "right", "Left", "up" },
};

struct row {
    const char *reply;
    int want;
    enum set set;
};

static const struct row letters[] = {
    { "B", B, NUM },
    { "b", B, NUM },
    { " B \n", B, NUM },
    { "(B)", B, NUM },
    { "B.", B, NUM },
    { "B)", B, NUM },
    { "[B]", B, NUM },
    { "{B}", B, NUM },
    { "**B**", B, NUM },
    { "**B.**", B, NUM },
    { "*B*", B, NUM },
    { "`B`", B, NUM },
    { "\"B\"", B, NUM },
    { "\xe2\x80\x9c"
      "B\xe2\x80\x9d",
      B, NUM },
    { "Ｂ", B, NUM },
    { "（Ｂ）", B, NUM },
    { "Ⓑ", B, NUM },
    { "B。", B, NUM },
    { "【B】", B, NUM },
    { "$\\boxed{B}$", B, NUM },
    { "\\boxed{\\text{B}}", B, NUM },
    { "```\nB\n```", B, NUM },
    { "# B", B, NUM },
    { "D\n", D, NUM },
    { "E", UNPARSED, NUM },
    { "AB", UNPARSED, NUM },
    { "B", B, LET },
};

static const struct row statements[] = {
    { "Answer: B", B, NUM },
    { "answer: b", B, NUM },
    { "ANSWER:B", B, NUM },
    { "Answer - B", B, NUM },
    { "Answer = (B)", B, NUM },
    { "**Answer:** B", B, NUM },
    { "**Answer: B**", B, NUM },
    { "### Final Answer\n**B**", B, NUM },
    { "The answer is (B) 36.", B, NUM },
    { "The answer is B.", B, NUM },
    { "The answer is **B. 36**", B, NUM },
    { "The correct answer is B: 36", B, NUM },
    { "The correct answer is option B.", B, NUM },
    { "The correct answer is therefore B", B, NUM },
    { "The answer to this question is B.", B, NUM },
    { "The best answer would be B", B, NUM },
    { "The answer, I think, is B.", B, NUM },
    { "The answer is:\n\nB", B, NUM },
    { "I choose B.", B, NUM },
    { "I'd go with option C.", C, NUM },
    { "I would pick (D).", D, NUM },
    { "Option: B", B, NUM },
    { "Choice: (C)", C, NUM },
    { "My choice is A", A, NUM },
    { "B is correct.", B, NUM },
    { "B is the correct answer because the sign shows it.", B, NUM },
    { "Option B is the right one, B is correct", B, NUM },
    { "(B) 36 is the correct answer.", B, NUM },
    { "I think B.", B, NUM },
    { "It's B!", B, NUM },
    { "The number on the bus is readable, so B.", B, NUM },
    { "The last digit is a six. Therefore, B", B, NUM },
    { "The final answer is $\\boxed{B}$.", B, NUM },
    { "The final answer is \\boxed{\\textbf{(B)}}", B, NUM },
    { "Step 1: A would need a five. Step 2: C is reversed.\nAnswer: B", B, NUM },
    { "At first A looked plausible. The answer is B.", B, NUM },
    { "Answer: A. No, wait.\nFinal answer: B", B, NUM },
    { "It is not A, so the answer is B.", B, NUM },
    { "A car is parked outside. Answer: C", C, NUM },
    { "I cannot see the text clearly, but the answer is most likely B.", B, NUM },
    { "Looking at the frames, the digit is 6.\n\nB", B, NUM },
    { "A) no\nC) no\n\nB", B, NUM },
    { "The answer is B because a 36 is visible, not a 35.", B, NUM },
    { "Answer: B (not A)", B, NUM },
};

static const struct row wrappers[] = {
    { "<think>It could be A. Or is the answer C?</think>B", B, NUM },
    { "<think>\nthe answer is A\n</think>\n\nThe answer is B.", B, NUM },
    { "<think>the answer is A, I am sure of", UNPARSED, NUM },
    { "the answer must be A</think>B", B, NUM },
    { "◁think▷A?◁/think▷ B", B, NUM },
    { "<answer>B</answer>", B, NUM },
    { "<think>A</think><answer> (B) 36 </answer>", B, NUM },
    { "Some words on A. <answer>B</answer> and more on C", B, NUM },
    { "<|begin_of_box|>B<|end_of_box|>", B, NUM },
    { "{\"answer\":\"B\"}", B, NUM },
    { "{\"answer\": \"(B) 36\", \"reason\": \"A and C are wrong\"}", B, NUM },
    { "{\"reasoning\": \"The answer is A? No.\", \"answer\": \"B\"}", B, NUM },
    { "```json\n{\"Answer\": \"B\"}\n```", B, NUM },
    { "Here you are: {\"choice\": \"B\",}", B, NUM },
    { "[{\"answer\": [\"B\"]}]", B, NUM },
    { "{\"answer\": \"36\"}", B, NUM },
    { "{\"answer\": [\"A\", \"B\"]}", UNPARSED, NUM },
    { "{\"answer\": \"I cannot tell\"}", REFUSED, NUM },
    { "{\"answer\": \"\"}", UNPARSED, NUM },
    { "{\"answer\": 2}", UNPARSED, NUM },
};

static const struct row leads[] = {
    { "B. 36", B, NUM },
    { "B) 36", B, NUM },
    { "(B) 36", B, NUM },
    { "B: 36", B, NUM },
    { "B, 36", B, NUM },
    { "B - 36", B, NUM },
    { "B – 36", B, NUM },
    { "B (36)", B, NUM },
    { "B 36", B, NUM },
    { "B.36", B, NUM },
    { "b) 36", B, NUM },
    { "**B)** 36", B, NUM },
    { "- B. 36", B, NUM },
    { "B. The bus shows it; see the second frame.", B, NUM },
    { "B because the last digit is round.", B, NUM },
    { "B, because A and C do not match.", B, NUM },
    { "B\n\nA would need a five.", B, NUM },
    { "B\nExplanation: option A reads 35.", B, NUM },
    { "The digits can be read.\nB) 36", B, NUM },
    { "A. A car", A, CAR },
    { "A) A car", A, CAR },
    { "A car", A, CAR },
    { "B. I cannot be fully sure.", B, NUM },
    { "A) B", A, LET },
    { "Looking closely, it is **B**.", B, NUM },
    { "The sign gives `C` away", C, NUM },
    { "I believe that option B fits the second frame.", B, NUM },
    { "Of these, (B) fits.", B, NUM },
    { "Option B seems the most plausible.", B, NUM },
    { "The text on the bus reads \"36\", which corresponds to option B.", B, NUM },
    { "Based on the video, the number is **36**.\n\nTherefore, the correct answer is:\n\n**B. 36**",
      B, NUM },
    { "Answer: **B**\n\n**Explanation:** A would need a five.", B, NUM },
    { "B) 36\n\nConfidence: high", B, NUM },
    { "I'd say it's 36 (B).", B, NUM },
    { "The correct option is (B).", B, NUM },
    { "**Correct Answer: B) 36**", B, NUM },
    { "Let's see.\n\n- A. 35: the last digit is round, so no.\n- B. 36: matches.\n\n**Answer: B**",
      B, NUM },
    { "> B. 36", B, NUM },
    { "B\r\n", B, NUM },
    { "The answer is B, i.e. 36.", B, NUM },
    { "A) 36", UNPARSED, NUM }, /* letter and text of different options */
    { "The answer is A) 36", UNPARSED, NUM },
};

static const struct row texts[] = {
    { "36", B, NUM },
    { "36.", B, NUM },
    { "The number is 36", B, NUM },
    { "It shows \"36\" on the front.", B, NUM },
    { "３６", B, NUM },
    { "a red bus", B, CAR },
    { "I see a dark red bus there.", D, CAR },
    { "the   BICYCLE", C, CAR },
    { "The sign reads \"Open\".", A, SIGN },
    { "OPEN", C, SIGN },
    { "The sign reads OPEN in red", C, SIGN },
    { "the sign reads open", UNPARSED, SIGN }, /* two options but for their case */
    { "It cannot be determined from the clip.", D, SIGN },
    { "Cannot be determined", D, SIGN },
    { "No", B, YES },
    { "yes", A, YES },
    { "Stop!", A, PUNCT },
    { "Stop.", B, PUNCT },
    { "Stop", C, PUNCT },
    { "蓝色", B, HAN },
    { "车是蓝色的。", B, HAN },
    { "车是深红色的。", C, HAN },
    { "It is the B-52 Hotel", A, PLATE },
    { "R. Laney", C, PLATE },
    { "the N.Y. Times", B, PLATE },
    { "about 3.5 km", D, PLATE },
    { "left", A, TWICE },
    { "LEFT", UNPARSED, TWICE },
    { "Left", C, TWICE },
    { "right", B, TWICE },
    { "Right.", B, TWICE },
    { "The answer is: A red bus", B, CAR },
    { "The answer is: A truck", UNPARSED, CAR },
    { "The correct answer is the bicycle.", C, CAR },
    { "It shows Stop.", UNPARSED, PUNCT }, /* whose full stop? */
    { "D) -1", D, MINUS },
    { "1", B, MINUS },
    { "-1", D, MINUS },
    { "I.", A, ROMAN },
    { "The answer is II", B, ROMAN },
    { "The answer is: C", C, ROMAN },
};

static const struct row languages[] = {
    { "答案：B", B, NUM },
    { "答案是B。", B, NUM },
    { "正确答案为（B）36", B, NUM },
    { "选B", B, NUM },
    { "我选择B选项。", B, NUM },
    { "应选择 C", C, NUM },
    { "故选：D", D, NUM },
    { "B选项正确", B, NUM },
    { "B是正确的。", B, NUM },
    { "最符合的是B选项。", B, NUM },
    { "正解はBです", B, NUM },
    { "答えは B です。", B, NUM },
    { "정답은 B입니다.", B, NUM },
    { "정답: C", C, NUM },
    { "Antwort: B", B, NUM },
    { "Die richtige Antwort ist B.", B, NUM },
    { "B ist richtig, weil man die 6 sieht.", B, NUM },
    { "Réponse : B", B, NUM },
    { "La bonne réponse est la lettre C.", C, NUM },
    { "Respuesta: B", B, NUM },
    { "La respuesta correcta es la opción D.", D, NUM },
    { "A resposta correta é B", B, NUM },
    { "La risposta è B.", B, NUM },
    { "Ответ: B", B, NUM },
    { "Cevap: B", B, NUM },
    { "الإجابة: B", B, NUM },
    { "无法确定。", REFUSED, NUM },
    { "抱歉，我看不清画面中的文字。", REFUSED, NUM },
    { "Das kann ich leider nicht erkennen.", REFUSED, NUM },
    { "Je ne peux pas répondre.", REFUSED, NUM },
    { "No puedo determinarlo.", REFUSED, NUM },
    { "申し訳ありませんが、判断できません。", REFUSED, NUM },
};

static const struct row traps[] = {
    { "", UNPARSED, NUM },
    { "   \n", UNPARSED, NUM },
    { "A car is visible.", UNPARSED, NUM },
    { "A bus and a truck pass by.", UNPARSED, NUM },
    { "a", A, NUM },
    { "The answer is a", UNPARSED, NUM }, /* cut off */
    { "The answer is a number.", UNPARSED, NUM },
    { "It is a", UNPARSED, NUM },
    { "A or B", UNPARSED, NUM },
    { "A and B", UNPARSED, NUM },
    { "A, B", UNPARSED, NUM },
    { "A/B", UNPARSED, NUM },
    { "A. B. C. D.", UNPARSED, NUM },
    { "The answer is A or B.", UNPARSED, NUM },
    { "The answer is either A or B.", UNPARSED, NUM },
    { "The answer could be A, C.", UNPARSED, NUM },
    { "The answer is not A.", UNPARSED, NUM },
    { "The answer is not A", UNPARSED, NUM },
    { "I don't think the answer is B.", UNPARSED, NUM },
    { "If the six is real the answer is B.", UNPARSED, NUM },
    { "Is the answer A?", UNPARSED, NUM },
    { "Some say the answer is A while others say the answer is B.", UNPARSED, NUM },
    { "Option A is incorrect.", UNPARSED, NUM },
    { "Option A is ruled out.", UNPARSED, NUM },
    { "A is wrong.", UNPARSED, NUM },
    { "A) is incorrect", UNPARSED, NUM },
    { "Option A shows 35, option B shows 36.", UNPARSED, NUM },
    { "A) 35\nB) 36\nC) 63\nD) 38", UNPARSED, NUM },
    { "A\nB\nC\nD", UNPARSED, NUM },
    { "(A) fits, and (B) fits as well.", UNPARSED, NUM },
    { "35 or 36", UNPARSED, NUM },
    { "It is not 36.", UNPARSED, NUM },
    { "The sign does not say 36", UNPARSED, NUM },
    { "360 people", UNPARSED, NUM },
    { "It costs 36.50", UNPARSED, NUM },
    { "A-frame houses stand there.", UNPARSED, NUM },
    { "The code is C++.", UNPARSED, NUM },
    { "B-52 bombers", UNPARSED, NUM },
    { "D.C. is the capital", UNPARSED, NUM },
    { "25 °C", UNPARSED, NUM },
    { "Vitamin C is good.", UNPARSED, NUM },
    { "Plan B was written on the board", UNPARSED, NUM },
    { "A's sign is red", UNPARSED, NUM },
    { "Camera A shows B.", UNPARSED, NUM },
    { "The options are A, B, C and D.", UNPARSED, NUM },
    { "Choose A, B, C or D.", UNPARSED, NUM },
    { "Choose A, B, C or D.\nAnswer: C", C, NUM },
    { "The question asks for a number.", UNPARSED, NUM },
    { "**A** is tempting but **B** fits.", UNPARSED, NUM },
    { "The answers differ.", UNPARSED, NUM },
    { "A. 35: no.\nB. 36: matches the picture.\nC. 63: no.", UNPARSED, NUM },
    { "Both A and B could fit here.", UNPARSED, NUM },
    { "There are two candidates: 36 and 63.", UNPARSED, NUM },
    { "I would rule out A and D.", UNPARSED, NUM },
    { "The first answer, A, contradicts the second answer, B.", UNPARSED, NUM },
    { "What is shown is a B", UNPARSED, NUM },
    { "Answer:", UNPARSED, NUM },
    { "The answer is", UNPARSED, NUM },
    { "null", UNPARSED, NUM },
    { "{}", UNPARSED, NUM },
    { "{\"answer\":", UNPARSED, NUM },
    { "Answer: E", UNPARSED, NUM },
    { "A B C D", UNPARSED, NUM },
    { "(A)(B)", UNPARSED, NUM },
    { "A\n\nActually, B", B, NUM },
};

static const struct row refusals[] = {
    { "I cannot tell.", REFUSED, NUM },
    { "I can't determine the number from the video.", REFUSED, NUM },
    { "I can’t determine it.", REFUSED, NUM },
    { "I'm sorry, but I can't help with that.", REFUSED, NUM },
    { "I'm sorry, I can't. Option A shows a person.", REFUSED, NUM },
    { "I am unable to read the sign.", REFUSED, NUM },
    { "I cannot determine whether it says 36.", REFUSED, NUM },
    { "I can't tell whether it is A or B.", REFUSED, NUM },
    { "The text is illegible, so I cannot answer. A clearer frame is needed.", REFUSED, NUM },
    { "None of the options match what is shown.", REFUSED, NUM },
    { "There is not enough information in the video.", REFUSED, NUM },
    { "I don't know.", REFUSED, NUM },
    { "I cannot determine that.", REFUSED, SIGN },
    { "I'm not sure, but my answer is C.", C, NUM },
};

static int run(const struct row *rows, size_t n)
{
    int failures = 0;
    for (size_t i = 0; i < n; i++) {
        int got = dvb_answer_choice(rows[i].reply, sets[rows[i].set], 4);
        if (got == rows[i].want)
            continue;
        print_error("'%s': found %d, expected %d\n", rows[i].reply, got, rows[i].want);
        failures++;
    }
    return failures;
}

#define TABLE(name)                                                                                \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        assert_int_equal(run((name), sizeof(name) / sizeof(*(name))), 0);                          \
    }
TABLE(letters)
TABLE(statements)
TABLE(wrappers)
TABLE(leads)
TABLE(texts)
TABLE(languages)
TABLE(traps)
TABLE(refusals)

/* Whatever the letter, the same words give that letter. */
static void test_every_letter(void **state)
{
    (void)state;
    static const char *const forms[] = { "%c",          "(%c)",           "%c.",
                                         "**%c**",      "Answer: %c",     "The answer is %c.",
                                         "\\boxed{%c}", "%c is correct.", "I choose option %c.",
                                         "答案是%c" };
    static const char *const eight[] = { "one",  "two", "three", "four",
                                         "five", "six", "seven", "eight" };
    for (size_t f = 0; f < sizeof(forms) / sizeof(*forms); f++)
        for (int i = 0; i < 8; i++) {
            char reply[64], *hole = strchr(forms[f], '%');
            snprintf(reply, sizeof(reply), "%.*s%c%s", (int)(hole - forms[f]), forms[f], 'A' + i,
                     hole + 2);
            assert_int_equal(dvb_answer_choice(reply, eight, 8), i);
        }
}

static void test_bounds(void **state)
{
    (void)state;
    assert_int_equal(dvb_answer_choice(NULL, sets[NUM], 4), UNPARSED);
    assert_int_equal(dvb_answer_choice("A", sets[NUM], 0), UNPARSED);
    assert_int_equal(dvb_answer_choice("C", sets[NUM], 2), UNPARSED);
    assert_int_equal(dvb_answer_choice("\xff\xfe B", sets[NUM], 4), UNPARSED);
    static const char *const empty[] = { "", "", NULL };
    assert_int_equal(dvb_answer_choice("B", empty, 3), B);
    assert_int_equal(dvb_answer_choice("whatever", empty, 3), UNPARSED);

    /* Only the end of a very long reply is read. */
    size_t len = 400000;
    char *text = malloc(len + 32);
    memset(text, 'x', len);
    memcpy(text + len, "\nAnswer: C", sizeof("\nAnswer: C"));
    assert_int_equal(dvb_answer_choice(text, sets[NUM], 4), C);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters),      cmocka_unit_test(test_statements),
        cmocka_unit_test(test_wrappers),     cmocka_unit_test(test_leads),
        cmocka_unit_test(test_texts),        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_traps),        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_every_letter), cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
