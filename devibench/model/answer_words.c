/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/answer_words.h"

#include <stddef.h>

const char *const dvb_words_cue[] = {
    "answer", "ans", "ans.", "correct option", "correct choice", "right option", "right choice",
    "best option", "best choice", "correct letter", "final choice", "chosen option",
    "selected option", "my choice", "my pick", "my selection", "choose", "i'd choose", "pick",
    "select", "go with", "going with", "opt for",
    "antwort", "lösung", "richtig ist", "ich wähle",
    "réponse", "je choisis", "bonne option",
    "respuesta", "elijo", "opción correcta", "resposta", "escolho", "risposta", "scelgo",
    "antwoord", "svar", "odpowiedź", "cevap", "yanıt", "đáp án", "jawaban",
    "ответ", "правильный вариант", "выбираю",
    "答案", "正确选项", "正確選項", "选择", "選擇", "选", "選", "正解", "答え", "解答", "回答",
    "정답", "답", "الإجابة", "الجواب", "उत्तर",
    "\\boxed", NULL,
};

const char *const dvb_words_label[] = {
    "option", "choice", "letter", "selection", "prediction", "opción", "opção", "opzione", "lettre",
    "letra", "buchstabe", "вариант", "选项", "選項", NULL,
};

const char *const dvb_words_weak[] = {
    "so", "therefore", "thus", "hence", "it's", "it is", "that's", "that is", "must be",
    "should be", "i think", "i believe", "i'd say", "i would say", "i say", "looks like",
    "probably", "likely", "definitely", "clearly", "certainly", "actually",
    "daher", "donc", "por lo tanto", "portanto", "quindi", "значит",
    "因此", "所以", "故", "我认为是", "应该是", "应为", "->", "=>", "→", NULL,
};

const char *const dvb_words_filler[] = {
    "is", "was", "are", "be", "would", "should", "must", "will", "seems", "appears", "to", "the",
    "most", "likely", "probably", "definitely", "clearly", "certainly", "therefore", "thus",
    "hence", "so", "correct", "right", "best", "final", "option", "choice", "letter", "answer",
    "this", "question", "given", "here", "as", "follows", "i", "think", "believe", "say", "for",
    "above", "my",
    "ist", "lautet", "die", "der", "das", "richtige", "richtig", "buchstabe", "wäre",
    "est", "la", "le", "lettre", "bonne", "correcte", "serait", "es", "el", "opción", "letra",
    "correcta", "sería", "é", "a opção", "opção", "correta", "è", "opzione", "lettera",
    "corretta", "is", "это", "вариант", "буква", "wybór", "to", "là",
    "是", "为", "為", "应该", "應該", "应", "應", "该", "选项", "選項", "就是", "应当", "选", "選",
    "は", "が", "の", "选择", "은", "는", "هي", "هو", "है", NULL,
};

const char *const dvb_words_after[] = {
    "is correct", "is right", "is the correct", "is the right", "is the answer", "is the best",
    "is the most", "is my answer", "is my choice", "is the final", "is the only correct",
    "seems correct", "seems right", "appears correct", "appears to be correct",
    "would be correct", "would be the", "must be correct", "must be the", "should be correct",
    "ist richtig", "ist korrekt", "ist die richtige", "ist die antwort",
    "est correct", "est correcte", "est la bonne", "est la réponse", "est juste",
    "es correcta", "es la correcta", "es la respuesta", "está correta", "é a resposta",
    "é a correta", "è corretta", "è la risposta", "верно", "— правильный",
    "是正确", "是正確", "正确", "正確", "选项正确", "選項正確", "项正确", "是答案", "が正解",
    "が正しい", "です", "が適切", "입니다", "번입니다", "이다", NULL,
};

const char *const dvb_words_because[] = {
    "because", "since", "as", "due to", "by", "based on", "with", "weil", "da", "denn", "parce",
    "porque", "perché", "так как", "потому", "因为", "因為", NULL,
};

const char *const dvb_words_mention[] = {
    "option", "choice", "answer choice", "letter", "opción", "opção", "opzione", "variante",
    "вариант", "选项", "選項", "選択肢", "선택지", NULL,
};

const char *const dvb_words_or[] = {
    "or", "and", "and/or", "nor", "oder", "und", "ou", "et", "o", "y", "e", "и", "или", "或",
    "或者", "和", "及", "または", "と", "또는", "與", "versus", "vs", "to", NULL,
};

