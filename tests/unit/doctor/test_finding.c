/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"
#include "doctor/judge.h"
#include "suites.h"

static const struct {
	const char *distribution, *like;
	uid_t uid;
	const char *mend;
} installs[] = {
	{"debian", "", 1000, "sudo apt install uidmap"},
	{"debian", "", 0, "apt install uidmap"},
	{"linuxmint", "ubuntu debian", 1000, "sudo apt install uidmap"},
	{"fedora", "", 1000, "sudo dnf install shadow-utils"},
	{"rocky", "rhel centos fedora", 1000, "sudo dnf install shadow-utils"},
	{"opensuse-leap", "suse opensuse", 1000, "sudo zypper install shadow"},
	{"alpine", "", 0, "apk add shadow-uidmap"},
	{"arch", "", 1000, "sudo pacman -S shadow"},
	{"", "", 1000, "sudo apt install uidmap"},
};

START_TEST(packages_of_distributions)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct doctor_finding f = {.arena = &a};
	struct observations o;

	healthy_user(&o);
	o.user.uid = installs[_i].uid;
	str_copy(o.host.distribution, sizeof(o.host.distribution), installs[_i].distribution);
	str_copy(o.host.like, sizeof(o.host.like), installs[_i].like);
	finding_mend_install(&f, &o, PACKAGE_UIDMAP);
	ck_assert_str_eq(f.mend, installs[_i].mend);
}
END_TEST

/* HOME and paths may hold anything; a finding is a line, and a mend is given to a shell. */
START_TEST(control_characters_are_not_shown)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct doctor_finding f = {.arena = &a};

	finding_set(&f, DOCTOR_NOTE, "HOME is '%s'", "/a\033[2J\nb\xc2\x9b옹기");
	ck_assert_str_eq(f.seen, "HOME is '/a?[2J?b??옹기'");
}
END_TEST

static const struct {
	const char *path, *word;
} quotes[] = {
	{"/home/ada", "/home/ada"}, {"/with blank", "'/with blank'"},
	{"/it's", "'/it'\\''s'"},   {"/a;rm -rf $HOME", "'/a;rm -rf $HOME'"},
	{"/옹기", "'/옹기'"},
};

START_TEST(paths_in_commands_are_quoted)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct doctor_finding f = {.arena = &a};

	ck_assert_str_eq(finding_quote(&f, quotes[_i].path), quotes[_i].word);
}
END_TEST

Suite *suite_finding(void)
{
	Suite *s = suite_create("finding");
	TCase *tc = tcase_create("finding");

	tcase_add_loop_test(tc, packages_of_distributions, 0, ROWS(installs));
	tcase_add_test(tc, control_characters_are_not_shown);
	tcase_add_loop_test(tc, paths_in_commands_are_quoted, 0, ROWS(quotes));
	suite_add_tcase(s, tc);
	return s;
}
