/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"
#include "cli/commands.h"
#include "suites.h"

static const struct opt rows_ls[] = {OPT_END}, rows_rm[] = {OPT_END};

#define COMMAND(var, name_, rows_, flags_)                                                         \
	static const struct command var = {.name = (name_),                                        \
					   .summary = (name_),                                     \
					   .options = (rows_),                                     \
					   .flags = (flags_)}

#define LS(var, name_)                                                                             \
	static const struct command var = {.name = (name_), .summary = "list", .options = rows_ls}

LS(ps, "ps");
LS(list, "container list");
LS(ls, "container ls");
COMMAND(volume_remove, "volume remove", rows_rm, 0);
static const struct command volume_rm = {.name = "volume rm",
					 .summary = "volume remove",
					 .options = rows_rm};
COMMAND(show, "config show", rows_ls, 0);
COMMAND(version, "version", NULL, 0);
COMMAND(secret, "keeper start", NULL, CMD_HIDDEN);
static const struct command *const all[] = {
	&list, &ps, &ls, &volume_remove, &volume_rm, &show, &version, &secret,
};
static const struct command_set set = {all, ARRAY_SIZE(all), NULL};

static const struct {
	const struct command *cmd, *canonical;
	const char *aliases, *verbs, *subject;
} rows[] = {
	{&ps, &ps, "container list,container ls", "ps", "Containers"},
	{&ls, &ps, "container list,ps", "ls, list", "Containers"},
	{&volume_remove, &volume_rm, "volume rm", "rm, remove", "Volumes"},
	{&show, &show, "", "show", "System"},
	{&version, &version, "", "version", "System"},
};

START_TEST(names)
{
	const struct command *cmd = rows[_i].cmd;
	_cleanup_strv_ char **aliases = command_aliases(&set, cmd);
	_cleanup_free_ char *joined = strv_join(aliases, ",");
	_cleanup_free_ char *verbs = command_verbs(&set, cmd);

	ck_assert_ptr_eq(command_canonical(&set, cmd), rows[_i].canonical);
	ck_assert_str_eq(joined, rows[_i].aliases);
	ck_assert_str_eq(verbs, rows[_i].verbs);
	ck_assert_str_eq(command_subject(&set, cmd)->title, rows[_i].subject);
}
END_TEST

START_TEST(nouns)
{
	ck_assert(command_is_noun(&set, "container"));
	ck_assert(command_is_noun(&set, "config"));
	ck_assert(!command_is_noun(&set, "contain"));
	ck_assert(!command_is_noun(&set, "ps"));
	ck_assert(!command_is_noun(&set, ""));
	ck_assert(!command_is_noun(&set, "keeper"));
	ck_assert_str_eq(command_verb_of("container ls", "container"), "ls");
	ck_assert_ptr_null(command_verb_of("container ls", "contain"));
	ck_assert_ptr_null(command_verb_of("ps", "ps"));
}
END_TEST

Suite *suite_commands(void)
{
	Suite *s = suite_create("commands");
	TCase *t = tcase_create("commands");

	tcase_add_loop_test(t, names, 0, ROWS(rows));
	tcase_add_test(t, nouns);
	suite_add_tcase(s, t);
	return s;
}
