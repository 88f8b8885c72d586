/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/asset.h"
#include "base/fs.h"

/* What is compiled in is what stands in the tree, byte for byte. */
static void as_in_the_tree(void **state)
{
    (void)state;
    const char *top = getenv("TOP");
    if (!top) {
        print_message("skip: TOP does not name the source tree\n");
        skip();
        return;
    }
    int n = 0;
    for (const struct dvb_asset *a = dvb_assets; a->path; a++, n++) {
        char *path = dvb_path_join(top, a->path), *data;
        size_t len;
        struct dvb_err err;
        if (dvb_read_file(path, 16 << 20, &data, &len, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(a->len, len);
        assert_memory_equal(a->data, data, len + 1); /* with the NUL */
        assert_ptr_equal(dvb_asset_find(a->path), a);
        free(data);
        free(path);
    }
    assert_true(n > 0);
    assert_non_null(dvb_asset_find("data/models.json"));
}

static void absent(void **state)
{
    (void)state;
    assert_null(dvb_asset_find("data/none.json"));
    assert_null(dvb_asset_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_in_the_tree),
        cmocka_unit_test(absent),
    };
    return cmocka_run_group_tests_name("asset", tests, NULL, NULL);
}
