/* SPDX-License-Identifier: Apache-2.0 */
/* From command lines to runtime specs: parsed by the real rows, held against the written JSON. */
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "container/config.h"
#include "suites.h"

#define TEST_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct opt rows[] = {
	OPT_GROUP(container_opts_process, 0),	 OPT_GROUP(container_opts_identity, 0),
	OPT_GROUP(container_opts_filesystem, 0), OPT_GROUP(container_opts_network, 0),
	OPT_GROUP(container_opts_security, 0),	 OPT_GROUP(container_opts_limits, 0),
	OPT_GROUP(container_opts_refused, 0),	 OPT_END,
};

static const struct command command = {
	.name = "run",
	.usage = "IMAGE",
	.flags = CMD_STOP_AT_ARG,
	.max_args = -1,
	.args_size = sizeof(struct container_options),
	.options = rows,
};

static const char image_json[] =
	"{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"User\":\"daemon\","
	"\"Env\":[\"PATH=/opt/bin\",\"LANG=C\"],\"Entrypoint\":[\"/entry\"],\"Cmd\":[\"a\",\"b\"],"
	"\"WorkingDir\":\"/srv/./x\",\"Labels\":{\"l\":\"image\"},\"Volumes\":{\"/data\":{}}},"
	"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" TEST_ID "\"]}}";

/* Build from a command line; the written spec, or "error: TEXT". To be freed. */
static char *build(const char *line)
{
	_cleanup_strv_ char **argv = strv_split(line, ' ');
	_cleanup_(store_image) struct store_image image = {.id = {.hex = ""}};
	_cleanup_(container_config) struct container_config c = {.user = NULL};
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct container_options o = {.name = NULL};
	struct err err = ERR_INIT;
	char **operands, **order;
	int n;

	container_options_defaults(&o);
	ck_assert_int_eq(image_config_parse(image_json, strlen(image_json), "test", &image.config,
					    &err),
			 0);
	ck_assert_int_eq(reference_parse("img", &image.name, &err), 0);
	/* option_parse() reorders in place: a copy, so that the strings are freed from the
	 * original. */
	order = xcalloc(strv_len(argv) + 1, sizeof(*order));
	memcpy(order, argv, strv_len(argv) * sizeof(*order));
	if (option_parse(&command, order, &o, &operands, &n, &err) ||
	    container_config_build(&(struct container_request){.options = &o,
							       .image = &image,
							       .id = TEST_ID,
							       .argv = operands + 1},
				   &c, &err)) {
		buf_addf(&out, "error: %s", err.text);
	} else {
		runtime_spec_write(&c.spec, &out);
		buf_addf(&out, "user=%s image=%s mounts=%zu", c.user ? c.user : "", c.record.image,
			 c.n_mounts);
	}
	option_release(&command, &o);
	free(order);
	return buf_take(&out);
}

/* The text without blanks and line ends, so that it can be searched for JSON. */
static void squeeze(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (*s != ' ' && *s != '\n')
			*to++ = *s;
	*to = '\0';
}

static const struct {
	const char *line;
	const char *present, *absent; /* NULL: not looked for */
} cases[] = {
	{"img", "\"args\":[\"/entry\",\"a\",\"b\"]", NULL},
	{"img sh -c true", "\"args\":[\"/entry\",\"sh\",\"-c\",\"true\"]", NULL},
	{"--entrypoint /bin/sh img", "\"args\":[\"/bin/sh\"]", NULL},
	{"--entrypoint= img id", "\"args\":[\"id\"]", NULL},
	{"img", "\"env\":[\"PATH=/opt/bin\",\"HOSTNAME=0123456789ab\",\"LANG=C\"]", "TERM="},
	{"-e LANG=ko -e X=1 img", "\"LANG=ko\",\"X=1\"", "LANG=C"},
	{"--unsetenv LANG img", NULL, "LANG=C"},
	{"-t img", "\"TERM=xterm\"", NULL},
	{"-t img", "\"terminal\":true", NULL},
	{"img", "\"cwd\":\"/srv/x\"", NULL},
	{"-w /tmp/../etc img", "\"cwd\":\"/etc\"", NULL},
	{"img", "user=daemon", NULL},
	{"-u 7:8 img", "user=7:8", NULL},
	{"img", "mounts=1", NULL},
	{"-v vol:/data:ro img", "mounts=1", NULL},
	{"-v vol:/other img", "mounts=2", NULL},
	{"--hostname h img", "\"hostname\":\"h\"", NULL},
	{"img", "\"type\":\"network\"", "\"type\":\"user\""},
	{"--network host img", NULL, "\"type\":\"network\""},
	{"--pid host img", NULL, "\"type\":\"pid\""},
	{"img", "/proc/kcore", NULL},
	{"--privileged img", NULL, "/proc/kcore"},
	{"--privileged img", "CAP_SYS_ADMIN", NULL},
	{"--security-opt unmask=/proc/kcore img", "/proc/keys", "/proc/kcore"},
	{"--security-opt unmask=ALL img", NULL, "/proc/keys"},
	{"--security-opt mask=/x img", "\"/x\"", NULL},
	{"img", NULL, "noNewPrivileges"},
	{"--security-opt no-new-privileges img", "\"noNewPrivileges\":true", NULL},
	{"--cap-drop all --cap-add chown img", "\"bounding\":[\"CAP_CHOWN\"]", NULL},
	{"--cap-drop CAP_MKNOD img", "CAP_CHOWN", "CAP_MKNOD"},
	{"-m 64m img", "\"memory\":{\"limit\":67108864,\"swap\":134217728}", NULL},
	{"-m 64m --memory-swap -1 img", "\"swap\":-1", NULL},
	{"--cpus 1.5 img", "\"quota\":150000,\"period\":100000", NULL},
	{"--pids-limit 50 img", "\"pids\":{\"limit\":50}", NULL},
	{"--pids-limit -1 img", NULL, "\"pids\""},
	{"--ulimit nofile=10:20 img", "{\"type\":\"RLIMIT_NOFILE\",\"hard\":20,\"soft\":10}", NULL},
	{"--sysctl net.core.somaxconn=9 img", "\"net.core.somaxconn\":\"9\"", NULL},
	{"--shm-size 1m img", "size=1048576", "size=67108864"},
	{"--ipc none img", NULL, "/dev/shm"},
	{"--umask 027 img", "\"umask\":23", NULL},
	{"--oom-score-adj 500 img", "\"oomScoreAdj\":500", NULL},
};

