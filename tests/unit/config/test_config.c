/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strv.h"

Suite *suite_config(void);

#define ROWS(t) ((int)ARRAY_SIZE(t))

static char path[64];

static const char *file_with(const char *text)
{
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/onggi-config-%d.yaml", (int)getpid());
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static const struct config_key *key_of(const char *name)
{
	char text[CONFIG_NAME_MAX];

	for (size_t i = 0; i < config_key_count; i++)
		if (str_eq(config_key_name(&config_keys[i], text), name))
			return &config_keys[i];
	return NULL;
}

static const struct {
	const char *text, *key, *value;
} right[] = {
	{"data-root: /x y\n", "data-root", "/x y"},
	{"log-level: debug", "log-level", "debug"},
	{"registries:\n  insecure: [a:1, 'b']\n", "registries.insecure", "[a:1, b]"},
	{"registries:\n  insecure: []\n", "registries.insecure", "[]"},
	{"pull: {retries: 0}", "pull.retries", "0"},
	{"pull: {retry-delay: 250ms}", "pull.retry-delay", "0.25s"},
	{"pull: {retry-delay: 1m}", "pull.retry-delay", "60s"},
	{"run: {memory: 512m}", "run.memory", "512m"},
	{"run: {memory: 1000}", "run.memory", "1000"},
	{"run: {cpus: 1.5}", "run.cpus", "1.5"},
	{"run: {cpus: 20}", "run.cpus", "20"},
	{"run: {init: true}", "run.init", "true"},
	{"run: {init: false}", "run.init", "false"},
	{"run:\n  pids-limit: 300\nlog-level: info\n", "run.pids-limit", "300"},
	{"run:\nlog-level: info\n", "log-level", "info"},
	{"# nothing\n", "log-level", NULL},
	{"", "log-level", NULL},
};

START_TEST(accepts)
{
	_cleanup_(config) struct config c = {.files = NULL};
	struct err err = ERR_INIT;
	const struct config_key *k = key_of(right[_i].key);
	const char *value;
	bool found;

	ck_assert_ptr_nonnull(k);
	ck_assert_msg(!config_load_file(&c, file_with(right[_i].text), &found, &err), "%s",
		      err.text);
	ck_assert(found);
	value = config_value_text(&c, k);
	ck_assert_msg(str_eq(value, right[_i].value), "'%s' gave '%s'", right[_i].text,
		      value ? value : "(none)");
}
END_TEST

static const struct {
	const char *text;
	const char *where; /* LINE:COLUMN */
	const char *part, *hint;
} wrong[] = {
	{"lgo-level: info\n", "1:1", "there is no key 'lgo-level'", "'log-level'"},
	{"registries:\n  insecur: [a]\n", "2:3", "no key 'insecur' in registries", "'insecure'"},
	{"zzz: 1\n", "1:1", "there is no key 'zzz'", "onggi config keys"},
	{"log-level: loud\n", "1:12", "'loud' is not accepted: one of error, warn, info, debug",
	 ""},
	{"run:\n  memory: lots\n", "2:11", "'lots' is not accepted: bytes", ""},
	{"run:\n  memory: 0\n", "2:11", "'0' is not accepted", ""},
	{"run:\n  init: maybe\n", "2:9", "true or false", ""},
	{"run:\n  pids-limit: -4\n", "2:15", "a whole number from 1", ""},
	{"pull: {retries: 101}\n", "1:17", "a whole number from 0 to 100", ""},
	{"registries:\n  insecure: a\n", "2:13", "is a list, not a string", ""},
	{"registries:\n  insecure:\n  - [a]\n", "3:5", "is a text, not a list", ""},
	{"log-level: [info]\n", "1:12", "takes one value, not a list", ""},
	{"registries: 5\n", "1:13", "registries is a mapping of keys", ""},
	{"- a\n", "1:1", "the file is a mapping of keys, not a list", ""},
	{"data-root: ''\n", "1:12", "'' is not accepted: text", ""},
	{"a: [\n", "", "config-", ""},
	{"log-level: info\n---\nlog-level: warn\n", "3:1", "one document", ""},
	{"run: {run: {memory: 5m}}\n", "1:7", "no key 'run' in run", ""},
};

START_TEST(refuses)
{
	_cleanup_(config) struct config c = {.files = NULL};
	struct err err = ERR_INIT;
	char where[128];

	ck_assert_int_eq(config_load_file(&c, file_with(wrong[_i].text), NULL, &err), -1);
	snprintf(where, sizeof(where), "%s%s%s", path, *wrong[_i].where ? ":" : "",
		 wrong[_i].where);
	ck_assert_msg(strstr(err.text, where) != NULL, "'%s' lacks '%s'", err.text, where);
	ck_assert_msg(strstr(err.text, wrong[_i].part) != NULL, "'%s' lacks '%s'", err.text,
		      wrong[_i].part);
	ck_assert_msg(strstr(err.hint, wrong[_i].hint) != NULL, "hint '%s' lacks '%s'", err.hint,
		      wrong[_i].hint);
}
END_TEST

START_TEST(later_wins)
{
	_cleanup_(config) struct config c = {.files = NULL};
	struct err err = ERR_INIT;

	unsetenv("HOME");
	unsetenv("XDG_CONFIG_HOME");
	setenv("ONGGI_CONFIG", file_with("log-level: info\nprogress: plain\n"), 1);
	setenv("ONGGI_PROGRESS", "json", 1);
	setenv("ONGGI_INSECURE_REGISTRIES", "a:1,b", 1);
	setenv("ONGGI_ROOT", "", 1);
	ck_assert_msg(!config_load(&c, &err), "%s", err.text);
	ck_assert_str_eq(c.values.log_level, "info");
	ck_assert_str_eq(c.values.progress, "json");
	ck_assert_str_eq(c.values.insecure_registries[1], "b");
	ck_assert_ptr_null(c.values.insecure_registries[2]);
	ck_assert_ptr_null(c.values.data_root);
	ck_assert_int_eq(c.values.pull_retries, -1);
	ck_assert_str_eq(c.origins[key_of("progress") - config_keys], "$ONGGI_PROGRESS");
	ck_assert(str_suffix(c.origins[key_of("log-level") - config_keys], ".yaml:1"));
}
END_TEST

START_TEST(names_what_is_wrong_outside_of_files)
{
	_cleanup_(config) struct config c = {.files = NULL};
	struct err err = ERR_INIT;

	setenv("ONGGI_PROGRESS", "fast", 1);
	ck_assert_int_eq(config_load(&c, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "ONGGI_PROGRESS: 'fast' is not accepted"));
	ck_assert_str_eq(err.hint, "unset ONGGI_PROGRESS");
	unsetenv("ONGGI_PROGRESS");
	setenv("ONGGI_CONFIG", "/nowhere/at/all", 1);
	ck_assert_int_eq(config_load(&c, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
}
END_TEST

static void teardown(void)
{
	unlink(path);
}

Suite *suite_config(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("config");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_loop_test(t, accepts, 0, ROWS(right));
	tcase_add_loop_test(t, refuses, 0, ROWS(wrong));
	tcase_add_test(t, later_wins);
	tcase_add_test(t, names_what_is_wrong_outside_of_files);
	suite_add_tcase(s, t);
	return s;
}
