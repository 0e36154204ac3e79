/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "image/create.h"
#include "suites.h"

static const struct {
	const char *change;
	const char *json; /* part of the config; NULL: refused */
} rows[] = {
	{"CMD [\"a\", \"b c\"]", "\"Cmd\":[\"a\",\"b c\"]"},
	{"cmd echo hi", "\"Cmd\":[\"/bin/sh\",\"-c\",\"echo hi\"]"},
	{"ENTRYPOINT [\"/x\"]", "\"Entrypoint\":[\"/x\"]"},
	{"ENV A=1 B=\"2 3\" C='4 5' D=6\\ 7", "\"Env\":[\"A=1\",\"B=2 3\",\"C=4 5\",\"D=6 7\"]"},
	{"ENV A the rest of it", "\"Env\":[\"A=the rest of it\"]"},
	{"EXPOSE 80 53/udp", "\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}}"},
	{"LABEL k=v", "\"Labels\":{\"k\":\"v\"}"},
	{"USER 1:2", "\"User\":\"1:2\""},
	{"VOLUME /a /b", "\"Volumes\":{\"/a\":{},\"/b\":{}}"},
	{"VOLUME [\"/a\"]", "\"Volumes\":{\"/a\":{}}"},
	{"WORKDIR /w", "\"WorkingDir\":\"/w\""},
	{"STOPSIGNAL SIGINT", "\"StopSignal\":\"SIGINT\""},
	{"ONBUILD RUN x", "\"OnBuild\":[\"RUN x\"]"},
	{"WORKDIR w", NULL},
	{"ENV =x", NULL},
	{"ENV A", NULL},
	{"LABEL k=v x", NULL},
	{"EXPOSE http", NULL},
	{"RUN rm -rf /", NULL},
	{"CMD", NULL},
	{"CMDS x", NULL},
	{"", NULL},
};

START_TEST(instructions)
{
	_cleanup_(image_config) struct image_config c = {0};
	_cleanup_(buf) struct buf out = BUF_INIT;
	char *changes[] = {(char *)(uintptr_t)rows[_i].change, NULL};
	struct err err = ERR_INIT;
	int r = image_config_change(&c, changes, &err);

	if (!rows[_i].json) {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(err.kind, ERR_INVALID);
		ck_assert_ptr_nonnull(strstr(err.text, rows[_i].change));
		return;
	}
	ck_ok(r, &err);
	image_config_write(&c, &out);
	ck_assert_msg(strstr(buf_str(&out), rows[_i].json), "%s", buf_str(&out));
}
END_TEST

START_TEST(later_ones_win)
{
	_cleanup_(image_config) struct image_config c = {0};
	char *changes[] = {(char *)(uintptr_t) "ENV A=1 B=2", (char *)(uintptr_t) "ENV A=3",
			   (char *)(uintptr_t) "LABEL x=1", (char *)(uintptr_t) "LABEL x=2", NULL};
	struct err err = ERR_INIT;

	ck_ok(image_config_change(&c, changes, &err), &err);
	ck_assert_uint_eq(c.config.n_env, 2);
	ck_assert_str_eq(c.config.env[0], "A=3");
	ck_assert_uint_eq(c.config.n_labels, 1);
	ck_assert_str_eq(c.config.labels[0].value, "2");
}
END_TEST

Suite *suite_change(void)
{
	Suite *s = suite_create("image/change");
	TCase *c = tcase_create("change");

	tcase_add_loop_test(c, instructions, 0, ROWS(rows));
	tcase_add_test(c, later_ones_win);
	suite_add_tcase(s, c);
	return s;
}