START_TEST(test_lines)
{
	_cleanup_free_ char *got = build(cases[_i].line);

	squeeze(got);
	ck_assert_msg(strncmp(got, "error:", 6) != 0, "%s: %s", cases[_i].line, got);
	if (cases[_i].present)
		ck_assert_msg(strstr(got, cases[_i].present) != NULL, "%s: no %s in %s",
			      cases[_i].line, cases[_i].present, got);
	if (cases[_i].absent)
		ck_assert_msg(strstr(got, cases[_i].absent) == NULL, "%s: %s in %s", cases[_i].line,
			      cases[_i].absent, got);
}
END_TEST

static const struct {
	const char *line;
	const char *text; /* how the error begins */
} refusals[] = {
	{"-m 1k img", "--memory 1024: less than 6m can't start a process"},
	{"--memory-swap 1g img", "--memory-swap needs --memory"},
	{"-m 64m --memory-swap 32m img", "--memory-swap 33554432: less than --memory 67108864"},
	{"-m 64m --memory-reservation 65m img",
	 "--memory-reservation 68157440: more than --memory"},
	{"--cap-add FLY img", "--cap-add 'FLY': no such capability"},
	{"--security-opt secomp=x img", "--security-opt: 'secomp=x' is not known"},
	{"-w data img", "--workdir 'data': expected an absolute path"},
	{"--name -x img", "--name '-x': not a container name"},
	{"-v a:/x -v b:/x img", "--volume: '/x' is mounted twice"},
	{"-v a:/ img", "--volume: "},
	{"--sysctl kernel img", "--sysctl 'kernel': expected NAME=VALUE"},
	{"--label =x img", "--label '=x': expected KEY=VALUE"},
	{"-e =x img", "--env '=x': expected NAME=VALUE"},
	{"--cpus 1 --cpu-quota 5000 img", "--cpus and --cpu-quota"},
	{"--cpus 0.001 img", "--cpus: less than 0.01"},
	{"--uts host --hostname x img", "--hostname 'x': with --uts host"},
	{"--restart always img", "--restart 'always': this version knows 'no' only"},
	{"--network bridge img", "--network 'bridge': this version knows 'none' and 'host'"},
	{"--network-alias x img", ""},
	{"--isolation x img", ""},
	{"-d img", ""},
	{"-p 80:80 img", ""},
};

START_TEST(test_refusals)
{
	_cleanup_free_ char *got = build(refusals[_i].line);
	const char *text;

	ck_assert_msg(str_prefix(got, "error: ", &text), "%s: accepted", refusals[_i].line);
	ck_assert_msg(str_prefix(text, refusals[_i].text, NULL), "%s: %s", refusals[_i].line, text);
}
END_TEST

START_TEST(test_no_command)
{
	_cleanup_(store_image) struct store_image image = {.id = {.hex = ""}};
	struct container_config c;
	struct container_options o = {.name = NULL};
	struct container_request req = {.options = &o, .image = &image, .id = TEST_ID};
	struct err err = ERR_INIT;

	container_options_defaults(&o);
	ck_assert_int_eq(reference_parse("bare", &image.name, &err), 0);
	ck_assert_int_eq(container_config_build(&req, &c, &err), -1);
	ck_assert_str_eq(err.text,
			 "no command: image 'bare:latest' names none, and none was given");
	ck_assert_str_eq(err.hint, "onggi run bare:latest COMMAND");
}
END_TEST

/* Nothing is made for an image that asks for more than can be mounted. */
START_TEST(test_many_volumes)
{
	_cleanup_(store_image) struct store_image image = {.id = {.hex = ""}};
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct container_config c;
	struct container_options o = {.name = NULL};
	char *argv[] = {(char[]){"true"}, NULL};
	struct container_request req = {.options = &o,
					.image = &image,
					.id = TEST_ID,
					.argv = argv};
	struct err err = ERR_INIT;

	buf_adds(&text, "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Volumes\":{");
	for (int i = 0; i <= CONTAINER_MOUNTS_MAX; i++)
		buf_addf(&text, "%s\"/v%d\":{}", i ? "," : "", i);
	buf_adds(&text, "}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}");
	ck_assert_int_eq(image_config_parse(text.data, text.len, "test", &image.config, &err), 0);
	ck_assert_int_eq(reference_parse("many", &image.name, &err), 0);
	container_options_defaults(&o);
	ck_assert_int_eq(container_config_build(&req, &c, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.text,
			 "image 'many:latest': volume: more than 4000 volumes and other mounts");
}
END_TEST

Suite *suite_config(void)
{
	Suite *s = suite_create("config");
	TCase *tc = tcase_create("build");

	tcase_add_loop_test(tc, test_lines, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, test_refusals, 0, ARRAY_SIZE(refusals));
	tcase_add_test(tc, test_no_command);
	tcase_add_test(tc, test_many_volumes);
	suite_add_tcase(s, tc);
	return s;
}
