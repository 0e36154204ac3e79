/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/utsname.h>

#include "cli/format.h"
#include "cmd.h"
#include "container/info.h"
#include "oci/platform.h"
#include "oci/runtime_spec.h"

struct version_args {
	const char *format;
};

static const struct opt rows[] = {
	OPT_STR("format", 'f', struct version_args, format, "TEMPLATE",
		"print by a Go template, or 'json'"),
	OPT_END,
};

static int run(struct cmd_context *ctx, void *args, char **argv, int argc, struct err *err)
{
	const struct version_args *a = args;
	_cleanup_(arena) struct arena arena = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	struct platform p;
	struct utsname u;
	char text[PLATFORM_STR_MAX];

	(void)ctx;
	(void)argv;
	(void)argc;
	if (!str_empty(a->format)) {
		if (format_object(a->format, container_version(&arena), &out, err))
			return 1;
		return cmd_print(&out, err) ? 1 : 0;
	}
	platform_host(&p);
	if (uname(&u))
		return err_sys(err, "ask for the kernel's version"), 1;
	buf_addf(&out, "Version:       %s\n", ONGGI_VERSION);
	buf_addf(&out, "Runtime spec:  %s\n", RUNTIME_SPEC_VERSION);
	buf_addf(&out, "OS/Arch:       %s\n", platform_str(&p, text));
	buf_addf(&out, "Kernel:        %s\n", u.release);
	return cmd_print(&out, err) ? 1 : 0;
}

const struct command cmd_version = {
	.name = "version",
	.summary = "print versions",
	.usage = "[OPTIONS]",
	.description =
		"Prints the versions of onggi, of the runtime specification and of the kernel. "
		"There is no server; for scripts, --format knows Client and Server of the same "
		"values.",
	.examples = "onggi version\nonggi version --format '{{.Client.Version}}'\n",
	.args_size = sizeof(struct version_args),
	.options = rows,
	.run = run,
};