const char *const dvb_words_not[] = {
    "not", "no", "n't", "isn't", "aren't", "wasn't", "doesn't", "don't", "didn't", "can't",
    "cannot", "won't", "couldn't", "neither", "nor", "never", "wrong", "incorrect", "false",
    "unlikely", "rule out", "ruled out", "rules out", "eliminate", "eliminated", "eliminates",
    "excluded", "exclude", "instead of", "rather than", "unlike", "except", "without",
    "nicht", "kein", "keine", "falsch", "pas", "incorrecte", "faux", "incorrecta", "errada",
    "não", "non", "sbagliata", "не", "нет", "неверно",
    "不", "不是", "并非", "錯", "错误", "错", "错的", "排除", "没有", "沒有", "没", "非",
    "ない", "ません", "ではありません", "아니", "아닙니다", NULL,
};

const char *const dvb_words_wrong[] = {
    "wrong", "incorrect", "false", "is wrong", "is incorrect", "is false", "is not", "isn't",
    "is unlikely", "cannot", "can't", "can be ruled", "could be ruled", "is ruled", "ruled out",
    "does not", "doesn't", "do not", "don't", "not", "are wrong", "are incorrect", "was not",
    "ist falsch", "ist nicht", "falsch", "nicht", "n'est pas", "est faux", "est incorrecte",
    "no es", "es incorrecta", "não", "non è", "неверно", "не", "不正确", "不正確", "错误", "不是",
    "错", "不对", "ではない", "ではありません", "は違", "は間違", "は誤", "이 아", "는 아", NULL,
};

const char *const dvb_words_if[] = {
    "if", "whether", "unless", "assuming", "suppose", "between", "either", "could", "might",
    "may", "wenn", "falls", "entweder", "si", "soit", "если", "如果", "若", "假如",
    "是否", "もし", "만약", NULL,
};

const char *const dvb_words_break[] = {
    "so", "therefore", "thus", "hence", "but", "because", "however", "and", "although", "though",
    "then", "aber", "daher", "mais", "donc", "pero", "porque", "но", "поэтому",
    "但", "但是", "所以", "因此", "而", "故", NULL,
};

const char *const dvb_words_refusal[] = {
    "i cannot", "i can't", "i can not", "i could not", "i couldn't", "we cannot", "we can't",
    "cannot determine", "can't determine", "cannot be determined", "can't be determined",
    "can not be determined", "cannot tell", "can't tell", "cannot say", "cannot answer",
    "can't answer", "cannot be answered", "cannot see", "can't see", "cannot be seen",
    "cannot read", "can't read", "cannot identify", "unable to", "not able to", "impossible to",
    "not possible to", "isn't possible to", "i'm sorry", "i am sorry", "sorry", "i apologize",
    "apologies", "i don't know", "i do not know", "i don't see", "i do not see",
    "don't have enough",
    "do not have enough", "not enough information", "insufficient information",
    "no way to tell", "no way to know", "i'm not sure", "i am not sure", "unsure", "uncertain",
    "undetermined", "indeterminate", "none of the above", "none of the options",
    "none of the choices", "none of these", "none of the given", "not visible", "illegible",
    "unreadable", "too blurry", "too blurred", "not clear enough", "unclear", "as an ai",
    "i won't", "i will not", "i must decline", "n/a",
    "ich kann", "kann ich nicht", "kann nicht", "leider", "nicht erkennbar", "nicht möglich",
    "weiß nicht", "unmöglich", "tut mir leid",
    "je ne peux", "je ne sais", "désolé", "impossible de", "pas en mesure",
    "no puedo", "lo siento", "no es posible", "no se puede", "no sé", "imposible",
    "não posso", "não consigo", "desculpe", "não é possível", "não sei", "impossível",
    "non posso", "non riesco", "mi dispiace", "non è possibile", "non so", "impossibile",
    "ik kan", "het spijt",
    "не могу", "невозможно", "извините", "к сожалению", "не знаю", "не удалось", "нельзя",
    "无法", "無法", "不能确定", "不能確定", "不能判断", "抱歉", "对不起", "對不起", "不知道",
    "看不清", "不确定", "不確定", "难以判断", "没有足够", "以上都不",
    "できません", "わかりません", "分かりません", "申し訳", "不明です", "判断できない",
    "알 수 없", "할 수 없", "죄송", "모르겠", "لا أستطيع", "لا يمكن", "عذرا", NULL,
};

const char *const dvb_words_latex[] = {
    "\\boxed{", "\\fbox{", "\\text{", "\\textbf{", "\\mathrm{", "\\mathbf{", "\\textit{",
    "\\mathit{", "\\mathsf{", "\\texttt{", NULL,
};

const char *const dvb_words_json[] = {
    "answer", "final_answer", "finalanswer", "final answer", "choice", "correct_answer",
    "correct_option", "correct_choice", "selected_option", "selected_answer", "selected",
    "option", "letter", "answer_letter", "prediction", "response", "result", NULL,
};
