/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For clang's analyser, included before every file: cmocka's own header does not
   say that these leave the test function. */
#ifndef DVB_TESTS_ANALYSER_H
#define DVB_TESTS_ANALYSER_H

_Noreturn void _skip(const char *const file, const int line);
_Noreturn void _fail(const char *const file, const int line);

#endif
